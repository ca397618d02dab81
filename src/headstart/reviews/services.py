"""The reviews room's writes. None of them can approve, deny or delay a release."""

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.ledger.rules import dsse
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import NotTheirs, SignatureWrong
from headstart.reviews.models import Access, Determination, Partner, PartnerSignature, Review
from headstart.reviews.rules import Answer, Move, Programme, Stage

DETERMINATION = "urn:headstart:predicate:determination:1"
PARTNERSHIP = "urn:headstart:predicate:partnership:1"


@transaction.atomic
def enquire(model_name: str, programme: Programme, *, actor: Viewer) -> Review:
    """A developer asks for a review of its model, under a programme's rules.

    Raises:
        NotTheirs: the actor is not a model developer.
    """
    if actor.kind is not Kind.DEVELOPER:
        raise NotTheirs("a model developer", "ask for a review of its model")
    review = Review.objects.create(
        developer_id=actor.organisation_id,
        model_name=model_name,
        programme_text=msgspec.to_builtins(programme),
        asked_at=clock.now(),
    )
    _record(review, actor, "review.enquired", {"model": model_name, "programme": programme.id})
    return review


@transaction.atomic
def grant_access(
    review_id: str, organisation: Organisation, *, actor: Viewer, days: float | None = None
) -> Review:
    """The developer lets an organisation reach the model; the first grant opens the window.

    Raises:
        NotTheirs: the actor is not the developer.
        WindowTooLong: longer than the programme allows.
        MoveNotAllowed: the review is closed.
    """
    review = _to_move(actor, review_id, "give access to the model")
    now = clock.now()
    if review.stage != Stage.OPEN:
        review.stage = rules.after(Stage(review.stage), Move.GRANT_ACCESS)
        window = rules.window(review.programme, opens=now, days=days)
        review.opens_at, review.closes_at = window.opens, window.closes
        review.save(update_fields=["stage", "opens_at", "closes_at"])
    Access.objects.get_or_create(review=review, organisation=organisation, defaults={"given_at": now})
    _record(review, actor, "review.access_granted", {"organisation": organisation.id})
    return review


@transaction.atomic
def end(review_id: str, move: Move, *, actor: Viewer) -> Review:
    """End a review: the developer withdraws or releases its model; or its time is over.

    Raises:
        NotTheirs: the actor is not the developer (the hub may only note that the time is over).
        MoveNotAllowed: it is closed already, and this is not a release.
    """
    if move is Move.EXPIRE and actor.is_hub:
        review = queries.review(actor, review_id)
    else:
        review = _to_move(actor, review_id, move.replace("_", " "))
    review.stage = rules.after(Stage(review.stage), move)
    if move is Move.RELEASE:
        review.released_at = clock.now()
    review.save(update_fields=["stage", "released_at"])
    _record(review, actor, f"review.{move.value}", {})
    return review


def determination_words(review: Review, answer: Answer) -> dict[str, Any]:
    """The statement that an authority signs to answer an enquiry."""
    predicate = {"review": review.id, "answer": answer.value, "programme": review.programme.id}
    return dsse.statement(DETERMINATION, predicate, {})


@transaction.atomic
def determine(review_id: str, answer: Answer, envelope: dsse.Envelope, *, actor: Viewer) -> Determination:
    """Record an authority's signed answer: is the model covered?

    Raises:
        NotTheirs: the actor is not an authority.
        SignatureWrong: the envelope is not over these words by the authority's key.
    """
    if actor.kind is not Kind.AUTHORITY:
        raise NotTheirs("the authority", "answer whether a model is covered")
    review = queries.review(actor, review_id)
    authority = Organisation.objects.get(id=actor.organisation_id)
    _check(envelope, determination_words(review, answer), authority)
    made = Determination.objects.create(
        review=review,
        authority=authority,
        answer=answer,
        envelope=msgspec.to_builtins(envelope),
        at=clock.now(),
    )
    _record(review, actor, "review.determined", {"answer": answer.value})
    return made


def partnership_words(review: Review, organisation: Organisation) -> dict[str, Any]:
    """The statement that both sides sign to make an organisation a trusted partner."""
    return dsse.statement(PARTNERSHIP, {"review": review.id, "partner": organisation.id}, {})


@transaction.atomic
def sign_partner(
    review_id: str, organisation: Organisation, envelope: dsse.Envelope, *, actor: Viewer, reason: str = ""
) -> Partner:
    """Sign for a trusted partner; in force once the developer and the authority both have.

    Raises:
        NotTheirs: the actor is neither the developer nor the authority.
        SignatureWrong: the envelope is not over these words by the actor's key.
    """
    review = queries.review(actor, review_id)
    if actor.organisation_id != review.developer_id and actor.kind is not Kind.AUTHORITY:
        raise NotTheirs("the developer and the authority", "choose trusted partners")
    signer = Organisation.objects.get(id=actor.organisation_id)
    _check(envelope, partnership_words(review, organisation), signer)
    now = clock.now()
    partner, _ = Partner.objects.get_or_create(
        review=review, organisation=organisation, defaults={"reason": reason, "proposed_at": now}
    )
    PartnerSignature.objects.get_or_create(
        partner=partner, signer=signer, defaults={"envelope": msgspec.to_builtins(envelope), "at": now}
    )
    kinds = set(partner.signatures.values_list("signer__kind", flat=True))
    if partner.in_force_at is None and kinds == {Kind.DEVELOPER, Kind.AUTHORITY}:
        partner.in_force_at = now
        partner.save(update_fields=["in_force_at"])
    in_force = partner.in_force_at is not None
    _record(review, actor, "review.partner_signed", {"partner": organisation.id, "in_force": in_force})
    return partner


def _check(envelope: dsse.Envelope, words: Mapping[str, Any], signer: Organisation) -> None:
    key = load_pem_public_key(signer.public_key.encode()) if signer.public_key else None
    if not isinstance(key, Ed25519PublicKey) or dsse.signer(envelope, [key]) is None:
        raise SignatureWrong(signer.name)
    if msgspec.json.decode(envelope.body()) != words:
        raise SignatureWrong(signer.name)


def _to_move(actor: Viewer, review_id: str, move: str) -> Review:
    review = queries.review(actor, review_id)
    if actor.organisation_id != review.developer_id:
        raise NotTheirs("the developer", move)
    return Review.objects.select_for_update().get(id=review.id)


def _record(review: Review, actor: Viewer, kind: str, details: Mapping[str, Any]) -> None:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=review.urn,
        details=details,
        audience=queries.readers_of(review),
    )
