"""An advisory's files, as far as the viewer was told: the release of its tier, or the draft for the parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.urls import reverse

from headstart.advisories import queries
from headstart.advisories.rules.index import document_names, envelope_name
from headstart.people.rules import Viewer
from headstart.web import wording

if TYPE_CHECKING:
    from headstart.advisories.models import Advisory

LABELS = {
    ".csaf.json": "CSAF",
    ".osv.json": "OSV",
    ".csaf.dsse.json": "CSAF, signed",
    ".osv.dsse.json": "OSV, signed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file to download."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A tier that was told, and when."""

    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An advisory as a row of a list."""

    tracking_id: str
    title: str
    vulnerability_id: str
    tiers: list[Told]
    files: list[File]


def told_of(viewer: Viewer, advisory: "Advisory") -> Document:
    """What the viewer is told of an advisory."""
    releases = list(queries.releases(viewer, advisory.id))
    return Document(
        tracking_id=advisory.tracking_id,
        title=advisory.title,
        vulnerability_id=advisory.vulnerability_id,
        tiers=[Told(words=wording.TIERS.get(each.tier, each.tier), at=each.at) for each in releases],
        files=[
            File(
                name=LABELS.get(name.removeprefix(advisory.tracking_id), name),
                url=reverse("web:advisory-document", args=[advisory.tracking_id, name]),
            )
            for name in files_of(viewer, advisory)
        ],
    )


def files_of(viewer: Viewer, advisory: "Advisory") -> Mapping[str, bytes]:
    """File name to bytes: exactly what was signed for the viewer's tier; for parties, the draft until then."""
    releases = list(queries.releases(viewer, advisory.id))
    if not releases:
        drafts: tuple[Any, Any] = (advisory.csaf, advisory.osv)
        names = document_names(advisory.tracking_id)
        return {
            name: orjson.dumps(draft, option=orjson.OPT_INDENT_2)
            for name, draft in zip(names, drafts, strict=True)
        }
    newest = releases[-1]
    files = {name: text.encode() for name, text in newest.files.items()}
    if newest.version == advisory.version:
        files |= {
            name: orjson.dumps(envelope)
            for name, envelope in advisory.envelopes.items()
            if name in {envelope_name(each) for each in newest.files}
        }
    return files
