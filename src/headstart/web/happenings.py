"""Ledger entries as sentences, for whoever is looking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.web import wording

if TYPE_CHECKING:
    from headstart.ledger.models import Entry

PAGES = {
    "finding": "finding",
    "vulnerability": "vulnerability",
    "review": "review",
    "run": "run",
    "evaluation": "evaluation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry, told."""

    index: int
    at: datetime
    who: str
    said: str
    kind: str
    subject: str
    url: str


def told(viewer: Viewer, entries: "Iterable[Entry]") -> list[Happening]:
    """The entries as sentences; an organisation that the viewer may not know stays "an organisation"."""
    names = {each.id: each.name for each in people.organisations(viewer)}
    return [
        Happening(
            index=entry.index,
            at=entry.at,
            who=names.get(entry.actor, "Headstart" if entry.actor == "founding" else "An organisation"),
            said=wording.event(entry.kind, entry.details),
            kind=entry.kind,
            subject=entry.subject,
            url=_page_of(entry.subject),
        )
        for entry in entries
    ]


def _page_of(urn: str) -> str:
    noun, _, identity = urn.removeprefix("urn:headstart:").partition(":")
    try:
        return reverse(f"web:{PAGES[noun]}", args=[identity])
    except (KeyError, NoReverseMatch):
        return ""
