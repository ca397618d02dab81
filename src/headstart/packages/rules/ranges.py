"""Ranges of versions: half-open intervals, read from and written to `vers` and OSV; unknown stays unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from headstart.packages.errors import RangeInvalid
from headstart.packages.rules import vers
from headstart.packages.rules.purl import ECOSYSTEMS, TYPES
from headstart.packages.rules.versions import key, order

BEGINNING = "0"  # OSV 1.7 "introduced": "0" sorts before any other version, 0.0.0-rc.8 among them


class Affected(StrEnum):
    """Whether a version is affected."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # a version that its ecosystem can't order, or a release that did not run


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """`introduced` <= version < `fixed`, or <= `last_affected`; None is without end on that side.

    `after` is a lower bound that is itself outside (`vers:pypi/>1.0`); then `introduced` is None.
    """

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    after: str | None = None

    def bounds(self, ecosystem: str) -> tuple[bytes, bytes | None] | None:
        """As half-open bytes of version keys: low <= key < high; None where an end can't be ordered.

        Nothing sorts between a key and that key with a zero byte behind it: so "after" is said.
        """
        low: bytes | None = b""
        high: bytes | None = None
        if self.after is not None:
            low = _after(key(ecosystem, self.after))
        elif self.introduced not in {None, BEGINNING}:
            low = key(ecosystem, str(self.introduced))
        if self.fixed is not None:
            high = key(ecosystem, self.fixed)
        elif self.last_affected is not None:
            high = _after(key(ecosystem, self.last_affected))
        ends = self.fixed is not None or self.last_affected is not None
        return None if low is None or (ends and high is None) else (low, high)

    @property
    def is_everything(self) -> bool:
        """Whether it has no end on either side."""
        return self.introduced in {None, BEGINNING} and not (self.fixed or self.last_affected or self.after)


def _after(found: bytes | None) -> bytes | None:
    return None if found is None else found + b"\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The versions of one ecosystem that lie in any of the intervals."""

    ecosystem: str
    intervals: tuple[Interval, ...] = ()
    unknown: frozenset[str] = field(default_factory=frozenset)
    """Versions of which nothing is known, whatever the intervals say (they did not run)."""

    def contains(self, version: str) -> Affected:
        """Whether a version is in the range; UNKNOWN where its ecosystem can't order what would be compared."""
        if version in self.unknown:
            return Affected.UNKNOWN
        if any(version in {each.introduced, each.last_affected} for each in self.intervals):
            return Affected.YES  # a bound is in, whether it can be ordered or not
        here = key(self.ecosystem, version)
        answer = Affected.NO
        for each in self.intervals:
            if each.is_everything:
                return Affected.YES
            bounds = each.bounds(self.ecosystem)
            if here is None or bounds is None:
                answer = Affected.UNKNOWN
            elif bounds[0] <= here and (bounds[1] is None or here < bounds[1]):
                return Affected.YES
        return answer

    def vers(self) -> str:
        """In the form of the vers specification: `vers:pypi/>=1|<2`; an empty range has no form but its own.

        Raises:
            RangeInvalid: the range is empty: nothing is affected, which `vers` can't say.
        """
        if not self.intervals:
            raise RangeInvalid("", "nothing is in it, which vers can't say")
        scheme = TYPES.get(self.ecosystem, self.ecosystem.lower())
        return vers.write(scheme, [each for found in self.intervals for each in _constraints(found)])

    def osv_events(self) -> list[dict[str, str]]:
        """As the events of an OSV range (schema 1.7, `affected[].ranges[].events`).

        Raises:
            RangeInvalid: a lower bound is itself outside, which OSV can't say.
        """
        events: list[dict[str, str]] = []
        for each in self.intervals:
            if each.after is not None:
                raise RangeInvalid(f">{each.after}", "OSV can't say where a range begins after a version")
            events.append({"introduced": each.introduced or BEGINNING})
            if each.fixed is not None:
                events.append({"fixed": each.fixed})
            elif each.last_affected is not None:
                events.append({"last_affected": each.last_affected})
        return events


def _constraints(interval: Interval) -> list[tuple[str, str]]:
    if interval.introduced is not None and interval.introduced == interval.last_affected:
        return [("=", interval.introduced)]
    if interval.is_everything:
        return [("*", "")]
    found = []
    if interval.after is not None:
        found.append((">", interval.after))
    elif interval.introduced not in {None, BEGINNING}:
        found.append((">=", str(interval.introduced)))
    if interval.fixed is not None:
        found.append(("<", interval.fixed))
    elif interval.last_affected is not None:
        found.append(("<=", interval.last_affected))
    return found


def parse_vers(text: str) -> Range:
    """The range that a `vers` text says; scheme names become OSV's ecosystem names.

    Raises:
        RangeInvalid: it is not in canonical form.
    """
    scheme, constraints = vers.read(text)
    ecosystem = ECOSYSTEMS.get(scheme, scheme)
    if constraints == [("*", "")]:
        return Range(ecosystem=ecosystem, intervals=(Interval(),))
    constraints = _sorted(ecosystem, constraints)
    left_out = [version for sign, version in constraints if sign == "!="]
    bounds = [each for each in constraints if each[0] not in {"!=", "="}]
    found = [Interval()] if left_out and len(left_out) == len(constraints) else _paired(bounds)
    for version in left_out:
        found = [piece for each in found for piece in _without(ecosystem, each, version)]
    whole = Range(ecosystem=ecosystem, intervals=tuple(found))
    singles = [version for sign, version in constraints if sign == "="]
    found += [_only(each) for each in singles if whole.contains(each) is not Affected.YES]
    return Range(ecosystem=ecosystem, intervals=_in_order(ecosystem, found))


def _sorted(ecosystem: str, constraints: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """By version, as the specification has them; left as they stand where one can't be ordered."""
    keyed = [(key(ecosystem, version), sign, version) for sign, version in constraints]
    if any(found is None for found, _, _ in keyed):
        return constraints
    return [(sign, version) for _, sign, version in sorted(keyed, key=lambda each: each[0] or b"")]


def _paired(bounds: list[tuple[str, str]]) -> list[Interval]:
    """Intervals from sorted bounds; of lower bounds in a row the first counts, of upper ones the last."""
    found: list[Interval] = []
    lower: tuple[str, str] | None = None
    for place, (sign, version) in enumerate(bounds):
        if sign.startswith(">"):
            lower = lower or (sign, version)
        elif place + 1 == len(bounds) or bounds[place + 1][0].startswith(">"):
            found.append(_between(lower, (sign, version)))
            lower = None
    return [*found, _between(lower, None)] if lower else found


def _between(lower: tuple[str, str] | None, upper: tuple[str, str] | None) -> Interval:
    return Interval(
        introduced=lower[1] if lower and lower[0] == ">=" else None,
        after=lower[1] if lower and lower[0] == ">" else None,
        fixed=upper[1] if upper and upper[0] == "<" else None,
        last_affected=upper[1] if upper and upper[0] == "<=" else None,
    )


def _without(ecosystem: str, interval: Interval, version: str) -> list[Interval]:
    if Range(ecosystem=ecosystem, intervals=(interval,)).contains(version) is not Affected.YES:
        return [interval]
    before = Interval(introduced=interval.introduced, after=interval.after, fixed=version)
    behind = Interval(after=version, fixed=interval.fixed, last_affected=interval.last_affected)
    return [each for each in (before, behind) if not _is_empty(ecosystem, each)]


def _is_empty(ecosystem: str, interval: Interval) -> bool:
    bounds = interval.bounds(ecosystem)
    return bounds is not None and bounds[1] is not None and bounds[0] >= bounds[1]


def _only(version: str) -> Interval:
    return Interval(introduced=version, last_affected=version)


def _in_order(ecosystem: str, intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    def place(each: Interval) -> tuple[bool, bytes]:
        bounds = each.bounds(ecosystem)
        return (bounds is None, bounds[0] if bounds else b"")

    return tuple(sorted(intervals, key=place))


def from_osv(affected: Mapping[str, Any]) -> Range:
    """The range of one entry of an OSV record's `affected`: its ranges, and the versions that it lists besides.

    Git ranges are left out: their events are commits.

    Raises:
        RangeInvalid: an event has no known name, or the entry names no package.
    """
    package = affected.get("package")
    if not isinstance(package, Mapping) or not isinstance(package.get("ecosystem"), str):
        raise RangeInvalid(str(affected), "the OSV entry names no ecosystem")
    ecosystem = package["ecosystem"]
    found = [
        interval
        for each in affected.get("ranges") or ()
        if each.get("type") != "GIT"
        for interval in _from_events(ecosystem, each.get("events") or ())
    ]
    stated = Range(ecosystem=ecosystem, intervals=tuple(found))
    listed = [each for each in affected.get("versions") or () if stated.contains(each) is not Affected.YES]
    found += [_only(each) for each in order(ecosystem, listed)]
    return Range(ecosystem=ecosystem, intervals=_in_order(ecosystem, found))


def _from_events(ecosystem: str, events: Iterable[Mapping[str, str]]) -> list[Interval]:
    """OSV 1.7 "Evaluation": events sorted by version; a range opens at `introduced` and closes at the next end."""
    keyed: list[tuple[bytes, int, str, str]] = []
    for number, event in enumerate(events):
        for name, version in event.items():
            if name not in {"introduced", "fixed", "last_affected", "limit"}:
                raise RangeInvalid(str(dict(event)), "an event is introduced, fixed, last_affected or limit")
            low = b"" if version == BEGINNING else key(ecosystem, version)
            keyed.append((low if low is not None else b"\xff", number, name, version))
    found: list[Interval] = []
    opened: str | None = None
    for _, _, name, version in sorted(keyed):
        if name == "introduced":
            opened = opened if opened is not None else version
        elif opened is not None and name != "limit":
            ends = {"fixed": version} if name == "fixed" else {"last_affected": version}
            found.append(Interval(introduced=None if opened == BEGINNING else opened, **ends))
            opened = None
    if opened is not None:
        found.append(Interval(introduced=None if opened == BEGINNING else opened))
    return found


def observed(ecosystem: str, results: Mapping[str, Affected]) -> Range:
    """The range that a sweep saw: each run of YES between ordered versions, `fixed` at the first NO behind it.

    A run begins at the first version that was seen affected, never at "0": what was not run is not claimed. A run
    that nothing ends has no `fixed`. Versions that did not run, or can't be ordered, are in `unknown`.
    """
    found = in_order(
        [each for each in order(ecosystem, results) if key(ecosystem, each) is not None], results
    )
    loose = [each for each in results if key(ecosystem, each) is None]
    found += [_only(each) for each in sorted(loose) if results[each] is Affected.YES]
    unknown = {each for each, result in results.items() if result is Affected.UNKNOWN}
    return Range(ecosystem=ecosystem, intervals=tuple(found), unknown=frozenset(unknown))


def in_order(ordered: Iterable[str], results: Mapping[str, Affected]) -> list[Interval]:
    """Each run of YES among versions that stand in order, oldest first, `fixed` at the first NO behind it."""
    found: list[Interval] = []
    start: str | None = None
    for version in ordered:
        if results[version] is Affected.YES:
            start = start if start is not None else version
        elif results[version] is Affected.NO and start is not None:
            found.append(Interval(introduced=start, fixed=version))
            start = None
    return found if start is None else [*found, Interval(introduced=start)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A version of which two ranges say different things."""

    version: str
    ours: Affected
    theirs: Affected


def compare(ecosystem: str, versions: Iterable[str], ours: Range, theirs: Range) -> list[Disagreement]:
    """The versions, oldest first, of which two ranges differ; an UNKNOWN on either side is no disagreement."""
    found = []
    for version in order(ecosystem, set(versions)):
        here, there = ours.contains(version), theirs.contains(version)
        if here is not there and Affected.UNKNOWN not in {here, there}:
            found.append(Disagreement(version=version, ours=here, theirs=there))
    return found
