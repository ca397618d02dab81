"""Trusted partners: proposed by either side, in force with both signatures, taken back by either at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, transaction
from tests.simulators.sides import Side, side

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.people.rules import ANYONE, Kind
from headstart.reviews import queries, rules, services
from headstart.reviews.errors import (
    MayNotJoin,
    NoPartners,
    NotTheirs,
    OtherProposal,
    PartnerNotFound,
    PartnerRevoked,
    ProposalInvalid,
    ReviewNotFound,
    ReviewOver,
    SideHasSigned,
    SignatureWrong,
    TextInvalid,
    WordsDiffer,
)
from headstart.reviews.models import Partner, Review
from headstart.reviews.rules import Move, Proposal, Scope, Tier
from headstart.reviews.work import load_programme, programmes

EO = load_programme("eo14409")
PROPOSAL = Proposal(
    reason="warns 600 rural hospitals", tier=Tier.CRITICAL_INFRASTRUCTURE, scopes=(Scope.CHAT, Scope.MODELS)
)
database = pytest.mark.django_db


def sign(review: Review, partner: Side, by: Side, proposal: Proposal = PROPOSAL) -> Partner:
    words = services.partnership_words(review, partner.organisation, proposal)
    return services.sign_partner(
        review.id, partner.organisation, by.sign(words), actor=by.viewer, proposal=proposal
    )


def both(review: Review, partner: Side, lab: Side, agency: Side, proposal: Proposal = PROPOSAL) -> Partner:
    sign(review, partner, lab, proposal)
    return sign(review, partner, agency, proposal)


@database
@pytest.mark.parametrize("first", ["lab", "agency"])
def test_either_side_proposes_and_the_other_puts_it_in_force(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side, first: str
) -> None:
    proposing, other = (lab, agency) if first == "lab" else (agency, lab)
    for _ in range(2):  # the same side twice is one signature
        proposed = sign(enquiry, hospitals, proposing)
        assert proposed.in_force_at is None
        assert proposed.signatures.count() == 1
    with pytest.raises(ReviewNotFound):  # nothing is promised to the partner yet
        queries.review(hospitals.viewer, enquiry.id)
    made = sign(enquiry, hospitals, other)
    assert made.in_force_at is not None
    assert (made.proposed_by, made.proposal) == (proposing.organisation, PROPOSAL)
    assert queries.review(hospitals.viewer, enquiry.id) == enquiry
    assert {each.signer for each in made.signatures.all()} == {lab.organisation, agency.organisation}


@database
def test_an_envelope_by_one_side_is_not_the_others(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    words = services.partnership_words(enquiry, hospitals.organisation, PROPOSAL)
    sign(enquiry, hospitals, lab)
    with pytest.raises(SignatureWrong, match="the key that Agency is known by"):
        services.sign_partner(
            enquiry.id, hospitals.organisation, lab.sign(words), actor=agency.viewer, proposal=PROPOSAL
        )


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"reason": "another"}, "reason"),
    ({"tier": Tier.OTHER}, "tier"),
    ({"scopes": tuple(Scope)}, "scope"),
    ({"expires_at": datetime(2099, 1, 1, tzinfo=UTC)}, "expires_at"),
]


@database
@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_both_sign_the_same_words(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side, change: dict[str, Any], named: str
) -> None:
    sign(enquiry, hospitals, lab)
    given = {each: getattr(PROPOSAL, each) for each in ("reason", "tier", "scopes", "expires_at")}
    changed = Proposal(**(given | change))
    with pytest.raises(OtherProposal, match=f"Hospitals was proposed with another {named}: sign that"):
        sign(enquiry, hospitals, agency, changed)
    words = services.partnership_words(enquiry, hospitals.organisation, changed)
    with pytest.raises(WordsDiffer, match=named):  # signed one thing, and says another
        services.sign_partner(
            enquiry.id, hospitals.organisation, agency.sign(words), actor=agency.viewer, proposal=PROPOSAL
        )
    assert Partner.objects.get().signatures.count() == 1


@database
def test_an_envelope_is_good_for_one_review_and_one_partner(
    enquiry: Review, hospitals: Side, lab: Side, cast: Any
) -> None:
    signed = lab.sign(services.partnership_words(enquiry, hospitals.organisation, PROPOSAL))
    another = services.enquire("Model 2", EO, actor=lab.viewer)
    utilities = side(cast, "Utilities", Kind.PARTNER)
    for review, partner, named in ((another, hospitals, "review"), (enquiry, utilities, "partner")):
        with pytest.raises(WordsDiffer, match=rf"other words \({named}\)"):
            services.sign_partner(
                review.id, partner.organisation, signed, actor=lab.viewer, proposal=PROPOSAL
            )
    assert not Partner.objects.exists()


@database
def test_nobody_else_signs_or_revokes(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side, institute: Side, cast: Any
) -> None:
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    made = both(enquiry, hospitals, lab, agency)
    for outsider in (institute, hospitals, Side(cast.organisation("hub"), lab.key)):
        with pytest.raises(NotTheirs, match="only the developer and the authority may sign"):
            sign(enquiry, hospitals, outsider)
    for viewer in (hospitals.viewer, cast.hub):
        with pytest.raises(NotTheirs, match="only the developer and the authority may revoke"):
            services.revoke_partner(made.id, actor=viewer, reason="mine")
    for viewer in (institute.viewer, cast.another_developer, cast.operator, ANYONE):
        with pytest.raises(PartnerNotFound):
            services.revoke_partner(made.id, actor=viewer, reason="mine")
    made.refresh_from_db()
    assert made.revoked_at is None


@database
@pytest.mark.parametrize("who", ["lab", "agency"])
def test_either_side_revokes_at_once(
    enquiry: Review, hospitals: Side, institute: Side, lab: Side, agency: Side, who: str
) -> None:
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    made = both(enquiry, hospitals, lab, agency)
    review = queries.review(lab.viewer, enquiry.id)
    assert queries.reach(review, hospitals.id, clock.now()).why_not == ""
    by = lab if who == "lab" else agency
    revoked = services.revoke_partner(made.id, actor=by.viewer, reason="it passed a key on")
    assert (revoked.revoked_by, revoked.revoked_for) == (by.organisation, "it passed a key on")
    assert queries.reach(review, hospitals.id, clock.now()).why_not == "its partnership was revoked"
    with pytest.raises(ReviewNotFound):
        queries.review(hospitals.viewer, enquiry.id)
    with pytest.raises(PartnerRevoked, match="Hospitals was revoked already"):
        services.revoke_partner(made.id, actor=lab.viewer, reason="again")


@database
def test_a_proposal_is_dropped_by_either_side(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    proposed = sign(enquiry, hospitals, lab)
    services.revoke_partner(proposed.id, actor=agency.viewer, reason="of another sector")
    assert sign(enquiry, hospitals, agency).in_force_at is None  # begins anew: the old signature is gone


@database
def test_after_a_revocation_both_sign_anew_and_the_old_envelopes_are_worth_nothing(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    words = services.partnership_words(enquiry, hospitals.organisation, PROPOSAL)
    first = both(enquiry, hospitals, lab, agency)
    services.revoke_partner(first.id, actor=agency.viewer, reason="a mistake")
    for by in (lab, agency):
        with pytest.raises(WordsDiffer, match=r"other words \(number\)"):
            services.sign_partner(
                enquiry.id, hospitals.organisation, by.sign(words), actor=by.viewer, proposal=PROPOSAL
            )
    second = both(enquiry, hospitals, lab, agency)
    assert second.id != first.id
    assert second.in_force_at is not None
    seen = queries.partners(lab.viewer, enquiry.id)
    assert [each.revoked_at is None for each in seen] == [False, True]


@database
def test_a_partnership_that_ran_out_gives_its_place_to_a_new_one(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    ends = clock.now() + timedelta(days=3)
    short = Proposal(reason="for a while", scopes=(Scope.CHAT,), expires_at=ends)
    first = both(enquiry, hospitals, lab, agency, short)
    with pytest.raises(OtherProposal):  # it lasts
        sign(enquiry, hospitals, lab)
    clock.travel_to(ends)
    second = both(enquiry, hospitals, lab, agency)
    first.refresh_from_db()
    assert first.replaced_at == second.proposed_at
    assert second.in_force_at is not None
    assert services.partnership_words(enquiry, hospitals.organisation, PROPOSAL)["predicate"]["number"] == 2


@database
def test_a_proposal_whose_end_has_passed_takes_no_second_signature(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    ends = clock.now() + timedelta(days=3)
    short = Proposal(reason="for a while", scopes=(Scope.CHAT,), expires_at=ends)
    sign(enquiry, hospitals, lab, short)
    clock.travel_to(ends)
    with pytest.raises(ProposalInvalid, match="its end has passed"):
        sign(enquiry, hospitals, agency, short)


@database
@pytest.mark.parametrize("how", ["withdraw", "release", "time"])
def test_a_review_that_has_ended_takes_no_new_partner(
    enquiry: Review, hospitals: Side, institute: Side, lab: Side, agency: Side, how: str
) -> None:
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    standing = sign(enquiry, hospitals, lab)
    if how == "time":  # nobody noted it down yet
        window = queries.review(lab.viewer, enquiry.id).window
        assert window is not None
        clock.travel_to(window.closes)
    else:
        services.end(enquiry.id, Move(how), actor=lab.viewer)
    for by in (lab, agency):
        with pytest.raises(ReviewOver, match="this review has ended: no new partner"):
            sign(enquiry, hospitals, by)
    assert services.revoke_partner(standing.id, actor=lab.viewer, reason="over").revoked_at is not None


@database
def test_a_programme_says_who_joins_and_nobody_who_chooses_is_chosen(
    enquiry: Review, lab: Side, agency: Side, cast: Any
) -> None:
    for name in ("operator", "finder", "maintainer", "hub"):
        with pytest.raises(MayNotJoin, match="may not join under this programme"):
            sign(enquiry, Side(cast.organisation(name), lab.key), lab)
    for chooser in (lab, agency):
        with pytest.raises(MayNotJoin):
            sign(enquiry, chooser, lab)


@database
def test_where_the_developer_chooses_alone_its_signature_is_enough(
    hospitals: Side, lab: Side, agency: Side
) -> None:
    alone = msgspec.structs.replace(EO, partners_chosen_by=("developer",))
    review = services.enquire("Model 2", alone, actor=lab.viewer)
    with pytest.raises(NotTheirs, match="only the developer may sign"):
        sign(review, hospitals, agency)
    made = sign(review, hospitals, lab)
    assert made.in_force_at is not None
    with pytest.raises(NotTheirs, match="only the developer may revoke"):
        services.revoke_partner(made.id, actor=agency.viewer, reason="mine")


@database
def test_nobody_reaches_a_model_that_its_developer_has_not_signed_for(
    hospitals: Side, lab: Side, agency: Side
) -> None:
    theirs = msgspec.structs.replace(EO, partners_chosen_by=("authority",))
    review = services.enquire("Model 2", theirs, actor=lab.viewer)
    assert sign(review, hospitals, agency).in_force_at is None
    with pytest.raises(NotTheirs, match="the developer and the authority together, by two signatures"):
        services.grant_access(review.id, hospitals.organisation, actor=lab.viewer)  # nor by the lab alone
    assert sign(review, hospitals, lab).in_force_at is not None


@database
def test_a_programme_without_partners_has_none(hospitals: Side, lab: Side, agency: Side) -> None:
    none = msgspec.structs.replace(EO, partners_chosen_by=())
    review = services.enquire("Model 2", none, actor=lab.viewer)
    for by in (lab, agency):
        with pytest.raises(NoPartners, match="programme eo14409 has no trusted partners"):
            sign(review, hospitals, by)


@database
def test_two_authorities_are_one_side(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side, cast: Any
) -> None:
    second = side(cast, "Another agency", Kind.AUTHORITY)
    sign(enquiry, hospitals, agency)
    with pytest.raises(SideHasSigned, match="Agency has signed for this side already"):
        sign(enquiry, hospitals, second)
    assert sign(enquiry, hospitals, lab).in_force_at is not None


@database
def test_another_developer_can_be_a_partner_and_never_signs_as_the_developer(
    enquiry: Review, lab: Side, agency: Side, cast: Any
) -> None:
    rival = side(cast, "Rival", Kind.DEVELOPER)
    sign(enquiry, rival, agency)
    with pytest.raises(ReviewNotFound):
        sign(enquiry, rival, rival)
    assert sign(enquiry, rival, lab).in_force_at is not None
    with pytest.raises(NotTheirs):
        sign(enquiry, side(cast, "Utilities", Kind.PARTNER), rival)


@database
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": ""}, "the reason is empty"),
        ({"reason": "r" * 301}, "longer than 300"),
        ({"reason": "two\nlines"}, "line break"),
        ({"scopes": ()}, "names what the partner may use"),
        ({"scopes": (Scope.CHAT, Scope.CHAT)}, "once each"),
        ({"expires_at": datetime(2099, 1, 1)}, "needs a time zone"),  # noqa: DTZ001 - what is refused
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "its end has passed"),
    ],
)
def test_a_proposal_out_of_bounds_is_refused_in_a_line(
    enquiry: Review, hospitals: Side, lab: Side, wrong: dict[str, Any], says: str
) -> None:
    proposal = Proposal(**({"reason": "r", "scopes": (Scope.CHAT,)} | wrong))
    with pytest.raises((ProposalInvalid, TextInvalid), match=says) as caught:
        sign(enquiry, hospitals, lab, proposal)
    assert "\n" not in str(caught.value)
    assert not Partner.objects.exists()


@database
def test_a_tier_that_the_programme_has_not_is_refused(hospitals: Side, lab: Side) -> None:
    few = msgspec.structs.replace(EO, tiers=EO.tiers[:1])
    review = services.enquire("Model 2", few, actor=lab.viewer)
    other = Proposal(reason="r", tier=Tier.OTHER, scopes=(Scope.CHAT,))
    with pytest.raises(ProposalInvalid, match="no tier other; it has critical-infrastructure"):
        sign(review, hospitals, lab, other)
    assert sign(review, hospitals, lab).tier == Tier.CRITICAL_INFRASTRUCTURE


@database
def test_defenders_of_critical_infrastructure_stand_first(
    enquiry: Review, lab: Side, agency: Side, cast: Any
) -> None:
    tiers = [Tier.OTHER, Tier.DEFENDER, Tier.CRITICAL_INFRASTRUCTURE, Tier.DEFENDER]
    for number, tier in enumerate(tiers):
        partner = side(cast, f"Partner {number}", Kind.PARTNER)
        both(enquiry, partner, lab, agency, Proposal(reason="r", tier=tier, scopes=(Scope.CHAT,)))
    seen = list(queries.partners(agency.viewer, enquiry.id))
    assert [each.organisation.name for each in seen] == ["Partner 2", "Partner 1", "Partner 3", "Partner 0"]
    assert rules.in_order(reversed(seen)) == [seen[0], seen[2], seen[1], seen[3]]


@pytest.mark.parametrize("programme", programmes(), ids=lambda each: each.id)
def test_no_programme_lets_others_begin_before_defenders_of_critical_infrastructure(programme: Any) -> None:
    first = rules.from_day(programme.tiers, Tier.CRITICAL_INFRASTRUCTURE)
    assert all(first <= each.from_day for each in programme.tiers)


@database
def test_partners_see_themselves_and_not_each_other(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side, institute: Side, cast: Any
) -> None:
    utilities = side(cast, "Utilities", Kind.PARTNER)
    made = {each.id: both(enquiry, each, lab, agency) for each in (hospitals, utilities)}
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    for viewer in (lab.viewer, agency.viewer, cast.hub):
        assert set(queries.partners(viewer, enquiry.id)) == set(made.values())
    assert list(queries.partners(hospitals.viewer, enquiry.id)) == [made[hospitals.id]]
    assert not queries.partners(institute.viewer, enquiry.id).exists()
    with pytest.raises(PartnerNotFound):
        queries.partner(hospitals.viewer, made[utilities.id].id)
    assert queries.partner(hospitals.viewer, str(made[hospitals.id].id)) == made[hospitals.id]


@database
@pytest.mark.parametrize("hostile", ["", "0", "-1", "1e3", "\u0661", "9" * 40, "1; drop", "None"])
def test_what_is_no_number_of_a_partner_is_absent(cast: Any, hostile: str) -> None:
    with pytest.raises(PartnerNotFound) as caught:
        queries.partner(cast.hub, hostile)
    assert len(str(caught.value)) < 100


@database
def test_who_is_told_and_when(enquiry: Review, hospitals: Side, lab: Side, agency: Side, cast: Any) -> None:
    sign(enquiry, hospitals, lab)
    assert not ledger.entries(hospitals.viewer).filter(subject=enquiry.urn).exists()
    made = sign(enquiry, hospitals, agency)
    services.revoke_partner(made.id, actor=lab.viewer, reason="over")
    said = [each.kind for each in ledger.entries(hospitals.viewer).filter(subject=enquiry.urn)]
    assert said == ["review.partner_in_force", "review.partner_revoked"]
    both_sides = [each.kind for each in ledger.entries(agency.viewer).filter(subject=enquiry.urn)]
    assert both_sides == ["review.partner_in_force", "review.partner_revoked"]
    assert not ledger.entries(cast.operator).filter(subject=enquiry.urn).exists()


@database
def test_the_database_holds_one_partnership_at_a_time(
    enquiry: Review, hospitals: Side, lab: Side, agency: Side
) -> None:
    first = both(enquiry, hospitals, lab, agency)
    services.revoke_partner(first.id, actor=lab.viewer, reason="over")
    both(enquiry, hospitals, lab, agency)
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.filter(id=first.id).update(revoked_at=None)
