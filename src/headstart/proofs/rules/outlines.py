"""The parts of an input: what it is made of, told by its content, so that parts can be dropped, moved or repeated.

An outline is flat (an input may be nested thousands deep): units in the order in which they begin, each with the
unit that it is in. Dropping units keeps the text of all others as it was; a separator goes with its neighbour.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """What an input is, by its content alone."""

    JSON = "JSON"
    MARKUP = "XML or HTML"
    HTTP = "an HTTP message"
    CSV = "CSV"
    SETTINGS = "TOML or INI"
    YAML = "YAML"
    TEXT = "text"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One part of an input: `data[start:end]`."""

    start: int
    end: int
    parent: int = -1  # the unit that it is in, by its place in the outline; -1 at the top
    joined: bool = False  # what is between it and its sibling before separates the two
    item: bool = True  # may be dropped
    value: bool = False  # may stand in the place of another value


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An input and its units."""

    data: bytes
    format: Format
    units: tuple[Unit, ...]

    def text(self, at: int) -> bytes:
        """The bytes of one unit."""
        return self.data[self.units[at].start : self.units[at].end]

    def without(self, dropped: Collection[int]) -> bytes:
        """The input with these units gone, and the separators that nothing is left for."""
        if not dropped:
            return self.data
        gone: list[tuple[int, int]] = []
        before: dict[int, tuple[int, bool]] = {}  # of each parent: where its last child ended, was one kept
        for at, unit in enumerate(self.units):
            end, kept = before.get(unit.parent, (unit.start, False))
            here = at not in dropped
            if unit.joined and not (here and kept):
                gone.append((end, unit.start))
            if not here:
                gone.append((unit.start, unit.end))
            before[unit.parent] = (unit.end, kept or here)
        return cut(self.data, gone)

    def depths(self) -> list[int]:
        """How deep each unit is: 0 at the top."""
        found: list[int] = []
        for unit in self.units:
            found.append(found[unit.parent] + 1 if unit.parent >= 0 else 0)
        return found

    def chain(self) -> list[Unit]:
        """The values around the value that is deepest, outermost first, and that one."""
        depths = self.depths()
        values = [at for at, unit in enumerate(self.units) if unit.value]
        at = max(values, key=depths.__getitem__, default=-1)
        found: list[Unit] = []
        while at >= 0:
            if self.units[at].value:
                found.append(self.units[at])
            at = self.units[at].parent
        return found[::-1]


def cut(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The data without these spans, which may overlap."""
    kept, at = [], 0
    for start, end in sorted(spans):
        if start > at:
            kept.append(data[at:start])
        at = max(at, end)
    kept.append(data[at:])
    return b"".join(kept)
