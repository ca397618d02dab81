"""An inclusion bundle: one entry with all that proves it is in the log, in one JSON file (docs/design/ledger.md)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from headstart.ledger.rules import notes, tree
from headstart.ledger.rules.entries import Body, leaf

FORMAT = "headstart-inclusion-1"


class EntryJson(msgspec.Struct, forbid_unknown_fields=True):
    """An entry's body. `at` stays text: its spelling is part of what was hashed."""

    at: str
    actor: str
    kind: str
    subject: str
    details: dict[str, Any]


class Bundle(msgspec.Struct, forbid_unknown_fields=True):
    """The file: `salt` and `path` are base64, `checkpoint` is the signed note."""

    format: str
    entry: EntryJson
    salt: str
    index: int
    size: int
    path: list[str]
    checkpoint: str


def bundle(body: Body, salt: bytes, *, index: int, size: int, path: Sequence[bytes], note: str) -> Bundle:
    """The bundle of an entry in the tree that `note` signs."""
    return Bundle(
        format=FORMAT,
        entry=EntryJson(
            at=body.at.isoformat(),
            actor=body.actor,
            kind=body.kind,
            subject=body.subject,
            details=dict(body.details),
        ),
        salt=base64.b64encode(salt).decode(),
        index=index,
        size=size,
        path=[base64.b64encode(each).decode() for each in path],
        checkpoint=note,
    )


def proves(found: Bundle, head: notes.Checkpoint) -> bool:
    """Whether the bundle's entry is in the tree of a checkpoint (whose signature was checked before)."""
    try:
        body = Body(
            at=datetime.fromisoformat(found.entry.at),
            actor=found.entry.actor,
            kind=found.entry.kind,
            subject=found.entry.subject,
            details=found.entry.details,
        )
        hashed = leaf(body, base64.b64decode(found.salt, validate=True))
        path = [base64.b64decode(each, validate=True) for each in found.path]
    except ValueError:
        return False
    if (
        found.size != head.size
        or any(len(each) != 32 for each in path)
        or body.at.isoformat() != found.entry.at
    ):
        return False
    return tree.root_from_inclusion(hashed, found.index, found.size, path) == head.root
