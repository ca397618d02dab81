"""Documents, exports and declarations, as far as a viewer may know of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from headstart import clock
from headstart.people.rules import Viewer
from headstart.reviews.errors import DocumentNotFound, ExportNotFound
from headstart.reviews.models import Declaration, Document, Export, Review
from headstart.reviews.queries.marking import reader, role_of
from headstart.reviews.queries.reviews import review, reviews
from headstart.reviews.rules import IN_REVIEW, Marking, Reader, Role, is_noted, may_read, one_mark

EXPORT_LASTS = timedelta(days=7)  # from the agreement on


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as a list shows it. `text` is None where there is one and it is AMBER or stricter:
    `services.read_document` gives it to who may read it, and writes down that they did."""

    id: str
    review_id: str
    owner_id: str
    owner_name: str
    kind: str
    title: str
    text: str | None
    evaluation_id: str
    advisory: bool
    digest: str
    marking: Marking
    at: datetime

    @property
    def is_noted(self) -> bool:
        """Whether a reading is written down."""
        return self.text is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An export as one viewer sees it, without the document's words.

    Who wrote the document knows of it by a machine too; what a machine may not read has no title here.
    """

    id: str
    document_id: str
    title: str
    marking: Marking
    asked_by: str
    asked_by_organisation: str
    reason: str
    asked_at: datetime
    agreed_by: str
    agreed_at: datetime | None
    taken_at: datetime | None
    until: datetime | None
    mark: str
    may_agree: bool
    may_take: bool


def documents(viewer: Viewer, review_id: str) -> list[Paper]:
    """The documents of a review that the viewer may read; of the others nothing is said, not even that they are there.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    who = reader(viewer, seen)
    found = Document.objects.filter(review=seen).select_related("owner")
    return [_paper(each) for each in found if may_read(each.marking, who, each.owner_id)]


def document(viewer: Viewer, document_id: str) -> Paper:
    """One document, without its words where reading them is written down.

    Raises:
        DocumentNotFound: absent, or not this viewer's to read: the two look alike.
    """
    return _paper(document_to_read(viewer, document_id))


def document_to_read(viewer: Viewer, document_id: str) -> Document:
    """The row itself, for this room's services alone: who gives its words on writes that down.

    Raises:
        DocumentNotFound: absent, or not this viewer's to read: the two look alike.
    """
    if "\0" in document_id:  # PostgreSQL takes no such text
        raise DocumentNotFound(document_id)
    found = (
        Document.objects.select_related("owner", "review__developer")
        .filter(id=document_id, review__in=reviews(viewer))
        .first()
    )
    if found is None or not may_read(found.marking, reader(viewer, found.review), found.owner_id):
        raise DocumentNotFound(document_id)
    return found


def _paper(row: Document) -> Paper:
    marking = row.marking
    return Paper(
        id=row.id,
        review_id=row.review_id,
        owner_id=row.owner_id,
        owner_name=row.owner.name,
        kind=row.kind,
        title=row.title,
        text=None if row.text and is_noted(marking) else row.text,
        evaluation_id=row.evaluation_id,
        advisory=row.advisory,
        digest=row.digest,
        marking=marking,
        at=row.at,
    )


def exports(viewer: Viewer, review_id: str) -> list[Copy]:
    """The exports of a review's documents that the viewer may know of, oldest first.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    who = reader(viewer, seen)
    return [_copy(who, each) for each in _exports(viewer).filter(document__review=seen) if _knows(who, each)]


def export(viewer: Viewer, export_id: str) -> Export:
    """One export.

    Raises:
        ExportNotFound: absent, or not this viewer's to know of: the two look alike.
    """
    return _one(viewer, export_id, id=export_id)[0]


def traced(viewer: Viewer, mark: str) -> Copy:
    """Whose copy a watermark is: for who wrote the document, and who may read it.

    Raises:
        ExportNotFound: no copy bears that mark, or it is not this viewer's to know of.
    """
    row, who = _one(viewer, mark, mark=one_mark(mark))
    return _copy(who, row)


def _exports(viewer: Viewer) -> QuerySet[Export]:
    beside = (
        "document__owner",
        "document__review",
        "asked_by__user",
        "asked_by__organisation",
        "agreed_by__user",
    )
    return Export.objects.select_related(*beside).filter(document__review__in=reviews(viewer))


def _one(viewer: Viewer, said: str, **wanted: str) -> tuple[Export, Reader]:
    found = None if "\0" in said else _exports(viewer).filter(**wanted).first()
    if found is None:
        raise ExportNotFound(said)
    who = reader(viewer, found.document.review)
    if not _knows(who, found):
        raise ExportNotFound(said)
    return found, who


def _knows(who: Reader, row: Export) -> bool:
    """Who may know of an export: who may read the document, and whose it is (a machine of theirs too)."""
    wrote = row.document.owner_id == who.organisation_id
    return wrote or may_read(row.document.marking, who, row.document.owner_id)


def _copy(who: Reader, row: Export) -> Copy:
    until = row.agreed_at + EXPORT_LASTS if row.agreed_at else None
    mine = who.member_id == row.asked_by_id
    marking = row.document.marking
    reads = may_read(marking, who, row.document.owner_id)
    acts = reads and who.member_id is not None
    return Copy(
        id=row.id,
        document_id=row.document_id,
        title=row.document.title if reads else "",
        marking=marking if reads else Marking(tlp=marking.tlp, trade_secret=marking.trade_secret),
        asked_by=row.asked_by.user.get_username(),
        asked_by_organisation=row.asked_by.organisation.name,
        reason=row.reason,
        asked_at=row.asked_at,
        agreed_by=row.agreed_by.user.get_username() if row.agreed_by else "",
        agreed_at=row.agreed_at,
        taken_at=row.taken_at,
        until=until,
        mark=row.mark,
        may_agree=acts and not mine and row.agreed_at is None,
        may_take=acts and mine and until is not None and clock.now() < until,
    )


def declarations(viewer: Viewer, review_id: str) -> QuerySet[Declaration]:
    """What people said of their interests: the hub, the authority and the developer all; others their organisation's.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    found = Declaration.objects.filter(review=seen).select_related("member__user", "member__organisation")
    if role_of(viewer, seen) in (Role.DEVELOPER, Role.AUTHORITY, Role.HUB):
        return found
    return found.filter(member__organisation_id=viewer.organisation_id)


def has_declared(review: Review, member_id: str) -> bool:
    """Whether a person has said of their interests in this review's developer what there is to say."""
    return Declaration.objects.filter(review=review, member_id=member_id).exists()


def is_in(viewer: Viewer, review: Review) -> bool:
    """Whether the viewer takes part in a review."""
    return role_of(viewer, review) in IN_REVIEW
