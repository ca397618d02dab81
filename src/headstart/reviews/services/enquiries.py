"""Asking whether a model is covered, and the authority's signed answer."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from django.db import transaction

from headstart import clock
from headstart.ledger.rules import dsse
from headstart.people import queries as people
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import EvidenceUnknown, MayNotJoin, NotTheirs, ProgrammeInvalid
from headstart.reviews.models import Determination, Document, Review
from headstart.reviews.rules import Answer, Programme, Reader, Ruling
from headstart.reviews.services.common import locked, record
from headstart.reviews.services.signing import check


@transaction.atomic
def enquire(
    model_name: str,
    programme: Programme,
    *,
    actor: Viewer,
    description: str = "",
    planned_release_on: date | None = None,
) -> Review:
    """A developer asks for a review of its model, under a programme's rules. The planned day binds nobody.

    Raises:
        NotTheirs: the actor is not a model developer.
        ProgrammeInvalid: the programme was withdrawn.
        MayNotJoin: the programme lets no developers join.
        TextInvalid: a text is empty, too long, or can't be shown.
    """
    if actor.kind is not Kind.DEVELOPER:
        raise NotTheirs("a model developer", "ask for a review of its model")
    if programme.status == "withdrawn":
        raise ProgrammeInvalid(programme.id, "it was withdrawn: ask under a programme that is not")
    if actor.kind not in programme.may_join:
        raise MayNotJoin(actor.kind, programme.may_join)
    review = Review.objects.create(
        developer_id=actor.organisation_id,
        model_name=rules.line(model_name, "the model's name", 200),
        description=rules.passage(description, "the description", 20_000),
        planned_release_on=planned_release_on,
        programme_text=msgspec.to_builtins(programme),
        asked_at=clock.now(),
    )
    # the model's name may be marked: it stays out of the ledger
    record(review, actor, "review.enquired", {"programme": programme.id})
    return review


def determination_words(review: Review, ruling: Ruling | Answer) -> dict[str, Any]:
    """The statement that an authority signs to answer an enquiry; `number` says which answer it is, from 1.

    Raises:
        RulingInvalid, TextInvalid: the ruling breaks a bound, or leaves out a criterion of the programme.
    """
    said = rules.ruling(ruling, review.programme.criteria)
    predicate = {
        "review": review.id,
        "programme": review.programme.id,
        "number": review.determinations.count() + 1,
        **msgspec.json.decode(msgspec.json.encode(said)),
    }
    return dsse.statement(rules.DETERMINATION, predicate, {})


@transaction.atomic
def determine(
    review_id: str, ruling: Ruling | Answer, envelope: dsse.Envelope, *, actor: Viewer
) -> Determination:
    """Record an authority's signed answer: is the model covered?

    A review that has ended is answered too: the answer is about the model, and moves nothing of the review.

    Raises:
        NotTheirs: the actor is not an authority.
        MayNotJoin: the programme has no authority that takes part.
        RulingInvalid, TextInvalid, EvidenceUnknown: the ruling breaks a rule.
        EnvelopeInvalid, KeyMissing, SameKey, SignatureWrong, WordsDiffer: see signing.check.
    """
    if actor.kind is not Kind.AUTHORITY:
        raise NotTheirs("the authority", "answer whether a model is covered")
    review = locked(queries.review(actor, review_id))
    if actor.kind not in review.programme.may_join:
        raise MayNotJoin(actor.kind, review.programme.may_join)
    said = rules.ruling(ruling, review.programme.criteria)
    _held_here(review, said.evidence, actor)
    words = determination_words(review, said)
    authority = Organisation.objects.get(id=actor.organisation_id)
    signed = check(envelope, words, authority, beside=[review.developer])
    made = Determination.objects.create(
        review=review,
        authority=authority,
        answer=said.answer,
        criteria=words["predicate"]["criteria"],
        reasons=said.reasons,
        evidence=list(said.evidence),
        number=words["predicate"]["number"],
        member_id=actor.member_id or "",
        key_id=signed.key_id,
        envelope=signed.envelope,
        at=clock.now(),
    )
    record(review, actor, "review.determined", {"answer": said.answer.value, "number": made.number})
    return made


def _held_here(review: Review, evidence: tuple[str, ...], actor: Viewer) -> None:
    """What an authority says it looked at lies in this review, and somebody of the authority may read it.

    A machine that hands the ruling in need not be able to: a person read what is marked RED.

    Raises:
        EvidenceUnknown: a digest is that of no document of it, or of none that is this authority's to read.
    """
    reader = queries.reader(actor, review)
    rows = Document.objects.filter(review=review, digest__in=evidence).defer("text")
    held = {each.digest for each in rows if _somebody_reads(each, reader)}
    for each in evidence:
        if each not in held:
            raise EvidenceUnknown(each)


def _somebody_reads(document: Document, reader: Reader) -> bool:
    """Whether a reader, or a person of their organisation whom the document names, may read it."""
    if rules.may_read(document.marking, reader, document.owner_id):
        return True
    own = reader.organisation_id
    persons = [each for each in document.named if each != own and own in people.organisations_of([each])]
    readers = [replace(reader, member_id=each) for each in persons]
    return any(rules.may_read(document.marking, each, document.owner_id) for each in readers)
