"""A marked document leaves the hub: one person asks, another agrees, and the copy says whose it is."""

from datetime import datetime

from django.db import transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.people.models import Member
from headstart.people.rules import Viewer
from headstart.reviews import queries, rules, work
from headstart.reviews.errors import ExportNotFound, ExportNotReady, OnePerson, PersonNeeded
from headstart.reviews.models import Export

LONGEST_REASON = 300


def _person(actor: Viewer, verb: str) -> Member:
    """The seat that acts.

    Raises:
        PersonNeeded: it is a machine.
        SeatNotFound: that person has left.
    """
    if actor.member_id is None:
        raise PersonNeeded(verb)
    return people.person(actor, actor.member_id)


@transaction.atomic
def ask_export(document_id: str, reason: str, *, actor: Viewer) -> Export:
    """Ask for a copy of a document, and say what for; another person has to agree.

    Raises:
        PersonNeeded: the actor is a machine.
        DocumentNotFound: absent, or not this actor's to read: the two look alike.
        TextInvalid: no reason, or one too long.
    """
    asker = _person(actor, "ask for a copy")
    document = queries.document_to_read(actor, document_id)
    made = Export.objects.create(
        document=document,
        asked_by=asker,
        reason=rules.line(reason.strip(), "the reason", LONGEST_REASON),
        asked_at=clock.now(),
        mark=rules.new_mark(),
    )
    _record(made, actor, "review.export_asked")
    return made


@transaction.atomic
def agree_export(export_id: str, *, actor: Viewer) -> Export:
    """A second person, who may read the document too, agrees that a copy leaves the hub.

    Raises:
        PersonNeeded: the actor is a machine.
        ExportNotFound: absent, or not this actor's to read the document of.
        OnePerson: it is the person who asked, or one whom they gave a seat.
        ExportNotReady: somebody agreed already.
    """
    second = _person(actor, "agree to a copy")
    queries.export(actor, export_id)
    export = Export.objects.select_for_update().select_related("asked_by", "document").get(id=export_id)
    queries.document_to_read(actor, export.document_id)
    _check_two(export.asked_by, second)
    if export.agreed_at is not None:
        raise ExportNotReady("somebody has agreed to this copy already")
    export.agreed_by, export.agreed_at = second, clock.now()
    export.save(update_fields=["agreed_by", "agreed_at"])
    _record(export, actor, "review.export_agreed")
    return export


def _check_two(first: Member, second: Member) -> None:
    """That these are two people, as far as an instance can know: two seats, and neither seated the other.

    Raises:
        OnePerson: they may be one.
    """
    same = second.id == first.id or second.user_id == first.user_id
    if same or second.seated_by == first.id or first.seated_by == second.id:
        raise OnePerson


def take_export(export_id: str, *, actor: Viewer) -> tuple[str, bytes]:
    """The copy that was asked for and agreed to: a file's name, and a PDF whose every page says whose it is.

    It is drawn first, and handed over with its entry in the ledger: no entry, no copy.

    Raises:
        PersonNeeded: the actor is a machine.
        ExportNotFound: absent, somebody else's, or the document is no longer theirs to read.
        ExportNotReady: nobody agreed yet, or that was over a week ago.
    """
    export = _to_take(export_id, actor)
    at = clock.now()
    drawn = work.draw_copy(_sheet(export, at))
    with transaction.atomic():
        export = _to_take(export_id, actor)
        if export.taken_at is None:
            Export.objects.filter(id=export.id, taken_at__isnull=True).update(taken_at=at)
        _record(export, actor, "review.export_taken")
    return f"{export.document_id}-{export.mark}.pdf", drawn


def _to_take(export_id: str, actor: Viewer) -> Export:
    """An export that the actor may take now.

    Raises:
        PersonNeeded, ExportNotFound, ExportNotReady: as `take_export` says.
    """
    asker = _person(actor, "take a copy")
    export = queries.export(actor, export_id)
    if export.asked_by_id != asker.id:
        raise ExportNotFound(export_id)
    queries.document_to_read(actor, export.document_id)
    if export.agreed_at is None:
        raise ExportNotReady(
            "nobody has agreed to this copy yet: it takes a second person who may read the document"
        )
    if clock.now() >= export.agreed_at + queries.EXPORT_LASTS:
        raise ExportNotReady("this copy was agreed to more than seven days ago; ask again")
    return export


def _sheet(export: Export, at: datetime) -> work.Sheet:
    document, asker = export.document, export.asked_by
    return work.Sheet(
        title=document.title,
        label=rules.label(document.marking),
        text=document.text,
        owner=document.owner.name,
        taken_by=f"{asker.user.get_username()} of {asker.organisation.name}",
        agreed_by=export.agreed_by.user.get_username() if export.agreed_by else "",
        at=at,
        mark=export.mark,
    )


def _record(export: Export, actor: Viewer, kind: str) -> None:
    document = export.document
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=document.urn,
        details={
            "review": document.review_id,
            "organisation": document.owner_id,  # whose words they are: who is written to
            "document": document.id,
            "export": export.id,
            "mark": export.mark,
            "member": actor.member_id or "",
        },
        audience={document.owner_id, export.asked_by.organisation_id, actor.organisation_id},
    )
