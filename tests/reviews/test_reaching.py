"""Who reaches the model, when, and with what: by access, or as a partner by its tier; never after the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.sides import Side, side

from headstart import clock
from headstart.people.rules import Kind
from headstart.reviews import queries, services
from headstart.reviews.models import Access, Partner, Review
from headstart.reviews.queries import reaching
from headstart.reviews.rules import Move, Proposal, Reach, Scope, Tier
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db
EO = load_programme("eo14409")
FROM = {each.tier: each.from_day for each in EO.tiers}
MOMENT = timedelta(seconds=1)
SCOPES = (Scope.CHAT, Scope.MODELS)


@pytest.fixture
def running(enquiry: Review, lab: Side, institute: Side) -> Review:
    """An open window of thirty days; the institute has access."""
    return services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)


def partner(review: Review, of: Side, lab: Side, agency: Side, **said: Any) -> Partner:
    proposal = Proposal(**({"reason": "r", "scopes": SCOPES} | said))
    for by in (lab, agency):
        words = services.partnership_words(review, of.organisation, proposal)
        made = services.sign_partner(
            review.id, of.organisation, by.sign(words), actor=by.viewer, proposal=proposal
        )
    return made


def reach(review: Review, of: Side, at: datetime | None = None) -> Reach:
    fresh = Review.objects.get(id=review.id)
    return queries.reach(fresh, of.id, at or clock.now())


def ends(review: Review) -> tuple[datetime, datetime]:
    window = Review.objects.get(id=review.id).window
    assert window is not None
    return window.opens, window.closes


def test_access_reaches_everything_from_its_grant_to_the_windows_end(
    running: Review, institute: Side
) -> None:
    opens, closes = ends(running)
    assert reach(running, institute, opens) == Reach(begins=opens, until=closes, scopes=None, why_not="")
    assert reach(running, institute, closes - MOMENT).why_not == ""
    assert reach(running, institute, closes).why_not == "this review has ended, and access with it"
    assert reach(running, institute, opens - MOMENT).why_not == "the window has not opened yet"


def test_whoever_was_given_nothing_reaches_nothing(running: Review, hospitals: Side, lab: Side) -> None:
    for nobody in (hospitals, lab):
        found = reach(running, nobody)
        assert found.why_not == "it was given no access to this model, and is no trusted partner"
        assert found.scopes == frozenset()


@pytest.mark.parametrize("tier", list(Tier))
def test_each_tier_begins_on_the_programmes_day_and_the_first_with_the_window(
    running: Review, hospitals: Side, lab: Side, agency: Side, tier: Tier
) -> None:
    made = partner(running, hospitals, lab, agency, tier=tier)
    opens, closes = ends(running)
    window = Review.objects.get(id=running.id).window
    assert window is not None
    begins = max(made.in_force_at, window.day_begins(FROM[tier]))
    if FROM[tier] > 1:
        assert window.day_at(begins) == FROM[tier]
        assert window.day_at(begins - MOMENT) == FROM[tier] - 1
        why = reach(running, hospitals, begins - MOMENT).why_not
        assert why == f"it reaches the model from {begins.isoformat(timespec='minutes')} on"
    reached = reach(running, hospitals, begins)
    assert reached == Reach(begins=begins, until=closes, scopes=frozenset(SCOPES), why_not="")
    assert (tier is Tier.CRITICAL_INFRASTRUCTURE) == (begins < opens + timedelta(hours=1))


def test_defenders_of_critical_infrastructure_reach_the_model_before_all_others(
    running: Review, lab: Side, agency: Side, cast: Any
) -> None:
    begins = []
    for tier in Tier:
        one = side(cast, f"Partner {tier}", Kind.PARTNER)
        partner(running, one, lab, agency, tier=tier)
        begins.append(reach(running, one).begins)
    assert begins == sorted(begins, key=str)
    assert len(set(begins)) == 3


def test_where_a_programme_names_no_tiers_all_begin_with_the_window(
    lab: Side, agency: Side, institute: Side, hospitals: Side
) -> None:
    flat = msgspec.structs.replace(EO, tiers=())
    review = services.enquire("Model 2", flat, actor=lab.viewer)
    services.grant_access(review.id, institute.organisation, actor=lab.viewer)
    partner(review, hospitals, lab, agency, tier=Tier.OTHER)
    assert reach(review, hospitals).why_not == ""


def test_a_partner_that_waits_for_a_signature_or_for_the_window_reaches_nothing(
    enquiry: Review, hospitals: Side, institute: Side, lab: Side, agency: Side
) -> None:
    proposal = Proposal(reason="r", tier=Tier.CRITICAL_INFRASTRUCTURE, scopes=SCOPES)
    words = services.partnership_words(enquiry, hospitals.organisation, proposal)
    for by, why in (
        (lab, "its partnership still lacks a signature"),
        (agency, "the window has not opened yet"),
    ):
        services.sign_partner(
            enquiry.id, hospitals.organisation, by.sign(words), actor=by.viewer, proposal=proposal
        )
        assert reach(enquiry, hospitals).why_not == why
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    assert reach(enquiry, hospitals).why_not == ""


def test_a_partnerships_own_end_ends_it(running: Review, hospitals: Side, lab: Side, agency: Side) -> None:
    own = clock.now() + timedelta(days=3)
    partner(running, hospitals, lab, agency, tier=Tier.CRITICAL_INFRASTRUCTURE, expires_at=own)
    assert reach(running, hospitals, own - MOMENT).why_not == ""
    found = reach(running, hospitals, own)
    assert found.why_not == f"its partnership ended at {own.isoformat(timespec='minutes')}"
    assert (found.until, found.taken_back) == (own, False)


def test_an_end_after_the_windows_is_the_windows(
    running: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    _, closes = ends(running)
    partner(
        running, hospitals, lab, agency,
        tier=Tier.CRITICAL_INFRASTRUCTURE, expires_at=closes + timedelta(days=9),
    )  # fmt: skip
    assert reach(running, hospitals).until == closes
    services.shorten(running.id, clock.now() + timedelta(days=1), actor=lab.viewer)
    assert reach(running, hospitals).until == ends(running)[1] < closes


@pytest.mark.parametrize("how", ["withdraw", "release", "expire"])
def test_the_end_of_a_review_ends_every_way_to_its_model(
    running: Review, hospitals: Side, institute: Side, lab: Side, agency: Side, cast: Any, how: str
) -> None:
    partner(running, hospitals, lab, agency, tier=Tier.CRITICAL_INFRASTRUCTURE)
    assert [reach(running, each).why_not for each in (hospitals, institute)] == ["", ""]
    if how == "expire":  # only when its time is over
        clock.travel_to(ends(running)[1])
    services.end(running.id, Move(how), actor=cast.hub if how == "expire" else lab.viewer)
    for each in (hospitals, institute):
        assert reach(running, each).why_not == "this review has ended, and access with it"


def test_what_is_taken_back_is_over_at_once_and_can_be_given_again(
    running: Review, hospitals: Side, institute: Side, lab: Side, agency: Side
) -> None:
    services.take_back_access(running.id, institute.organisation, actor=lab.viewer)
    found = reach(running, institute)
    assert (found.why_not, found.taken_back) == ("the developer has taken its access back", True)
    services.grant_access(running.id, institute.organisation, actor=lab.viewer)
    assert reach(running, institute).why_not == ""
    made = partner(running, hospitals, lab, agency, tier=Tier.CRITICAL_INFRASTRUCTURE)
    services.revoke_partner(made.id, actor=agency.viewer, reason="r")
    found = reach(running, hospitals)
    assert (found.why_not, found.taken_back) == ("its partnership was revoked", True)
    partner(running, hospitals, lab, agency, tier=Tier.CRITICAL_INFRASTRUCTURE)
    assert reach(running, hospitals).why_not == ""


def test_access_and_partnership_stand_each_for_itself(
    running: Review, institute: Side, lab: Side, agency: Side
) -> None:
    made = partner(running, institute, lab, agency, tier=Tier.OTHER)
    assert reach(running, institute).scopes is None  # access leaves nothing out
    services.take_back_access(running.id, institute.organisation, actor=lab.viewer)
    clock.travel_to(ends(running)[0] + timedelta(days=20))
    assert reach(running, institute).scopes == frozenset(SCOPES)
    services.revoke_partner(made.id, actor=lab.viewer, reason="r")
    assert reach(running, institute).why_not == "the developer has taken its access back"


DAYS = st.integers(min_value=-40, max_value=80).map(lambda hours: timedelta(hours=hours * 12))
OPENS = datetime(2027, 3, 1, 12, tzinfo=UTC)


@given(
    at=DAYS,
    in_force=st.none() | DAYS,
    expires=st.none() | DAYS,
    revoked=st.none() | DAYS,
    tier=st.sampled_from(list(Tier)),
    stage=st.sampled_from(["open", "closed", "enquired"]),
)
def test_a_partner_reaches_the_model_only_inside_everything_that_bounds_it(
    at: timedelta,
    in_force: timedelta | None,
    expires: timedelta | None,
    revoked: timedelta | None,
    tier: Tier,
    stage: str,
) -> None:
    """Judged from the rows alone, beside what is said here in so many words."""
    opened = stage != "enquired"
    closes = OPENS + timedelta(days=30)
    review = Review(
        programme_text=msgspec.to_builtins(msgspec.structs.replace(EO, zone="UTC")), stage=stage,
        opens_at=OPENS if opened else None, closes_at=closes if opened else None,
    )  # fmt: skip

    def moment(days: timedelta | None) -> datetime | None:
        return None if days is None else OPENS + days

    row = Partner(
        tier=tier, scopes=["chat"], in_force_at=moment(in_force), expires_at=moment(expires),
        revoked_at=moment(revoked),
    )  # fmt: skip
    now = OPENS + at
    found = reaching._at(reaching._by_partnership(review, row), review, now)
    inside = (
        stage == "open"
        and OPENS <= now < closes
        and in_force is not None
        and in_force <= at
        and (expires is None or at < expires)
        and revoked is None
        and at >= timedelta(days=FROM[tier] - 1)
    )
    assert (found.why_not == "") == inside
    assert "\n" not in found.why_not


def test_a_clock_that_was_set_back_gives_no_access_and_takes_none_for_good(
    running: Review, institute: Side
) -> None:
    assert reach(running, institute, clock.now() - timedelta(days=2)).why_not != ""
    assert reach(running, institute, clock.now() + timedelta(days=300)).why_not != ""
    assert reach(running, institute).why_not == ""
    assert Access.objects.get().ended_at is None
