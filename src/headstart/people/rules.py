"""Roles, viewers, and what a token looks like."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

TOKEN_PREFIX = "hst_"  # noqa: S105 - a prefix that secret scanners can know, not a secret


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
