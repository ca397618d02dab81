"""Keys to the gateway: what one looks like, and when it is over."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from headstart.access.rules.requests import Ending
from headstart.reviews.rules import Safeguards

KEY_PREFIX = "hgk_"  # that secret scanners can know it by
KEY_CHARACTERS = len(KEY_PREFIX) + 43  # 32 bytes in base64
HINT_CHARACTERS = 4


def new_key() -> str:
    """A fresh key: 256 bits behind its prefix."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def can_be_key(shown: str) -> bool:
    """Whether a text has the form of a key: no other is looked up."""
    return len(shown) == KEY_CHARACTERS and shown.startswith(KEY_PREFIX) and shown.isascii()


def key_digest(key: str) -> str:
    """What is stored of a key: SHA-256 in hexadecimal (it is random, so no salt is needed)."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that a key hangs by, at one moment."""

    revoked: bool = False
    seat_held: bool = True  # the person is still a member who may sign in
    expires_at: datetime | None = None
    endpoint_removed: bool = False
    review_ended: bool = False
    reaches: bool = True  # the organisation, by access or as a partner
    reach_over: bool = False  # it reached the model, and its time is over
    terms: Safeguards | None = None  # of the agreement in force; None: there is none
    safeguards: Safeguards = Safeguards.ON  # of the endpoint
    has_scopes: bool = True  # anything of what the key was given for is still the organisation's to use


def covers(terms: Safeguards | None, endpoint: Safeguards) -> bool:
    """Whether terms let an endpoint be reached: without safeguards only where that was agreed."""
    return terms is not None and (endpoint is Safeguards.ON or terms is Safeguards.OFF)


def ending_of(standing: Standing, now: datetime) -> Ending | None:
    """Why a key is over at `now`; None while it is good."""
    if standing.revoked or not standing.seat_held or standing.endpoint_removed:
        return Ending.REVOKED
    expired = standing.expires_at is not None and standing.expires_at <= now
    if standing.review_ended or standing.reach_over or expired:
        return Ending.EXPIRED
    if not standing.reaches or not standing.has_scopes or not covers(standing.terms, standing.safeguards):
        return Ending.REVOKED
    return None
