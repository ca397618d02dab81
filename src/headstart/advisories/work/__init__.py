"""What the room does to plain files: validate, publish a tier, follow one, verify one file."""

from headstart.advisories.work.documents import serialise, validate, weaknesses
from headstart.advisories.work.following import Fetched, Taken, fetch_and_verify
from headstart.advisories.work.publishing import publish
from headstart.advisories.work.verifying import KINDS

__all__ = [
    "KINDS",
    "Fetched",
    "Taken",
    "fetch_and_verify",
    "publish",
    "serialise",
    "validate",
    "weaknesses",
]
