"""The parts of generated C programs: harmless handlers, gates, and planted flaws.

A body is C inside `static void name(struct state *s, const unsigned char *p, size_t n)`. In a flaw, `A ?? B` is
the line as the flawed program has it and as the mended one does; `//SITE` ends the line that touches memory wrongly.
The payload of a harmless part is ordinary, of a gate opens it, of a flaw's parts (in their order) triggers it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headstart.benchmarks.rules.draw import Draw


@dataclass(frozen=True, slots=True)
class Part:
    """The body of one handler, and a payload for it, to be sent so many times."""

    body: str
    payload: bytes
    times: int = 1


def _sum(draw: Draw) -> Part:
    body = f"    for (size_t i = 0; i < n; i++) s->total = s->total * {draw.between(3, 99)} + p[i];"
    return Part(body, draw.bytes(draw.between(1, 9)))


def _table(draw: Draw) -> Part:
    room = draw.between(20, 64)
    body = f"    if (n >= 2 && p[0] < {room}) s->table[p[0]] = p[1];"
    return Part(body, bytes([draw.below(room), draw.below(256)]))


def _largest(draw: Draw) -> Part:
    body = f"""\
    unsigned best = {draw.below(50)};
    for (size_t i = 0; i < n; i++) if (p[i] > best) best = p[i];
    s->total ^= best;"""
    return Part(body, draw.bytes(draw.between(2, 12)))


def _count(draw: Draw) -> Part:
    wanted = draw.below(256)
    body = f"""\
    unsigned seen = 0;
    for (size_t i = 0; i < n; i++) seen += p[i] == {wanted};
    if (seen > {draw.between(1, 4)}) s->flags |= {1 << draw.below(8)};"""
    return Part(body, draw.bytes(draw.between(2, 12)))


def _pair(draw: Draw) -> Part:
    body = f"    if (n >= 2) s->total += (unsigned)(p[0] | p[1] << 8) % {draw.between(3, 999)};"
    return Part(body, draw.bytes(2))


def _reverse(draw: Draw) -> Part:
    room = draw.between(4, 24)
    body = f"""\
    unsigned char turned[{room}] = {{0}};
    size_t m = n < {room} ? n : {room};
    for (size_t i = 0; i < m; i++) turned[m - 1 - i] = p[i];
    s->total += turned[0];"""
    return Part(body, draw.bytes(draw.between(1, room)))


def _toggle(draw: Draw) -> Part:
    return Part(f"    if (n == 1) s->flags ^= p[0] & {draw.between(1, 255)}u;", draw.bytes(1))


def _room(draw: Draw) -> Part:
    most = draw.between(8, 120)
    body = f"""\
    if (n < 1) return;
    free(s->box);
    s->room = 1u + p[0] % {most};
    s->box = calloc(1, s->room);"""
    return Part(body, draw.bytes(1))


BENIGN: Mapping[str, Callable[[Draw], Part]] = {
    "count": _count, "largest": _largest, "pair": _pair, "reverse": _reverse, "room": _room, "sum": _sum,
    "table": _table, "toggle": _toggle,
}  # fmt: skip


def _byte(draw: Draw) -> Part:
    key = draw.bytes(1)
    return Part(f"    if (n < 1 || p[0] != {key[0]}) return;", key)


def _word(draw: Draw) -> Part:
    key = draw.bytes(2)
    return Part(f"    if (n < 2 || (p[0] | p[1] << 8) != {int.from_bytes(key, 'little')}) return;", key)


QUAD = "((unsigned)p[0] << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 | p[3])"


def _quad(draw: Draw) -> Part:
    key = draw.bytes(4)
    return Part(f"    if (n < 4 || {QUAD} != {int.from_bytes(key, 'big')}u) return;", key)


def _weighted(draw: Draw) -> Part:
    key, a, b = draw.bytes(3), draw.between(2, 9), draw.between(10, 99)
    value = (key[0] + key[1] * a + key[2] * b) & 0xFF
    return Part(f"    if (n < 3 || ((p[0] + p[1] * {a} + p[2] * {b}) & 255) != {value}) return;", key)


def _affine(draw: Draw) -> Part:
    key, times, plus = draw.bytes(2), draw.below(30_000) * 2 + 1, draw.below(65_536)
    value = (int.from_bytes(key, "little") * times + plus) & 0xFFFF
    body = f"    if (n < 2 || (((unsigned)(p[0] | p[1] << 8) * {times}u + {plus}u) & 65535u) != {value}u) return;"
    return Part(body, key)


def _mix(draw: Draw) -> Part:
    key, times = draw.bytes(4), draw.below(1 << 30) * 2 + 1
    word = int.from_bytes(key, "big")
    value = ((word ^ (word >> 15)) * times) & 0xFFFFFFFF
    body = f"""\
    if (n < 4) return;
    unsigned word = {QUAD};
    if ((word ^ word >> 15) * {times}u != {value}u) return;"""
    return Part(body, key)


GATES: Mapping[str, Callable[[Draw], Part]] = {
    "affine": _affine, "byte": _byte, "mix": _mix, "quad": _quad, "sum": _weighted, "word": _word,
}  # fmt: skip


def _heap_write(draw: Draw) -> list[Part]:
    room, value = draw.between(5, 60), draw.below(256)
    body = f"""\
    if (n < 2) return;
    unsigned char *row = calloc(1, {room});
    if (p[0] > {room}) {{ free(row); return; }} ?? if (p[0] >= {room}) {{ free(row); return; }}
    row[p[0]] = p[1]; //SITE
    s->total += row[{draw.below(room)}];
    free(row);"""
    return [Part(body, bytes([room, value]))]


def _stack_copy(draw: Draw) -> list[Part]:
    room = draw.between(6, 40)
    body = f"""\
    unsigned char line[{room}] = {{0}};
    size_t m = n; ?? size_t m = n < {room} ? n : {room};
    for (size_t i = 0; i < m; i++)
        line[i] = p[i] ^ {draw.below(256)}; //SITE
    s->total += line[0];"""
    return [Part(body, draw.bytes(room + 1))]


def _negative(draw: Draw) -> list[Part]:
    room = draw.between(20, 60)
    body = f"""\
    if (n < 1) return;
    int at = (signed char)p[0];
    if (at >= {room}) return; ?? if (at < 0 || at >= {room}) return;
    short *shelf = calloc({room}, sizeof *shelf);
    shelf[at] = {draw.between(1, 999)}; //SITE
    s->total += (unsigned)shelf[{draw.below(room)}];
    free(shelf);"""
    return [Part(body, bytes([255]))]


def _stale(draw: Draw) -> list[Part]:
    """Two handlers: one makes room, and gives it back the next time; the other goes on using it."""
    drop = f"""\
    if (!s->spare) {{ s->spare = calloc(1, {draw.between(4, 40)}); return; }}
    if (s->given || n < 1 || p[0] % {draw.between(2, 5)} != 0) return;
    free(s->spare);
    s->given = 1; ?? s->spare = NULL;"""
    use = f"""\
    if (n < 1 || !s->spare) return;
    s->spare[0] ^= p[0]; //SITE
    s->flags |= {1 << draw.below(8)}u;"""
    return [Part(drop, bytes([0]), times=2), Part(use, draw.bytes(1))]


def _narrow(draw: Draw) -> list[Part]:
    plus = draw.between(2, 20)
    body = f"""\
    if (n < 1) return;
    size_t wanted = (size_t)p[0] + {plus};
    unsigned char size = (unsigned char)wanted; ?? size_t size = wanted;
    unsigned char *copy = malloc(size ? size : 1);
    for (size_t i = 0; i < wanted; i++)
        copy[i] = (unsigned char)(i * {draw.between(3, 9)}); //SITE
    s->total += copy[0];
    free(copy);"""
    return [Part(body, bytes([255]))]


def _short_record(draw: Draw) -> list[Part]:
    need = draw.between(3, 9)
    body = f"""\
    unsigned sum = 0;
    unsigned char *copy = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++) copy[i] = p[i];
    size_t m = {need}; ?? size_t m = n < {need} ? n : {need};
    for (size_t i = 0; i < m; i++)
        sum = sum * {draw.between(3, 99)} + copy[i]; //SITE
    s->total ^= sum;
    free(copy);"""
    return [Part(body, draw.bytes(need - 2))]


FLAWS: Mapping[str, Callable[[Draw], list[Part]]] = {
    "heap-write": _heap_write, "narrow": _narrow, "negative": _negative, "short-record": _short_record,
    "stack-copy": _stack_copy, "stale": _stale,
}  # fmt: skip
