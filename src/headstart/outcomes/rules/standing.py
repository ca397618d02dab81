"""How it stands with what a model and its partners found: day by day, each step with its own denominator."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Unit(StrEnum):
    """What is counted. Numbers of two units are never on one axis, and never added."""

    REPORTS = "reports"
    VULNERABILITIES = "vulnerabilities"
    PAIRS = "pairs"  # one vulnerability on one system of one operator


class Step(StrEnum):
    """The steps from a report to a patch where it matters."""

    FOUND = "found"
    PROVED = "proved"
    MERGED = "merged"
    TOLD = "told"
    FIXED = "fixed"
    FIRST_TIER = "first tier"
    DEPLOYED = "deployed"


UNITS = {
    Step.FOUND: Unit.REPORTS,
    Step.PROVED: Unit.REPORTS,
    Step.MERGED: Unit.REPORTS,
    Step.TOLD: Unit.VULNERABILITIES,
    Step.FIXED: Unit.VULNERABILITIES,
    Step.FIRST_TIER: Unit.VULNERABILITIES,
    Step.DEPLOYED: Unit.PAIRS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How it stood at the end of a day (UTC): `n` of `of`; of `unknown` more nobody could say.

    `of` is None for the first step alone: nobody knows how much there is to be found.
    """

    day: date
    n: int
    of: int | None
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One step's days; `points` None: it is not this viewer's to know."""

    step: Step
    points: tuple[Point, ...] | None

    @property
    def unit(self) -> Unit:
        """What is counted."""
        return UNITS[self.step]

    @property
    def last(self) -> Point | None:
        """The newest day that is known."""
        return self.points[-1] if self.points else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All steps of one review. `release`: the day on which the model went out, or is to at the latest (`released` says
    which); None while the window has not opened, and then there is no day to tell of."""

    opens: date | None
    today: date
    release: date | None
    released: bool
    whole: bool
    """Whether all of the review is counted, or what the viewer may see of it."""
    series: tuple[Series, ...]

    def of(self, step: Step) -> Series:
        """One step."""
        return next(each for each in self.series if each.step is step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many things that were in one state from the end of one day until before the end of another."""

    since: date
    until: date | None = None
    count: int = 1


def days(first: date, last: date) -> tuple[date, ...]:
    """Each day from the first to the last; at least the first."""
    return tuple(first + timedelta(days=each) for each in range(max(0, (last - first).days) + 1))


def count(over: Sequence[date], spans: Iterable[Span]) -> tuple[int, ...]:
    """How many things were in the state at the end of each day; what began before the first day counts from it on."""
    first, steps = over[0], [0] * (len(over) + 1)
    for span in spans:
        start = max(0, (span.since - first).days)
        end = len(over) if span.until is None else min(len(over), (span.until - first).days)
        if start < end:
            steps[start] += span.count
            steps[end] -= span.count
    found, running = [], 0
    for each in steps[:-1]:
        running += each
        found.append(running)
    return tuple(found)


def overlap(one: Span, other: Span) -> Span | None:
    """When both were so; `one` says how many."""
    since = max(one.since, other.since)
    ends = [each for each in (one.until, other.until) if each is not None]
    until = min(ends) if ends else None
    return None if until is not None and until <= since else Span(since=since, until=until, count=one.count)


def series(
    step: Step,
    over: Sequence[date],
    n: Sequence[int],
    of: Sequence[int] | None,
    unknown: Sequence[int] | None = None,
) -> Series:
    """The points of a step, from its counts by day."""
    points = tuple(
        Point(
            day=day, n=n[at], of=None if of is None else of[at], unknown=0 if unknown is None else unknown[at]
        )
        for at, day in enumerate(over)
    )
    return Series(step=step, points=points)
