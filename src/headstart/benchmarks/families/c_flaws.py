"""Flaws in memory safety that lie within one handler of a generated C program.

A body is C inside `static void name(struct state *s, const unsigned char *p, size_t n)`. `A ?? B` is a line as the
flawed program has it and as the mended one does; `//@a` names a line, so that a crash log can be written without a
run. STORE is the program's helper that puts one byte at an index and asks nothing.

Every flaw says in which ways it is reached, and how its handlers are used well, up to the very edge of what is
allowed: a mend that is too wide is told from the right one by the first, one that is too narrow by the second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headstart.benchmarks.rules.draw import Draw

Steps = tuple[tuple[int, bytes], ...]
"""Records: to which of the flaw's handlers, and the payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach a flaw, and what AddressSanitizer says then."""

    steps: Steps
    error: str
    access: str
    marks: str  # names of lines, the innermost first; "h" is the helper's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A planted flaw: the bodies of its handlers, ways to reach it, ordinary uses."""

    bodies: tuple[str, ...]
    bad: tuple[Way, ...]
    good: tuple[Steps, ...]
    fields: str = ""  # what it adds to `struct state`


HEAP, STACK, STALE = "heap-buffer-overflow", "stack-buffer-overflow", "heap-use-after-free"


def one(payload: bytes) -> Steps:
    """One record for the only handler."""
    return ((0, payload),)


def ways(error: str, access: str, marks: str, *steps: Steps) -> tuple[Way, ...]:
    """Ways that look the same in a log."""
    return tuple(Way(steps=each, error=error, access=access, marks=marks) for each in steps)


def _edge(draw: Draw, _own: str) -> Flaw:
    room, kept = draw.between(5, 60), draw.below(4)
    body = f"""\
    if (n < 2) return;
    unsigned char *row = calloc(1, {room});
    if (p[0] > {room}) {{ free(row); return; }} ?? if (p[0] >= {room}) {{ free(row); return; }}
    row[p[0]] = p[1]; //@a
    s->total += row[{kept}] + {draw.between(1, 9)}u * row[{room - 1}];
    free(row);"""
    bad = [one(bytes([room, draw.below(256)])) for _ in range(3)]
    good = [one(bytes([at, draw.between(1, 255)])) for at in (room - 1, kept, min(255, room + 1), 255)]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 1", "a", *bad), good=tuple(good))


def _copy(draw: Draw, _own: str) -> Flaw:
    room = draw.between(6, 40)
    body = f"""\
    unsigned char line[{room}] = {{0}};
    size_t m = n; ?? size_t m = n < {room} ? n : {room};
    for (size_t i = 0; i < m; i++)
        line[i] = p[i] ^ {draw.below(256)}; //@a
    s->total = s->total * {draw.between(3, 99)} + line[0] + line[{room - 1}];"""
    bad = [one(draw.bytes(room + more)) for more in (1, 2, 5)]
    good = [one(draw.bytes(count)) for count in (room, room - 1, 1)]
    return Flaw(bodies=(body,), bad=ways(STACK, "WRITE of size 1", "a", *bad), good=tuple(good))


def _signed(draw: Draw, _own: str) -> Flaw:
    room, value = draw.between(20, 60), draw.between(1, 999)
    body = f"""\
    if (n < 1) return;
    int at = (signed char)p[0];
    if (at >= {room}) return; ?? if (at < 0 || at >= {room}) return;
    short *shelf = calloc({room}, sizeof *shelf);
    shelf[at] = {value}; //@a
    s->total += (unsigned)shelf[{draw.below(room)}] + {draw.between(2, 90)}u * (unsigned)shelf[{room - 1}];
    free(shelf);"""
    bad = [one(bytes([256 - back])) for back in (1, 2, 4)]
    good = [one(bytes([at])) for at in (room - 1, 0, draw.below(room), room, 127)]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 2", "a", *bad), good=tuple(good))


def _narrow(draw: Draw, _own: str) -> Flaw:
    plus = draw.between(2, 20)
    body = f"""\
    if (n < 1) return;
    size_t wanted = (size_t)p[0] + {plus};
    unsigned char size = (unsigned char)wanted; ?? size_t size = wanted;
    unsigned char *copy = malloc(size ? size : 1);
    for (size_t i = 0; i < wanted; i++)
        copy[i] = (unsigned char)(i * {draw.between(3, 9)}); //@a
    s->total = s->total * {draw.between(3, 99)} + copy[0] + copy[wanted - 1];
    free(copy);"""
    bad = [one(bytes([256 - plus + more])) for more in (0, 1, plus - 1)]
    good = [one(bytes([at])) for at in (255 - plus, 0, draw.below(200))]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 1", "a", *bad), good=tuple(good))


def _short(draw: Draw, _own: str) -> Flaw:
    need = draw.between(3, 9)
    body = f"""\
    unsigned sum = 0;
    unsigned char *copy = calloc(1, n ? n : 1);
    for (size_t i = 0; i < n; i++) copy[i] = p[i];
    size_t m = {need}; ?? size_t m = n < {need} ? n : {need};
    for (size_t i = 0; i < m; i++)
        sum = sum * {draw.between(3, 99)} + copy[i]; //@a
    s->total ^= sum;
    free(copy);"""
    bad = [one(draw.bytes(count)) for count in (need - 1, need - 2, 1)]
    good = [one(draw.bytes(count)) for count in (need, need + 1, need + 4)]
    return Flaw(bodies=(body,), bad=ways(HEAP, "READ of size 1", "a", *bad), good=tuple(good))


def _window(draw: Draw, _own: str) -> Flaw:
    """Both ends are looked at, and not what they add up to."""
    room = draw.between(12, 90)
    body = f"""\
    if (n < 2) return;
    unsigned char *page = calloc(1, {room});
    page[{room - 1}] = {draw.between(1, 255)};
    if (p[0] > {room} || p[1] > {room}) {{ free(page); return; }} ?? if (p[0] + p[1] > {room}) {{ free(page); return; }}
    for (unsigned i = 0; i < p[1]; i++)
        s->total = s->total * {draw.between(3, 99)} + page[p[0] + i]; //@a
    free(page);"""
    bad = [one(bytes(pair)) for pair in ((room - 1, 2), (room, 1), (room - 4, 6))]
    first = draw.below(room)
    good = [one(bytes(pair)) for pair in ((first, room - first), (0, room), (room, 0), (room + 1, 2))]
    return Flaw(bodies=(body,), bad=ways(HEAP, "READ of size 1", "a", *bad), good=tuple(good))


def _pairs(draw: Draw, _own: str) -> Flaw:
    body = f"""\
    unsigned char *copy = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++) copy[i] = p[i];
    for (size_t i = 0; i < n; i += 2) {{ ?? for (size_t i = 0; i + 1 < n; i += 2) {{
        unsigned first = copy[i];
        s->total += first * {draw.between(3, 99)} + copy[i + 1]; //@a
    }}
    free(copy);"""
    bad = [one(draw.bytes(count)) for count in (3, 5, 9)]
    good = [one(draw.bytes(count)) for count in (2, 4, 8)]
    return Flaw(bodies=(body,), bad=ways(HEAP, "READ of size 1", "a", *bad), good=tuple(good))


def _end(draw: Draw, _own: str) -> Flaw:
    room = draw.between(6, 30)
    body = f"""\
    unsigned char text[{room}] = {{0}};
    size_t m = n < {room} ? n : {room}; ?? size_t m = n < {room - 1} ? n : {room - 1};
    for (size_t i = 0; i < m; i++) text[i] = p[i];
    text[m] = 0; //@a
    for (size_t i = 0; text[i]; i++) s->total = s->total * {draw.between(3, 99)} + text[i];"""
    fill = bytes(draw.between(1, 255) for _ in range(room + 4))
    bad = [one(fill[:count]) for count in (room, room + 1, room + 4)]
    good = [one(fill[:count]) for count in (room - 1, room - 2, 2)]
    return Flaw(bodies=(body,), bad=ways(STACK, "WRITE of size 1", "a", *bad), good=tuple(good))


def _escape(draw: Draw, _own: str) -> Flaw:
    """What is written grows, and the room for it is reckoned without that."""
    mark = draw.between(100, 200)
    body = f"""\
    unsigned char *wide = calloc(1, n + n / 2 + 1); ?? unsigned char *wide = calloc(1, n + n + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {{
        if (p[i] >= {mark}) wide[at++] = {draw.below(100)}; //@a
        wide[at++] = p[i];
    }}
    for (size_t i = 0; i < at; i++) s->total = s->total * {draw.between(3, 99)} + wide[i];
    free(wide);"""
    high = bytes(draw.between(mark, 255) for _ in range(16))
    low = bytes(draw.below(mark) for _ in range(16))
    bad = [one(high[:count]) for count in (6, 10, 14)]
    good = [one(low[:8]), one(high[:1] + low[:4] + high[1:2]), one(low[:1])]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 1", "a", *bad), good=tuple(good))


def _skip(draw: Draw, _own: str) -> Flaw:
    body = f"""\
    if (n < 2) return; ?? if (n < 2 || p[0] > n - 1) return;
    unsigned char *copy = malloc(n);
    for (size_t i = 0; i < n; i++) copy[i] = p[i];
    size_t left = n - 1 - p[0];
    for (size_t i = 0; i < left; i++)
        s->total = s->total * {draw.between(3, 99)} + copy[1 + p[0] + i]; //@a
    free(copy);"""
    rest = draw.bytes(12)
    bad = [one(bytes([skip]) + rest[:count]) for skip, count in ((6, 5), (4, 2), (9, 8))]
    good = [one(bytes([skip]) + rest[:count]) for skip, count in ((5, 5), (0, 7), (3, 9))]
    return Flaw(bodies=(body,), bad=ways(HEAP, "READ of size 1", "a", *bad), good=tuple(good))


def _runs(draw: Draw, _own: str) -> Flaw:
    room = draw.between(8, 40)
    body = f"""\
    unsigned char line[{room}] = {{0}};
    size_t at = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        for (unsigned k = 0; k < p[i]; k++) {{
            if (at > {room}) break; ?? if (at >= {room}) break;
            line[at++] = p[i + 1]; //@a
        }}
    for (size_t i = 0; i < at; i++) s->total = s->total * {draw.between(3, 99)} + line[i];"""
    a, b = draw.bytes(2)
    first = draw.between(1, room - 2)
    bad = [one(bytes(each)) for each in ((room + 1, a), (first, a, room + 1 - first, b), (first, a, room, b))]
    good = [one(bytes(each)) for each in ((room, a), (first, a, room - first, b), (1, b))]
    return Flaw(bodies=(body,), bad=ways(STACK, "WRITE of size 1", "a", *bad), good=tuple(good))


def _stored(draw: Draw, _own: str) -> Flaw:
    room = draw.between(9, 60)
    body = f"""\
    if (n < 3) return;
    if (p[0] >= {room} || p[1] >= {room}) return; ?? if (p[0] + p[1] >= {room}) return;
    unsigned char *tray = calloc(1, {room});
    STORE(tray, (size_t)p[0] + p[1], p[2]); //@a
    s->total += tray[{room - 1}] * {draw.between(2, 30)}u + tray[{draw.below(room)}];
    free(tray);"""
    value = draw.between(1, 255)
    bad = [one(bytes([*pair, value])) for pair in ((room - 1, 1), (room - 2, 4), (2, room - 1))]
    at = draw.below(room)
    good = [one(bytes([*pair, value])) for pair in ((at, room - 1 - at), (0, 0), (room + 1, 1))]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 1", "ha", *bad), good=tuple(good))


def _spread(draw: Draw, _own: str) -> Flaw:
    step = draw.between(2, 5)
    room = step * draw.between(3, 9) + 1
    most = room // step + 1
    body = f"""\
    unsigned char *comb = calloc(1, {room});
    for (size_t i = 0; i <= n && n > 0 && i < {room}; i++) {{
        if (i == n) break; ?? if (i == n || i * {step} >= {room}) break;
        STORE(comb, i * {step}, p[i]); //@a
    }}
    for (size_t i = 0; i < {room}; i++) s->total = s->total * {draw.between(3, 99)} + comb[i];
    free(comb);"""
    bad = [one(draw.bytes(most + more)) for more in (1, 2, 3)]
    good = [one(draw.bytes(count)) for count in (most, most - 1, 1)]
    return Flaw(bodies=(body,), bad=ways(HEAP, "WRITE of size 1", "ha", *bad), good=tuple(good))


def _slot(draw: Draw, _own: str) -> Flaw:
    room = draw.between(7, 50)
    body = f"""\
    if (n < 2) return;
    size_t at = p[0];
    unsigned char rack[{room}] = {{0}};
    if (at > {room}) at = {room - 1}; ?? if (at >= {room}) at = {room - 1};
    STORE(rack, at, p[1]); //@a
    for (size_t i = 0; i < {room}; i++) s->total = s->total * {draw.between(3, 99)} + rack[i];"""
    bad = [one(bytes([room, draw.below(256)])) for _ in range(3)]
    good = [one(bytes([at, draw.between(1, 255)])) for at in (room - 1, 0, draw.below(room))]
    return Flaw(bodies=(body,), bad=ways(STACK, "WRITE of size 1", "ha", *bad), good=tuple(good))


NEAR: Mapping[str, Callable[[Draw, str], Flaw]] = {
    "copy": _copy, "edge": _edge, "end": _end, "escape": _escape, "narrow": _narrow, "pairs": _pairs, "runs": _runs,
    "short": _short, "signed": _signed, "skip": _skip, "slot": _slot, "spread": _spread, "stored": _stored,
    "window": _window,
}  # fmt: skip
ALIKE = ("slot", "spread", "stored")
"""Different flaws that all come to light in the same helper, at the same line."""
