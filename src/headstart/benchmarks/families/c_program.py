"""Generated C programs that read records, with one planted flaw in memory safety.

A program has a header, a format of records and a handful of handlers, drawn from the seed; one handler is flawed,
and the level says what must have happened before it can be reached. The flawed and the mended program differ in
one guard, line for line, so the line of the flaw is the same in both.
"""

from dataclasses import dataclass, field

from headstart.benchmarks.families.c_parts import BENIGN, FLAWS, GATES, Part
from headstart.benchmarks.families.words import names
from headstart.benchmarks.rules.draw import Draw

LEVEL_GATES: tuple[tuple[str, ...], ...] = (
    (),
    ("byte",),
    ("byte", "word"),
    ("quad", "sum"),
    ("word", "sum", "byte"),
    ("affine", "quad"),
    ("mix", "affine", "quad"),
)
SEALED_FROM = 4
"""From this level on each record ends with a check byte over its payload."""

HEAD = """\
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

const char *__asan_default_options(void) { return "detect_leaks=0"; }
"""
MAIN = """
int main(int argc, char **argv) {
    static unsigned char input[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 2;
    size_t size = fread(input, 1, sizeof input, file);
    fclose(file);
    unsigned char *data = malloc(size ? size : 1);
    for (size_t i = 0; i < size; i++) data[i] = input[i];
    int status = handle(data, size);
    free(data);
    return status;
}
"""


@dataclass(frozen=True, slots=True)
class Format:
    """How records are laid out."""

    magic: bytes
    wide: bool  # the length takes two bytes
    length_first: bool
    key: int | None  # of the check byte

    def record(self, tag: int, payload: bytes) -> bytes:
        """One record."""
        length = len(payload).to_bytes(2 if self.wide else 1, "little")
        head = length + bytes([tag]) if self.length_first else bytes([tag]) + length
        return head + payload + (b"" if self.key is None else bytes([self.check(payload)]))

    def check(self, payload: bytes) -> int:
        """The check byte: XOR of the payload, starting with the key."""
        value = self.key or 0
        for byte in payload:
            value ^= byte
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A generated program, both ways, with an input that shows the flaw and one that is ordinary."""

    flawed: str
    mended: str
    site: int
    trigger: bytes
    ordinary: tuple[bytes, ...]
    kind: str
    shape: str


@dataclass(slots=True)
class _Writer:
    """Lines of both programs, and the line of the flaw."""

    flawed: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    site: int = 0

    def add(self, text: str) -> None:
        for line in text.splitlines():
            if line.endswith(SITE):
                self.site = len(self.flawed) + 1
            plain = line.removesuffix(SITE)
            bad, either, good = plain.partition(" ?? ")
            indent = bad[: len(bad) - len(bad.lstrip())]
            self.flawed.append(bad)
            self.mended.append(indent + good if either else plain)


SITE = " //SITE"


def program(draw: Draw, level: int) -> Program:
    """A program of this level."""
    flaw_kind = draw.choice(sorted(FLAWS))
    flaw = FLAWS[flaw_kind](draw)
    gates = [GATES[kind](draw) for kind in LEVEL_GATES[level]]
    chosen = draw.some(sorted(BENIGN), draw.between(3, 6))
    benign = [BENIGN[kind](draw) for kind in chosen]
    tags = draw.some(range(1, 250), len(gates) + len(benign) + len(flaw))
    steps = draw.some(range(1, 250), len(gates) + 1)
    layout = Format(
        magic=draw.bytes(draw.between(2, 4)),
        wide=draw.below(3) == 0,
        length_first=draw.below(2) == 0,
        key=draw.below(256) if level >= SEALED_FROM else None,
    )
    locked = [_locked(part, steps[-1]) for part in flaw]
    parts = [*locked, *(_gate(gate, steps[n], steps[n + 1]) for n, gate in enumerate(gates)), *benign]
    named = list(zip(names(draw, len(parts)), tags, parts, strict=True))
    writer = _write(draw, named, layout, steps[0])
    records = [layout.record(tag, part.payload) * part.times for _, tag, part in named]
    reach = b"".join(records[len(flaw) : len(flaw) + len(gates)])
    plain = records[len(flaw) + len(gates) :]
    return Program(
        flawed="\n".join(writer.flawed) + "\n",
        mended="\n".join(writer.mended) + "\n",
        site=writer.site,
        trigger=layout.magic + reach + b"".join(records[: len(flaw)]),
        ordinary=tuple(layout.magic + b"".join(draw.shuffled(plain)) for _ in range(2)),
        kind=flaw_kind,
        shape=f"{flaw_kind} {layout.wide:d}{layout.length_first:d}{len(layout.magic)} {' '.join(sorted(chosen))}",
    )


def _locked(part: Part, step: int) -> Part:
    return Part(f"    if (s->step != {step}) return;\n{part.body}", part.payload, part.times)


def _gate(part: Part, before: int, after: int) -> Part:
    body = f"    if (s->step != {before}) return;\n{part.body}\n    s->step = {after};"
    return Part(body, part.payload)


def _write(draw: Draw, named: list[tuple[str, int, Part]], layout: Format, first_step: int) -> _Writer:
    writer = _Writer()
    writer.add(HEAD)
    writer.add(_state(first_step))
    for name, _, part in draw.shuffled(named):
        writer.add(f"\nstatic void {name}(struct state *s, const unsigned char *p, size_t n) {{")
        writer.add("    (void)p; (void)n;")
        writer.add(part.body)
        writer.add("}")
    writer.add(_reader(draw.shuffled(named), layout))
    writer.add(MAIN)
    return writer


def _state(first_step: int) -> str:
    return f"""
struct state {{
    unsigned step, total, flags;
    unsigned char table[64];
    unsigned char *box, *spare;
    int given;
    size_t room;
}};
static void start(struct state *s) {{
    *s = (struct state){{.step = {first_step}}};
    s->room = 16;
    s->box = calloc(1, s->room);
}}"""


def _reader(named: list[tuple[str, int, Part]], layout: Format) -> str:
    width = 2 if layout.wide else 1
    tag_at, length_at = (width, 0) if layout.length_first else (0, 1)
    length = f"data[at + {length_at}]" + (f" | data[at + {length_at + 1}] << 8" if layout.wide else "")
    magic = " || ".join(f"data[{n}] != {byte}" for n, byte in enumerate(layout.magic))
    sealed = layout.key is not None
    cases = "\n".join(f"        case {tag}: {name}(&s, data + at, n); break;" for name, tag, _ in named)
    check = f"""
        unsigned char check = {layout.key};
        for (size_t i = 0; i < n; i++) check ^= data[at + i];
        if (check != data[at + n]) break;"""
    return f"""
int handle(const unsigned char *data, size_t size) {{
    if (size < {len(layout.magic)} || {magic}) return 1;
    struct state s;
    start(&s);
    size_t at = {len(layout.magic)};
    while (size - at >= {width + 1}) {{
        unsigned tag = data[at + {tag_at}];
        size_t n = {length};
        at += {width + 1};
        if (n{" + 1" if sealed else ""} > size - at) break;{check if sealed else ""}
        switch (tag) {{
{cases}
        default: s.total++;
        }}
        at += n{" + 1" if sealed else ""};
    }}
    free(s.box);
    return s.total == 0x7fffffff;
}}"""
