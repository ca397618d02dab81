"""Marked words: put into a review, marked, and read. Each reading of what is AMBER or stricter is written down."""

import hashlib
from collections.abc import Iterable

import msgspec
import rfc8785
from django.db import transaction

from headstart import clock
from headstart.benchmarks import queries as benchmarks
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import (
    DocumentInvalid,
    FieldHidden,
    MarkingInvalid,
    NotTheirs,
)
from headstart.reviews.models import Document, Review
from headstart.reviews.rules import IN_REVIEW, Marking, Tlp, is_noted, is_strict, may_read
from headstart.reviews.services.common import locked, to_move

EVIDENCE = "evidence"
KINDS = (EVIDENCE, "model-card", "note")
OF_REVIEWS = "urn:headstart:review:"
LARGEST_BYTES = 1 << 20
LONGEST_TITLE = 200
MOST_DOCUMENTS = 200  # of one organisation in one review
MOST_NAMED = 50


@transaction.atomic
def put_document(
    review_id: str, *, actor: Viewer, kind: str, title: str, text: str = "", evaluation_id: str = "",
    marking: Marking | None = None,
) -> Document:  # fmt: skip
    """Put words into a review: evidence for the enquiry, a model card, a note; at most 1 MiB of text.

    `evaluation_id` attaches a measurement that the actor may see. Evidence is *advisory* unless it is a measurement
    of this instance on items that were sealed before: of anything else the model may have seen the items.
    Without a `marking` it is as the actor's terms with the developer say, and AMBER where there are none.
    Its title is told to everyone who may read it, before they do.

    Raises:
        ReviewNotFound, EvaluationNotFound: absent, or not this actor's to see.
        NotTheirs: the actor does not take part in the review.
        DocumentInvalid, TextInvalid: a bound is broken, or nothing is said.
        MarkingInvalid: it names somebody who is not here.
    """
    review = queries.review(actor, review_id)
    if queries.role_of(actor, review) not in IN_REVIEW:
        raise NotTheirs("those who take part in the review", "put documents into it")
    _check_text(kind, text, evaluation_id)
    if Document.objects.filter(review=review, owner_id=actor.organisation_id).count() >= MOST_DOCUMENTS:
        raise DocumentInvalid(f"is one too many: {MOST_DOCUMENTS} of one owner are kept in a review")
    sealed = bool(evaluation_id) and _is_sealed(actor, review, evaluation_id)
    said = checked_marking(marking or _usual(review, actor))
    made = Document.objects.create(
        review=review,
        owner_id=actor.organisation_id,
        kind=kind,
        title=rules.line(title.strip(), "the title", LONGEST_TITLE),
        text=text,
        evaluation_id=evaluation_id,
        advisory=kind == EVIDENCE and not sealed,
        digest=_digest(actor, text, evaluation_id),
        tlp=said.tlp,
        trade_secret=said.trade_secret,
        named=list(said.named),
        at=clock.now(),
    )
    _note_document(made, review, actor)
    return made


def _note_document(made: Document, review: Review, actor: Viewer) -> None:
    """Write down that a document was added, for those who may read it: who they are is written to."""
    # short words can be guessed by their digest, and an entry is read by organisations, machines included
    digest = {} if is_strict(made.marking) else {"digest": made.digest}
    ledger.append(
        actor=actor.organisation_id,
        kind="review.evidence_added" if made.kind == EVIDENCE else "review.document_added",
        subject=made.urn,
        details={"review": review.id, "kind": made.kind, "tlp": str(made.tlp), **digest},
        audience=_knowers(review, made.owner_id, made.marking),
    )


def _check_text(kind: str, text: str, evaluation_id: str) -> None:
    if kind not in KINDS:
        raise DocumentInvalid(f"can't be of the kind {kind[:40]!r}; there are {', '.join(KINDS)}")
    rules.passage(text, "the document", LARGEST_BYTES)
    if (size := len(text.encode())) > LARGEST_BYTES:
        raise DocumentInvalid(f"has {size:,} bytes; at most {LARGEST_BYTES:,} are kept")
    if not text.strip() and not evaluation_id:
        raise DocumentInvalid("says nothing: give it a text, or the evaluation that it is about")


def _digest(actor: Viewer, text: str, evaluation_id: str) -> str:
    """What an authority signs to have looked at: the SHA-256 of its words; of a document that has none, that of what
    names its measurement (canonical JSON of its id, its sealed plan's commitment and its log's digest)."""
    if text:
        return hashlib.sha256(text.encode()).hexdigest()
    about = benchmarks.evaluation(actor, evaluation_id)
    names = {"evaluation": about.id, "commitment": about.commitment, "log": about.log_digest}
    return hashlib.sha256(rfc8785.dumps(names)).hexdigest()


def _is_sealed(actor: Viewer, review: Review, evaluation_id: str) -> bool:
    """Whether a measurement was made on items that were sealed before it began."""
    evaluation = benchmarks.evaluation(actor, evaluation_id)
    if evaluation.subject.startswith(OF_REVIEWS) and evaluation.subject != review.urn:
        raise DocumentInvalid("is about an evaluation that was made for another review")
    return evaluation.sealed_at is not None


def _usual(review: Review, actor: Viewer) -> Marking:
    """How an organisation's words are marked where it does not say."""
    agreed = queries.terms_in_force(review.id, actor.organisation_id)
    return Marking(tlp=agreed.terms.confidentiality, named=(review.developer_id,)) if agreed else Marking()


def checked_marking(marking: Marking) -> Marking:
    """A marking that names organisations and persons of this instance, each once.

    Raises:
        MarkingInvalid: too many, or one who is not here.
    """
    named = tuple(dict.fromkeys(marking.named))
    if len(named) > MOST_NAMED:
        raise MarkingInvalid(f"names {len(named)}; at most {MOST_NAMED} can be named")
    known = people.known_ids(named)
    missing = [each for each in named if each not in known]
    if missing:
        raise MarkingInvalid(f"names {missing[0][:40]}, which is no organisation and no person here")
    return Marking(tlp=marking.tlp, trade_secret=marking.trade_secret, named=named)


def _knowers(review: Review, owner_id: str, marking: Marking) -> Iterable[str]:
    """The organisations that may read an entry about a marked thing, and are written to: those with a reader of it."""
    meant = {owner_id, *people.organisations_of(marking.named)}
    if marking.tlp in (Tlp.RED, Tlp.AMBER_STRICT):
        return meant
    authorities = {each.id for each in people.authorities()}
    return (
        meant | authorities if marking.trade_secret else meant | authorities | set(queries.readers_of(review))
    )


@transaction.atomic
def read_document(document_id: str, *, actor: Viewer) -> Document:
    """A document with its words. Where it is AMBER or stricter, that it was read is written down with it: by whom,
    never what.

    Raises:
        DocumentNotFound: absent, or not this actor's to read: the two look alike.
    """
    found = queries.document_to_read(actor, document_id)
    if is_noted(found.marking):
        details = {"review": found.review_id, "document": found.id}
        _note_reading(found.urn, "review.document_read", details, found.owner_id, actor)
    return found


@transaction.atomic
def read_field(review_id: str, field: str, *, actor: Viewer) -> str:
    """What a marked field of a review says; where a reading is noted, that it was read is written down.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        FieldNotFound: a review has no such field, or none that is marked.
        FieldHidden: it is not this actor's to read.
    """
    review = queries.review(actor, review_id)
    marking = queries.marking_of(review, field)
    if not may_read(marking, queries.reader(actor, review), review.developer_id):
        raise FieldHidden(field)
    if queries.is_noted_field(marking, field):
        _note_reading(review.urn, "review.field_read", {"field": field}, review.developer_id, actor)
    return queries.value_of(review, field)


def _note_reading(subject: str, kind: str, details: dict[str, str], owner_id: str, actor: Viewer) -> None:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=subject,
        details={**details, "organisation": actor.organisation_id, "member": actor.member_id or ""},
        audience={owner_id, actor.organisation_id},
    )


@transaction.atomic
def mark_field(review_id: str, field: str, marking: Marking, *, actor: Viewer) -> Review:
    """The developer says how a field of its review is marked, whatever the programme's own label.

    Raises:
        ReviewNotFound, NotTheirs: not this actor's to see, or not its developer's.
        FieldNotFound: a review has no such field, or none that is marked.
        MarkingInvalid: it names somebody who is not here.
    """
    review = to_move(actor, review_id, "mark what it says of its model")
    before = queries.marking_of(review, field)
    said = checked_marking(marking)
    review.markings_text = {**review.markings_text, field: msgspec.to_builtins(said)}
    review.save(update_fields=["markings_text"])
    ledger.append(
        actor=actor.organisation_id,
        kind="review.field_marked",
        subject=review.urn,
        details={
            "field": field,
            "before": before.tlp.value,
            "tlp": said.tlp.value,
            "secret": said.trade_secret,
        },
        audience=_knowers(review, review.developer_id, said),
    )
    return review


@transaction.atomic
def mark_document(document_id: str, marking: Marking, *, actor: Viewer) -> Document:
    """Who wrote a document marks it anew. From then on that says who may read it; what was read, was read.

    TLP:RED that names nobody takes it back from everyone but its owner's own people. A copy that was agreed on is
    taken by who may still read it. The ledger's entry is for those who may read it now.

    Raises:
        DocumentNotFound: absent, or not this actor's to read: the two look alike.
        NotTheirs: another organisation wrote it.
        MarkingInvalid: it names somebody who is not here.
    """
    seen = queries.document_to_read(actor, document_id)
    if seen.owner_id != actor.organisation_id:
        raise NotTheirs("who put a document into the review", "mark it")
    review = locked(seen.review)
    found = queries.document_to_read(actor, document_id)  # as it stands, now that nobody else can change it
    before, said = found.marking, checked_marking(marking)
    found.tlp, found.trade_secret, found.named = said.tlp, said.trade_secret, list(said.named)
    found.save(update_fields=["tlp", "trade_secret", "named"])
    ledger.append(
        actor=actor.organisation_id,
        kind="review.document_marked",
        subject=found.urn,
        details={
            "review": review.id,
            "before": before.tlp.value,
            "tlp": said.tlp.value,
            "secret": said.trade_secret,
        },
        audience=_knowers(review, found.owner_id, said),
    )
    return found
