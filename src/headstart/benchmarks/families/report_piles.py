"""Generated piles of reports about one generated program: real ones, duplicates, look-alikes, and bogus ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from headstart.benchmarks.families.c_flaws import Way
from headstart.benchmarks.families.c_logs import log
from headstart.benchmarks.families.c_records import Records
from headstart.benchmarks.families.words import names
from headstart.benchmarks.rules.draw import Draw

HONEST = """\
/* Hands a file to the reader, as its main does. */
#define main main_of_target
#include "../../target.c"
#undef main

int main(int argc, char **argv) {
    static unsigned char data[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 2;
    return handle(data, fread(data, 1, sizeof data, file));
}
"""
WRONG = """\
/* Shows the flaw in {name}: build it with AddressSanitizer and run it. */
#define main main_of_target
#include "../../target.c"
#undef main

int main(void) {{
    {call}
    return 0;
}}
"""
CLAIMS = (
    "{error} in {name}",
    "{name} touches memory that it must not ({error})",
    "Crash in {name} on a crafted file",
    "Memory corruption: {error}, reached from handle() through {name}",
)
DETAILS = (
    "The attached file makes the program fail at once.",
    "Found by fuzzing. The file was minimised; fewer records do not do.",
    "An attacker who can hand in a file controls what is written.",
    "We believe that this is a new flaw, and ask for an identifier.",
    "Seen on two machines. Please confirm.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report: its files, and the flaw that its input shows; None for a bogus one."""

    files: Mapping[str, bytes]
    root: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Pile:
    """What the reports of a pile are drawn from."""

    draw: Draw
    made: Records
    logs: int  # in ten: how many real reports bring a log
    misled: int  # in ten: how many of those logs are of another flaw
    ways: dict[int, list[Way]] = field(default_factory=dict)

    def real(self, flaw: int) -> Report:
        """A report of this flaw, by a way that was not yet used if there is one."""
        draw, made = self.draw, self.made
        left = self.ways.setdefault(flaw, [])
        if not left:
            left += draw.shuffled(made.flaws[flaw].bad)
        way = left.pop()
        before, after = draw.shuffled(made.plain)[: draw.below(3)], draw.shuffled(made.plain)[: draw.below(3)]
        held = {"input": made.file(*before, *made.reach, *made.sent(flaw, way.steps), *after)}
        said, shown = flaw, way
        if draw.below(10) < self.misled:
            said = draw.below(len(made.flaws))
            shown = draw.choice(made.flaws[said].bad)
        if draw.below(10) < self.logs:
            held["crash.log"] = log(draw, shown.error, shown.access, made.frames(said, shown)).encode()
        if draw.below(10) < self.misled:
            held["harness.c"] = HONEST.encode()
        return Report(
            files={**held, **self._claim(shown.error, draw.choice(made.names[said]))}, root=flaw, kind="real"
        )

    def bogus(self, kind: str) -> Report:
        """A report of nothing."""
        files = BOGUS[kind](self)
        return Report(files=files, root=None, kind=kind)

    def harmless_input(self) -> bytes:
        """An input on which nothing happens: as often as not one that uses a flaw's handlers well."""
        draw, made = self.draw, self.made
        flaw = draw.below(len(made.flaws))
        use = made.sent(flaw, draw.choice(made.flaws[flaw].good))
        return made.file(*draw.shuffled(made.plain)[: 1 + draw.below(3)], *made.reach, *use)

    def silent(self) -> Mapping[str, bytes]:
        """A claim with an input that does nothing."""
        name = self.draw.choice([each for names in self.made.names for each in names])
        return {"input": self.harmless_input(), **self._claim(self._error(), name)}

    def invented(self) -> Mapping[str, bytes]:
        """The same, with a log that looks like one of this program's."""
        flaw = self.draw.below(len(self.made.flaws))
        way = self.draw.choice(self.made.flaws[flaw].bad)
        (name, line), *others = self.made.frames(flaw, way)
        shown = log(self.draw, way.error, way.access, [(name, line + self.draw.below(3)), *others])
        return {
            "input": self.harmless_input(),
            "crash.log": shown.encode(),
            **self._claim(way.error, self.draw.choice(self.made.names[flaw])),
        }

    def foreign(self) -> Mapping[str, bytes]:
        """A log of another program."""
        known = {each for names in self.made.names for each in names}
        called = [each for each in names(self.draw, 6) if each not in known][:2]
        frames = [(name, self.draw.between(30, 400)) for name in called] + [
            ("main", self.draw.between(30, 400))
        ]
        shown = log(self.draw, self._error(), "WRITE of size 4", frames, f"{called[-1].split('_')[1]}.c")
        return {
            "input": self.harmless_input(),
            "crash.log": shown.encode(),
            **self._claim(self._error(), called[0]),
        }

    def misused(self) -> Mapping[str, bytes]:
        """A harness that calls a handler as the program never does: what fails is the harness."""
        flaw = self.draw.below(len(self.made.flaws))
        name = self.draw.choice(self.made.names[flaw])
        call = self.draw.choice(
            (
                f"struct state s = {{0}}; unsigned char p[2] = {{1, 2}}; start(&s); {name}(&s, p, 4000);",
                f"{name}(NULL, NULL, 3);",
                f"{name}((struct state *)1, (const unsigned char *)16, 9);",
            )
        )
        return {
            "input": self.harmless_input(),
            "harness.c": WRONG.format(name=name, call=call).encode(),
            **self._claim(self._error(), name),
        }

    def documented(self) -> Mapping[str, bytes]:
        """The program ends on purpose, as its documentation says."""
        made, draw = self.made, self.draw
        if draw.below(3):
            held = made.file(*draw.shuffled(made.plain)[:2], *made.stop)
        else:
            held = bytes([made.layout.magic[0] ^ 255]) + b"".join(made.plain)
        return {"input": held, **self._claim("the program is brought down", "handle")}

    def _error(self) -> str:
        return self.draw.choice(("heap-buffer-overflow", "stack-buffer-overflow", "heap-use-after-free"))

    def _claim(self, error: str, name: str) -> Mapping[str, bytes]:
        title = self.draw.choice(CLAIMS).format(error=error, name=name)
        return {"claim.txt": f"{title}\n\n{self.draw.choice(DETAILS)}\n".encode()}


BOGUS: Mapping[str, Callable[[Pile], Mapping[str, bytes]]] = {
    "documented": Pile.documented, "foreign": Pile.foreign, "invented": Pile.invented, "misused": Pile.misused,
    "silent": Pile.silent,
}  # fmt: skip


def reports(pile: Pile, real: int, bogus: Sequence[str]) -> list[Report]:
    """So many real reports, at least one of each flaw, and these bogus ones, in no order."""
    count = len(pile.made.flaws)
    roots = [*range(count), *(pile.draw.below(count) for _ in range(real - count))]
    return pile.draw.shuffled([*map(pile.real, roots), *map(pile.bogus, bogus)])
