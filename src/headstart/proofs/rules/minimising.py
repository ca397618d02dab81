"""Make an input smaller while it still does what it did: delta debugging over the parts of its format.

Passes, each a generator that hands out batches of candidates and is told which is the first that holds: drop
(ddmin by chunks, then one by one) the units of the format level by level, layers of nesting, lines, tokens,
characters; then put simpler things in place: a smaller value, a shorter repetition, a smaller number, a plainer
character. All passes are gone through until none changes anything: then no single character can be dropped.
"""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from headstart.proofs.rules.formats import format_of, outline
from headstart.proofs.rules.outlines import Format, cut
from headstart.proofs.rules.spans import characters, fields, free, lines, literal, tokens

BATCH = 8  # candidates that are asked for at a time
MOST_ROUNDS = 12
MOST_HOISTS = 2000
FEW_PLACES = 40
LONGEST_NUMBER = 30  # digits

Batch = tuple[bytes, ...]
Pass = Generator[Batch, int | None, bytes]
Ask = Callable[[Batch], int | None]
"""Which candidate of a batch is the first that holds; raises `Spent` when the budget is used up."""


class Spent(Exception):
    """No more candidates can be tried."""


class Stopped(StrEnum):
    """Why it is not smaller still."""

    ONE_MINIMAL = "one-minimal"  # nothing single can be dropped any more
    BUDGET = "budget"
    UNSTEADY = "unsteady"  # what was smaller did not do it every time


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What became of an input."""

    data: bytes
    stopped: Stopped
    trail: tuple[bytes, ...]  # each input that held, the first one first, `data` last


def reduce(data: bytes, ask: Ask, settle: Callable[[bytes], bool] | None = None) -> Reduced:
    """A smaller input for which `ask` holds, as it does for `data` (which is not asked).

    `settle` is asked of what a whole pass came to, where each try was only a hint; what it refuses is undone, back to
    what it does not.
    """
    trail = [data]
    kind = format_of(data)
    try:
        for _ in range(MOST_ROUNDS):
            before = trail[-1]
            for each in passes(kind):
                _drive(each, trail, ask, settle)
            if trail[-1] == before:
                return Reduced(data=before, stopped=Stopped.ONE_MINIMAL, trail=tuple(trail))
    except Spent:
        pass
    return Reduced(data=trail[-1], stopped=Stopped.BUDGET, trail=tuple(trail))


def _drive(
    make: Callable[[bytes], Pass], trail: list[bytes], ask: Ask, settle: Callable[[bytes], bool] | None
) -> None:
    """Run one pass; `trail` grows by each candidate that held."""
    began = len(trail)
    try:
        going = make(trail[-1])
        try:
            batch = next(going)
            while True:
                index = ask(batch)
                if index is not None:
                    trail.append(batch[index])
                batch = going.send(index)
        except StopIteration:
            pass
    finally:
        step = 1
        while settle is not None and len(trail) > began and not settle(trail[-1]):
            del trail[max(began, len(trail) - step) :]
            step *= 2


def passes(kind: Format) -> tuple[Callable[[bytes], Pass], ...]:
    """The passes for a format, in the order in which they are worth trying."""
    by_line = kind in (Format.TEXT, Format.SETTINGS, Format.YAML, Format.HTTP)
    found: list[Callable[[bytes], Pass]] = [lambda data: runs(kind, data)]
    if by_line:
        found.append(lambda data: drop_spans(data, lines(data)))
    if kind is not Format.BYTES:
        found += [
            lambda data: drop_levels(kind, data),
            lambda data: drop_layers(kind, data),
            lambda data: hoist(kind, data),
        ]
    if kind is Format.JSON:
        found += [plainer_values, lambda data: drop_spans(data, _blanks(data))]
    return (
        *found,
        lambda data: drop_spans(data, tokens(kind, data)),
        lambda data: drop_spans(data, characters(kind, data)),
        lambda data: numbers(kind, data),
        lambda data: plainer(kind, data),
    )


def drop(count: int, render: Callable[[Sequence[int]], bytes]) -> Pass:
    """ddmin: drop chunks of halving size from the end on, then one by one until a whole round drops none.

    `render` gives the input in which the units of these places alone are left.
    """
    kept = list(range(count))
    now = render(kept)
    if not count:
        return now
    if (yield (render(()),)) == 0:
        return render(())
    size = max(count // 2, 1)
    while True:
        won = False
        at = len(kept)
        while at > 0:
            ends = range(at, max(at - size * BATCH, 0), -size)
            chunks = [(max(end - size, 0), end) for end in ends]
            batch = tuple(render(kept[:low] + kept[high:]) for low, high in chunks)
            index = yield batch
            if index is None:
                at = chunks[-1][0]
            else:
                now, won = batch[index], True
                at, high = chunks[index]
                del kept[at:high]
        if size == 1 and not won:
            return now
        size = max(min(size // 2, len(kept) // 2), 1)


def drop_spans(data: bytes, spans: Sequence[tuple[int, int]]) -> Pass:
    """Drop pieces of the input that do not overlap."""

    def render(kept: Sequence[int]) -> bytes:
        left = set(kept)
        return cut(data, (span for at, span in enumerate(spans) if at not in left))

    return drop(len(spans), render)


def drop_levels(kind: Format, data: bytes) -> Pass:
    """Drop units, those at the top first, each with all that is in it."""
    depth = 0
    while True:
        now = outline(data, kind)
        depths = now.depths()
        if depth > max(depths, default=-1):
            return data
        here = [at for at, unit in enumerate(now.units) if depths[at] == depth and unit.item]
        if len(here) <= 1:  # a deep nest has a level for each layer: the rest at once
            here = [at for at, unit in enumerate(now.units) if depths[at] >= depth and unit.item]
            depth = max(depths)

        def render(kept: Sequence[int], here: list[int] = here) -> bytes:
            return now.without(set(here) - {here[at] for at in kept})  # noqa: B023 - used within this turn

        data = yield from drop(len(here), render)
        depth += 1


def drop_layers(kind: Format, data: bytes) -> Pass:
    """Take layers of nesting away from around the value that is deepest."""
    chain = outline(data, kind).chain()
    if len(chain) < 2:
        return data

    def render(kept: Sequence[int]) -> bytes:
        left = set(kept)
        gone: list[tuple[int, int]] = []
        for at, (outer, inner) in enumerate(pairwise(chain)):
            if at not in left:
                gone += [(outer.start, inner.start), (inner.end, outer.end)]
        return cut(data, gone)

    return (yield from drop(len(chain) - 1, render))


def hoist(kind: Format, data: bytes) -> Pass:
    """Put a value in the place of the one that it is in."""
    at = 0
    for _ in range(MOST_HOISTS):
        now = outline(data, kind)
        values = [n for n, unit in enumerate(now.units) if unit.value]
        if at >= len(values):
            break
        here = now.units[values[at]]
        inner = (now.units[n] for n in values[at + 1 :])
        inside = [unit for unit in inner if here.start <= unit.start and unit.end <= here.end][:BATCH]
        made = [data[: here.start] + data[unit.start : unit.end] + data[here.end :] for unit in inside]
        batch = tuple(each for each in made if len(each) < len(data))
        index = (yield batch) if batch else None
        if index is None:
            at += 1
        else:
            data = batch[index]
    return data


def plainer_values(data: bytes) -> Pass:
    """Put the smallest values in the place of a JSON text's own."""
    at = 0
    while True:
        now = outline(data, Format.JSON)
        values = [unit for unit in now.units if unit.value]
        if at >= len(values):
            return data
        start, end = values[at].start, values[at].end
        small = (each for each in (b"0", b'""', b"[]", b"{}", b"null") if len(each) < end - start)
        batch = tuple(data[:start] + each + data[end:] for each in small)
        index = (yield batch) if batch else None
        if index is not None:
            data = batch[index]
        at += 1


def _blanks(data: bytes) -> list[tuple[int, int]]:
    """The white space between a JSON text's words."""
    strings = [(start - 1, end + 1) for start, end in free(Format.JSON, data)]
    found, at = [], 0
    for start, end in (*strings, (len(data), len(data))):
        found += [(at + each.start(), at + each.end()) for each in re.finditer(rb"\s+", data[at:start])]
        at = end
    return found


_RUN = re.compile(rb"(.{1,8}?)\1{5,}+", re.DOTALL)


def runs(kind: Format, data: bytes) -> Pass:
    """Make what is repeated many times be repeated less often."""
    at = 0
    while found := _next_run(kind, data, at):
        start, end = found.span()
        unit = found[1]

        def render(times: int, unit: bytes = unit, start: int = start, end: int = end) -> bytes:
            return data[:start] + unit * times + data[end:]  # noqa: B023 - used within this turn

        times = yield from _smaller(len(found[0]) // len(unit), render)
        data = render(times)
        at = start + max(len(unit) * times, 1)
    return data


def _next_run(kind: Format, data: bytes, at: int) -> re.Match[bytes] | None:
    for start, end in literal(kind, data):
        if end > at and (found := _RUN.search(data, max(start, at), end)):
            return found
    return None


_DIGITS = re.compile(rb"\d++")


def numbers(kind: Format, data: bytes) -> Pass:
    """Make each number in the text smaller."""
    at = 0
    while found := _number(kind, data, at):
        start, end = found.span()

        def render(value: int, start: int = start, end: int = end) -> bytes:
            return data[:start] + b"%d" % value + data[end:]  # noqa: B023 - used within this turn

        data = render((yield from _smaller(int(found[0]), render)))
        at = start + 1
        while at < len(data) and data[at : at + 1].isdigit():
            at += 1
    return data


def _number(kind: Format, data: bytes, at: int) -> re.Match[bytes] | None:
    """The next number greater than 0; in JSON those outside of strings too."""
    if kind is Format.BYTES:
        return None
    spans = literal(kind, data)
    if kind is Format.JSON:
        spans = sorted([*spans, *(each for each in fields(kind, data) if data[each[0]] != ord('"'))])
    for start, end in spans:
        for found in _DIGITS.finditer(data, max(start, at), end) if end > at else ():
            if len(found[0]) <= LONGEST_NUMBER and int(found[0]):
                return found
    return None


def _smaller(value: int, render: Callable[[int], bytes]) -> Generator[Batch, int | None, int]:
    """The smallest number that holds, going down by halves; less than `value`, or that."""
    while value > 0:
        tries = list(dict.fromkeys((0, 1, *_halves(value))))
        tries = [each for each in tries if each < value]
        for low in range(0, len(tries), BATCH):
            index = yield tuple(render(each) for each in tries[low : low + BATCH])
            if index is not None:
                value = tries[low + index]
                break
        else:
            return value
    return value


def _halves(value: int) -> Iterator[int]:
    step = value // 2
    while step:
        yield value - step
        step //= 2


def plainer(kind: Format, data: bytes) -> Pass:
    """Put one plain character in the place of as many as can be: `a` for letters, `0` for bytes.

    A character goes everywhere at once; where few are left, place by place too.
    """
    places = []
    for start, end in characters(kind, data):
        plain = _plain(kind, data[start:end])
        if plain and data[start:end] != plain:
            places.append((start, end, plain))
    alike = sorted({data[start:end] for start, end, _ in places})
    by_place = len(places) <= FEW_PLACES or len(alike) == len(places)

    def render(kept: Sequence[int]) -> bytes:
        left, parts, at = {n if by_place else alike[n] for n in kept}, [], 0
        for n, (start, end, plain) in enumerate(places):
            stays = (n if by_place else data[start:end]) in left
            parts += [data[at:start], data[start:end] if stays else plain]
            at = end
        return b"".join((*parts, data[at:]))

    return drop(len(places if by_place else alike), render)


def _plain(kind: Format, character: bytes) -> bytes:
    if kind is Format.BYTES:
        return b"\x00" * len(character)
    if character.isdigit():
        return b""  # a number's pass has made it as small as it can be
    if character.isalpha() or character[0] >= 0xC2 or (kind is Format.JSON and len(character) > 1):
        return b"a"
    return b" " if character in (b"\t", b"\r") else b""
