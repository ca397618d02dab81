"""The record of an authority's answers: what was asked, what was looked at, who signed, and the file that proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.models import Determination


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One answer. `envelope` is DSSE; it verifies with `public_key` (PEM), whose id is `key_id`: the key that the
    authority signed with then, also where it has another one now. Empty where that key is not known here."""

    number: int
    review_id: str
    programme: str
    authority: str
    answer: str
    criteria: tuple[Mapping[str, Any], ...]
    reasons: str
    evidence: tuple[str, ...]
    """The SHA-256 of each document that was looked at."""
    key_id: str
    public_key: str
    envelope: Mapping[str, Any]
    at: datetime
    newest: bool


def record(viewer: Viewer, review_id: str) -> list[Record]:
    """The authority's answers to a review's enquiry, oldest first, for those who see the review.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    review = reviews.review(viewer, review_id)
    found = list(reviews.determinations(viewer, review_id))
    return [
        _record(each, at, review.programme.id, newest=at == len(found)) for at, each in enumerate(found, 1)
    ]


def _record(made: Determination, number: int, programme: str, *, newest: bool) -> Record:
    return Record(
        number=number,
        review_id=made.review_id,
        programme=programme,
        authority=made.authority.name,
        answer=made.answer,
        criteria=tuple(made.criteria),
        reasons=made.reasons,
        evidence=tuple(made.evidence),
        key_id=made.key_id,
        public_key=next((each.pem for each in people.keys(made.authority) if each.key_id == made.key_id), ""),
        envelope=made.envelope,
        at=made.at,
        newest=newest,
    )
