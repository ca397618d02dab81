"""The ledger's writes: append an entry, sign a checkpoint."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from headstart import clock
from headstart.ledger.models import Audience, Edge, Entry, SignedCheckpoint
from headstart.ledger.rules import notes
from headstart.ledger.rules.entries import Body, leaf
from headstart.ledger.rules.tree import Frontier


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
    salt = secrets.token_bytes(32)
    hashed = leaf(body, salt)
    entry = Entry.objects.create(
        index=frontier.size,
        at=body.at,
        actor=actor,
        kind=kind,
        subject=subject,
        details=dict(body.details),
        salt=salt,
        leaf=hashed,
    )
    Audience.objects.bulk_create(Audience(entry=entry, reader=reader) for reader in sorted(set(audience)))
    grown = frontier.append(hashed)
    edge.size, edge.peaks = grown.size, b"".join(grown.peaks)
    edge.save(update_fields=["size", "peaks"])
    return entry


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
    Edge.objects.get_or_create(id=1)
    return Edge.objects.select_for_update().get(id=1)


def _peaks(packed: bytes) -> tuple[bytes, ...]:
    return tuple(packed[i : i + 32] for i in range(0, len(packed), 32))
