"""Writing to those whom a step of a review concerns. What calls it is a row of worker/flow.py."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from headstart.ledger import queries as ledger
from headstart.people import queries as people
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries
from headstart.reviews.rules import letters
from headstart.reviews.rules.letters import Also

KINDS = {Also.AUTHORITY: Kind.AUTHORITY, Also.HUB: Kind.HUB}


def write_letters(index: int, *, actor: Viewer) -> int:
    """Write to those whom an entry of the ledger concerns; how many letters were sent.

    They go to the organisations that may read the entry (and to those whom the sort of letter adds), not to the one
    that acted, and to none that has no mail address.

    Raises:
        EntryNotFound: the entry is absent, or not this actor's to see.
        ReviewNotFound: its review is.
        KeyError: nobody is written to when this happens.
    """
    entry = ledger.entry(actor, index)
    sort = letters.LETTERS[entry.kind]
    review = queries.review(actor, entry.details.get("review") or entry.subject.rsplit(":", 1)[1])
    known = {each.id: each for each in people.organisations(actor)}
    kinds = {KINDS[each] for each in sort.also}
    ids = {each.reader for each in entry.audience.all()}
    ids |= {each.id for each in known.values() if each.kind in kinds}
    contacts = {known[each].contact for each in ids - {entry.actor} if each in known}
    doer = known.get(entry.actor)
    made = letters.letter(
        entry.kind,
        review_id=review.id,
        actor=doer.name if doer else "Somebody",
        address=f"{settings.HEADSTART_URL.rstrip('/')}/reviews/{review.id}/{_place(entry.details)}",
    )
    for contact in sorted(contacts - {""}):
        EmailMessage(subject=made.subject, body=made.text, to=[contact]).send()
    return len(contacts - {""})


def _place(details: Mapping[str, Any]) -> str:
    """Where in the review: terms are read by their other side before it sees anything else."""
    return f"terms/{details['agreement']}" if "agreement" in details else ""
