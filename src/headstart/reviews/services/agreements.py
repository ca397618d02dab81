"""What a developer and another party agree on: proposed by either, in force once both have signed."""

import hashlib
from typing import Any

import msgspec
import rfc8785
from django.db import transaction

from headstart import clock
from headstart.ledger.rules import dsse
from headstart.people.models import Organisation
from headstart.people.rules import Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import MayNotJoin, NotTheirs, TermsStand, VersionOver
from headstart.reviews.models import Agreement, AgreementSignature, Review
from headstart.reviews.rules import Terms
from headstart.reviews.services.common import locked, record
from headstart.reviews.services.signing import apart, check


@transaction.atomic
def propose_terms(review_id: str, counterpart: Organisation, terms: Terms, *, actor: Viewer) -> Agreement:
    """Propose the next version of what the developer and `counterpart` agree on; either of them may.

    Until both have signed it, the version that is in force stays in force; a version that was proposed before and
    lacks a signature takes none any more. A review that has ended can still get new terms: what may be
    published is often agreed then.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        NotTheirs: the actor is neither side.
        MayNotJoin: the programme lets nobody of the counterpart's kind join, or it is the developer itself.
        TermsInvalid: a bound is broken.
        TermsStand: the newest version says the same.
    """
    review = queries.review_to_agree_on(actor, review_id)
    if actor.organisation_id not in (review.developer_id, counterpart.id):
        raise NotTheirs("the developer and the other side", "propose what they agree on")
    if counterpart.kind not in review.programme.may_join or counterpart.id == review.developer_id:
        raise MayNotJoin(counterpart.kind, review.programme.may_join)
    review = locked(review)
    text = msgspec.json.decode(msgspec.json.encode(rules.check_terms(terms)))
    before = _newest(review, counterpart)
    if before is not None and before.superseded_at is None and before.terms_text == text:
        raise TermsStand(before.version, "in force" if before.in_force_at else "waiting for signatures")
    made = Agreement.objects.create(
        review=review,
        counterpart=counterpart,
        version=before.version + 1 if before else 1,
        terms_text=text,
        previous=_digest(before) if before else "",
        proposed_by_id=actor.organisation_id,
        proposed_at=clock.now(),
    )
    details = {"agreement": made.id, "version": made.version, "counterpart": counterpart.id}
    record(review, actor, "review.terms_proposed", details, audience=_both(made))
    return made


def agreement_words(agreement: Agreement) -> dict[str, Any]:
    """The statement that both sides sign: these terms, as this version, after that one."""
    predicate = {
        "agreement": agreement.id,
        "review": agreement.review_id,
        "programme": agreement.review.programme.id,
        "developer": agreement.review.developer_id,
        "counterpart": agreement.counterpart_id,
        "version": agreement.version,
        "previous": agreement.previous,
        "terms": agreement.terms_text,
    }
    return dsse.statement(rules.AGREEMENT, predicate, {})


@transaction.atomic
def sign_terms(agreement_id: str, envelope: dsse.Envelope, *, actor: Viewer) -> Agreement:
    """Hand in a side's signature; with both, this version is in force and the one before it is not any more.

    Raises:
        AgreementNotFound: absent, or not this actor's to see.
        NotTheirs: the actor is neither side.
        VersionOver: a newer version was proposed since.
        EnvelopeInvalid, KeyMissing, SameKey, SamePerson, SignatureWrong, WordsDiffer: see signing.
    """
    seen = queries.agreement(actor, agreement_id)
    review = locked(seen.review)
    agreement = Agreement.objects.select_related("counterpart").get(id=seen.id)
    sides = {each.id: each for each in (review.developer, agreement.counterpart)}
    if actor.organisation_id not in sides:
        raise NotTheirs("the two sides", "sign what they agree on")
    signer = sides.pop(actor.organisation_id)
    newest = _newest(review, agreement.counterpart)
    if newest is not None and newest.version > agreement.version:
        raise VersionOver(agreement.version, newest.version)
    signed = check(envelope, agreement_words(agreement), signer, beside=sides.values())
    given = list(agreement.signatures.select_related("signer"))
    if any(each.signer_id == signer.id for each in given):
        return agreement  # the same side twice is one signature
    apart(actor, signed, given)
    now = clock.now()
    AgreementSignature.objects.create(
        agreement=agreement,
        signer=signer,
        member_id=actor.member_id or "",
        key_id=signed.key_id,
        envelope=signed.envelope,
        at=now,
    )
    if given:
        standing = Agreement.objects.filter(
            review=review, counterpart=agreement.counterpart, in_force_at__isnull=False, superseded_at=None
        )
        standing.update(superseded_at=now)
        agreement.in_force_at = now
        agreement.save(update_fields=["in_force_at"])
    details = {"agreement": agreement.id, "version": agreement.version, "in_force": bool(given)}
    details["counterpart"] = agreement.counterpart_id
    record(review, actor, "review.terms_signed", details, audience=_both(agreement))
    return agreement


def _newest(review: Review, counterpart: Organisation) -> Agreement | None:
    return Agreement.objects.filter(review=review, counterpart=counterpart).order_by("-version").first()


def _digest(agreement: Agreement) -> str:
    """The SHA-256 of a version's canonical words: each version names the one before it."""
    return hashlib.sha256(rfc8785.dumps(agreement_words(agreement))).hexdigest()


def _both(agreement: Agreement) -> list[str]:
    return [agreement.review.developer_id, agreement.counterpart_id]
