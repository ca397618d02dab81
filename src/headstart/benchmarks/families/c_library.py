"""Generated C libraries that parse a stream of records piece by piece, with planted flaws that use must reach.

Each flaw is a spot in the library. All spots of a library are sound in the text that is handed out; for scoring there
is one copy for each flaw, in which that spot alone is not. `A ?? B` is a line as the flawed copy has it and as the
sound one does; `//@` ends the line that touches memory wrongly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headstart.benchmarks.families.words import THINGS
from headstart.benchmarks.rules.draw import Draw


@dataclass(frozen=True, slots=True)
class Spot:
    """Code of one spot, by the place where it stands: `record`, `feed`, `finish`, `get` or `reset`."""

    where: str
    body: str
    needs: str = ""  # another place's code that goes with it
    needs_where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A generated library: its header, its sound source, its flawed copies, a harness that reaches all."""

    name: str
    header: str
    sound: str
    flawed: tuple[str, ...]
    functions: frozenset[str]
    harness: str
    shape: str


def _plain(draw: Draw, kind: int) -> Spot:
    room = draw.between(5, 20)
    return Spot(
        "record",
        f"""\
    if (kind == {kind}) {{
        unsigned char *copy = malloc({room});
        size_t m = n; ?? size_t m = n < {room} ? n : {room};
        for (size_t i = 0; i < m; i++)
            copy[i] = x->body[i] ^ {draw.below(256)};
        x->total += m ? copy[0] : 0;
        free(copy);
    }}""",
    )


def _option(draw: Draw, kind: int) -> Spot:
    room, value = draw.between(5, 20), draw.between(1, 15)
    return Spot(
        "record",
        f"""\
    if (kind == {kind} && x->options[{draw.below(2)}] == {value} && n > 0) {{
        unsigned char *row = calloc(1, {room});
        size_t at = x->body[0] % {room + 9}; ?? size_t at = x->body[0] % {room};
        row[at] = (unsigned char)n;
        x->total ^= row[{draw.below(room)}];
        free(row);
    }}""",
    )


def _finish(draw: Draw, _kind: int) -> Spot:
    room = draw.between(3, 12)
    return Spot(
        "finish",
        f"""\
    if (x->left > 0) {{
        unsigned char *tail = calloc(1, {room});
        size_t m = x->left; ?? size_t m = x->left < {room} ? x->left : {room};
        for (size_t i = 0; i < m; i++)
            x->total = x->total * {draw.between(3, 99)} + tail[i];
        free(tail);
    }}""",
    )


def _chunk(draw: Draw, _kind: int) -> Spot:
    room = draw.between(3, 10)
    return Spot(
        "feed",
        f"""\
    if (x->left > 0 && x->at > 0) {{
        unsigned char *carry = malloc({room});
        size_t m = x->at; ?? size_t m = x->at < {room} ? x->at : {room};
        for (size_t i = 0; i < m; i++)
            carry[i] = x->body[i];
        x->total += carry[0];
        free(carry);
    }}""",
    )


def _get(draw: Draw, _kind: int) -> Spot:
    room = draw.between(4, 30)
    return Spot(
        "get",
        f"""\
    if (x->items[index] % {draw.between(3, 6)} == 1) {{
        unsigned char *names = calloc(1, {room});
        size_t at = x->items[index] % {room + 12}; ?? size_t at = x->items[index] % {room};
        unsigned found = names[at];
        free(names);
        return found;
    }}""",
    )


def _reset(draw: Draw, kind: int) -> Spot:
    return Spot(
        "record",
        f"""\
    if (kind == {kind}) {{
        if (!x->page) x->page = calloc(1, {draw.between(2, 30)});
        x->page[0] += (unsigned char)n;
    }}""",
        "    free(x->page); ?? free(x->page); x->page = NULL;",
        "reset",
    )


def _resize(draw: Draw, kind: int) -> Spot:
    """What is made as the options ask the first time is kept when they ask for more the next time."""
    option = draw.below(2)
    return Spot(
        "record",
        f"""\
    if (kind == {kind}) {{
        if (!x->line) x->line = calloc(1, 1 + x->options[{option}]);
        for (size_t i = 0; i <= x->options[{option}]; i++)
            x->total = x->total * {draw.between(3, 99)} + x->line[i];
    }}""",
        "    x->total = 0; ?? x->total = 0; free(x->line); x->line = NULL;",
        "reset",
    )


def _mixed(draw: Draw, _kind: int) -> Spot:
    room, value = draw.between(3, 8), draw.between(1, 15)
    return Spot(
        "feed",
        f"""\
    if (x->options[{draw.below(2)}] == {value} && x->left > 0 && x->at > 0) {{
        unsigned short *knots = calloc({room}, sizeof *knots);
        size_t at = x->at; ?? size_t at = x->at % {room};
        if (at < {room + 4}) knots[at] = 1;
        x->total += knots[{draw.below(room)}];
        free(knots);
    }}""",
    )


def _thrice(draw: Draw, kind: int) -> Spot:
    room = draw.between(4, 20)
    return Spot(
        "record",
        f"""\
    if (kind == {kind} && x->rounds >= 2 && n > 1) {{
        unsigned char *wheel = calloc(1, {room});
        size_t at = x->body[1] % {room + 10}; ?? size_t at = x->body[1] % {room};
        wheel[at] = x->body[0];
        x->total ^= wheel[0];
        free(wheel);
    }}""",
    )


SPOTS: Mapping[str, Callable[[Draw, int], Spot]] = {
    "chunk": _chunk, "finish": _finish, "get": _get, "mixed": _mixed, "option": _option, "plain": _plain,
    "reset": _reset, "resize": _resize, "thrice": _thrice,
}  # fmt: skip
ORDINARY = (
    "        x->total += n;",
    "        for (size_t i = 0; i < n; i++) x->total = x->total * 31 + x->body[i];",
    "        if (n == 0) return -1;",
    "        if (n > 1 && x->body[0] == x->body[1]) x->total ^= 255;",
    "        unsigned best = 0;\n        for (size_t i = 0; i < n; i++) if (x->body[i] > best) best = x->body[i];\n"
    "        x->total += best;",
    "        if (n > 2 && x->body[0] + x->body[1] == x->body[2]) return -2;",
    "        if (x->count < 32) x->items[x->count++] = (unsigned)n;",
)
VERBS: Mapping[str, tuple[str, ...]] = {
    "open": ("open", "new", "begin"),
    "set": ("set", "tune", "option"),
    "feed": ("feed", "push", "take"),
    "finish": ("finish", "end", "conclude"),
    "count": ("count", "items", "length"),
    "get": ("get", "item", "at"),
    "reset": ("reset", "again", "rewind"),
    "close": ("close", "free", "drop"),
}
HEADER = """\
/* {name}: reads a stream of records, piece by piece.

   {open}() makes a reader. {set}(x, option, value) chooses how it reads: option is below {options}, value at most 15;
   it may be called before the first piece, and again after {reset} before the next first piece, and at no other time.
   {feed}(x, data, size) takes a piece of 1 to {most} bytes; any number of pieces may follow each other, and a record
   may begin in one piece and end in another. A result below 0 means that the stream is bad: after it only {close} may
   be called. {finish}(x) ends the stream, once, after the pieces (there may be none); below 0: as with {feed}.
   After it, and before {reset}, {count}(x) says how many items were read, and {get}(x, index) gives one, for an index
   below that. {reset}(x) may be called only after {finish}: the reader begins anew, and its options stay until they
   are set again. {close}(x) may be called at any time, as the last.

   A call at another time, or with another argument than these, is the caller's mistake: the library stops the program.
   A record is a byte for its kind, a byte for its length, and so many bytes. */
#include <stddef.h>

struct {name};
struct {name} *{open}(void);
void {set}(struct {name} *x, unsigned option, unsigned value);
int {feed}(struct {name} *x, const unsigned char *data, size_t size);
int {finish}(struct {name} *x);
size_t {count}(const struct {name} *x);
unsigned {get}(struct {name} *x, size_t index);
void {reset}(struct {name} *x);
void {close}(struct {name} *x);
"""
SOURCE = """\
#include "{name}.h"
#include <stdlib.h>

enum stage {{ READY, FED, FINISHED, BAD }};
struct {name} {{
    enum stage stage;
    unsigned options[{options}], total, rounds, items[32];
    size_t count, heads, left, at;
    unsigned char head[2], body[256], *page, *line;
}};

static void must(int right) {{
    if (!right) abort();
}}
{functions}
"""
FUNCTIONS: Mapping[str, str] = {
    "open": "struct {name} *{open}(void) {{\n    return calloc(1, sizeof(struct {name}));\n}}",
    "set": """\
void {set}(struct {name} *x, unsigned option, unsigned value) {{
    must(x->stage == READY && option < {options} && value <= 15);
    x->options[option] = value;
}}""",
    "record": """\
static int record(struct {name} *x) {{
    unsigned kind = x->head[0] % {kinds};
    size_t n = x->head[1];
{record}
    if (n > 0 && x->count < 32) x->items[x->count++] = x->body[n - 1];
    x->heads = 0;
    return 0;
}}""",
    "feed": """\
int {feed}(struct {name} *x, const unsigned char *data, size_t size) {{
    must((x->stage == READY || x->stage == FED) && size >= 1 && size <= {most});
    x->stage = FED;
{feed_code}
    for (size_t i = 0; i < size; i++) {{
        int result = 0;
        if (x->heads < 2) {{
            x->head[x->heads++] = data[i];
            x->left = x->heads == 2 ? x->head[1] : 0;
            x->at = 0;
            if (x->heads == 2 && x->left == 0) result = record(x);
        }} else {{
            x->body[x->at++] = data[i];
            if (--x->left == 0) result = record(x);
        }}
        if (result < 0) {{ x->stage = BAD; return result; }}
    }}
    return 0;
}}""",
    "finish": """\
int {finish}(struct {name} *x) {{
    must(x->stage == READY || x->stage == FED);
{finish_code}
    x->stage = FINISHED;
    return 0;
}}""",
    "count": "size_t {count}(const struct {name} *x) {{\n    must(x->stage == FINISHED);\n    return x->count;\n}}",
    "get": """\
unsigned {get}(struct {name} *x, size_t index) {{
    must(x->stage == FINISHED && index < x->count);
{get_code}
    return x->items[index];
}}""",
    "reset": """\
void {reset}(struct {name} *x) {{
    must(x->stage == FINISHED);
    x->stage = READY;
    x->count = x->heads = x->left = x->at = 0;
    x->rounds++;
{reset_code}
}}""",
    "close": "void {close}(struct {name} *x) {{\n    free(x->page);\n    free(x->line);\n    free(x);\n}}",
}
HARNESS = """\
#include <stddef.h>
#include <stdint.h>
#include "{name}.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {{
    struct {name} *x = {open}();
    size_t at = 0;
    for (int round = 0; round < 5; round++) {{
        for (unsigned option = 0; option < {options} && at < size; option++) {set}(x, option, data[at++] % 16);
        int good = 1;
        for (int pieces = at < size ? data[at++] % 4 : 0; good && pieces >= 0 && at + 1 < size; pieces--) {{
            size_t n = 1 + data[at++] % {most};
            if (n > size - at) n = size - at;
            good = {feed}(x, data + at, n) >= 0;
            at += n;
        }}
        if (!good || {finish}(x) < 0) break;
        for (size_t i = 0; i < {count}(x); i++) {get}(x, i);
        if (at >= size) break;
        {reset}(x);
    }}
    {close}(x);
    return 0;
}}
"""


def library(draw: Draw, flaws: Sequence[str], others: int) -> Library:
    """A library with these flaws to be planted, and so many spots more that stay sound."""
    name = draw.choice(THINGS)
    says = {verb: f"{name}_{draw.choice(words)}" for verb, words in VERBS.items()}
    rest = [each for each in sorted(SPOTS) if each not in flaws]
    chosen = draw.shuffled([*flaws, *draw.some(rest, others)])
    ordinary = draw.some(range(len(ORDINARY)), draw.between(2, 5))
    kinds = len(chosen) + len(ordinary)
    spots = {each: SPOTS[each](draw, kind) for kind, each in enumerate(chosen)}
    values = {
        **says,
        "name": name,
        "options": draw.between(2, 4),
        "most": draw.between(16, 90),
        "kinds": kinds,
    }
    code = _code(draw, spots, ordinary)
    order = ["record", *draw.shuffled([each for each in FUNCTIONS if each != "record"])]
    body = "\n\n".join(FUNCTIONS[each].format(**values, **code) for each in order)
    source = SOURCE.format(**values, functions=f"\n{body}")
    return Library(
        name=name,
        header=HEADER.format(**values),
        sound=_rendered(source, ""),
        flawed=tuple(_rendered(source, each) for each in flaws),
        functions=frozenset(says.values()),
        harness=HARNESS.format(**values),
        shape=" ".join(
            ["+".join(sorted(flaws)), *sorted(set(chosen) - set(flaws)), *map(str, sorted(ordinary))]
        ),
    )


def _code(draw: Draw, spots: Mapping[str, Spot], ordinary: Sequence[int]) -> dict[str, str]:
    """The code of each place, each line of a spot ending in its name."""
    parts: dict[str, list[str]] = {"record": [], "feed": [], "finish": [], "get": [], "reset": []}
    for name, spot in spots.items():
        parts[spot.where].append(_named(spot.body, name))
        if spot.needs:
            parts[spot.needs_where].append(_named(spot.needs, name))
    parts["record"] += [
        f"    if (kind == {kind}) {{\n{ORDINARY[each]}\n    }}"
        for kind, each in enumerate(ordinary, len(spots))
    ]
    joined = {place: "\n".join(draw.shuffled(code)) for place, code in parts.items()}
    return {"record" if place == "record" else f"{place}_code": code for place, code in joined.items()}


def _named(body: str, name: str) -> str:
    return "\n".join(f"{line}\x00{name}" for line in body.splitlines())


def _rendered(source: str, flaw: str) -> str:
    """The text in which one spot is flawed, or none."""
    lines = []
    for held in source.splitlines():
        line, _, name = held.partition("\x00")
        bad, either, good = line.partition(" ?? ")
        indent = bad[: len(bad) - len(bad.lstrip())]
        lines.append(indent + good if either and name != flaw else bad)
    return "\n".join(lines) + "\n"
