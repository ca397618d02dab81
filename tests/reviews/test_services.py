"""A developer can ask, share and leave."""

from typing import Any

import pytest

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.people.rules import ANYONE
from headstart.reviews import queries, services
from headstart.reviews.errors import MoveNotAllowed, NotTheirs, ReviewNotFound
from headstart.reviews.models import Review
from headstart.reviews.rules import Move
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(cast: Any) -> Review:
    return services.enquire("Model 1", load_programme("eo14409"), actor=cast.developer)


def test_access_opens_the_window_for_thirty_days(cast: Any, review: Review) -> None:
    opened = services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    assert opened.window is not None
    assert (opened.window.closes - opened.window.opens).days == 30
    assert queries.reviews(cast.evaluator).get() == opened


def test_a_second_grant_does_not_lengthen_the_window(cast: Any, review: Review) -> None:
    first = services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer, days=7)
    second = services.grant_access(
        review.id, cast.organisation("another_evaluator"), actor=cast.developer, days=30
    )
    assert first.closes_at == second.closes_at


@pytest.mark.parametrize("who", ["hub", "authority"])
def test_nobody_but_the_developer_gives_access_or_releases(cast: Any, review: Review, who: str) -> None:
    with pytest.raises(NotTheirs, match="only the developer may"):
        services.grant_access(review.id, cast.organisation("evaluator"), actor=getattr(cast, who))
    with pytest.raises(NotTheirs, match="only the developer may release"):
        services.end(review.id, Move.RELEASE, actor=getattr(cast, who))


def test_the_developer_releases_at_any_moment_even_before_access_and_after_the_end(
    cast: Any, review: Review
) -> None:
    services.end(review.id, Move.WITHDRAW, actor=cast.developer)
    released = services.end(review.id, Move.RELEASE, actor=cast.developer)
    assert released.released_at is not None


def test_withdrawing_twice_is_refused(cast: Any, review: Review) -> None:
    services.end(review.id, Move.WITHDRAW, actor=cast.developer)
    with pytest.raises(MoveNotAllowed):
        services.end(review.id, Move.WITHDRAW, actor=cast.developer)


@pytest.mark.parametrize("who", ["another_developer", "finder", "operator", "evaluator"])
def test_a_review_of_somebody_else_looks_absent(cast: Any, review: Review, who: str) -> None:
    with pytest.raises(ReviewNotFound) as hidden:
        queries.review(getattr(cast, who), review.id)
    with pytest.raises(ReviewNotFound) as absent:
        queries.review(getattr(cast, who), "rev_000000000000")
    assert str(hidden.value).replace(review.id, "") == str(absent.value).replace("rev_000000000000", "")
    assert not queries.reviews(ANYONE).exists()


def test_every_step_is_in_the_ledger_for_those_whom_it_concerns(cast: Any, review: Review) -> None:
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    services.end(review.id, Move.RELEASE, actor=cast.developer)
    kinds = [each.kind for each in ledger.entries(cast.developer).filter(subject=review.urn)]
    assert kinds == ["review.enquired", "review.access_granted", "review.release"]
    assert not ledger.entries(cast.operator).filter(subject=review.urn).exists()


def test_expiry_ends_access_and_nothing_else(cast: Any, review: Review) -> None:
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    window = queries.review(cast.hub, review.id).window
    assert window is not None
    clock.travel_to(window.closes)
    ended = services.end(review.id, Move.EXPIRE, actor=cast.hub)
    assert (ended.stage, ended.released_at) == ("closed", None)
    assert services.end(review.id, Move.RELEASE, actor=cast.developer).released_at is not None
