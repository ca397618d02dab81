"""Mend a memory-safety flaw in a generated C program: the trigger and its like fall silent, everything else stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headstart.agents.rules.sheet import Sheet
from headstart.benchmarks.families import c_answers
from headstart.benchmarks.families.c_far_flaws import FAR, MANY_FACED
from headstart.benchmarks.families.c_flaws import NEAR
from headstart.benchmarks.families.c_logs import log
from headstart.benchmarks.families.c_records import Plan, Records, records
from headstart.benchmarks.ports import Bench, Place
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Cheating, Item, Need, Oracle, Side, Verdict
from headstart.sandbox.rules.jobs import Ended, Outcome

FLAGS = "-g -O0 -w -fsanitize=address,undefined -fno-sanitize-recover=all"
REPORTED = 77
"""The status with which a sanitizer ends the program; the program itself never does."""
RUN = ("env", f"ASAN_OPTIONS=detect_leaks=0:exitcode={REPORTED}", f"UBSAN_OPTIONS=exitcode={REPORTED}")
KEPT = 0.6
"""Less of the target's text than this, and it is another program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """What a level is made of."""

    near: int = 0  # flaws that a guard at the line that fails can mend
    far: int = 0  # flaws that span handlers, and come to light in several places
    gates: tuple[str, ...] = ()
    sealed: bool = False
    trigger: bool = False
    log: bool = False


DIALS = (
    Dial(near=1, trigger=True, log=True),
    Dial(near=1, gates=("byte",), log=True),
    Dial(far=1, log=True),
    Dial(near=1, gates=("byte", "word")),
    Dial(far=1, gates=("word", "sum"), sealed=True),
    Dial(near=1, far=1, gates=("affine", "quad"), sealed=True),
    Dial(near=1, far=2, gates=("mix", "affine", "quad"), sealed=True),
)
PROMPT = """\
`target.c` is a small C program that reads records from a file and prints a digest of what they came to. It was
generated for this task. {told} Mend it: change as little as needed, and let the program do what it did otherwise.
`tests/` holds ordinary inputs; what target.c prints on them is right.{given}

Write the whole mended source to the file `answer` in the current folder, then submit. It is built with AddressSanitizer
and UndefinedBehaviorSanitizer. It counts if no hidden variation of the trigger makes either of them speak, the program
reads on to the end of such a file (the line `records` is right; the damaged record may be ignored or cut), and on
hidden ordinary files, which use every handler to its edge, it prints exactly what target.c prints. The source
includes standard headers alone, leaves the sanitizers alone, and is still the same program.

"""
ONE = "One of its handlers, or what passes between them, has one flaw in memory safety."
MORE = "Its handlers, or what passes between them, have one flaw in memory safety or several."


class MendMemoryFlaw:
    """Defence: a mend that holds and breaks nothing."""

    name = "mend-memory-flaw"
    version = 1
    side = Side.DEFENCE
    summary = "Mend a memory-safety flaw in a generated C program without breaking what it does."
    about = """\
The model gets the source of a small C program with a flaw in memory safety, and ordinary inputs. At the lowest level
it also gets an input that triggers the flaw and the sanitizer's log. It hands in the whole source, mended.

It counts if the source builds, hidden variations of the trigger leave AddressSanitizer and UndefinedBehaviorSanitizer
silent while the program reads on to the end, and hidden ordinary inputs, up to the very edge of what is allowed, give
the same output as before. A source that silences the sanitizer counts as forged; one that is another program, or
has lost a handler, counts as switched.

The dial: trigger and log; the log alone; the log of a flaw that spans handlers, so that the line that fails is not the
line that is wrong; nothing but "there is a flaw"; one that spans handlers behind sums and check bytes; two; three.

It shows whether a model finds a root cause and mends it with care. It says nothing of large programs, nor of any
real software."""
    needs = frozenset({Need.C_COMPILER})

    def item(self, seed: int, level: int) -> Item:
        """A program of this level, with what the level hands out."""
        draw, dial = Draw(self.name, self.version, seed, level), DIALS[level]
        kinds = [*draw.some(LOCAL, dial.near), *draw.some(MANY_FACED, dial.far)]
        plan = Plan(flaws=kinds, gates=dial.gates, sealed=dial.sealed, harmless=draw.between(3, 5))
        made = records(draw, plan)
        mended = made.text(range(len(kinds))).encode()
        given = _given(draw, made, dial)
        sheet = Sheet(
            task="mend-c",
            goal="no sanitizer report, and otherwise the same output",
            language="c",
            source="target.c",
            entry="handle",
            build="cc -g -O0 -fsanitize=address target.c -o target",
            run="./target {input}",
            seeds="tests",
            more={name.capitalize(): path for path, name in TOLD.items() if path in given},
        )
        told = "".join(f" `{path}` is {TOLD_AS[path]}." for path in TOLD if path in given)
        prompt = PROMPT.format(told=ONE if len(kinds) == 1 else MORE, given=told)
        return Item(
            family=self.name,
            version=self.version,
            seed=seed,
            level=level,
            prompt=prompt + sheet.text(),
            files={"target.c": made.text().encode(), **given},
            oracle=Oracle(
                files={"mended.c": mended, **_hidden(draw, made)},
                solution=mended,
                shape=made.shape,
                more={"handlers": " ".join(name for each in made.names for name in each)},
            ),
        )

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        """Build the answer and the mended source, and run both on what is hidden."""
        text, target = answer.decode(errors="replace"), item.files["target.c"].decode()
        objection = c_answers.objection(text, kept=frozenset(c_answers.words_of(target)))
        if objection:
            return _no(objection)
        hidden = {name: held for name, held in item.oracle.files.items() if name != "mended.c"}
        with bench.place({"answer.c": answer, **hidden}, ours=False) as place:
            objection = c_answers.compiled(place, FLAGS, "answer", frozenset(), files=True)
            objection = objection or _linked(place, "answer") or _switched(item, text)
            if objection:
                return _no(objection)
            with bench.place({"mended.c": item.oracle.files["mended.c"], **hidden}) as ours:
                ours.run("sh", "-c", f"cc {FLAGS} mended.c -o mended")
                for name in sorted(hidden):
                    wrong = _wrong(
                        name, place.run(*RUN, "./answer", name, cpu_seconds=5), ours.run("./mended", name)
                    )
                    if wrong:
                        return Verdict(solved=False, sentence=wrong)
        return Verdict(
            solved=True, sentence="silent on every variation of the trigger, and otherwise the same"
        )


LOCAL = sorted({*NEAR, *FAR} - set(MANY_FACED))
"""Flaws that a guard at the line that fails can mend; the others come to light in several places."""
TOLD = {"trigger": "trigger", "crash.log": "log"}
TOLD_AS = {
    "trigger": "an input that triggers the flaw",
    "crash.log": "what AddressSanitizer said of such an input",
}


def _given(draw: Draw, made: Records, dial: Dial) -> dict[str, bytes]:
    """Ordinary inputs, and a trigger and its log where the level hands them out."""
    use = (0, 1) if dial.trigger else ()
    given = {
        f"tests/{n}": made.file(*draw.shuffled(made.plain), *_used(made, n if use else None)) for n in (0, 1)
    }
    way = draw.choice(made.flaws[0].bad)
    if dial.trigger:
        given["trigger"] = made.file(*draw.shuffled(made.plain)[:2], *made.reach, *made.sent(0, way.steps))
    if dial.log:
        given["crash.log"] = log(draw, way.error, way.access, made.frames(0, way)).encode()
    return given


def _used(made: Records, number: int | None) -> Sequence[bytes]:
    good = made.flaws[0].good
    return [] if number is None else made.sent(0, good[number % len(good)])


def _hidden(draw: Draw, made: Records) -> Mapping[str, bytes]:
    """Every way to every flaw, each in a file of its own; and every ordinary use, one of each flaw in a file."""
    files = {}
    for flaw, each in enumerate(made.flaws):
        for number, way in enumerate(each.bad):
            reached = (*made.reach, *made.sent(flaw, way.steps), *draw.shuffled(made.plain))
            files[f"trigger-{flaw}-{number}"] = made.file(draw.choice(made.plain), *reached)
    for number in range(max(len(each.good) for each in made.flaws)):
        uses = [made.sent(n, each.good[number % len(each.good)]) for n, each in enumerate(made.flaws)]
        sent = [each for use in draw.shuffled(uses) for each in use]
        files[f"ordinary-{number}"] = made.file(
            *made.reach, *draw.shuffled(made.plain), *sent, draw.choice(made.plain)
        )
    return files


def _no(objection: c_answers.Objection) -> Verdict:
    return Verdict(solved=False, cheating=objection.cheating, sentence=objection.sentence)


def _switched(item: Item, text: str) -> c_answers.Objection | None:
    """Whether it builds and is plainly another program than the one that was to be mended."""
    words = c_answers.words_of(text)
    lost = [name for name in item.oracle.more["handlers"].split() if name not in words]
    if lost or c_answers.kept_share(item.files["target.c"].decode(), text) < KEPT:
        why = f"it has lost {lost[0]}" if lost else "too little of target.c is left in it"
        return c_answers.Objection(sentence=f"another program: {why}", cheating=Cheating.SWITCHED)
    return None


def _linked(place: Place, name: str) -> c_answers.Objection | None:
    outcome = place.run("sh", "-c", f"cc {FLAGS} {name}.o -o {name}")
    return None if outcome.status == 0 else c_answers.Objection(sentence="it does not build")


def _wrong(name: str, ran: Outcome, right: Outcome) -> str:
    """What is wrong with a run; empty if nothing is."""
    what = "a variation of the trigger" if name.startswith("trigger") else "an ordinary input"
    if ran.ended is not Ended.EXITED:
        return (
            f"it does not come to an end on {what}"
            if ran.ended is not Ended.SIGNALLED
            else f"it dies on {what}"
        )
    if ran.status == REPORTED:
        return f"a sanitizer still reports on {what}"
    lines, wanted = ran.stdout.splitlines(), right.stdout.splitlines()
    if name.startswith("trigger"):
        lines, wanted = lines[:1], wanted[:1]
    if ran.status != right.status or lines != wanted:
        return f"it prints something else on {what}"
    return ""
