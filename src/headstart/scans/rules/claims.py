"""Claims: a table of states, and when one stands in another's way.

A claim is on a package without its version: two who look at different releases of it would find the same flaws.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_DAYS = 30


class State(StrEnum):
    """Where a claim is."""

    ACTIVE = "active"
    RELEASED = "released"  # its holder gave it up
    LAPSED = "lapsed"  # its time ran out


class Move(StrEnum):
    """What can happen to a claim."""

    EXTEND = "extend"
    RELEASE = "release"
    LAPSE = "lapse"


MOVES: Mapping[tuple[State, Move], State] = {
    (State.ACTIVE, Move.EXTEND): State.ACTIVE,
    (State.ACTIVE, Move.RELEASE): State.RELEASED,
    (State.ACTIVE, Move.LAPSE): State.LAPSED,
}
"""A pair that is not here can't happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A claim, as far as deconfliction needs to know."""

    claimant: str
    until: datetime
    shared: bool
    state: State


def state_at(state: State, until: datetime, now: datetime) -> State:
    """The state at a moment: an active claim whose time is up has lapsed, whether anyone wrote it down or not."""
    return MOVES[state, Move.LAPSE] if state is State.ACTIVE and until <= now else state


def in_the_way(claims: Iterable[Held], *, claimant: str, shared: bool, now: datetime) -> Held | None:
    """The claim, latest to end, that keeps `claimant` from claiming the same target now.

    One's own claims never do. Another's does unless both are shared: an exclusive claim keeps everyone out, and a
    shared one keeps out those who want the target alone.
    """
    others = [
        each
        for each in claims
        if each.claimant != claimant
        and state_at(each.state, each.until, now) is State.ACTIVE
        and not (each.shared and shared)
    ]
    return max(others, key=lambda each: each.until, default=None)
