"""Windows: whether one is running, who may measure in it, and what remains to be done before it closes."""

from collections.abc import Iterator
from datetime import datetime

from headstart import clock
from headstart.benchmarks import queries as benchmarks
from headstart.benchmarks.models import Run
from headstart.benchmarks.rules.runs import UNDER_WAY
from headstart.benchmarks.rules.sealing import Form
from headstart.people import queries as people
from headstart.people.rules import Kind, Viewer
from headstart.reviews.errors import WindowNotOpen
from headstart.reviews.models import Partner, Review
from headstart.reviews.queries.agreements import agreements
from headstart.reviews.queries.documents import declarations
from headstart.reviews.queries.partners import partners
from headstart.reviews.queries.reaching import reach
from headstart.reviews.queries.reviews import accesses, determinations, review
from headstart.reviews.rules import Answer, Fits, Remaining, Stage, from_day, pace, sides


def is_running(found: Review) -> bool:
    """Whether the model may be reached now: the window is open, and its end has not come."""
    return found.stage == Stage.OPEN and found.closes_at is not None and clock.now() < found.closes_at


def to_measure(viewer: Viewer, review_id: str) -> Review:
    """A review whose model the viewer may measure now: its window is open, and the viewer reaches it.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
        WindowNotOpen: access has not begun, or has ended.
    """
    seen = review(viewer, review_id)
    if not is_running(seen):
        raise WindowNotOpen("over" if seen.stage == Stage.OPEN else seen.stage)
    has_it = viewer.is_hub or viewer.organisation_id == seen.developer_id
    if not has_it and reach(seen, viewer.organisation_id, clock.now()).why_not:
        raise WindowNotOpen("not open to you")
    return seen


def remaining(viewer: Viewer, review_id: str) -> list[Remaining]:
    """What was begun in a review and has not ended, with by whom, and whether it fits by its own pace.

    Nothing remains once the window is over. Counts alone are told of a run: no item, no answer.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    if seen.stage == Stage.CLOSED or (seen.stage == Stage.OPEN and not is_running(seen)):
        return []
    rows = [
        *_runs(viewer, seen),
        *_answer(viewer, seen),
        *_terms(viewer, seen),
        *_partners(viewer, seen),
        *_interests(viewer, seen),
    ]
    return pace.in_order(rows)


def _coordinates(viewer: Viewer, seen: Review) -> bool:
    """Whether the viewer may know of everybody's work in a review."""
    return viewer.kind in (Kind.HUB, Kind.AUTHORITY) or viewer.organisation_id == seen.developer_id


def _runs(viewer: Viewer, seen: Review) -> Iterator[Remaining]:
    # a run is its asker's to see, with its items; how far it is concerns those who plan the window, too
    looking = people.hub() if _coordinates(viewer, seen) else viewer
    for run in benchmarks.runs(looking).filter(subject=seen.urn, state__in=UNDER_WAY):
        yield _run(run, clock.now(), seen.closes_at)


def _run(run: Run, now: datetime, closes: datetime | None) -> Remaining:
    done, most = (run.standing.get(name, 0) for name in ("done", "most"))
    of = most or (run.sealed.plan or {}).get("items") or 0
    end = pace.ends_at(done, of, run.began_at, now) if run.began_at else None
    adaptive = (run.sealed.plan or {}).get("form") == Form.ADAPTIVE
    return Remaining(
        what="a run of the battery" if run.began_at else "a run of the battery that waits for its turn",
        who=run.asked_by.name,
        done=done,
        of=of or None,
        ends_at=end,
        fits=pace.fits(done, of, end, closes, may_end_early=adaptive),
    )


def _answer(viewer: Viewer, seen: Review) -> Iterator[Remaining]:
    newest = determinations(viewer, seen.id).last()
    if newest is None:
        yield pace.of_a_person("the answer to the enquiry", [seen.programme.authority])
    elif newest.answer == Answer.CANNOT_SAY:
        yield pace.of_a_person("an answer that says more than “can't say yet”", [seen.programme.authority])


def _terms(viewer: Viewer, seen: Review) -> Iterator[Remaining]:
    for one in agreements(viewer, seen.id).filter(in_force_at__isnull=True, superseded_at__isnull=True):
        both = (seen.developer, one.counterpart)
        signed = {each.signer_id for each in one.signatures.all()}
        lacking = [each.name for each in both if each.id not in signed]
        what = f"signatures under the terms with {one.counterpart.name}, version {one.version}"
        yield pace.of_a_person(what, lacking, done=len(both) - len(lacking), of=len(both))


def _partners(viewer: Viewer, seen: Review) -> Iterator[Remaining]:
    for one in partners(viewer, seen.id).filter(revoked_at__isnull=True):
        yield from (_unsigned(one, seen) if one.in_force_at is None else _not_yet(one, seen))


def _unsigned(one: Partner, seen: Review) -> Iterator[Remaining]:
    needed = sides(seen.programme.partners_chosen_by)
    lacking = sorted(needed - {each.signer.kind for each in one.signatures.all()})
    names = {Kind.DEVELOPER.value: seen.developer.name, Kind.AUTHORITY.value: seen.programme.authority}
    what = f"signatures for the trusted partner {one.organisation.name}"
    done = len(needed) - len(lacking)
    yield pace.of_a_person(what, [names.get(each, each) for each in lacking], done=done, of=len(needed))


def _not_yet(one: Partner, seen: Review) -> Iterator[Remaining]:
    """A partner whose tier has not begun, or never will in so short a window."""
    if seen.window is None or seen.closes_at is None:
        return
    begins = seen.window.day_begins(from_day(seen.programme.tiers, one.tier))
    if begins > clock.now():
        yield Remaining(
            what=f"the first day of the trusted partner {one.organisation.name}, whose tier is {one.tier}",
            who=one.organisation.name,
            done=None,
            of=None,
            ends_at=begins,
            fits=Fits.YES if begins < seen.closes_at else Fits.NO,
        )


def _interests(viewer: Viewer, seen: Review) -> Iterator[Remaining]:
    declared = set(declarations(viewer, seen.id).values_list("member__organisation_id", flat=True))
    for access in accesses(viewer, seen.id).filter(ended_at__isnull=True):
        if access.organisation.kind == Kind.EVALUATOR and access.organisation_id not in declared:
            yield pace.of_a_person("a declaration of interests", [access.organisation.name], of=None)
