"""Trusted partners: proposed by either side, in force with the signatures of all; revoked by any, at once."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from headstart import clock
from headstart.ledger.rules import dsse
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import (
    MayNotJoin,
    NoPartners,
    NotTheirs,
    OtherProposal,
    PartnerRevoked,
    ProposalInvalid,
    ReviewOver,
    SideHasSigned,
)
from headstart.reviews.models import Partner, PartnerSignature, Review
from headstart.reviews.rules import Proposal, Stage
from headstart.reviews.services.common import locked, record
from headstart.reviews.services.signing import apart, check


def partnership_words(review: Review, organisation: Organisation, proposal: Proposal) -> dict[str, Any]:
    """The statement that every side signs; `number` tells this partnership from those that were revoked or ran out."""
    ends = proposal.expires_at
    predicate = {
        "review": review.id,
        "programme": review.programme.id,
        "developer": review.developer_id,
        "partner": organisation.id,
        "number": _partnerships(review, organisation).exclude(_standing(clock.now())).count() + 1,
        "reason": proposal.reason,
        "tier": proposal.tier.value,
        "scopes": sorted(each.value for each in proposal.scopes),
        "expires_at": ends.astimezone(UTC).isoformat() if ends else None,
    }
    return dsse.statement(rules.PARTNERSHIP, predicate, {})


@transaction.atomic
def sign_partner(
    review_id: str, organisation: Organisation, envelope: dsse.Envelope, *, actor: Viewer, proposal: Proposal
) -> Partner:
    """Sign for a trusted partner: the first signature proposes it, the last one puts it in force.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        NoPartners, NotTheirs: the programme has no partners; the actor is none of those who choose them.
        ReviewOver: the review has ended.
        MayNotJoin: the organisation is of a kind that does not join, or is one of those who choose.
        ProposalInvalid, TextInvalid: the proposal breaks a bound.
        OtherProposal: it was proposed with other words.
        SideHasSigned: another organisation signed for this side.
        EnvelopeInvalid, KeyMissing, SameKey, SamePerson, SignatureWrong, WordsDiffer: see signing.
    """
    seen = queries.review(actor, review_id)
    side = _side(seen, actor, "sign for trusted partners")
    review, now = locked(seen), clock.now()
    _may_be_signed_for(review, organisation, now)
    partner = _live(review, organisation, now)
    _fits(review, proposal, partner, now)
    given = list(partner.signatures.select_related("signer")) if partner else []
    signer = Organisation.objects.get(id=actor.organisation_id)
    beside = [each.signer for each in given if each.signer_id != signer.id]
    signed = check(envelope, partnership_words(review, organisation, proposal), signer, beside=beside)
    if partner and any(each.signer_id == signer.id for each in given):
        return partner  # the same side twice is one signature
    if others := [each.signer for each in given if _kind(review, each.signer) == side]:
        raise SideHasSigned(others[0].name)
    apart(actor, signed, given)
    partner = partner or _propose(review, organisation, proposal, signer, now)
    PartnerSignature.objects.create(
        partner=partner,
        signer=signer,
        member_id=actor.member_id or "",
        key_id=signed.key_id,
        envelope=signed.envelope,
        at=now,
    )
    done = {side, *(_kind(review, each.signer) for each in given)}
    if done >= rules.sides(review.programme.partners_chosen_by):
        partner.in_force_at = now
        partner.save(update_fields=["in_force_at"])
    kind = "review.partner_in_force" if partner.in_force_at else "review.partner_signed"
    record(review, actor, kind, {"partner": organisation.id}, audience=_concerned(partner))
    return partner


@transaction.atomic
def revoke_partner(partner_id: int | str, *, actor: Viewer, reason: str) -> Partner:
    """Either side takes a partner back, or drops what was proposed; the model is out of its reach at once.

    Raises:
        PartnerNotFound: absent, or not this actor's to see.
        NotTheirs: the actor is none of those who choose partners.
        PartnerRevoked: it was revoked already.
        TextInvalid: the reason is empty, too long, or can't be shown.
    """
    seen = queries.partner(actor, partner_id)
    _side(seen.review, actor, "revoke a trusted partner")
    review = locked(seen.review)
    partner = Partner.objects.select_related("organisation").get(id=seen.id)
    if partner.revoked_at is not None:
        raise PartnerRevoked(partner.organisation.name)
    partner.revoked_for = rules.line(reason, "the reason", 300)
    partner.revoked_at, partner.revoked_by_id = clock.now(), actor.organisation_id
    partner.save(update_fields=["revoked_at", "revoked_by", "revoked_for"])
    details = {"partner": partner.organisation_id, "reason": reason}
    record(review, actor, "review.partner_revoked", details, audience=_concerned(partner))
    return partner


def _side(review: Review, actor: Viewer, verb: str) -> str:
    choose = rules.sides(review.programme.partners_chosen_by)
    if not choose:
        raise NoPartners(review.programme.id)
    if actor.organisation_id == review.developer_id:
        return Kind.DEVELOPER
    if actor.kind is Kind.DEVELOPER or actor.kind not in choose:
        raise NotTheirs(" and ".join(f"the {each}" for each in sorted(choose, reverse=True)), verb)
    return actor.kind


def _kind(review: Review, signer: Organisation) -> str:
    return Kind.DEVELOPER if signer.id == review.developer_id else signer.kind


def _may_be_signed_for(review: Review, organisation: Organisation, now: datetime) -> None:
    if review.stage == Stage.CLOSED or (review.closes_at is not None and now >= review.closes_at):
        raise ReviewOver
    choose = rules.sides(review.programme.partners_chosen_by)
    choosers = (organisation.kind in choose - {Kind.DEVELOPER}) or organisation.id == review.developer_id
    if organisation.kind not in review.programme.may_join or choosers:
        raise MayNotJoin(organisation.kind, review.programme.may_join)


def _fits(review: Review, proposal: Proposal, partner: Partner | None, now: datetime) -> None:
    rules.check_proposal(proposal, [each.tier for each in review.programme.tiers])
    if proposal.expires_at is not None and proposal.expires_at <= now:
        raise ProposalInvalid("its end has passed")
    if partner is not None and (differ := _differ(partner.proposal, proposal)):
        raise OtherProposal(partner.organisation.name, differ)


def _differ(first: Proposal, second: Proposal) -> list[str]:
    names = [
        each for each in ("reason", "tier", "expires_at") if getattr(first, each) != getattr(second, each)
    ]
    return names + (["scope"] if set(first.scopes) != set(second.scopes) else [])


def _partnerships(review: Review, organisation: Organisation) -> QuerySet[Partner]:
    return Partner.objects.filter(review=review, organisation=organisation)


def _standing(now: datetime) -> Q:
    ends_later = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return Q(revoked_at__isnull=True, replaced_at__isnull=True) & ends_later


def _live(review: Review, organisation: Organisation, now: datetime) -> Partner | None:
    found = _partnerships(review, organisation).select_related("organisation")
    return found.filter(_standing(now)).first()


def _propose(
    review: Review, organisation: Organisation, proposal: Proposal, signer: Organisation, now: datetime
) -> Partner:
    """Write down a proposal; one before it that has run out gives its place to it."""
    over = _partnerships(review, organisation).filter(revoked_at=None, replaced_at=None)
    over.update(replaced_at=now)
    return Partner.objects.create(
        review=review,
        organisation=organisation,
        reason=proposal.reason,
        tier=proposal.tier,
        scopes=sorted(each.value for each in proposal.scopes),
        expires_at=proposal.expires_at,
        proposed_by=signer,
        proposed_at=now,
    )


def _concerned(partner: Partner) -> list[str]:
    """Those who chose; and the partner, once it was one."""
    signers = partner.signatures.values_list("signer_id", flat=True)
    itself = [partner.organisation_id] if partner.in_force_at else []
    return sorted({partner.review.developer_id, *signers, *itself})
