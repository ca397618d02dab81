"""Where it matters: pairs of a vulnerability and an operator's system, and on which day each was mended."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple

from headstart.exposure.rules.states import State
from headstart.outcomes.rules.standing import Series, Span, Step, count, series
from headstart.packages.rules.ranges import Affected

CLOSED = frozenset({State.DEPLOYED, State.NOT_AFFECTED})


class _Stands(Enum):
    """How it stands with a pair."""

    ABSENT = "nobody knew of it"
    MENDED = "mended"
    OPEN = "not mended"
    UNKNOWN = "nobody knows"


class Held(NamedTuple):
    """A system was known to hold what a vulnerability affects, or may, until a newer inventory or a correction."""

    operator: str
    vulnerability: str
    asset: str
    since: date
    superseded: date | None
    cleared: date | None
    affected: Affected


class Said(NamedTuple):
    """What an operator said that it had done, on an asset (empty: on every one)."""

    operator: str
    vulnerability: str
    asset: str
    day: date
    state: State


@dataclass(frozen=True, slots=True)
class _Pair:
    held: tuple[Held, ...]
    said: tuple[Said, ...]  # in the order in which it was said

    def at(self, day: date) -> _Stands:
        """How it stood at the end of a day."""
        known = [
            each for each in self.held if each.since <= day and not (each.cleared and each.cleared <= day)
        ]
        if not known:
            return _Stands.ABSENT
        still = [each for each in known if each.superseded is None or each.superseded > day]
        last = next((each.state for each in reversed(self.said) if each.day <= day), State.NOT_YET)
        if not still or last in CLOSED:
            return _Stands.MENDED
        if all(each.affected == Affected.UNKNOWN for each in still):
            return _Stands.UNKNOWN
        return _Stands.OPEN

    def changes(self) -> list[date]:
        """The days on which its state may have changed."""
        of_holding = (day for each in self.held for day in (each.since, each.superseded, each.cleared) if day)
        return sorted({*of_holding, *(each.day for each in self.said)})


def deployed(over: Sequence[date], held: Iterable[Held], said: Iterable[Said]) -> Series:
    """Of the pairs known by the end of each day, how many are mended, and of how many nobody knows.

    Mended is what the operator says is deployed or not affected, and what a newer inventory no longer holds.
    `said` is in the order in which it was said.
    """
    spans: dict[_Stands, list[Span]] = {each: [] for each in _Stands}
    for pair in _pairs(held, said):
        moments = pair.changes()
        for since, until in zip(moments, [*moments[1:], None], strict=True):
            spans[pair.at(since)].append(Span(since=since, until=until))
    mended, unknown = (count(over, spans[each]) for each in (_Stands.MENDED, _Stands.UNKNOWN))
    still = count(over, spans[_Stands.OPEN])
    known = [sum(each) for each in zip(mended, unknown, still, strict=True)]
    return series(Step.DEPLOYED, over, mended, known, unknown)


def _pairs(held: Iterable[Held], said: Iterable[Said]) -> Iterator[_Pair]:
    words: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for word in said:
        words[word.operator, word.vulnerability].append(word)
    pairs: dict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for each in held:
        pairs[each.operator, each.vulnerability, each.asset].append(each)
    for (operator, vulnerability, asset), rows in pairs.items():
        about = words.get((operator, vulnerability), ())
        yield _Pair(tuple(rows), tuple(word for word in about if word.asset in {"", asset}))
