"""Inventories x advisories, for millions of components: DuckDB joins 16-byte keys over half-open intervals.

What makes it fast: each distinct component is looked at once; only packages that some advisory names are keyed; the
versions' order-preserving keys are cut to 16 bytes, two integers that DuckDB compares. What keeps it right: where
a cut key ties with the end of an interval, and wherever anything is unknown, `rules.hits.judge` decides.
See docs/adr/0007-versions-as-sixteen-byte-keys.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from headstart.exposure.rules.components import Cast, Component
from headstart.exposure.rules.hits import Hit, Interest, fix_for, judge
from headstart.exposure.work.advisories import Skipped, read_advisories
from headstart.exposure.work.files import read
from headstart.packages.rules import versions
from headstart.packages.rules.ranges import Affected

if TYPE_CHECKING:
    import numpy as np

WIDTH = 16
_LAST = b"\xff" * WIDTH
_JOIN = """
    WITH candidate AS (SELECT c, g, (high::UHUGEINT << 64) | low AS key FROM candidates),
    interval AS (SELECT i, g, (from_high::UHUGEINT << 64) | from_low AS start,
                        (to_high::UHUGEINT << 64) | to_low AS stop FROM intervals)
    SELECT c, i, bool_or(key > start AND key < stop) AS sure
    FROM candidate JOIN interval USING (g)
    WHERE key >= start AND key <= stop  -- a tie with either end is settled with the whole keys
    GROUP BY c, i
"""
_SPREAD = """
    SELECT inventory, occurrences.c AS c, i, yes FROM occurrences JOIN pairs ON occurrences.c = pairs.c
    ORDER BY inventory, c, i
"""


class Holder(Protocol):
    """Anything with a name that holds components: an `Inventory`, or rows read from the records."""

    @property
    def name(self) -> str:
        """What its hits are told apart by."""

    @property
    def components(self) -> Sequence[Component]:
        """What it holds."""


class _Pair(NamedTuple):
    component: int
    interest: int
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A table of hits; it makes the `Hit` of a row when that row is asked for."""

    holders: Sequence[Holder]
    components: Sequence[Component]
    interests: Sequence[Interest]
    rows: "dict[str, np.ndarray[Any, Any]]" = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows["c"])

    def __iter__(self) -> Iterator[Hit]:
        columns = (self.rows[name].tolist() for name in ("inventory", "c", "i", "yes"))
        for inventory, place, asked, yes in zip(*columns, strict=True):
            interest, component = self.interests[asked], self.components[place]
            yield Hit(
                advisory=interest.id,
                inventory=self.holders[inventory].name,
                component=component,
                affected=Affected.YES if yes else Affected.UNKNOWN,
                fixed=fix_for(interest.range, component.version),
            )


@dataclass(slots=True)
class _Package:
    """The interests in one package, and their intervals as cut keys."""

    ecosystem: str
    interests: list[int] = field(default_factory=list)
    intervals: list[tuple[int, bytes, bytes]] | None = None
    """(interest, first 16 bytes, first 16 bytes of the end); None: not worked out yet."""
    by_hand: list[int] = field(default_factory=list)
    """Interests whose range says more than intervals of keys can: see `_bounds`."""


class Index:
    """Advisories, made ready to be matched with any number of inventories."""

    def __init__(self, interests: Iterable[Interest]) -> None:
        self.interests = tuple(interests)
        self._packages: dict[str, _Package] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for place, interest in enumerate(self.interests):
            name = interest.package
            package = self._packages.setdefault(name, _Package(interest.purl.ecosystem))
            package.interests.append(place)
            for bare in interest.bare_names:
                self._by_name[bare].add(name)

    def match(self, holders: Sequence[Holder]) -> Hits:
        """Every hit between these inventories and the index's advisories."""
        import numpy as np

        places: dict[int, int] = {}
        distinct: list[Component] = []
        for holder in holders:
            for identity, component in dict(
                zip(map(id, holder.components), holder.components, strict=True)
            ).items():
                if identity not in places:
                    places[identity] = len(distinct)
                    distinct.append(component)
        pairs = self._pairs(distinct)
        everything = chain.from_iterable(holder.components for holder in holders)
        sizes = [len(holder.components) for holder in holders]
        occurrences = {
            "inventory": np.repeat(np.arange(len(holders), dtype=np.int32), sizes),
            "c": np.fromiter(map(places.__getitem__, map(id, everything)), np.int32, sum(sizes)),
        }
        table = {
            "c": np.array([each.component for each in pairs], np.int32),
            "i": np.array([each.interest for each in pairs], np.int32),
            "yes": np.array([each.yes for each in pairs], np.bool_),
        }
        rows = _query(_SPREAD, occurrences=occurrences, pairs=table)
        return Hits(holders=holders, components=distinct, interests=self.interests, rows=rows)

    def _pairs(self, distinct: Sequence[Component]) -> list[_Pair]:
        """Each distinct component with each interest that hits it."""
        by_hand: set[tuple[int, int]] = set()
        met: list[tuple[int, str, bytes]] = []
        for place, component in enumerate(distinct):
            for name in self._names(component):
                package = self._packages[name]
                version = component.version
                key = versions.key(package.ecosystem, version) if version is not None else None
                if key is None:
                    by_hand.update((place, each) for each in package.interests)
                    continue
                self._prepare(package)
                by_hand.update((place, each) for each in package.by_hand)
                met.append((place, name, key))
        sure, ties = self._join(met)
        by_hand |= ties
        known = sure - by_hand
        pairs = [_Pair(place, asked, distinct[place].package is not None) for place, asked in known]
        for place, asked in by_hand:
            affected = judge(self.interests[asked], distinct[place])
            if affected is not Affected.NO:
                pairs.append(_Pair(place, asked, affected is Affected.YES))
        return pairs

    def _names(self, component: Component) -> Iterable[str]:
        if component.package is None:
            return self._by_name.get(component.name.lower(), ())
        return (component.package,) if component.package in self._packages else ()

    def _prepare(self, package: _Package) -> None:
        """Cut the keys of a package's intervals, the first time that the package is met."""
        if package.intervals is not None:
            return
        package.intervals = []
        for asked in package.interests:
            interest = self.interests[asked]
            bounds = _bounds(interest, package.ecosystem)
            package.intervals += [(asked, start, stop) for start, stop in bounds or ()]
            if bounds is None:
                package.by_hand.append(asked)

    def _join(self, met: list[tuple[int, str, bytes]]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        """The pairs whose cut keys lie within an interval, and those whose cut keys tie with an end of one."""
        import numpy as np

        groups = {name: place for place, name in enumerate(dict.fromkeys(name for _, name, _ in met))}
        spans = [
            (group, *interval)
            for name, group in groups.items()
            for interval in self._packages[name].intervals or ()
        ]
        if not spans:
            return set(), set()
        high, low = _cut([key for _, _, key in met])
        from_high, from_low = _cut([start for _, _, start, _ in spans])
        to_high, to_low = _cut([stop for _, _, _, stop in spans])
        rows = _query(
            _JOIN,
            candidates={
                "c": np.array([place for place, _, _ in met], np.int32),
                "g": np.array([groups[name] for _, name, _ in met], np.int32),
                "high": high,
                "low": low,
            },
            intervals={
                "g": np.array([group for group, _, _, _ in spans], np.int32),
                "i": np.array([asked for _, asked, _, _ in spans], np.int32),
                "from_high": from_high,
                "from_low": from_low,
                "to_high": to_high,
                "to_low": to_low,
            },
        )
        found = list(zip(rows["c"].tolist(), rows["i"].tolist(), strict=True))
        within = rows["sure"].tolist()
        sure = {pair for pair, certain in zip(found, within, strict=True) if certain}
        return sure, {pair for pair, certain in zip(found, within, strict=True) if not certain}


def _bounds(interest: Interest, ecosystem: str) -> list[tuple[bytes, bytes]] | None:
    """The half-open intervals of an interest as cut keys.

    None where keys don't say it all: no range, an end that can't be ordered, an interval that ends before it
    begins (its own bound is in all the same), versions of which nothing is known.
    """
    affected = interest.range
    if affected is None or affected.ecosystem != ecosystem or affected.unknown:
        return None
    bounds = []
    for each in affected.intervals:
        ends = each.bounds(ecosystem)
        if ends is None or (ends[1] is not None and ends[0] >= ends[1]):
            return None
        bounds.append((ends[0][:WIDTH], _LAST if ends[1] is None else ends[1][:WIDTH]))
    return bounds


def _cut(keys: list[bytes]) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """The first 16 bytes of each key as two big-endian integers: they order as the bytes do."""
    import numpy as np

    packed = b"".join(key[:WIDTH].ljust(WIDTH, b"\0") for key in keys)
    halves = np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


def _query(query: str, **tables: "dict[str, np.ndarray[Any, Any]]") -> "dict[str, np.ndarray[Any, Any]]":
    """Run a query over columns in memory; nothing is written anywhere."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for name, columns in tables.items():
            connection.register(name, columns)
        found: dict[str, np.ndarray[Any, Any]] = connection.execute(query).fetchnumpy()
    return found


def match(holders: Sequence[Holder], interests: Iterable[Interest]) -> Hits:
    """Who holds what is affected: the same hits as `rules.hits.plain`, for millions of components."""
    return Index(interests).match(holders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What `headstart match` found in files."""

    hits: tuple[Hit, ...]
    components: int
    advisories: int
    skipped: tuple[Skipped, ...]
    """Records among the advisories that say nothing that can be matched, with the reason."""


def match_files(inventories: Sequence[Path], advisories: Path) -> Matched:
    """Match inventory documents with a folder, file or archive of OSV or CSAF advisories.

    Raises:
        InventoryInvalid: an inventory can't be read.
        AdvisoriesInvalid: the advisories can't be read, or there are none.
    """
    cast = Cast()
    holders = [read(path, cast=cast) for path in inventories]
    known = read_advisories(advisories)
    hits = tuple(match(holders, known.interests))
    held = sum(len(each.components) for each in holders)
    return Matched(hits=hits, components=held, advisories=known.records, skipped=known.skipped)
