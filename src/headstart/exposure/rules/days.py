"""What is still unpatched, day by day: of the pairs of vulnerability and asset that are known by then."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from headstart.exposure.rules.states import OPEN, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """The time in which an asset was known to hold what a vulnerability affects; `until` None: it still does."""

    vulnerability: str
    asset: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was said to be done about a vulnerability on an asset (empty: on every one)."""

    vulnerability: str
    asset: str
    state: State
    at: datetime


class Point(NamedTuple):
    """How it stood at a moment. Of `of` pairs known by then, so many are unpatched, and so many only mitigated."""

    at: datetime
    unpatched: int
    of: int
    mitigated: int


def stand(at: datetime, spells: Iterable[Spell], reports: Iterable[Report]) -> Point:
    """How many pairs of vulnerability and asset are unpatched at a moment, of those that are known by then.

    Patched is what the operator says is deployed or not affected, and what a newer inventory no longer holds.
    A pair stays in the denominator once it is known.
    """
    holds: dict[tuple[str, str], bool] = {}
    for each in spells:
        if each.since <= at:
            pair = (each.vulnerability, each.asset)
            holds[pair] = holds.get(pair, False) or each.until is None or each.until > at
    said: dict[tuple[str, str], State] = {}
    for report in sorted(reports, key=lambda each: each.at):
        if report.at <= at:
            for pair in holds:
                if pair[0] == report.vulnerability and report.asset in {"", pair[1]}:
                    said[pair] = report.state
    states = [said.get(pair, State.NOT_YET) for pair, held in holds.items() if held]
    return Point(
        at=at,
        unpatched=sum(state in OPEN for state in states),
        of=len(holds),
        mitigated=states.count(State.MITIGATED),
    )


def by_day(
    opens: datetime, until: datetime, spells: Sequence[Spell], reports: Sequence[Report]
) -> tuple[Point, ...]:
    """How it stood at `opens` and each day after it, and at `until`."""
    moments = [opens]
    while (following := moments[-1] + timedelta(days=1)) < until:
        moments.append(following)
    if until > opens:
        moments.append(until)
    return tuple(stand(each, spells, reports) for each in moments)
