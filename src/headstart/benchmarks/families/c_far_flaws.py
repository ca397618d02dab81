"""Flaws in memory safety that span handlers: one leaves a wrong state behind, others come to grief on it.

Written as in `c_flaws`. Most have several ways to come to light, with another stack or another kind of error each,
though one line mends them all.
"""

from collections.abc import Callable, Mapping

from headstart.benchmarks.families.c_flaws import HEAP, STALE, Flaw, Steps, ways
from headstart.benchmarks.rules.draw import Draw


def _stale(draw: Draw, own: str) -> Flaw:
    room, every = draw.between(4, 40), draw.between(2, 5)
    drop = f"""\
    if (!s->{own}) {{ s->{own} = calloc(1, {room}); return; }}
    if (n < 1 || p[0] % {every} != 0) return;
    free(s->{own}); //@f ?? free(s->{own}); s->{own} = NULL;"""
    use = f"""\
    if (n < 1 || !s->{own}) return;
    s->{own}[0] = p[0]; //@a
    s->total += s->{own}[0] * {draw.between(2, 90)}u;"""
    see = f"""\
    if (!s->{own}) return;
    s->total = s->total * {draw.between(3, 99)} + s->{own}[{draw.below(4)}]; //@b"""
    gone: Steps = ((0, b"\x01"), (0, bytes([every])))
    return Flaw(
        fields=f"unsigned char *{own};",
        bodies=(drop, use, see),
        bad=(
            *ways(STALE, "WRITE of size 1", "a", (*gone, (1, draw.bytes(1)))),
            *ways(STALE, "READ of size 1", "b", (*gone, (2, draw.bytes(2)))),
            *ways("attempting double-free", "", "f", (*gone, (0, bytes([every])))),
        ),
        good=(
            ((0, b"\x01"), (1, draw.bytes(1)), (2, b"\x05"), (0, b"\x01"), (1, draw.bytes(1)), (2, b"")),
            ((1, b"\x07"), (2, b"\x07"), *gone),
        ),
    )


def _limit(draw: Draw, own: str) -> Flaw:
    room = draw.between(6, 30)
    allow = f"""\
    if (n < 1) return;
    if (!s->{own}) s->{own} = calloc(1, {room});
    s->{own}_most = p[0]; ?? s->{own}_most = p[0] < {room} ? p[0] : {room};"""
    fill = f"""\
    if (!s->{own}) return;
    for (size_t i = 0; i < n && i < s->{own}_most; i++)
        s->{own}[i] = p[i]; //@a"""
    total = f"""\
    if (!s->{own}) return;
    for (size_t i = 0; i < s->{own}_most; i++)
        s->total = s->total * {draw.between(3, 99)} + s->{own}[i]; //@b"""
    return Flaw(
        fields=f"unsigned char *{own}; size_t {own}_most;",
        bodies=(allow, fill, total),
        bad=(
            *ways(HEAP, "WRITE of size 1", "a", ((0, bytes([room + 3])), (1, draw.bytes(room + 2)))),
            *ways(HEAP, "READ of size 1", "b", ((0, bytes([room + 1])), (2, b"\x01"))),
            *ways(
                HEAP, "READ of size 1", "b", ((0, bytes([room])), (1, draw.bytes(3)), (0, b"\xff"), (2, b""))
            ),
        ),
        good=(
            ((0, bytes([room])), (1, draw.bytes(room)), (2, b"\x01")),
            ((0, bytes([room])), (1, draw.bytes(room + 3)), (0, b"\x03"), (2, b"")),
            ((1, b"\x01"), (2, b"\x01"), (0, bytes([room - 1])), (2, b"\x01")),
        ),
    )


def _push(draw: Draw, own: str) -> Flaw:
    depth = draw.between(3, 8)
    push = f"""\
    if (n < 1) return;
    if (!s->{own}) s->{own} = calloc({depth}, sizeof *s->{own});
    if (s->{own}_top > {depth}) return; ?? if (s->{own}_top >= {depth}) return;
    s->{own}[s->{own}_top++] = p[0]; //@a"""
    pop = f"""\
    if (!s->{own} || s->{own}_top == 0) return;
    s->total = s->total * {draw.between(3, 99)} + s->{own}[--s->{own}_top];"""
    items: Steps = tuple((0, draw.bytes(1)) for _ in range(depth))
    return Flaw(
        fields=f"unsigned short *{own}; size_t {own}_top;",
        bodies=(push, pop),
        bad=ways(
            HEAP,
            "WRITE of size 2",
            "a",
            (*items, (0, b"\x01")),
            ((0, b"\x01"), (1, b""), *items, (0, b"\x02")),
            (*items, (1, b""), (0, b"\x01"), (0, b"\x01")),
        ),
        good=((*items, *((1, b""),) * depth, (1, b"")), ((0, b"\x03"), (0, b"\x09"), (1, b""), (1, b""))),
    )


def _pop(draw: Draw, own: str) -> Flaw:
    depth = draw.between(3, 8)
    push = f"""\
    if (n < 1) return;
    if (!s->{own}) s->{own} = calloc({depth}, sizeof *s->{own});
    if (s->{own}_top >= {depth}) return;
    s->{own}[s->{own}_top++] = p[0];"""
    pop = f"""\
    if (!s->{own}) return; ?? if (!s->{own} || s->{own}_top == 0) return;
    s->{own}_top--;
    s->total = s->total * {draw.between(3, 99)} + s->{own}[s->{own}_top]; //@a"""
    push_one, pop_one = (0, draw.bytes(1)), (1, b"")
    return Flaw(
        fields=f"unsigned *{own}; int {own}_top;",
        bodies=(push, pop),
        bad=ways(
            HEAP,
            "READ of size 4",
            "a",
            (push_one, pop_one, pop_one),
            (push_one, push_one, pop_one, pop_one, pop_one),
            (pop_one, push_one, pop_one, (1, b"\x01")),
        ),
        good=(
            (*((push_one,) * depth), push_one, *((pop_one,) * depth)),
            (pop_one, push_one, (0, draw.bytes(1)), pop_one),
        ),
    )


def _shrink(draw: Draw, own: str) -> Flaw:
    """The room shrinks, and what is remembered of it does not."""
    large, small = draw.between(20, 60), draw.between(5, 15)
    size = f"""\
    if (n < 1 || p[0] < 1) return;
    free(s->{own});
    s->{own} = calloc(1, p[0]);
    if (p[0] > s->{own}_size) s->{own}_size = p[0]; ?? s->{own}_size = p[0];"""
    put = f"""\
    if (n < 2 || p[0] >= s->{own}_size) return;
    s->{own}[p[0]] = p[1]; //@a"""
    total = f"""\
    for (size_t i = 0; i < s->{own}_size; i++)
        s->total = s->total * {draw.between(3, 99)} + s->{own}[i]; //@b"""
    shrunk: Steps = ((0, bytes([large])), (0, bytes([small])))
    return Flaw(
        fields=f"unsigned char *{own}; size_t {own}_size;",
        bodies=(size, put, total),
        bad=(
            *ways(HEAP, "WRITE of size 1", "a", (*shrunk, (1, bytes([small, 7])))),
            *ways(HEAP, "READ of size 1", "b", (*shrunk, (2, b"\x01"))),
            *ways(
                HEAP,
                "WRITE of size 1",
                "a",
                (*shrunk, (1, bytes([small - 1, 7])), (1, bytes([small + 2, 7]))),
            ),
        ),
        good=(
            (
                (0, bytes([small])),
                (1, bytes([small - 1, 9])),
                (2, b""),
                (0, bytes([large])),
                (1, bytes([large - 1, 3])),
                (1, bytes([large, 3])),
                (2, b""),
            ),
            ((1, b"\x01\x01"), (2, b""), (0, b"\x01"), (1, b"\x00\x07"), (2, b"")),
        ),
    )


def _cursor(draw: Draw, own: str) -> Flaw:
    """A pointer into what another handler replaces."""
    room = draw.between(6, 40)
    grow = f"""\
    if (n < 1 || p[0] < 1) return;
    free(s->{own});
    s->{own} = calloc(1, p[0]);
    s->{own}_size = p[0]; ?? s->{own}_size = p[0]; s->{own}_at = NULL;"""
    mark = f"""\
    if (n < 1 || p[0] >= s->{own}_size) return;
    s->{own}_at = s->{own} + p[0];"""
    bump = f"""\
    if (n < 1 || !s->{own}_at) return;
    *s->{own}_at = p[0]; //@a
    s->total ^= {draw.between(1, 999)}u + p[0];"""
    see = f"""\
    if (s->{own}_at)
        s->total = s->total * {draw.between(3, 99)} + *s->{own}_at; //@b"""
    lost: Steps = ((0, bytes([room])), (1, bytes([draw.below(room)])), (0, bytes([draw.between(1, 60)])))
    return Flaw(
        fields=f"unsigned char *{own}, *{own}_at; size_t {own}_size;",
        bodies=(grow, mark, bump, see),
        bad=(
            *ways(STALE, "WRITE of size 1", "a", (*lost, (2, draw.bytes(1)))),
            *ways(STALE, "READ of size 1", "b", (*lost, (3, draw.bytes(1)))),
        ),
        good=(
            ((0, bytes([room])), (1, bytes([room - 1])), (2, draw.bytes(1)), (3, b"")),
            (*lost, (1, b"\x00"), (2, draw.bytes(1)), (3, b"")),
            ((1, b"\x00"), (2, b"\x01"), (3, b"\x01"), (0, bytes([room])), (1, bytes([room])), (3, b"")),
        ),
    )


def _entries(draw: Draw, own: str) -> Flaw:
    count = draw.between(3, 30)
    begin = f"""\
    if (n < 1 || p[0] < 1) return;
    free(s->{own});
    s->{own} = calloc(p[0], sizeof *s->{own});
    s->{own}_count = p[0];"""
    put = f"""\
    if (n < 2 || !s->{own}) return;
    if (p[0] > s->{own}_count) return; ?? if (p[0] >= s->{own}_count) return;
    s->{own}[p[0]] = p[1] * {draw.between(2, 900)}u; //@a
    s->total += s->{own}[0] + s->{own}[s->{own}_count - 1];"""
    begun = (0, bytes([count]))
    return Flaw(
        fields=f"unsigned *{own}; size_t {own}_count;",
        bodies=(begin, put),
        bad=ways(
            HEAP,
            "WRITE of size 4",
            "a",
            (begun, (1, bytes([count, 5]))),
            (begun, (1, bytes([count - 1, 5])), (0, b"\x02"), (1, b"\x02\x01")),
            (begun, (0, bytes([count + 1])), (1, bytes([count + 1, 3]))),
        ),
        good=(
            (begun, (1, bytes([count - 1, 5])), (1, bytes([0, 9])), (1, bytes([count + 1, 9]))),
            ((1, b"\x00\x01"), (0, b"\x01"), (1, b"\x00\x08")),
        ),
    )


FAR: Mapping[str, Callable[[Draw, str], Flaw]] = {
    "cursor": _cursor, "entries": _entries, "limit": _limit, "pop": _pop, "push": _push, "shrink": _shrink,
    "stale": _stale,
}  # fmt: skip
MANY_FACED = ("cursor", "limit", "shrink", "stale")
"""Flaws that come to light in more than one way."""
