"""What two sides sign: the words to sign are asked for, signed elsewhere, and handed in as an envelope."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from headstart.api import schemas_reviews, schemas_sides
from headstart.api.doorway import ASKING, PROBLEMS, viewer
from headstart.people import queries as people
from headstart.reviews import queries, services

router = Router()
WORDS = dict[str, Any]


@router.get(
    "/reviews/{review_id}/determinations",
    response={200: list[schemas_reviews.DeterminationOut], **PROBLEMS},
    summary="The authority's answers",
)
def list_determinations(request: HttpRequest, review_id: str) -> Any:
    """Oldest first, each with its envelope: `headstart verify` checks it without a server."""
    return list(queries.determinations(viewer(request), review_id))


@router.post(
    "/reviews/{review_id}/determinations/words",
    response={200: WORDS, **PROBLEMS},
    summary="What an authority signs to answer",
)
def determination_words(request: HttpRequest, review_id: str, said: schemas_reviews.RulingIn) -> Any:
    """An in-toto statement that binds review, programme, number and answer. Nothing is recorded."""
    review = queries.review(viewer(request), review_id)
    return services.determination_words(review, said.ruling())


@router.post(
    "/reviews/{review_id}/determinations",
    response={201: schemas_reviews.DeterminationOut, **ASKING},
    summary="Answer an enquiry",
)
def determine(request: HttpRequest, review_id: str, said: schemas_reviews.DeterminationIn) -> Any:
    """Covered, not covered, or can't say yet: a statement with the authority's signature, which moves nothing."""
    made = services.determine(review_id, said.ruling(), said.envelope.envelope(), actor=viewer(request))
    return Status(201, made)


@router.get(
    "/reviews/{review_id}/agreements",
    response={200: list[schemas_sides.AgreementOut], **PROBLEMS},
    summary="What was agreed",
)
def list_agreements(request: HttpRequest, review_id: str) -> Any:
    """Every version of which the viewer is a side; the hub sees all."""
    return list(queries.agreements(viewer(request), review_id))


@router.post(
    "/reviews/{review_id}/agreements",
    response={201: schemas_sides.AgreementOut, **ASKING},
    summary="Propose terms",
)
def propose_terms(request: HttpRequest, review_id: str, said: schemas_sides.AgreementIn) -> Any:
    """The developer or the other side proposes the next version; it is in force once both have signed it."""
    who = viewer(request)
    counterpart = people.named(who, said.counterpart)
    return Status(201, services.propose_terms(review_id, counterpart, said.terms.terms(), actor=who))


@router.get(
    "/agreements/{agreement_id}",
    response={200: schemas_sides.AgreementOut, **PROBLEMS},
    summary="One version of what was agreed",
)
def get_agreement(request: HttpRequest, agreement_id: str) -> Any:
    """For its two sides and the hub: terms are seen before the review is."""
    return queries.agreement(viewer(request), agreement_id)


@router.get(
    "/agreements/{agreement_id}/words", response={200: WORDS, **PROBLEMS}, summary="What both sides sign"
)
def agreement_words(request: HttpRequest, agreement_id: str) -> Any:
    """An in-toto statement that binds the terms, both sides, the version and the one before it."""
    return services.agreement_words(queries.agreement(viewer(request), agreement_id))


@router.post(
    "/agreements/{agreement_id}/signatures",
    response={200: schemas_sides.AgreementOut, **ASKING},
    summary="Sign terms",
)
def sign_terms(request: HttpRequest, agreement_id: str, said: schemas_sides.SignedIn) -> Any:
    """A side hands in its envelope; with both, by two keys, this version is in force."""
    services.sign_terms(agreement_id, said.envelope.envelope(), actor=viewer(request))
    return queries.agreement(viewer(request), agreement_id)


@router.get(
    "/reviews/{review_id}/partners",
    response={200: list[schemas_sides.PartnerOut], **PROBLEMS},
    summary="Trusted partners",
)
def list_partners(request: HttpRequest, review_id: str) -> Any:
    """Defenders of critical infrastructure first; a partner sees itself alone."""
    return list(queries.partners(viewer(request), review_id))


@router.post(
    "/reviews/{review_id}/partners/words",
    response={200: WORDS, **PROBLEMS},
    summary="What both sides sign for a partner",
)
def partnership_words(request: HttpRequest, review_id: str, said: schemas_sides.PartnerIn) -> Any:
    """An in-toto statement that binds review, partner, reason, tier, scopes and end. Nothing is recorded."""
    who = viewer(request)
    review = queries.review(who, review_id)
    return services.partnership_words(review, people.named(who, said.organisation), said.proposal())


@router.post(
    "/reviews/{review_id}/partners",
    response={201: schemas_sides.PartnerOut, **ASKING},
    summary="Sign for a partner",
)
def sign_partner(request: HttpRequest, review_id: str, said: schemas_sides.PartnerSignedIn) -> Any:
    """The first signature proposes it; the other side's, over the same words by another key, puts it in force."""
    who = viewer(request)
    made = services.sign_partner(
        review_id,
        people.named(who, said.organisation),
        said.envelope.envelope(),
        actor=who,
        proposal=said.proposal(),
    )
    return Status(201, queries.partner(who, made.pk))


@router.post(
    "/partners/{partner_id}/revoke",
    response={200: schemas_sides.PartnerOut, **ASKING},
    summary="Revoke a partner",
)
def revoke_partner(request: HttpRequest, partner_id: str, said: schemas_sides.RevokeIn) -> Any:
    """Either side does, at once, or drops what was proposed."""
    who = viewer(request)
    services.revoke_partner(partner_id, actor=who, reason=said.reason)
    return queries.partner(who, partner_id)
