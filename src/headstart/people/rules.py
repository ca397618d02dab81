"""Roles, viewers, and what a token looks like."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from headstart.people.errors import KeyUnusable, WordsWrong

TOKEN_PREFIX = "hst_"  # noqa: S105 - a prefix that secret scanners can know, not a secret


LARGEST_KEY_BYTES = 4096  # a public key's PEM; 113 bytes where it is what it should be

_P = 2**255 - 19
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7  # of the points of order 8; the other is -y
WEAK_POINTS = frozenset(
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, _P - 1, _Y8, _P - _Y8, _P, _P + 1)
    for sign in (0, 1)
)
"""The encodings, canonical or not, of the eight points of edwards25519 whose order divides 8 (RFC 8032, 5.1)."""


class Kind(StrEnum):
    """What an organisation comes for (DESIGN.md, "Who uses it")."""

    HUB = "hub"  # runs this instance: its members are coordinators
    DEVELOPER = "developer"
    EVALUATOR = "evaluator"
    AUTHORITY = "authority"
    PARTNER = "partner"
    FINDER = "finder"
    MAINTAINER = "maintainer"
    OPERATOR = "operator"
    PUBLIC = "public"


FIRST_TO_KNOW = frozenset({Kind.OPERATOR, Kind.PARTNER})
"""Whom the hub names by admitting them: the first tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is looking, or acting: one member of one organisation, or the public."""

    organisation_id: str
    kind: Kind
    name: str
    member_id: str | None = None

    @property
    def is_hub(self) -> bool:
        """Whether this is a coordinator of the hub, who sees what is needed to coordinate."""
        return self.kind is Kind.HUB

    @property
    def is_public(self) -> bool:
        """Whether nobody has signed in."""
        return self.kind is Kind.PUBLIC


ANYONE = Viewer(organisation_id="public", kind=Kind.PUBLIC, name="the public")


def new_token() -> str:
    """A fresh API token: 256 bits behind a prefix that secret scanners can find."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a token: SHA-256 in hexadecimal (the token is random, so no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


def name(text: str, what: str, most: int) -> str:
    """A name or a label, without spaces around it.

    Raises:
        WordsWrong: empty, longer than `most` characters, or with characters that can't be seen.
    """
    said = text.strip()
    if not 1 <= len(said) <= most or any(unicodedata.category(each)[0] == "C" for each in said):
        raise WordsWrong(what, most)
    return said


def public_key(pem: str) -> Ed25519PublicKey:
    """The Ed25519 public key in a PEM.

    Raises:
        KeyUnusable: it is something else, a private key among them.
    """
    if "PRIVATE KEY" in pem:
        raise KeyUnusable(
            "this is a private key: it stays with its owner, and nobody else should ever see it"
        )
    try:
        key = load_pem_public_key(pem[:LARGEST_KEY_BYTES].encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable("this is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("this is a public key of another kind; Headstart signs with Ed25519 (RFC 8032)")
    if key.public_bytes(Encoding.Raw, PublicFormat.Raw) in WEAK_POINTS:
        raise KeyUnusable("with this key anybody can sign: it is a point of small order")
    return key


def one_pem(key: Ed25519PublicKey) -> str:
    """The one way in which a key is written down, so that the same key is the same text."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
