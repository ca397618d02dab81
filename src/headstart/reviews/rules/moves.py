"""The moves of a review: none of them can hold a release back."""

from collections.abc import Mapping
from enum import StrEnum

from headstart.reviews.errors import MoveNotAllowed


class Stage(StrEnum):
    """Where a review is. None of these says whether the model may be released: it always may."""

    ENQUIRED = "enquired"
    OPEN = "open"
    CLOSED = "closed"


class Move(StrEnum):
    """What can happen to a review."""

    GRANT_ACCESS = "grant_access"
    SHORTEN = "shorten"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    RELEASE = "release"


MOVES: Mapping[tuple[Stage, Move], Stage] = {
    (Stage.ENQUIRED, Move.GRANT_ACCESS): Stage.OPEN,
    (Stage.ENQUIRED, Move.WITHDRAW): Stage.CLOSED,
    (Stage.OPEN, Move.SHORTEN): Stage.OPEN,
    (Stage.OPEN, Move.WITHDRAW): Stage.CLOSED,  # the developer may leave at any time
    (Stage.OPEN, Move.EXPIRE): Stage.CLOSED,  # ends access, and nothing else
    **{(stage, Move.RELEASE): Stage.CLOSED for stage in Stage},  # the developer decides, at any moment
}


def after(stage: Stage, move: Move) -> Stage:
    """The stage that a move leads to.

    Raises:
        MoveNotAllowed: the table has no such row.
    """
    try:
        return MOVES[stage, move]
    except KeyError:
        raise MoveNotAllowed(stage, move) from None


def can_release(stage: Stage) -> bool:
    """Whether the developer may release its model: the table has the row for every stage."""
    return (stage, Move.RELEASE) in MOVES
