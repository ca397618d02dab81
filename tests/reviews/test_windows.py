"""Every move by its own role and no other; access ends on time, whatever a clock does."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart import clock
from headstart.benchmarks.models import Run, Sealed
from headstart.errors import Refusal
from headstart.ledger import queries as ledger
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as people
from headstart.people.rules import ANYONE, Kind
from headstart.reviews import queries, services
from headstart.reviews.errors import (
    AccessNotGiven,
    MayNotJoin,
    MoveNotAllowed,
    NotTheirs,
    ReviewNotFound,
    WindowNotOpen,
    WindowOver,
    WindowTooLong,
    WindowWrong,
)
from headstart.reviews.models import Agreement, Partner, Review
from headstart.reviews.rules import Answer, Move, Stage
from headstart.reviews.services import windows
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)

SEEN_BY = (
    "developer",
    "hub",
    "authority",
    "evaluator",
)  # the evaluator has access from the window's opening on
ROLES = (
    "developer", "hub", "authority", "evaluator", "another_developer", "another_evaluator", "partner", "finder",
    "maintainer", "operator", "public",
)  # fmt: skip
MAY: dict[str, dict[Stage, set[Move]]] = {
    "developer": {
        Stage.ENQUIRED: {Move.GRANT_ACCESS, Move.WITHDRAW, Move.RELEASE},
        Stage.OPEN: {Move.GRANT_ACCESS, Move.SHORTEN, Move.WITHDRAW, Move.RELEASE},
        Stage.CLOSED: {Move.RELEASE},
    },
    "hub": {Stage.OPEN: {Move.EXPIRE}},
}
"""Who may do what, when. Nobody else may do anything."""


@pytest.fixture
def review(cast: Any) -> Review:
    return services.enquire("Model 1", load_programme("eo14409"), actor=cast.developer)


@pytest.fixture
def opened(cast: Any, review: Review) -> Review:
    return services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer, days=10)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A monotonic clock that stands still until it is moved on by so many seconds."""
    held = [1000.0]
    monkeypatch.setattr(windows.time, "monotonic", lambda: held[0])
    monkeypatch.setattr(windows, "_looks", {})

    def move_on(seconds: float) -> None:
        held[0] += seconds

    return move_on


def try_to(move: Move, review: Review, cast: Any, actor: Any) -> Review:
    if move is Move.GRANT_ACCESS:
        return services.grant_access(review.id, cast.organisation("evaluator_three"), actor=actor)
    if move is Move.SHORTEN:
        return services.shorten(review.id, clock.now() + DAY, actor=actor)
    if move is Move.EXPIRE:
        assert review.asked_at
        clock.travel_to(review.asked_at + 11 * DAY)
    return services.end(review.id, move, actor=actor)


def at(stage: Stage, review: Review, cast: Any) -> Review:
    """The review in a stage; the evaluator was given access in each but the first."""
    if stage is not Stage.ENQUIRED:
        services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer, days=10)
    if stage is Stage.CLOSED:
        services.withdraw(review.id, actor=cast.developer)
    return Review.objects.get(id=review.id)


def row(review: Review) -> dict[str, Any]:
    found = Review.objects.filter(id=review.id).values().get()
    return found | {
        "accesses": list(review.accesses.order_by("id").values_list("organisation_id", "ended_at"))
    }


def seat(cast: Any, who: str) -> Any:
    if who == "public":
        return ANYONE
    return getattr(cast, who)


@pytest.mark.parametrize(("stage", "move", "who"), list(itertools.product(Stage, Move, ROLES)))
def test_every_move_is_its_own_roles_and_nobody_elses(
    cast: Any, review: Review, stage: Stage, move: Move, who: str
) -> None:
    held = at(stage, review, cast)
    cast.organisation("evaluator_three")
    actor = seat(cast, who)
    before, entries = row(held), ledger.entries(cast.hub).count()
    if move in MAY.get(who, {}).get(stage, set()):
        moved = try_to(move, held, cast, actor)
        assert moved.stage == (Stage.OPEN if move in (Move.GRANT_ACCESS, Move.SHORTEN) else Stage.CLOSED)
        assert ledger.entries(cast.hub).count() == entries + 1
        return
    with pytest.raises(Refusal) as caught:
        try_to(move, held, cast, actor)
    assert row(held) == before
    assert ledger.entries(cast.hub).count() == entries
    sees = who in SEEN_BY and not (who == "evaluator" and stage is Stage.ENQUIRED)
    theirs = who == ("hub" if move is Move.EXPIRE else "developer")
    assert type(caught.value) is (MoveNotAllowed if theirs else NotTheirs if sees else ReviewNotFound)


def test_the_table_above_speaks_of_every_kind_of_organisation() -> None:
    kinds = {each.removeprefix("another_") for each in ROLES}
    assert kinds == {each.value for each in Kind}


@pytest.mark.parametrize("move", [Move.GRANT_ACCESS, Move.SHORTEN])
def test_what_is_no_end_does_not_end_a_review(cast: Any, opened: Review, move: Move) -> None:
    with pytest.raises(MoveNotAllowed):
        services.end(opened.id, move, actor=cast.developer)
    assert queries.is_running(Review.objects.get(id=opened.id))


# the opening


def test_the_days_are_counted_on_the_wall_of_the_programmes_zone(cast: Any, review: Review) -> None:
    clock.travel_to(datetime(2027, 3, 1, 17, tzinfo=UTC))  # noon in New York
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    window = Review.objects.get(id=review.id).window
    assert window is not None
    assert window.zone == "America/New_York"
    assert window.local(window.closes).strftime("%d %B %H") == "31 March 12"
    assert window.closes - window.opens == 30 * DAY - timedelta(hours=1)


def test_the_developer_may_name_the_end(cast: Any, review: Review) -> None:
    closes = clock.now() + timedelta(days=3, hours=5)
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer, closes=closes)
    assert Review.objects.get(id=review.id).closes_at == closes


def test_no_window_is_longer_than_the_programmes(cast: Any, review: Review) -> None:
    evaluator = cast.organisation("evaluator")
    with pytest.raises(WindowTooLong):
        services.grant_access(review.id, evaluator, actor=cast.developer, days=31)
    with pytest.raises(WindowTooLong):
        services.grant_access(review.id, evaluator, actor=cast.developer, closes=clock.now() + 32 * DAY)
    with pytest.raises(WindowWrong):
        services.grant_access(review.id, evaluator, actor=cast.developer, closes=clock.now() - DAY)
    assert Review.objects.get(id=review.id).stage == Stage.ENQUIRED


@pytest.mark.parametrize("kind", ["finder", "maintainer", "operator", "hub"])
def test_a_kind_that_the_programme_does_not_name_gets_no_access(cast: Any, review: Review, kind: str) -> None:
    with pytest.raises(MayNotJoin, match=f"an? {kind} may not join under this programme: it names developer"):
        services.grant_access(review.id, cast.organisation(kind), actor=cast.developer)
    assert not review.accesses.exists()


def test_a_trusted_partner_comes_in_by_two_signatures_and_not_by_the_developers_word(
    cast: Any, review: Review
) -> None:
    with pytest.raises(NotTheirs, match="the developer and the authority together, by two signatures"):
        services.grant_access(review.id, cast.organisation("partner"), actor=cast.developer)


def test_a_second_grant_is_to_one_more_and_leaves_the_end_where_it_is(cast: Any, opened: Review) -> None:
    clock.travel_to(clock.now() + DAY)
    services.grant_access(opened.id, cast.organisation("another_evaluator"), actor=cast.developer, days=20)
    after = Review.objects.get(id=opened.id)
    assert (after.opens_at, after.closes_at) == (opened.opens_at, opened.closes_at)
    assert queries.review(cast.another_evaluator, opened.id) == opened


def test_after_the_end_no_access_is_given_whether_or_not_anybody_looked(cast: Any, opened: Review) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at)
    with pytest.raises(WindowOver):
        services.grant_access(opened.id, cast.organisation("another_evaluator"), actor=cast.developer)


# taking back


def test_access_that_is_taken_back_is_over_at_once_and_can_be_given_again(cast: Any, opened: Review) -> None:
    evaluator = cast.organisation("evaluator")
    assert queries.to_measure(cast.evaluator, opened.id)
    services.take_back_access(opened.id, evaluator, actor=cast.developer)
    with pytest.raises(WindowNotOpen):
        queries.to_measure(cast.evaluator, opened.id)
    with pytest.raises(AccessNotGiven, match="evaluator has no access"):
        services.take_back_access(opened.id, evaluator, actor=cast.developer)
    services.grant_access(opened.id, evaluator, actor=cast.developer)
    assert queries.to_measure(cast.evaluator, opened.id)
    kinds = [each.kind for each in ledger.entries(cast.developer).filter(subject=opened.urn)]
    assert kinds == [
        "review.enquired", "review.access_granted", "review.access_taken_back", "review.access_granted",
    ]  # fmt: skip


@pytest.mark.parametrize("who", [each for each in ROLES if each != "developer"])
def test_nobody_but_the_developer_takes_access_back(cast: Any, opened: Review, who: str) -> None:
    with pytest.raises((NotTheirs, ReviewNotFound)):
        services.take_back_access(opened.id, cast.organisation("evaluator"), actor=seat(cast, who))
    assert not opened.accesses.filter(ended_at__isnull=False).exists()


# shorter


def test_a_window_becomes_shorter_and_the_ledger_says_from_what(cast: Any, opened: Review) -> None:
    assert opened.closes_at
    closes = clock.now() + 2 * DAY
    services.shorten(opened.id, closes, actor=cast.developer)
    assert Review.objects.get(id=opened.id).closes_at == closes
    entry = ledger.entries(cast.evaluator).get(kind="review.shorten")
    assert entry.details == {"closes": closes.isoformat(), "before": opened.closes_at.isoformat()}
    clock.travel_to(closes)
    assert not queries.is_running(Review.objects.get(id=opened.id))


def test_a_window_is_not_lengthened_by_shortening_it(cast: Any, opened: Review) -> None:
    assert opened.closes_at
    for closes in (opened.closes_at, opened.closes_at + DAY, clock.now() - DAY):
        with pytest.raises(WindowWrong):
            services.shorten(opened.id, closes, actor=cast.developer)
    assert Review.objects.get(id=opened.id).closes_at == opened.closes_at


# the release is the developer's


@pytest.mark.parametrize("stage", list(Stage))
def test_the_developer_releases_in_every_stage_and_the_first_time_counts(
    cast: Any, review: Review, stage: Stage
) -> None:
    held = at(stage, review, cast)
    first = services.release(held.id, actor=cast.developer)
    assert (first.stage, first.ended_by) == ("closed", "withdraw" if stage is Stage.CLOSED else "release")
    entries = ledger.entries(cast.hub).count()
    clock.travel_to(clock.now() + DAY)
    again = services.release(held.id, actor=cast.developer)
    assert again.released_at == first.released_at
    assert ledger.entries(cast.hub).count() == entries


def test_a_release_after_the_end_is_written_down_and_does_not_change_what_ended_it(
    cast: Any, opened: Review
) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at + DAY)
    services.end(opened.id, Move.EXPIRE, actor=cast.hub)
    released = services.release(opened.id, actor=cast.developer)
    assert (released.ended_by, released.released_at is not None) == ("expire", True)


@pytest.mark.parametrize("answer", list(Answer))
def test_no_answer_no_missing_signature_and_no_run_stands_between_the_developer_and_a_release(
    cast: Any, opened: Review, answer: Answer
) -> None:
    key = Ed25519PrivateKey.generate()
    pem = public_pem(key.public_key()).decode()
    agency = people.admit("Agency", Kind.AUTHORITY, actor=cast.hub, public_key=pem).as_viewer()
    words = services.determination_words(opened, answer)
    services.determine(opened.id, answer, dsse.sign_statement(words, key), actor=agency)
    developer, now = cast.organisation("developer"), clock.now()
    Agreement.objects.create(
        review=opened, counterpart=cast.organisation("evaluator"), version=1, terms_text={}, proposed_by=developer,
        proposed_at=now,
    )  # fmt: skip
    Partner.objects.create(
        review=opened, organisation=cast.organisation("partner"), reason="r", proposed_at=now
    )
    sealed = Sealed.objects.create(
        sealer=cast.organisation("evaluator"), subject=opened.urn, commitment="0" * 64, sealed_at=now
    )
    Run.objects.create(
        sealed=sealed, subject=opened.urn, asked_by=sealed.sealer, model="m", state="running", asked_at=now
    )
    assert len(queries.remaining(cast.developer, opened.id)) >= 3
    released = services.release(opened.id, actor=cast.developer)
    assert (released.stage, released.ended_by) == ("closed", "release")
    assert released.released_at is not None


def test_the_hub_does_not_end_a_window_before_its_time(cast: Any, opened: Review) -> None:
    with pytest.raises(MoveNotAllowed):
        services.end(opened.id, Move.EXPIRE, actor=cast.hub)
    assert queries.is_running(Review.objects.get(id=opened.id))


# expiry, under every clock


@pytest.mark.parametrize("microseconds", [0, 1, 10**6, 10**12])
def test_access_ends_at_the_end_whatever_the_worker_does(
    cast: Any, opened: Review, microseconds: int
) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at - timedelta(seconds=30))
    assert queries.is_running(opened)
    assert queries.to_measure(cast.evaluator, opened.id)
    clock.travel_to(opened.closes_at + timedelta(microseconds=microseconds))
    assert not queries.is_running(opened)
    assert Review.objects.get(id=opened.id).stage == Stage.OPEN  # nobody has looked yet
    with pytest.raises(WindowNotOpen, match="this review is over"):
        queries.to_measure(cast.evaluator, opened.id)


def looked(cast: Any) -> list[str]:
    return [each.id for each in services.expire_due(actor=cast.hub)]


def test_a_review_is_closed_at_a_second_look_a_minute_later(
    cast: Any, opened: Review, steady: Callable[[float], None]
) -> None:
    assert opened.closes_at
    assert looked(cast) == []
    clock.travel_to(opened.closes_at)
    assert looked(cast) == []
    steady(59.9)
    assert looked(cast) == []
    steady(0.1)
    assert looked(cast) == [opened.id]
    closed = Review.objects.get(id=opened.id)
    assert (closed.stage, closed.ended_by, closed.released_at) == ("closed", "expire", None)
    assert looked(cast) == []
    assert [each.kind for each in ledger.entries(cast.evaluator).filter(subject=opened.urn)][
        -1
    ] == "review.expire"


@pytest.mark.parametrize("jump", [11 * DAY, 400 * DAY, 36_500 * DAY])
def test_a_clock_that_jumps_ahead_and_is_put_right_ends_nothing_for_good(
    cast: Any, opened: Review, steady: Callable[[float], None], jump: timedelta
) -> None:
    right = clock.now()
    for _ in range(5):
        clock.travel_to(right + jump)
        assert looked(cast) == []
        assert not queries.is_running(opened)  # while it is wrong, access is refused: closed is the safe side
        steady(50)
        assert looked(cast) == []
        clock.travel_to(right)
        assert looked(cast) == []  # this look saw it not over: the count begins anew
        steady(50)
        assert looked(cast) == []
    assert queries.is_running(Review.objects.get(id=opened.id))


def test_a_clock_that_jumps_back_gives_no_access_after_the_review_was_closed(
    cast: Any, opened: Review, steady: Callable[[float], None]
) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at + DAY)
    looked(cast)
    steady(61)
    assert looked(cast) == [opened.id]
    clock.travel_to(opened.closes_at - DAY)
    assert not queries.is_running(Review.objects.get(id=opened.id))
    with pytest.raises(WindowNotOpen):
        queries.to_measure(cast.evaluator, opened.id)


def test_a_process_that_was_started_anew_looks_twice_again(
    cast: Any, opened: Review, steady: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at + DAY)
    looked(cast)
    steady(100)
    monkeypatch.setattr(windows, "_looks", {})
    assert looked(cast) == []
    steady(60)
    assert looked(cast) == [opened.id]


def test_a_look_closes_what_is_over_and_nothing_else(
    cast: Any, opened: Review, steady: Callable[[float], None]
) -> None:
    evaluator, developer = cast.organisation("evaluator"), cast.developer
    longer, withdrawn, waiting = (
        services.enquire(name, load_programme("eo14409"), actor=developer) for name in ("2", "3", "4")
    )
    services.grant_access(longer.id, evaluator, actor=developer, days=20)
    services.grant_access(withdrawn.id, evaluator, actor=developer, days=10)
    services.withdraw(withdrawn.id, actor=developer)
    clock.travel_to(clock.now() + 11 * DAY)
    looked(cast)
    steady(61)
    assert looked(cast) == [opened.id]
    stages = dict(Review.objects.values_list("model_name", "stage"))
    assert stages == {"Model 1": "closed", "2": "open", "3": "closed", "4": "enquired"}
    assert Review.objects.get(id=withdrawn.id).ended_by == "withdraw"
    assert waiting.stage == Stage.ENQUIRED


def test_a_developer_who_leaves_between_two_looks_has_left(
    cast: Any, opened: Review, steady: Callable[[float], None]
) -> None:
    assert opened.closes_at
    clock.travel_to(opened.closes_at)
    looked(cast)
    steady(61)
    services.release(opened.id, actor=cast.developer)
    assert looked(cast) == []
    assert Review.objects.get(id=opened.id).ended_by == "release"


@pytest.mark.parametrize("who", [each for each in ROLES if each != "hub"])
def test_nobody_but_the_hub_looks_for_what_is_over(cast: Any, who: str) -> None:
    with pytest.raises(NotTheirs, match="only the hub may note"):
        services.expire_due(actor=seat(cast, who))
