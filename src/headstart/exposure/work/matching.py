"""Inventories x advisories, for millions of components: DuckDB joins 16-byte keys over half-open intervals.

What makes it fast: each distinct component is looked at once; only packages that some advisory names are keyed; the
versions' order-preserving keys are cut to 16 bytes, two integers that DuckDB compares. What keeps it right: where
a cut key ties with the end of an interval, and wherever anything is unknown, `rules.hits.judge` decides.
See docs/adr/0005-versions-as-sixteen-byte-keys.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from headstart.exposure.rules.components import Cast, Component
from headstart.exposure.rules.hits import Hit, Interest, fix_for, judge
from headstart.exposure.work.advisories import Skipped, read_advisories
from headstart.exposure.work.files import read
from headstart.packages.rules import versions
from headstart.packages.rules.ranges import Affected

if TYPE_CHECKING:
    import numpy as np

    _Column: TypeAlias = np.ndarray[Any, Any]
    _Columns: TypeAlias = dict[str, _Column]

WIDTH = 16
_LAST = b"\xff" * WIDTH
_JOIN = """
    WITH candidate AS (SELECT c, g, certain, (high::UHUGEINT << 64) | low AS key FROM candidates),
    interval AS (SELECT i, g, (from_high::UHUGEINT << 64) | from_low AS start,
                        (to_high::UHUGEINT << 64) | to_low AS stop FROM intervals)
    SELECT c, i, any_value(certain) AS yes, bool_or(key > start AND key < stop) AS sure
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A table of hits; it makes the `Hit` of a row when that row is asked for."""

    holders: Sequence[Holder]
    components: Sequence[Component]
    interests: Sequence[Interest]
    rows: "_Columns" = field(repr=False)

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
    """The interests in one package, and their intervals as whole keys."""

    number: int
    ecosystem: str
    interests: list[int] = field(default_factory=list)
    intervals: "dict[int, list[tuple[bytes, bytes | None]]] | None" = None
    """By interest; None: not worked out yet."""
    by_hand: list[int] = field(default_factory=list)
    """Interests whose range says more than intervals of keys can: see `_bounds`."""


@dataclass(slots=True)
class _Met:
    """What a look at the distinct components brought up: column by column, for DuckDB."""

    places: list[int] = field(default_factory=list)
    packages: list[_Package] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    certain: list[bool] = field(default_factory=list)
    by_hand: list[tuple[int, int]] = field(default_factory=list)


class Index:
    """Advisories, made ready to be matched with any number of inventories."""

    def __init__(self, interests: Iterable[Interest]) -> None:
        self.interests = tuple(interests)
        self._packages: dict[str, _Package] = {}
        self._homes: list[_Package] = []  # of each interest
        self._by_name: dict[str, dict[int, _Package]] = defaultdict(dict)
        for place, interest in enumerate(self.interests):
            name = interest.package
            package = self._packages.get(name)
            if package is None:
                package = self._packages[name] = _Package(len(self._packages), interest.purl.ecosystem)
                for bare in interest.bare_names:
                    self._by_name[bare][package.number] = package
            package.interests.append(place)
            self._homes.append(package)

    def match(self, holders: Sequence[Holder]) -> Hits:
        """Every hit between these inventories and the index's advisories."""
        import numpy as np

        objects: dict[int, Component] = {}
        for holder in holders:
            objects.update(zip(map(id, holder.components), holder.components, strict=True))
        distinct = list(objects.values())
        places = dict(zip(objects, range(len(distinct)), strict=True))
        pairs = self._pairs(distinct)
        everything = chain.from_iterable(holder.components for holder in holders)
        sizes = [len(holder.components) for holder in holders]
        occurrences = {
            "inventory": np.repeat(np.arange(len(holders), dtype=np.int32), sizes),
            "c": np.fromiter(map(places.__getitem__, map(id, everything)), np.int32, sum(sizes)),
        }
        rows = _query(_SPREAD, occurrences=occurrences, pairs=pairs)
        return Hits(holders=holders, components=distinct, interests=self.interests, rows=rows)

    def _pairs(self, distinct: Sequence[Component]) -> "_Columns":
        """Each distinct component with each interest that hits it: columns `c`, `i`, `yes`."""
        import numpy as np

        met = self._meet(distinct)
        rows = self._join(met)
        ties = ~rows["sure"]
        keys = dict(zip(met.places, met.keys, strict=True))
        settled = [
            (place, asked, yes)
            for place, asked, yes in zip(
                *(rows[name][ties].tolist() for name in ("c", "i", "yes")), strict=True
            )
            if self._holds(asked, keys[place])
        ]
        for place, asked in met.by_hand:
            affected = judge(self.interests[asked], distinct[place])
            if affected is not Affected.NO:
                settled.append((place, asked, affected is Affected.YES))
        more = np.array(settled, np.int32).reshape(-1, 3)
        return {
            "c": np.concatenate([rows["c"][~ties], more[:, 0]]),
            "i": np.concatenate([rows["i"][~ties], more[:, 1]]),
            "yes": np.concatenate([rows["yes"][~ties], more[:, 2].astype(np.bool_)]),
        }

    def _meet(self, distinct: Sequence[Component]) -> _Met:
        """The components of packages that somebody advises on, with their keys; what has none is judged by hand."""
        met = _Met()
        known = self._packages.get
        keys: dict[tuple[str, str | None], bytes | None] = {}
        for place, component in enumerate(distinct):
            if component.package is None:
                found: Iterable[_Package] = self._by_name.get(component.name.lower(), {}).values()
            else:
                package = known(component.package)
                found = () if package is None else (package,)
            for each in found:
                named = (each.ecosystem, component.version)
                if named not in keys:
                    version = component.version
                    keys[named] = None if version is None else versions.key(each.ecosystem, version)
                key = keys[named]
                if key is None:
                    met.by_hand += [(place, asked) for asked in each.interests]
                    continue
                self._prepare(each)
                met.by_hand += [(place, asked) for asked in each.by_hand]
                met.places.append(place)
                met.packages.append(each)
                met.keys.append(key)
                met.certain.append(component.package is not None)
        return met

    def _prepare(self, package: _Package) -> None:
        """Work out the keys of a package's intervals, the first time that the package is met."""
        if package.intervals is not None:
            return
        package.intervals = {}
        for asked in package.interests:
            bounds = _bounds(self.interests[asked], package.ecosystem)
            if bounds is None:
                package.by_hand.append(asked)
            else:
                package.intervals[asked] = bounds

    def _holds(self, asked: int, key: bytes) -> bool:
        """Whether a whole key lies in one of an interest's intervals."""
        intervals = self._homes[asked].intervals or {}
        return any(low <= key and (high is None or key < high) for low, high in intervals[asked])

    def _join(self, met: _Met) -> "_Columns":
        """The pairs whose cut keys lie within an interval, or (not `sure`) tie with an end of one."""
        import numpy as np

        packages = {each.number: each for each in met.packages}
        spans = [
            (number, asked, low, _LAST if high is None else high)
            for number, package in packages.items()
            for asked, bounds in (package.intervals or {}).items()
            for low, high in bounds
        ]
        high, low = _cut(met.keys)
        from_high, from_low = _cut([start for _, _, start, _ in spans])
        to_high, to_low = _cut([stop for _, _, _, stop in spans])
        return _query(
            _JOIN,
            candidates={
                "c": np.array(met.places, np.int32),
                "g": np.array([each.number for each in met.packages], np.int32),
                "certain": np.array(met.certain, np.bool_),
                "high": high,
                "low": low,
            },
            intervals={
                "g": np.array([number for number, _, _, _ in spans], np.int32),
                "i": np.array([asked for _, asked, _, _ in spans], np.int32),
                "from_high": from_high,
                "from_low": from_low,
                "to_high": to_high,
                "to_low": to_low,
            },
        )


def _bounds(interest: Interest, ecosystem: str) -> list[tuple[bytes, bytes | None]] | None:
    """The half-open intervals of an interest as keys.

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
        bounds.append(ends)
    return bounds


def _cut(keys: list[bytes]) -> "tuple[_Column, _Column]":
    """The first 16 bytes of each key as two big-endian integers: they order as the bytes do."""
    import numpy as np

    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    packed = b"".join(key[:WIDTH].ljust(WIDTH, b"\0") for key in places)
    halves = np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    chosen = halves[np.fromiter(map(places.__getitem__, keys), np.int64, len(keys))]
    return np.ascontiguousarray(chosen[:, 0]), np.ascontiguousarray(chosen[:, 1])


def _query(query: str, **tables: "_Columns") -> "_Columns":
    """Run a query over columns in memory; nothing is written anywhere."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for name, columns in tables.items():
            connection.register(name, columns)
        found: _Columns = connection.execute(query).fetchnumpy()
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
