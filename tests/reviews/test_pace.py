"""What remains in a window, by whom, and whether it fits: by the work's own pace, told to those who may know."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from headstart import clock
from headstart.benchmarks.models import Run, Sealed
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as people
from headstart.people.rules import ANYONE, Kind
from headstart.reviews import queries, services
from headstart.reviews.errors import ReviewNotFound
from headstart.reviews.models import (
    Agreement,
    AgreementSignature,
    Declaration,
    Partner,
    PartnerSignature,
    Review,
)
from headstart.reviews.rules import Answer, Fits, Remaining, pace
from headstart.reviews.work import load_programme

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# the rule


def test_work_that_goes_on_as_it_went_ends_when_its_pace_says() -> None:
    assert pace.ends_at(10, 40, NOW - 5 * HOUR, NOW) == NOW + 15 * HOUR
    assert pace.ends_at(40, 40, NOW - 5 * HOUR, NOW) == NOW


@pytest.mark.parametrize(
    ("done", "of", "began"),
    [(0, 40, NOW - HOUR), (-1, 40, NOW - HOUR), (41, 40, NOW - HOUR), (5, 40, NOW), (5, 40, NOW + HOUR)],
)
def test_where_there_is_no_pace_to_read_no_end_is_worked_out(done: int, of: int, began: datetime) -> None:
    assert pace.ends_at(done, of, began, NOW) is None
    assert pace.fits(done, of, None, NOW) is Fits.UNKNOWN


def test_an_end_past_all_calendars_is_none_and_does_not_fit_on_its_own_account() -> None:
    assert pace.ends_at(1, 10**9, NOW - 400 * DAY, NOW) is None


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.timedeltas(timedelta(seconds=1), 60 * DAY))
def test_the_end_is_later_the_more_there_is_to_do(done: int, more: int, took: timedelta) -> None:
    sooner, later = (pace.ends_at(done, done + each, NOW - took, NOW) for each in (more, more + 1))
    assert sooner is None or sooner >= NOW
    assert later is None or (sooner is not None and sooner < later)


def test_it_fits_to_the_moment_of_the_end_and_not_after() -> None:
    assert pace.fits(1, 2, NOW, NOW) is Fits.YES
    assert pace.fits(1, 2, NOW + timedelta(microseconds=1), NOW) is Fits.NO


def test_what_may_end_early_may_fit_all_the_same() -> None:
    assert pace.fits(1, 2, NOW + DAY, NOW, may_end_early=True) is Fits.UNKNOWN
    assert pace.fits(1, 2, NOW - DAY, NOW, may_end_early=True) is Fits.YES


def test_without_a_window_nobody_knows() -> None:
    assert pace.fits(1, 2, NOW, None) is Fits.UNKNOWN


def test_what_does_not_fit_comes_first() -> None:
    rows = [
        Remaining(what=name, who="", done=None, of=None, ends_at=at, fits=fits)
        for name, at, fits in (
            ("a", NOW, Fits.YES), ("b", None, Fits.UNKNOWN), ("c", NOW + DAY, Fits.NO), ("d", NOW, Fits.NO),
        )
    ]  # fmt: skip
    assert [each.what for each in pace.in_order(rows)] == ["d", "c", "b", "a"]


# the query


@pytest.fixture
def review(cast: Any) -> Review:
    made = services.enquire("Model 1", load_programme("eo14409"), actor=cast.developer)
    return services.grant_access(made.id, cast.organisation("evaluator"), actor=cast.developer, days=10)


def run(cast: Any, review: Review, *, form: str = "fixed", who: str = "evaluator", **changes: Any) -> Run:
    asker = cast.organisation(who)
    plan = {"form": form, "items": 40, "master": "SECRET"}
    sealed = Sealed.objects.create(
        sealer=asker,
        subject=review.urn,
        commitment=f"{Sealed.objects.count():064}",
        plan=plan,
        sealed_at=clock.now(),
    )
    columns = {
        "subject": review.urn,
        "state": "running", "standing": {"done": 10, "most": 40}, "asked_at": clock.now(), "began_at": clock.now(),
    }  # fmt: skip
    return Run.objects.create(sealed=sealed, asked_by=asker, model="lab/secret-name", **columns | changes)


def rows(viewer: Any, review: Review, word: str) -> list[Remaining]:
    return [each for each in queries.remaining(viewer, review.id) if word in each.what]


@pytest.mark.parametrize(
    ("hours", "form", "fits"),
    [(5, "fixed", "yes"), (5, "adaptive", "yes"), (100, "fixed", "no"), (100, "adaptive", "unknown")],
)
def test_whether_a_run_fits_is_read_from_its_own_pace(
    cast: Any, review: Review, hours: int, form: str, fits: str
) -> None:
    run(cast, review, form=form)
    clock.travel_to(clock.now() + hours * HOUR)
    (found,) = rows(cast.developer, review, "run of the battery")
    assert (found.who, found.done, found.of, found.fits) == ("evaluator", 10, 40, fits)
    assert found.ends_at is not None
    assert abs(found.ends_at - (clock.now() + 3 * hours * HOUR)) < timedelta(minutes=1)


def test_of_a_run_that_waits_nobody_knows(cast: Any, review: Review) -> None:
    run(cast, review, state="queued", standing={}, began_at=None)
    (found,) = rows(cast.hub, review, "waits for its turn")
    assert (found.done, found.of, found.ends_at, found.fits) == (0, 40, None, "unknown")


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_run_that_ended_remains_no_more(cast: Any, review: Review, state: str) -> None:
    run(cast, review, state=state)
    assert rows(cast.hub, review, "battery") == []


def test_a_run_for_something_else_is_no_part_of_the_window(cast: Any, review: Review) -> None:
    run(cast, review, subject="urn:headstart:review:rev_other")
    assert rows(cast.hub, review, "battery") == []


def test_those_who_plan_the_window_see_every_runs_counts_and_others_their_own(
    cast: Any, review: Review
) -> None:
    services.grant_access(review.id, cast.organisation("another_evaluator"), actor=cast.developer)
    run(cast, review)
    run(cast, review, who="another_evaluator")
    both = ["another_evaluator", "evaluator"]
    for who in ("hub", "authority", "developer"):
        assert [each.who for each in rows(getattr(cast, who), review, "battery")] == both
    assert [each.who for each in rows(cast.evaluator, review, "battery")] == ["evaluator"]
    for who in (cast.finder, cast.another_developer, ANYONE):
        with pytest.raises(ReviewNotFound):
            queries.remaining(who, review.id)


def test_of_a_run_counts_are_told_and_no_plan_nor_name(cast: Any, review: Review) -> None:
    run(cast, review)
    told = repr(queries.remaining(cast.developer, review.id))
    assert "SECRET" not in told
    assert "secret-name" not in told


def with_key(cast: Any, name: str, kind: Kind) -> tuple[Any, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.generate()
    admitted = people.admit(name, kind, actor=cast.hub, public_key=public_pem(key.public_key()).decode())
    return admitted.as_viewer(), key


def test_the_authoritys_answer_remains_until_it_says_covered_or_not(cast: Any, review: Review) -> None:
    authority, key = with_key(cast, "Agency", Kind.AUTHORITY)
    waits = {
        None: "the answer to the enquiry",
        Answer.CANNOT_SAY: "an answer that says more than “can't say yet”",
    }
    for answer in (None, Answer.CANNOT_SAY, Answer.NOT_COVERED):
        if answer is not None:
            words = services.determination_words(review, answer)
            services.determine(review.id, answer, dsse.sign_statement(words, key), actor=authority)
        found = rows(cast.developer, review, "answer")
        expected = (
            [(waits[answer], "Director of the National Security Agency", 0, 1)] if answer in waits else []
        )
        assert [(each.what, each.who, each.done, each.of) for each in found] == expected


def test_terms_wait_for_those_who_have_not_signed(cast: Any, review: Review) -> None:
    developer, evaluator = cast.organisation("developer"), cast.organisation("evaluator")
    held = Agreement.objects.create(
        review=review,
        counterpart=evaluator,
        version=1,
        terms_text={},
        proposed_by=developer,
        proposed_at=clock.now(),
    )

    def left(viewer: Any) -> list[tuple[str, int | None, int | None]]:
        return [
            (each.who, each.done, each.of) for each in rows(viewer, review, "terms with evaluator, version 1")
        ]

    assert left(cast.developer) == left(cast.evaluator) == [("developer and evaluator", 0, 2)]
    AgreementSignature.objects.create(
        agreement=held, signer=developer, key_id="1", envelope={}, at=clock.now()
    )
    assert left(cast.developer) == left(cast.evaluator) == [("evaluator", 1, 2)]
    held.in_force_at = clock.now()
    held.save()
    assert left(cast.developer) == []


def partner(cast: Any, review: Review, **changes: Any) -> Partner:
    return Partner.objects.create(
        review=review,
        organisation=cast.organisation("partner"),
        reason="r",
        proposed_at=clock.now(),
        **changes,
    )


def test_a_partner_waits_for_the_side_that_has_not_signed(cast: Any, review: Review) -> None:
    held = partner(cast, review)
    developer = cast.organisation("developer")
    (found,) = rows(cast.developer, review, "signatures for the trusted partner partner")
    assert (found.who, found.done, found.of) == (
        "Director of the National Security Agency and developer", 0, 2,
    )  # fmt: skip
    PartnerSignature.objects.create(partner=held, signer=developer, key_id="1", envelope={}, at=clock.now())
    (found,) = rows(cast.authority, review, "signatures for the trusted partner partner")
    assert (found.who, found.done, found.of) == ("Director of the National Security Agency", 1, 2)
    held.revoked_at = clock.now()
    held.save()
    assert rows(cast.developer, review, "trusted partner") == []


@pytest.mark.parametrize(("tier", "fits"), [("defender", "yes"), ("other", "no")])
def test_a_tier_that_begins_after_a_short_window_does_not_fit(
    cast: Any, review: Review, tier: str, fits: str
) -> None:
    partner(cast, review, tier=tier, in_force_at=clock.now())  # days 8 and 15 of a window of 10
    (found,) = rows(cast.partner, review, "first day of the trusted partner")
    assert (found.who, found.fits) == ("partner", fits)
    assert review.window is not None
    assert found.ends_at == review.window.day_begins(8 if tier == "defender" else 15)
    clock.travel_to(review.window.closes - HOUR)
    assert bool(rows(cast.partner, review, "first day")) == (tier == "other")


def test_an_evaluator_with_access_is_asked_for_its_peoples_interests(cast: Any, review: Review) -> None:
    (found,) = rows(cast.evaluator, review, "declaration of interests")
    assert (found.who, found.done, found.of) == ("evaluator", 0, None)
    member = people.seat(cast.organisation("evaluator"), "Ada", actor=cast.hub)
    Declaration.objects.create(review=review, member=member, at=clock.now())
    assert rows(cast.developer, review, "declaration of interests") == []


def test_an_evaluator_whose_access_was_taken_back_owes_nothing(cast: Any, review: Review) -> None:
    services.take_back_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    assert rows(cast.developer, review, "declaration of interests") == []


@pytest.mark.parametrize("end", ["withdraw", "release", "time"])
def test_nothing_remains_once_the_window_is_over(cast: Any, review: Review, end: str) -> None:
    run(cast, review)
    assert queries.remaining(cast.developer, review.id)
    if end == "time":
        assert review.closes_at is not None
        clock.travel_to(review.closes_at)
    else:
        getattr(services, end)(review.id, actor=cast.developer)
    assert queries.remaining(cast.developer, review.id) == []


def test_before_a_window_opens_the_answer_is_what_remains(cast: Any) -> None:
    asked = services.enquire("Model 2", load_programme("caisi"), actor=cast.developer)
    (found,) = queries.remaining(cast.developer, asked.id)
    assert (found.who, found.fits) == ("CAISI", "unknown")
