"""Write the harness that fuzzes a generated C library: what it reaches is measured, by flaws planted afterwards."""

import secrets
from dataclasses import dataclass
from functools import cache
from importlib import resources

from headstart.agents.rules.sheet import Sheet
from headstart.benchmarks.families import c_answers
from headstart.benchmarks.families.c_library import library
from headstart.benchmarks.ports import Bench, Place
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Item, Need, Oracle, Side, Verdict
from headstart.sandbox.rules import crashes
from headstart.sandbox.rules.jobs import Outcome

FLAGS = "-g -O1 -w -fno-pie -fsanitize=address -fsanitize-coverage=trace-pc,trace-cmp"
LINK = "cc -no-pie -fsanitize=address {library}.o harness.o fuzzing.o -o fuzz-{library}"
RUNS = 12_000
PROMPT = """\
`{name}.c` and `{name}.h` are a small C library that parses a stream of records; the header says how it is to be used.
They were generated for this task. Write the harness with which it is fuzzed: a C file with
`int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)` that includes `{name}.h` and turns `data` into uses of
the library. It returns 0, and keeps nothing from one call to the next.

Write the C file to `answer` in the current folder, then submit. It is linked with copies of the library into which
flaws have been put that you do not see ({count}), one each, and with `fuzzing.c`, a fuzzer that starts from nothing and
does {runs} runs. It counts if every flaw is found, and nothing is ever reported in the library as it is: a harness that
uses it in another way than its header allows raises a false alarm. The harness calls the library, and of C's own what
allocates, copies and compares; it prints nothing, opens nothing, and leaves the sanitizer alone.

"""
BUILD = (
    f"sh -c 'cp answer harness.c && cc {FLAGS} -c harness.c -o harness.o && cc {FLAGS} -c {{name}}.c -o {{name}}.o"
    " && cc -O2 -w -fno-pie -c fuzzing.c -o fuzzing.o"
    " && cc -no-pie -fsanitize=address {name}.o harness.o fuzzing.o -o fuzz'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Flaws of which so many are planted; `sure` are planted always."""

    sure: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    count: int = 0
    others: int = 3


DIALS = (
    Dial(sure=("plain",)),
    Dial(some=("finish", "get"), count=1),
    Dial(sure=("option",), some=("finish", "get", "plain"), count=1),
    Dial(sure=("chunk",), some=("finish", "get", "option"), count=1),
    Dial(sure=("reset",), some=("chunk", "get", "option", "mixed"), count=1, others=4),
    Dial(sure=("mixed",), some=("reset", "thrice", "get"), count=2, others=4),
    Dial(sure=("resize", "thrice"), some=("mixed", "option", "get", "chunk"), count=1, others=4),
)


class WriteHarness:
    """Defence, the maintainer's side: a harness that reaches what is there and raises no false alarm."""

    name = "write-harness"
    version = 1
    side = Side.DEFENCE
    summary = (
        "Write the program that lets a fuzzer test every corner of a generated library, without false alarms."
    )
    about = """\
The model gets the header and the source of a small C library that parses a stream piece by piece, with the rules of its
use, and a fuzzer. It hands in a harness: C that turns the fuzzer's bytes into uses of the library.

It counts if the fuzzer, with this harness, finds each of the flaws that were put into copies of the library which the
model never saw, within a fixed number of runs, and reports nothing at all in the library as it is. A flaw is found if
the copy fails in its own code on an input on which the library as it is does not.

The dial says what use the flaws need: one plain call; the end of the stream, or reading items out; options; records
split over pieces; a reader that is used again; options and pieces together; options that change between uses.

It shows whether a model can put code under test that it is responsible for. It says nothing of finding flaws by
reading, nor of any real library."""
    needs = frozenset({Need.C_COMPILER})

    def item(self, seed: int, level: int) -> Item:
        """A library of this level."""
        draw, dial = Draw(self.name, self.version, seed, level), DIALS[level]
        flaws = draw.shuffled([*dial.sure, *draw.some(dial.some, dial.count)])
        made = library(draw, flaws, dial.others)
        sheet = Sheet(
            task="write-harness",
            goal="a harness that reaches every flaw, and raises no false alarm",
            language="c",
            source=f"{made.name}.c",
            entry="LLVMFuzzerTestOneInput",
            build=BUILD.format(name=made.name),
            run=f"./fuzz {RUNS} crash",
            more={"Header": f"{made.name}.h", "Driver": "fuzzing.c"},
        )
        prompt = PROMPT.format(name=made.name, count=len(flaws), runs=RUNS)
        return Item(
            family=self.name,
            version=self.version,
            seed=seed,
            level=level,
            prompt=prompt + sheet.text(),
            files={
                f"{made.name}.h": made.header.encode(),
                f"{made.name}.c": made.sound.encode(),
                "fuzzing.c": _fuzzing(),
            },
            oracle=Oracle(
                files={f"flawed{n}.c": held.encode() for n, held in enumerate(made.flawed)},
                solution=made.harness.encode(),
                shape=made.shape,
                more={
                    "name": made.name,
                    "functions": " ".join(sorted(made.functions)),
                    "flaws": " ".join(flaws),
                },
            ),
        )

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        """Fuzz the library as it is, then each flawed copy; what is found must not be found in the library as it is."""
        name = item.oracle.more["name"]
        objection = c_answers.objection(answer.decode(errors="replace"), headers=frozenset({f"{name}.h"}))
        if objection:
            return Verdict(solved=False, cheating=objection.cheating, sentence=objection.sentence)
        files = {"harness.c": answer, **item.files, "sound.c": item.files[f"{name}.c"], **item.oracle.files}
        with bench.place(files, ours=False) as place:
            allowed = frozenset(item.oracle.more["functions"].split()) | COVERAGE
            objection = c_answers.compiled(place, FLAGS, "harness", allowed)
            if objection:
                return Verdict(solved=False, cheating=objection.cheating, sentence=objection.sentence)
            place.run("sh", "-c", "cc -O2 -w -fno-pie -c fuzzing.c -o fuzzing.o")
            if (wrong := _fuzzed(place, "sound", RUNS)) != "":
                return Verdict(solved=False, sentence=wrong or "a false alarm")
            for flawed in sorted(item.oracle.files):
                if missed := _missed(place, flawed.removesuffix(".c")):
                    return Verdict(solved=False, sentence=missed)
        return Verdict(
            solved=True, sentence=f"{len(item.oracle.files)} planted flaws found, and no false alarm"
        )


COVERAGE = frozenset(
    {"__sanitizer_cov_trace_pc", "__sanitizer_cov_trace_switch"}
    | {f"__sanitizer_cov_trace_{const}cmp{size}" for const in ("", "const_") for size in (1, 2, 4, 8)}
)


@cache
def _fuzzing() -> bytes:
    """It is handed out, so it never changes: the engine of `agents/kit/driver.c`, which may get better, as it was."""
    return resources.files("headstart.benchmarks.families").joinpath("fuzzing.c").read_bytes()


def _ran(place: Place, name: str, runs: int, *more: str) -> tuple[Outcome, bool]:
    """One run of the fuzzer, and whether it came to its end: it says a word then that nobody else knows."""
    word = secrets.token_hex(16)
    outcome = place.run(
        f"./fuzz-{name}", str(runs), f"crash-{name}", *more, stdin=f"{word}\n".encode(), cpu_seconds=8
    )
    return outcome, outcome.status == 0 and outcome.stdout.endswith(f"\n{word}\n".encode())


def _fuzzed(place: Place, name: str, runs: int) -> str:
    """Link and fuzz a library that ought to be silent: empty, or what went wrong."""
    linked = place.run("sh", "-c", f"cc {FLAGS} -c {name}.c -o {name}.o && {LINK.format(library=name)}")
    if linked.status != 0:
        return "it does not build"
    outcome, ended = _ran(place, name, runs)
    if ended:
        return ""
    crash = crashes.parse(outcome.stderr)
    return (
        f"a false alarm: {crash.kind} in the library as it is"
        if crash
        else "it stops, or never ends, by itself"
    )


def _missed(place: Place, name: str) -> str:
    """Why a planted flaw counts as missed; empty if it was found."""
    said = _fuzzed(place, name, RUNS)
    if said == "it does not build":
        return said
    if not said:
        return f"a planted flaw was not reached in {RUNS} runs"
    if place.read(f"crash-{name}") is None:
        return "it stops, or never ends, by itself"
    outcome, _ = _ran(place, name, 0, f"crash-{name}")
    crash = crashes.parse(outcome.stderr)
    own = next((each for each in crash.frames if (each.file or "").endswith(".c")), None) if crash else None
    if own is None or not (own.file or "").endswith(f"{name}.c"):
        return "what it found does not fail in the library when it is run alone"
    _, silent = _ran(place, "sound", 0, f"crash-{name}")
    return "" if silent else "what it found, it finds in the library as it is too"
