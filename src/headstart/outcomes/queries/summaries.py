"""Public reads: the summaries that were published, and all reviews together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Max, OuterRef, QuerySet, Subquery

from headstart import clock
from headstart.advisories import queries as advisories
from headstart.advisories.rules.content import Tier
from headstart.cases import queries as cases
from headstart.findings.models import Finding
from headstart.findings.queries import Counted
from headstart.ledger import queries as ledger
from headstart.outcomes import rules
from headstart.outcomes.errors import SummaryNotFound
from headstart.outcomes.models import Summary
from headstart.outcomes.queries.standing import came_of
from headstart.outcomes.rules import aggregates
from headstart.outcomes.rules import summaries as saying
from headstart.outcomes.rules.aggregates import Aggregate, Group
from headstart.people import queries as people
from headstart.people.errors import OrganisationNotFound
from headstart.proofs import queries as proofs
from headstart.reviews.models import Determination, Review
from headstart.reviews.rules import Move, Programme, Stage
from headstart.vulnerabilities import queries as vulnerabilities

ANSWER_SECONDS = 60
ENDED_BY = (*(each.value for each in (Move.RELEASE, Move.WITHDRAW, Move.EXPIRE)), "unknown")


def summaries() -> QuerySet[Summary]:
    """The newest public summary of each review, newest first; for anyone."""
    newest = Summary.objects.filter(review=OuterRef("review")).values("review").annotate(top=Max("version"))
    return Summary.objects.filter(version=Subquery(newest.values("top")))


def summary(summary_id: str) -> Summary:
    """One public summary, older versions too; for anyone.

    Raises:
        SummaryNotFound: there is none.
    """
    found = Summary.objects.filter(id=summary_id).first()
    if found is None:
        raise SummaryNotFound(summary_id)
    return found


def summary_of(review: Review) -> Summary | None:
    """The newest summary of a review that the viewer sees anyway."""
    return Summary.objects.filter(review=review).order_by("-version").first()


def ended_at(review: Review, withdrawn: Mapping[str, datetime]) -> datetime | None:
    """When a review ended; None while it runs, or where nobody knows. `withdrawn` is `withdrawals`."""
    if review.ended_by == Move.WITHDRAW:
        return withdrawn.get(review.urn)
    if review.ended_by == Move.RELEASE:
        return review.released_at
    return review.closes_at if has_ended(review) else None


def has_ended(review: Review) -> bool:
    """Whether it was closed, or its time is over."""
    over = review.closes_at is not None and clock.now() >= review.closes_at
    return review.stage == Stage.CLOSED or over


def withdrawals() -> dict[str, datetime]:
    """When a developer left its review, by the review's URN: it is in the ledger alone."""
    try:
        everything = ledger.entries(people.hub())
    except OrganisationNotFound:
        return {}
    left = everything.filter(kind=f"review.{Move.WITHDRAW.value}").order_by("index")
    return dict(left.values_list("subject", "at"))


def aggregate() -> Aggregate:
    """All reviews together, for anyone: how many, how long, how they ended, and what came of those that have ended.

    Anyone may ask, so the answer holds for a minute while nothing was added to the ledger.
    """
    size = ledger.size()
    newest = ledger.since(size - 1, 1) if size else []
    name = f"outcomes-together-{size}-{bytes(newest[0].leaf).hex() if newest else ''}"
    found: Aggregate | None = cache.get(name)
    if found is None:
        found = _aggregate()
        cache.set(name, found, ANSWER_SECONDS)
    return found


def _aggregate() -> Aggregate:
    reviews = list(Review.objects.all())
    answered = set(Determination.objects.values_list("review_id", flat=True))
    withdrawn = withdrawals()
    of_programme: dict[str, list[Review]] = defaultdict(list)
    for each in reviews:
        of_programme[each.programme.id].append(each)
    ended = Review.objects.filter(id__in=[each.id for each in reviews if has_ended(each)])
    counted = Counted(reviews=ended.values("id"))
    return Aggregate(
        as_of=clock.now().astimezone(UTC).date(),
        together=_group(None, reviews, answered, withdrawn),
        programmes=tuple(
            _group(group[0].programme, group, answered, withdrawn)
            for _, group in sorted(of_programme.items())
        ),
        came_of_it=saying.counts(came_of(counted)) if ended else (),
        days_until=_days_until(counted),
    )


def _group(
    programme: Programme | None,
    reviews: Sequence[Review],
    answered: set[str],
    withdrawn: Mapping[str, datetime],
) -> Group:
    ended = [each for each in reviews if has_ended(each)]
    how = Counter(_how(each) for each in ended)
    opened = [each for each in ended if each.opens_at is not None]
    lengths = [saying.length(each.opens_at, ended_at(each, withdrawn)) for each in opened]
    running = len(reviews) - len(ended)
    enquired = sum(each.stage == Stage.ENQUIRED for each in reviews)
    return Group(
        programme=programme.id if programme else "",
        name=programme.name if programme else "",
        longest_days=programme.longest_window_days if programme else None,
        reviews=len(reviews),
        enquired=enquired,
        open=running - enquired,
        ended=len(ended),
        ended_by={each: how.get(each, 0) for each in ENDED_BY},
        answered=sum(each.id in answered for each in reviews),
        window=rules.figures([each for each in lengths if each is not None], of=len(opened)),
    )


def _how(review: Review) -> str:
    """How a review ended."""
    if review.ended_by in ENDED_BY:
        return review.ended_by
    return Move.EXPIRE.value if review.stage == Stage.OPEN else "unknown"


def _days_until(counted: Counted) -> dict[str, Any]:
    homes = vulnerabilities.homes(counted).annotate(
        told=cases.first_told(OuterRef("pk")),
        fixed=proofs.first_fix(OuterRef("pk")),
        first=advisories.first_release(OuterRef("pk"), Tier.FIRST),
        reported=Subquery(
            Finding.objects.filter(counted.where(), memberships__vulnerability=OuterRef("pk"))
            .order_by("received_at")
            .values("received_at")[:1]
        ),
    )
    rows = list(homes.values_list("reported", "told", "fixed", "first"))
    return {
        name: rules.figures(_gaps((row[0], row[at]) for row in rows), of=len(rows))
        for at, name in enumerate(aggregates.UNTIL, 1)
    }


def _gaps(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> list[float]:
    return [length for since, until in pairs if (length := saying.length(since, until)) is not None]
