"""The picture's numbers: counted in the database by day, in a handful of questions however much was found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Func, OuterRef, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from headstart import clock
from headstart.advisories import queries as advisories
from headstart.advisories.rules.content import Tier
from headstart.cases import queries as cases
from headstart.exposure import queries as exposure
from headstart.exposure.rules.states import State
from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.findings.queries import Counted
from headstart.outcomes import rules
from headstart.outcomes.rules import Held, Said, Series, Span, Standing, Step
from headstart.packages.rules.ranges import Affected
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.proofs.rules.evidence import Rung
from headstart.reviews import queries as reviews
from headstart.reviews.models import Review
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities.models import Vulnerability

AFTER = timedelta(days=30)  # how long after the model went out the days go on
HELD_UP = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)
SAYS_NOTHING = (Rung.CLAIMED, Rung.UNRUNNABLE)


class Day(Func):
    """The day (UTC) of a moment, as text that sorts: both databases keep moments in UTC."""

    arity = 1
    output_field = CharField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **more: Any) -> Any:
        """A moment is kept as text there."""
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 10)", **more)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **more: Any) -> Any:
        """A moment has a zone there."""
        template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
        return self.as_sql(compiler, connection, template=template, **more)


def standing(viewer: Viewer, review_id: str) -> Standing:
    """How it stands with what was found of a review, by day, from opening to the day on which the model goes out
    (and at most thirty days on), as far as it is known today.

    The hub, the authority and the developer count all of the review; others what they may see of it.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    review = reviews.review(viewer, review_id)
    now = clock.now()
    ends = review.released_at or review.closes_at
    if review.opens_at is None or ends is None:
        return _unopened(viewer, review, now)
    over = rules.days(_day(review.opens_at), _day(min(now, ends + AFTER)))
    counted = findings.counted(viewer, review)
    whole = findings.counts_all(viewer, review)
    return Standing(
        opens=over[0],
        today=over[-1],
        release=_day(ends),
        released=review.released_at is not None,
        whole=whole,
        series=tuple(_series(None if whole else viewer, counted, over)),
    )


def came_of(counted: Counted) -> tuple[Series, ...]:
    """The same as it stands today, a point each, for whatever is counted; the caller has asked who is looking."""
    return tuple(_series(None, counted, (_day(clock.now()),)))


def _unopened(viewer: Viewer, review: Review, now: datetime) -> Standing:
    whole = findings.counts_all(viewer, review)
    return Standing(opens=None, today=_day(now), release=None, released=False, whole=whole, series=())


def _series(viewer: Viewer | None, counted: Counted, over: tuple[date, ...]) -> list[Series]:
    """Every step of what is counted; `viewer` None counts all of it."""
    homes = vulnerabilities.homes(counted)
    if viewer is not None:
        homes = homes.filter(id__in=vulnerabilities.vulnerabilities(viewer).values("id"))
    first = viewer is None or advisories.may_follow(viewer, Tier.FIRST)
    return [
        *_reports(counted, over),
        *_vulnerabilities(homes, over, first_tier=first),
        _pairs(homes, over) if viewer is None else Series(step=Step.DEPLOYED, points=None),
    ]


def _reports(counted: Counted, over: tuple[date, ...]) -> list[Series]:
    received = _grouped(Finding.objects.filter(counted.where()), "received_at")
    found = rules.count(over, [Span(since=each[0], count=each[-1]) for each in received])
    ran: list[Span] = []
    held: list[Span] = []
    verdicts = proofs.verdicts(counted).exclude(rung__in=SAYS_NOTHING)
    for came, at, until, rung, number in _grouped(
        verdicts, "finding__received_at", "at", "until", plain=("rung",)
    ):
        # a verdict counts from its day on, and not before the report was there; until a newer one
        span = Span(since=max(came, at), until=until, count=number)
        ran.append(span)
        held += [span] if rung in HELD_UP else []
    proved = rules.count(over, held)
    unknown = [of - n for of, n in zip(found, rules.count(over, ran), strict=True)]
    return [
        rules.series(Step.FOUND, over, found, None),
        rules.series(Step.PROVED, over, proved, found, unknown),
        rules.series(Step.MERGED, over, rules.count(over, _merged(counted)), proved),
    ]


def _merged(counted: Counted) -> list[Span]:
    """When a report both held up and had its place in a vulnerability."""
    held = proofs.verdicts(counted).filter(rung__in=HELD_UP)
    rows = _grouped(
        held, "finding__received_at", "at", "until", "finding__memberships__since", "finding__memberships__undone_at"
    )  # fmt: skip
    found = []
    for received, at, until, since, undone, number in rows:
        if since is None:
            continue
        both = rules.overlap(
            Span(since=max(received, at), until=until, count=number), Span(since=since, until=undone)
        )
        found += [both] if both else []
    return found


def _vulnerabilities(
    homes: QuerySet[Vulnerability], over: tuple[date, ...], *, first_tier: bool
) -> list[Series]:
    told = homes.annotate(
        told=cases.first_told(OuterRef("pk")),
        fixed=proofs.first_fix(OuterRef("pk")),
        first=advisories.first_release(OuterRef("pk"), Tier.FIRST),
    )
    rows = _grouped(told, "known_at", "left_at", "told", "fixed", "first")
    known: list[Span] = []
    steps: dict[Step, list[Span]] = {Step.TOLD: [], Step.FIXED: [], Step.FIRST_TIER: []}
    for since, left, *moments, number in rows:
        span = Span(since=since, until=left, count=number)
        known.append(span)
        for step, moment in zip(steps, moments, strict=True):
            both = rules.overlap(span, Span(since=moment)) if moment else None
            steps[step] += [both] if both else []
    of = rules.count(over, known)
    return [
        Series(step=step, points=None)
        if step is Step.FIRST_TIER and not first_tier
        else rules.series(step, over, rules.count(over, spans), of)
        for step, spans in steps.items()
    ]


def _pairs(homes: QuerySet[Vulnerability], over: tuple[date, ...]) -> Series:
    held = (
        exposure.pairs(homes)
        .annotate(found=Day("found_at"), superseded=Day("inventory__superseded_at"), cleared=Day("cleared_at"))
        .order_by()
        .values_list(
            "inventory__operator_id", "vulnerability_id", "inventory__asset", "found", "superseded", "cleared",
            "affected",
        )
        .distinct()
    )  # fmt: skip
    said = (
        exposure.said(homes)
        .annotate(day=Day("reported_at"))
        .values_list("operator_id", "vulnerability_id", "asset", "day", "state")
    )
    rows = [
        Held(operator, vulnerability, asset, date.fromisoformat(found), _date(gone), _date(cleared), Affected(answer))
        for operator, vulnerability, asset, found, gone, cleared, answer in held.iterator()
    ]  # fmt: skip
    words = [
        Said(operator, vulnerability, asset, date.fromisoformat(day), State(state))
        for operator, vulnerability, asset, day, state in said.iterator()
    ]
    return rules.deployed(over, rows, words)


def _grouped(rows: QuerySet[Any], *moments: str, plain: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """How many rows there are of each combination of days (and plain values): tuples that end in the number."""
    named = {f"day_{at}": Day(moment) for at, moment in enumerate(moments)}
    counted = rows.order_by().annotate(**named).values_list(*named, *plain).annotate(number=Count("pk"))
    return [
        (*map(_date, each[: len(moments)]), *each[len(moments) :])
        for each in counted.values_list(*named, *plain, "number")
    ]


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
