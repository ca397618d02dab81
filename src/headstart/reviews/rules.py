"""Programmes, windows, and the moves of a review: none of them can hold a release back."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from headstart.reviews.errors import MoveNotAllowed, ProgrammeInvalid, WindowTooLong


class Programme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules under which windows are held; one TOML file each.

    A file with any other key (an approval step, say) is refused when it is read: there is no such state.
    """

    id: str
    name: str
    longest_window_days: int
    runs_to: str
    voluntary: bool
    authority: str
    may_join: tuple[str, ...]
    partners_chosen_by: tuple[str, ...]
    legal_basis: str


def read_programme(text: str, where: str) -> Programme:
    """A programme from its TOML.

    Raises:
        ProgrammeInvalid: not TOML, a key is missing, wrong or unknown, or the window has no length.
    """
    try:
        programme = msgspec.convert(tomllib.loads(text), Programme)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProgrammeInvalid(where, str(error)) from error
    if not 1 <= programme.longest_window_days <= 366:
        raise ProgrammeInvalid(where, "longest_window_days must be between 1 and 366")
    return programme


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


class Answer(StrEnum):
    """What an authority can answer to an enquiry (Executive Order 14409, sec. 3)."""

    COVERED = "covered"
    NOT_COVERED = "not covered"
    CANNOT_SAY = "can't say yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time in which a model may be examined before its developer releases it to other trusted partners."""

    opens: datetime
    closes: datetime

    def remaining_at(self, now: datetime) -> timedelta:
        """What is left at `now`; zero once it has closed."""
        return max(self.closes - now, timedelta(0))

    def day_at(self, now: datetime) -> int:
        """Which day of the window it is, from 1; 0 before it opens."""
        return (now - self.opens).days + 1 if now >= self.opens else 0


def window(programme: Programme, *, opens: datetime, days: float | None = None) -> Window:
    """The window of a review: at most the programme's length.

    Raises:
        WindowTooLong: longer than the programme allows, or not at least a day.
    """
    length = programme.longest_window_days if days is None else days
    if not 1 <= length <= programme.longest_window_days:
        raise WindowTooLong(length, programme.longest_window_days)
    return Window(opens=opens, closes=opens + timedelta(days=length))
