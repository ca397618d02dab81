"""What every write of this room needs: the lock, and the entry."""

from collections.abc import Iterable, Mapping
from typing import Any

from headstart.ledger import services as ledger
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.reviews.errors import NotTheirs
from headstart.reviews.models import Review


def to_move(actor: Viewer, review_id: str, move: str) -> Review:
    """The review, locked, for a move that is its developer's alone.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        NotTheirs: the actor is not the developer.
    """
    review = queries.review(actor, review_id)
    if actor.organisation_id != review.developer_id:
        raise NotTheirs("the developer", move)
    return locked(review)


def locked(review: Review) -> Review:
    """The review as it stands, held until the transaction ends: those who write to it take turns."""
    return Review.objects.select_for_update().get(id=review.id)


def record(
    review: Review,
    actor: Viewer,
    kind: str,
    details: Mapping[str, Any],
    *,
    audience: Iterable[str] | None = None,
) -> None:
    """Write down what happened to a review, for `audience`; without one, for those who take part in it."""
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=review.urn,
        details=details,
        audience=queries.readers_of(review) if audience is None else audience,
    )
