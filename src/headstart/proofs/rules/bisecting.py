"""Bisect: which release or commit to run next, so that every change of answer is found in few runs.

All of it follows from the answers so far: a bisect that was stopped goes on by itself from those that were kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from headstart.packages.rules.ranges import Affected

CHEAP_SECONDS = 600.0  # a sweep that takes no longer is worth it: it misses nothing between two answers
FEW = 16  # so many are run in any case: halving them would hardly run fewer


class How(StrEnum):
    """Whether every candidate is run, or as few as show where the answer changes."""

    AUTO = "auto"  # a sweep where that is cheap
    SWEEP = "sweep"
    BISECT = "bisect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many candidates may be run."""

    look: int  # until so many were run, more are run where nothing changed: a flaw may have come back
    most: int  # never more, also where what does not build hides a change


def is_cheap(candidates: int, seconds_each: float) -> bool:
    """Whether a sweep is worth it: the one rule on how many there are times what one costs, in seconds."""
    return candidates <= FEW or candidates * seconds_each <= CHEAP_SECONDS


def budget(candidates: int, how: How) -> Budget:
    """What may be run of so many: all in a sweep; some for each halving in a bisect."""
    if how is How.SWEEP:
        return Budget(look=candidates, most=candidates)
    halvings = candidates.bit_length()
    return Budget(look=4 * halvings, most=12 * halvings)


def next_to_run(
    ordered: Sequence[str],
    answers: Mapping[str, Affected],
    *,
    known_bad: str | None,
    budget: Budget,
    at_once: int = 1,
) -> tuple[str, ...]:
    """What to run next, at most `at_once` of them; empty where enough is known.

    `answers` holds what was run, UNKNOWN where a run gave no answer. First the known bad one and both ends; then
    between two different answers with something not run in between, until none is left; then, within the budget,
    the middles of the longest stretches that were not run, to see whether the flaw went and came back.
    """
    said = {version: answers[version] for version in ordered if version in answers}
    chosen: list[str] = []
    while len(chosen) < at_once and len(said) < min(budget.most, len(ordered)):
        picked = _pick(ordered, said, known_bad, is_to_look=len(said) < budget.look)
        if picked is None:
            break
        chosen.append(picked)
        said[picked] = Affected.UNKNOWN  # until it has run
    return tuple(chosen)


def _pick(
    ordered: Sequence[str], said: Mapping[str, Affected], known_bad: str | None, *, is_to_look: bool
) -> str | None:
    first = [known_bad] if known_bad in ordered else []
    for version in (*first, ordered[0], ordered[-1]):
        if version is not None and version not in said:
            return version
    stretches = _stretches(ordered, said)
    longest = max((each for each in stretches if each.crosses), key=len, default=None)
    if longest is None and is_to_look:
        longest = max(stretches, key=len, default=None)
    return None if longest is None else ordered[(longest.low + longest.high) // 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Candidates in a row that were not run: those between two places that were."""

    low: int
    high: int
    crosses: bool  # whether the nearest answers on its two sides differ

    def __len__(self) -> int:
        return self.high - self.low - 1


def _stretches(ordered: Sequence[str], said: Mapping[str, Affected]) -> list[_Stretch]:
    """What was not run; what gave no answer splits a stretch, and is looked past for the answers beside it."""
    asked = [place for place, version in enumerate(ordered) if version in said]
    before = _nearest([said[ordered[place]] for place in asked])
    behind = _nearest([said[ordered[place]] for place in reversed(asked)])[::-1]
    return [
        _Stretch(low=low, high=high, crosses=Affected.UNKNOWN not in {left, right} and left is not right)
        for (low, high), left, right in zip(pairwise(asked), before, behind[1:], strict=False)
        if high - low > 1
    ]


def _nearest(said: Sequence[Affected]) -> list[Affected]:
    """At each place the last answer up to it; UNKNOWN before the first."""
    found, last = [], Affected.UNKNOWN
    for each in said:
        last = last if each is Affected.UNKNOWN else each
        found.append(last)
    return found
