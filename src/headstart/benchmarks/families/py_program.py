"""Generated Python parsers of small command languages, with one planted flaw: an undocumented exception.

A parser has a syntax and a handful of verbs, drawn from the seed; one verb is flawed, and the level says what must
have happened before it can be reached. Flawed and mended parser differ in one guard, line for line.
"""

from dataclasses import dataclass

from headstart.benchmarks.families.py_parts import BENIGN, FLAWS, GATES, Part
from headstart.benchmarks.families.words import names
from headstart.benchmarks.rules.draw import Draw

LEVEL_GATES: tuple[tuple[str, ...], ...] = (
    (),
    ("word",),
    ("word", "number"),
    ("shape", "number"),
    ("letters", "shape", "word"),
    ("affine", "letters", "number"),
    ("mix", "affine", "letters"),
)

HEAD = '''\
"""Read a list of commands. The one exception that `parse` may raise is ValueError."""

import re


class State:
    """What the commands have made so far."""

    def __init__(self):
        self.step = {step}
        self.total = 0
        self.values = {{}}
        self.items = []


def number(word):
    """A whole number of at most 18 digits."""
    if not re.fullmatch("[0-9]{{1,18}}", word):
        raise ValueError("this is not a number")
    return int(word)
'''
PARSE = '''

VERBS = {{{verbs}}}


def parse(text):
    """Carry out every command of `text`; gives what they made."""
    state = State()
    for line in text.split({end!r}):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = re.fullmatch({pattern!r}, line)
        if found is None:
            raise ValueError("this is not a command")
        words = [word.strip() for word in (found.group(2) or "").split({between!r}) if word.strip()]
        verb, count = VERBS.get(found.group(1), (None, 0))
        if verb is None or len(words) != count:
            raise ValueError("there is no such command")
        verb(state, words)
    return {{"total": state.total, "values": state.values, "items": state.items}}
'''


@dataclass(frozen=True, slots=True)
class Syntax:
    """How one command is written."""

    shape: str  # of a command: {verb}, {words}
    between: str | None  # words; None: white space
    end: str
    pattern: str

    def command(self, verb: str, words: tuple[str, ...]) -> str:
        """One command, without its end."""
        return self.shape.format(verb=verb, words=(self.between or " ").join(words)).strip()


SYNTAXES = (
    Syntax("{verb} {words}", None, "\n", r"([a-z_]+)(?: +(.*))?"),
    Syntax("{verb}({words})", ",", ";", r"([a-z_]+)\((.*)\)"),
    Syntax("{verb}: {words}", "|", "\n", r"([a-z_]+):(.*)"),
    Syntax("[{verb}] {words}", ",", "\n", r"\[([a-z_]+)\](.*)"),
    Syntax("<{verb} {words}>", None, "\n", r"<([a-z_]+)(?: +(.*))?>"),
)
SITE = " #SITE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """A generated parser, both ways, with an input that shows the flaw and some that are ordinary."""

    flawed: str
    mended: str
    site: int
    trigger: str
    ordinary: tuple[str, ...]
    kind: str
    shape: str


def parser(draw: Draw, level: int) -> Parser:
    """A parser of this level."""
    kind = draw.choice(sorted(FLAWS))
    gates = [GATES[each](draw) for each in LEVEL_GATES[level]]
    chosen = draw.some(sorted(BENIGN), draw.between(3, 6))
    benign = [BENIGN[each](draw) for each in chosen]
    steps = draw.some(range(1, 999), len(gates) + 1)
    flaw = FLAWS[kind](draw)
    parts = [
        Part(f"    if state.step != {steps[-1]}:\n        return\n{flaw.body}", flaw.words),
        *(_gate(gate, steps[n], steps[n + 1]) for n, gate in enumerate(gates)),
        *benign,
    ]
    syntax = draw.choice(SYNTAXES)
    named = list(zip(names(draw, len(parts)), parts, strict=True))
    flawed, mended, site = _write(draw, named, syntax, steps[0])
    commands = [syntax.command(name, tuple(w.format(items=0) for w in part.words)) for name, part in named]
    plain = commands[1 + len(gates) :]
    end = syntax.end + ("" if syntax.end == "\n" else "\n")
    return Parser(
        flawed=flawed,
        mended=mended,
        site=site,
        trigger=end.join([*commands[1 : 1 + len(gates)], commands[0]]) + end,
        ordinary=tuple(end.join(draw.shuffled(plain)) + end for _ in range(2)),
        kind=kind,
        shape=" ".join([kind, syntax.shape.replace(" ", "_"), *sorted(chosen)]),
    )


def _gate(part: Part, before: int, after: int) -> Part:
    body = f"    if state.step != {before}:\n        return\n{part.body}\n    state.step = {after}"
    return Part(body, part.words)


def _write(draw: Draw, named: list[tuple[str, Part]], syntax: Syntax, step: int) -> tuple[str, str, int]:
    text = HEAD.format(step=step)
    for name, part in draw.shuffled(named):
        text += f"\n\ndef {name}(state, words):\n{part.body}\n"
    verbs = ", ".join(f"{name!r}: ({name}, {len(part.words)})" for name, part in draw.shuffled(named))
    text += PARSE.format(verbs=verbs, end=syntax.end, pattern=syntax.pattern, between=syntax.between)
    flawed, mended, site = [], [], 0
    for at, line in enumerate(text.splitlines(), start=1):
        if line.endswith(SITE):
            site = at
        bad, either, good = line.removesuffix(SITE).partition(" ?? ")
        flawed.append(bad)
        mended.append(bad[: len(bad) - len(bad.lstrip())] + good if either else bad)
    return "\n".join(flawed) + "\n", "\n".join(mended) + "\n", site
