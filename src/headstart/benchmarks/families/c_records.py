"""Generated C programs that read records and print a digest of what they made of them, with several planted flaws.

Any choice of the flaws can be mended: the text differs in one line for each, so lines keep their numbers, and the
crash log of a flaw can be written without a run (tests run them and compare).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from headstart.benchmarks.families.c_far_flaws import FAR
from headstart.benchmarks.families.c_flaws import NEAR, Flaw, Steps, Way
from headstart.benchmarks.families.c_parts import BENIGN, GATES, Part
from headstart.benchmarks.families.c_program import Format
from headstart.benchmarks.families.words import names, nouns
from headstart.benchmarks.rules.draw import Draw

T = TypeVar("T")

FLAWS = {**NEAR, **FAR}
HEAD = """\
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
"""
MARK = re.compile(r" //@(\w+)")
MAIN = """
int main(int argc, char **argv) {
    static unsigned char input[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 2;
    size_t size = fread(input, 1, sizeof input, file);
    fclose(file);
    unsigned char *data = malloc(size ? size : 1);
    for (size_t i = 0; i < size; i++) data[i] = input[i];
    int status = handle(data, size); //@m
    free(data);
    if (status == 0) report(&all);
    return status;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a program is to be made of."""

    flaws: Sequence[str]  # kinds
    gates: Sequence[str] = ()
    sealed: bool = False  # each record ends with a check byte
    harmless: int = 4
    stops: bool = False  # one harmless handler ends the program on purpose


@dataclass(frozen=True, slots=True)
class Line:
    """A line of both texts; `owner` is the flaw that it belongs to."""

    bad: str
    good: str
    owner: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A generated program."""

    lines: tuple[Line, ...]
    flaws: tuple[Flaw, ...]
    kinds: tuple[str, ...]
    layout: Format
    reach: tuple[bytes, ...]  # records that open the gates
    plain: tuple[bytes, ...]  # records of harmless handlers
    tags: tuple[tuple[int, ...], ...]  # of each flaw's handlers
    names: tuple[tuple[str, ...], ...]
    stop: tuple[bytes, ...]  # a record that ends the program on purpose, if there is one
    places: Mapping[tuple[str, str], tuple[str, int]]  # (owner, mark) -> function and line
    shape: str

    def text(self, mended: Collection[int] = ()) -> str:
        """The source, with these flaws mended."""
        return "\n".join(each.good if each.owner in mended else each.bad for each in self.lines) + "\n"

    def sent(self, flaw: int, steps: Steps) -> list[bytes]:
        """The records of one use of a flaw's handlers."""
        return [self.layout.record(self.tags[flaw][handler], payload) for handler, payload in steps]

    def file(self, *records: bytes) -> bytes:
        """An input of these records."""
        return self.layout.magic + b"".join(records)

    def frames(self, flaw: int, way: Way) -> list[tuple[str, int]]:
        """Function and line of each frame of the crash, the innermost first."""
        found = [
            self.places["helper", "h"] if mark == "h" else self.places[str(flaw), mark] for mark in way.marks
        ]
        return [*found, self.places[found[-1][0], "call"], self.places["main", "m"]]


@dataclass(slots=True)
class _Writer:
    lines: list[Line] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def add(self, text: str, *, function: str = "", owner: int | None = None, key: str = "") -> None:
        for line in text.splitlines():
            for mark in MARK.findall(line):
                self.places[key, mark] = (function, len(self.lines) + 1)
            bad, either, good = MARK.sub("", line).partition(" ?? ")
            indent = bad[: len(bad) - len(bad.lstrip())]
            self.lines.append(Line(bad, indent + good if either else bad, owner))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handler:
    name: str
    tag: int
    body: str
    owner: int | None = None
    payload: bytes = b""


def records(draw: Draw, plan: Plan) -> Records:
    """A program of this plan."""
    own = nouns(draw, len(plan.flaws))
    flaws = [FLAWS[kind](draw, noun) for kind, noun in zip(plan.flaws, own, strict=True)]
    gates = [GATES[kind](draw) for kind in plan.gates]
    chosen = draw.some(sorted(BENIGN), plan.harmless)
    benign = [BENIGN[kind](draw) for kind in chosen]
    stopping = [_stopping(draw)] if plan.stops else []
    steps = draw.some(range(1, 250), len(gates) + 1)
    layout = Format(
        magic=draw.bytes(draw.between(2, 4)),
        wide=draw.below(3) == 0,
        length_first=draw.below(2) == 0,
        key=draw.below(256) if plan.sealed else None,
    )
    helper, handlers = _handlers(draw, flaws, _gates(gates, steps), [*benign, *stopping])
    style = draw.choice(sorted(READERS))
    writer = _write(draw, handlers, _state(draw, flaws, steps[0], helper), helper)
    writer.add(_reader(draw.shuffled(handlers), layout, style), key="call")
    writer.add(MAIN, function="main", key="main")
    sent = [layout.record(each.tag, each.payload) for each in handlers if each.owner is None]
    return Records(
        lines=tuple(writer.lines),
        flaws=tuple(flaws),
        kinds=tuple(plan.flaws),
        layout=layout,
        reach=tuple(sent[: len(gates)]),
        plain=tuple(sent[len(gates) : len(gates) + len(benign)]),
        stop=tuple(sent[len(gates) + len(benign) :]),
        tags=_by_flaw(len(flaws), [(each.owner, each.tag) for each in handlers]),
        names=_by_flaw(len(flaws), [(each.owner, each.name) for each in handlers]),
        places=_with_calls(writer.places, handlers),
        shape=" ".join(
            ["+".join(sorted(plan.flaws)), style, f"{layout.wide:d}{layout.length_first:d}", *sorted(chosen)]
        ),
    )


def _stopping(draw: Draw) -> Part:
    word = draw.bytes(2)
    test = f"n >= 2 && p[0] == {word[0]} && p[1] == {word[1]}"
    return Part(f"    if ({test}) abort(); /* documented: the writer asks readers to stop */", word)


def _gates(gates: Sequence[Part], steps: Sequence[int]) -> list[Part]:
    bodies = (
        f"    if (s->step != {before}) return;\n{gate.body}\n    s->step = {after};"
        for gate, before, after in zip(gates, steps, steps[1:], strict=False)
    )
    made = [Part(body, gate.payload) for body, gate in zip(bodies, gates, strict=True)]
    return [*made, Part(f"    if (s->step != {steps[-1]}) return;\n" if gates else "", b"")]


def _handlers(
    draw: Draw, flaws: Sequence[Flaw], gates: Sequence[Part], benign: Sequence[Part]
) -> tuple[str, list[_Handler]]:
    """The name of the helper, and the handlers: those of the flaws, gates, harmless ones."""
    *opening, lock = gates
    bodies: list[tuple[int | None, str, bytes]] = [
        (number, lock.body + body, b"") for number, flaw in enumerate(flaws) for body in flaw.bodies
    ]
    bodies += [(None, each.body, each.payload) for each in (*opening, *benign)]
    helper, *called = names(draw, len(bodies) + 1)
    tags = draw.some(range(1, 250), len(bodies))
    return helper, [
        _Handler(name=name, tag=tag, body=body.replace("STORE(", f"{helper}("), owner=owner, payload=payload)
        for name, tag, (owner, body, payload) in zip(called, tags, bodies, strict=True)
    ]


def _by_flaw(count: int, pairs: Iterable[tuple[int | None, T]]) -> tuple[tuple[T, ...], ...]:
    found: list[list[T]] = [[] for _ in range(count)]
    for owner, value in pairs:
        if owner is not None:
            found[owner].append(value)
    return tuple(map(tuple, found))


def _with_calls(
    places: Mapping[tuple[str, str], tuple[str, int]], handlers: Sequence[_Handler]
) -> dict[tuple[str, str], tuple[str, int]]:
    """Where each handler is called: by its own line, or by one line for them all."""
    found = dict(places)
    for each in handlers:
        found[each.name, "call"] = ("handle", found["call", "z" if ("call", "z") in found else each.name][1])
    return found


def _write(draw: Draw, handlers: Sequence[_Handler], state: str, helper: str) -> _Writer:
    writer = _Writer()
    writer.add(f"{HEAD}\nstatic void {helper}(unsigned char *to, size_t at, unsigned value) {{")
    writer.add("    to[at] = (unsigned char)value; //@h", function=helper, key="helper")
    writer.add("}")
    writer.add(state)
    for each in draw.shuffled(handlers):
        writer.add(f"\nstatic void {each.name}(struct state *s, const unsigned char *p, size_t n) {{")
        writer.add("    (void)s; (void)p; (void)n;")
        writer.add(each.body, function=each.name, owner=each.owner, key=str(each.owner))
        writer.add("}")
    return writer


def _state(draw: Draw, flaws: Sequence[Flaw], first_step: int, helper: str) -> str:
    fields = draw.shuffled(
        [
            "unsigned step, total, flags, records;",
            "unsigned char table[64];",
            "unsigned char *box; size_t room;",
        ]
        + [each.fields for each in flaws if each.fields]
    )
    inside = "\n".join(f"    {each}" for each in fields)
    return f"""
struct state {{
{inside}
}};
static struct state all;

static void start(struct state *s) {{
    free(s->box);
    *s = (struct state){{.step = {first_step}}};
    s->room = 16;
    s->box = calloc(1, s->room);
}}

static void report(struct state *s) {{
    unsigned digest = {draw.between(1, 9999)};
    {helper}(s->table, {draw.below(64)}, s->step);
    for (size_t i = 0; i < sizeof s->table; i++) digest = digest * {draw.between(3, 99)} + s->table[i];
    for (size_t i = 0; i < s->room; i++) digest = digest * {draw.between(3, 99)} + s->box[i];
    printf("records %u\\ntotal %u\\nflags %u\\ndigest %u\\n", s->records, s->total, s->flags, digest);
}}"""


def _switch(handlers: Sequence[_Handler]) -> tuple[str, str]:
    cases = "\n".join(
        f"        case {each.tag}: {each.name}(&all, data + at, n); break; //@{each.name}"
        for each in handlers
    )
    return "", f"        switch (tag) {{\n{cases}\n        default: all.total++;\n        }}"


def _chain(handlers: Sequence[_Handler]) -> tuple[str, str]:
    cases = "\n".join(
        f"        {'else ' if number else ''}if (tag == {each.tag}) {each.name}(&all, data + at, n); //@{each.name}"
        for number, each in enumerate(handlers)
    )
    return "", f"{cases}\n        else all.total++;"


def _table(handlers: Sequence[_Handler]) -> tuple[str, str]:
    rows = "\n".join(f"    {{{each.tag}, {each.name}}}," for each in handlers)
    table = f"""
static const struct {{
    unsigned tag;
    void (*call)(struct state *s, const unsigned char *p, size_t n);
}} handlers[] = {{
{rows}
}};
"""
    return (
        table,
        """\
        size_t which = 0, count = sizeof handlers / sizeof *handlers;
        while (which < count && handlers[which].tag != tag) which++;
        if (which < count) handlers[which].call(&all, data + at, n); //@z
        else all.total++;""",
    )


READERS: Mapping[str, Callable[[Sequence[_Handler]], tuple[str, str]]] = {
    "chain": _chain, "switch": _switch, "table": _table,
}  # fmt: skip


def _reader(handlers: Sequence[_Handler], layout: Format, style: str) -> str:
    width = 2 if layout.wide else 1
    tag_at, length_at = (width, 0) if layout.length_first else (0, 1)
    length = f"data[at + {length_at}]" + (f" | data[at + {length_at + 1}] << 8" if layout.wide else "")
    magic = " || ".join(f"data[{n}] != {byte}" for n, byte in enumerate(layout.magic))
    sealed = layout.key is not None
    before, calls = READERS[style](handlers)
    check = f"""
        unsigned char check = {layout.key};
        for (size_t i = 0; i < n; i++) check ^= data[at + i];
        if (check != data[at + n]) break;"""
    return f"""{before}
int handle(const unsigned char *data, size_t size) {{
    if (size < {len(layout.magic)} || {magic}) return 1;
    start(&all);
    size_t at = {len(layout.magic)};
    while (size - at >= {width + 1}) {{
        unsigned tag = data[at + {tag_at}];
        size_t n = {length};
        at += {width + 1};
        if (n{" + 1" if sealed else ""} > size - at) break;{check if sealed else ""}
        all.records++;
{calls}
        at += n{" + 1" if sealed else ""};
    }}
    return 0;
}}"""
