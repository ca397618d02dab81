"""What an entry says, and what the public sees of it: a salted commitment that can be opened alone."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import rfc8785

from headstart.ledger.rules.tree import leaf_hash

PUBLIC = "public"
HUB = "hub"
LARGEST_INTEGER = 2**53 - 1  # RFC 8785 (I-JSON, RFC 7493 2.2)


class Reader(Protocol):
    """Who is looking, as far as the ledger needs to know (`people.rules.Viewer` is one)."""

    @property
    def organisation_id(self) -> str:
        """The organisation that this reader belongs to."""

    @property
    def is_hub(self) -> bool:
        """Whether the reader coordinates this instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One thing that happened."""

    at: datetime
    actor: str
    kind: str
    subject: str
    details: Mapping[str, Any]

    def canonical(self) -> bytes:
        """Its JSON in the canonical form of RFC 8785."""
        return rfc8785.dumps(
            {
                "at": self.at.isoformat(),
                "actor": self.actor,
                "kind": self.kind,
                "subject": self.subject,
                "details": dict(self.details),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened, before it has its place and moment: what `services.append_all` takes."""

    actor: str
    kind: str
    subject: str
    details: Mapping[str, Any]
    audience: tuple[str, ...] = ()


def as_written(details: Any) -> Any:
    """Details as they were before a database kept them: PostgreSQL gives a large float back as an integer.

    Only floats can be that large: RFC 8785 refuses an integer beyond 2^53 when an entry is written.
    """
    if isinstance(details, dict):
        return {name: as_written(value) for name, value in details.items()}
    if isinstance(details, list):
        return [as_written(value) for value in details]
    if isinstance(details, int) and abs(details) > LARGEST_INTEGER:
        return float(details)
    return details


def commitment(body: Body, salt: bytes) -> bytes:
    """SHA-256 over the salt (32 bytes) and the canonical body: hides it, and binds to it."""
    return hashlib.sha256(salt + body.canonical()).digest()


def leaf(body: Body, salt: bytes) -> bytes:
    """The leaf hash of an entry: its commitment is the leaf's data."""
    return leaf_hash(commitment(body, salt))


def may_read(audience: Iterable[str], reader: Reader) -> bool:
    """Whether a reader belongs to the audience: the public, the hub, or a named organisation."""
    return reader.is_hub or any(each in (PUBLIC, reader.organisation_id) for each in audience)
