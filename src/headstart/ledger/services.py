"""The ledger's writes: append an entry, sign a checkpoint."""

import secrets
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from headstart import clock
from headstart.ledger.models import Audience, Edge, Entry, SignedCheckpoint
from headstart.ledger.rules import notes
from headstart.ledger.rules.entries import Body, Happened, leaf
from headstart.ledger.rules.tree import Frontier

AT_ONCE = 500  # rows of one statement


@transaction.atomic
def append(
    *,
    actor: str,
    kind: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    audience: Iterable[str] = (),
) -> Entry:
    """Write down one thing that happened, in the caller's transaction.

    `audience` names the organisations that may read its body (`entries.PUBLIC` for everyone); the hub always
    may. Appending serialises writers on one row, so the order is the order of commits.
    """
    edge = _edge()
    frontier = Frontier(edge.size, _peaks(bytes(edge.peaks)))
    body = Body(at=clock.now(), actor=actor, kind=kind, subject=subject, details=details or {})
    entry = _entry(frontier.size, body)
    entry.save(force_insert=True)
    Audience.objects.bulk_create(Audience(entry=entry, reader=reader) for reader in sorted(set(audience)))
    _move(edge, frontier.append(bytes(entry.leaf)))
    return entry


@transaction.atomic
def append_many(
    details: Iterable[Mapping[str, Any]], *, actor: str, kind: str, subject: str, audience: Iterable[str] = ()
) -> range:
    """Write down many things of one kind about one subject, an entry each, in this order; their indices.

    The same rules as `append`'s, with one lock, one moment and few statements for all of them.
    """
    readers = tuple(audience)
    return append_all(
        Happened(actor=actor, kind=kind, subject=subject, details=each, audience=readers) for each in details
    )


@transaction.atomic
def append_all(happened: Iterable[Happened]) -> range:
    """Write down many things of any kind, an entry each, in this order; their indices. As `append_many`."""
    edge = _edge()
    frontier = Frontier(edge.size, _peaks(bytes(edge.peaks)))
    at = clock.now()
    rest = iter(happened)
    while batch := list(islice(rest, AT_ONCE)):
        entries: list[Entry] = []
        for each in batch:
            body = Body(at=at, actor=each.actor, kind=each.kind, subject=each.subject, details=each.details)
            entries.append(_entry(frontier.size, body))
            frontier = frontier.append(bytes(entries[-1].leaf))
        Entry.objects.bulk_create(entries)
        Audience.objects.bulk_create(
            [
                Audience(entry=entry, reader=reader)
                for entry, each in zip(entries, batch, strict=True)
                for reader in sorted(set(each.audience))
            ]
        )
    indices = range(edge.size, frontier.size)
    _move(edge, frontier)
    return indices


def _entry(index: int, body: Body) -> Entry:
    salt = secrets.token_bytes(32)
    return Entry(
        index=index,
        at=body.at,
        actor=body.actor,
        kind=body.kind,
        subject=body.subject,
        details=dict(body.details),
        salt=salt,
        leaf=leaf(body, salt),
    )


def _move(edge: Edge, grown: Frontier) -> None:
    edge.size, edge.peaks = grown.size, b"".join(grown.peaks)
    edge.save(update_fields=["size", "peaks"])


@transaction.atomic
def checkpoint(*, origin: str, key: Ed25519PrivateKey) -> SignedCheckpoint:
    """Sign the head of the log as it stands; the same size is signed once."""
    edge = _edge()
    head = notes.Checkpoint(
        origin=origin, size=edge.size, root=Frontier(edge.size, _peaks(bytes(edge.peaks))).root()
    )
    signed, _ = SignedCheckpoint.objects.get_or_create(
        size=edge.size, defaults={"note": notes.sign(head, key), "at": clock.now()}
    )
    return signed


def _edge() -> Edge:
    locked = Edge.objects.select_for_update().filter(id=1)
    found = locked.first()
    if found is None:
        Edge.objects.get_or_create(id=1)
        found = locked.get()
    return found


def _peaks(packed: bytes) -> tuple[bytes, ...]:
    return tuple(packed[i : i + 32] for i in range(0, len(packed), 32))
