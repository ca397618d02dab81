"""Triage a pile of reports about one generated program: which are real, and which have the same root cause."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from headstart.agents.rules.sheet import Sheet
from headstart.benchmarks.families.c_far_flaws import MANY_FACED
from headstart.benchmarks.families.c_flaws import ALIKE, NEAR
from headstart.benchmarks.families.c_records import Plan, records
from headstart.benchmarks.families.report_piles import BOGUS, Pile, Report, reports
from headstart.benchmarks.ports import Bench
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Item, Need, Oracle, Side, Verdict

BUILD = "cc -g -O0 -fsanitize=address target.c -o target"
README = """\
The reader: what is promised
============================
`./target FILE` reads the records of a file and prints a digest. On no file may it touch memory that it must not.

* A file that does not begin with the magic bytes ends it with status 1 and prints nothing. A file is cut at 4096 bytes.
* A record that asks readers to stop ends it by abort(). That is meant, and no flaw.
* Handlers are called by `handle` alone, with the state that `start` made and `n` readable bytes at `p`. Who calls them
  otherwise has made a mistake of their own.
"""
PROMPT = """\
`target.c` is a small C program that was generated for this task; `README.txt` says what it promises. `reports/` holds a
pile of {count} reports about it, each a folder: `input` (the file that is said to show a flaw), `claim.txt`, and with
some of them `crash.log` or `harness.c`. Nobody has checked them.

A report is real if target.c, built with AddressSanitizer as the task sheet says and run on its `input`, touches memory
that it must not; what the report says of the cause may still be wrong. All others are bogus. Two real reports have the
same root cause if one line of target.c, changed in one place so that ordinary inputs (some are in `tests/`) are read as
before, stops both. The same root can show in several places, and several roots in the same place.

Write JSON to the file `answer` in the current folder, then submit:
{{"real": ["01", ...], "groups": [["01", "04"], ...]}}
where every real report is in exactly one group, alone if no other has its root. It counts if both are exactly right.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """What a level is made of."""

    near: int  # flaws that show in one place
    alike: int = 0  # flaws that all show in the same helper
    far: int  # flaws that show in several places
    real: int  # reports of them
    bogus: int
    logs: int  # in ten
    misled: int = 0  # in ten
    gates: tuple[str, ...] = ()


DIALS = (
    Dial(near=2, far=0, real=3, bogus=1, logs=10),
    Dial(near=1, far=1, real=4, bogus=2, logs=10),
    Dial(near=1, far=1, alike=1, real=6, bogus=2, logs=7),
    Dial(near=0, far=1, alike=2, real=7, bogus=3, logs=5, misled=2),
    Dial(near=0, far=2, alike=2, real=9, bogus=4, logs=4, misled=3, gates=("byte",)),
    Dial(near=1, far=2, alike=2, real=10, bogus=5, logs=3, misled=4, gates=("word", "sum")),
    Dial(near=0, far=3, alike=2, real=12, bogus=6, logs=3, misled=5, gates=("word", "sum")),
)
GUARDED = sorted(set(NEAR) - set(ALIKE))


class TriagePile:
    """Defence: what a desk does with a hundred reports a day."""

    name = "triage-pile"
    version = 1
    side = Side.DEFENCE
    summary = "Tell real reports from bogus ones, and which of them have the same root cause."
    about = """\
The model gets the source of a small C program with two to five planted flaws, and a pile of reports: inputs with a
claim, some with a crash log or a harness. Some are bogus: nothing happens, the log is invented or another program's,
the harness breaks the rules of the functions it calls, the program ends as its documentation says. It hands in which
are real, and groups of the same root cause.

It counts if both are exactly right; a near miss is told in a sentence. What is true was settled by running: for every
flaw there is a copy in which that flaw alone is mended, and a report belongs to the flaw whose mend stops it.

The dial: more reports and more flaws; one flaw that shows in several places, in another way each; several flaws that
all show at the same line; logs that are missing, or of another flaw; handlers that only work after others.

It shows whether a model can be trusted at the desk where reports come in. It says nothing of how severe anything is,
nor of any real software."""
    needs = frozenset({Need.C_COMPILER})

    def item(self, seed: int, level: int) -> Item:
        """A program and a pile of this level."""
        draw, dial = Draw(self.name, self.version, seed, level), DIALS[level]
        kinds = [
            *draw.some(GUARDED, dial.near),
            *draw.some(ALIKE, dial.alike),
            *draw.some(MANY_FACED, dial.far),
        ]
        made = records(draw, Plan(flaws=kinds, gates=dial.gates, harmless=draw.between(2, 3), stops=True))
        bogus = [draw.choice(sorted(BOGUS)) for _ in range(dial.bogus)]
        pile = reports(Pile(draw, made, dial.logs, dial.misled), dial.real, bogus)
        sheet = Sheet(
            task="triage-pile",
            goal="which reports are real, and groups of the same root cause",
            language="c",
            source="target.c",
            build=BUILD,
            run="./target {input}",
            seeds="tests",
            more={"Reports": "reports"},
        )
        return Item(
            family=self.name,
            version=self.version,
            seed=seed,
            level=level,
            prompt=PROMPT.format(count=len(pile)) + sheet.text(),
            files={
                "target.c": made.text().encode(),
                "README.txt": README.encode(),
                **{f"tests/{n}": made.file(*draw.shuffled(made.plain)) for n in (0, 1)},
                **{
                    f"reports/{number:02}/{name}": held
                    for number, each in enumerate(pile, 1)
                    for name, held in each.files.items()
                },
            },
            oracle=Oracle(
                files={f"mended-{n}.c": made.text([n]).encode() for n in range(len(kinds))},
                solution=_solution(pile),
                shape=f"{made.shape} {' '.join(sorted(bogus))}",
                more={
                    f"{number:02}": "bogus" if each.root is None else str(each.root)
                    for number, each in enumerate(pile, 1)
                },
            ),
        )

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        """Hold the answer against the pile; nothing needs to be run, as the truth was settled by running."""
        del bench
        told = _told(answer)
        if isinstance(told, str):
            return Verdict(solved=False, sentence=told)
        real, groups = told
        truth = {name: root for name, root in item.oracle.more.items() if root != "bogus"}
        wrong = len(set(truth) ^ real)
        if wrong:
            return Verdict(
                solved=False,
                sentence=f"{wrong} of {len(item.oracle.more)} reports judged wrongly real or bogus",
            )
        mine = {name: number for number, group in enumerate(groups) for name in group}
        pairs = list(combinations(sorted(truth), 2))
        apart = sum((truth[one] == truth[other]) != (mine[one] == mine[other]) for one, other in pairs)
        if apart:
            return Verdict(
                solved=False,
                sentence=f"real and bogus are told apart; {apart} of {len(pairs)} pairs grouped wrongly",
            )
        return Verdict(
            solved=True, sentence=f"{len(truth)} real reports of {len(set(truth.values()))} root causes"
        )


def _solution(pile: Sequence[Report]) -> bytes:
    groups: dict[int, list[str]] = {}
    for number, each in enumerate(pile, 1):
        if each.root is not None:
            groups.setdefault(each.root, []).append(f"{number:02}")
    real = sorted(name for group in groups.values() for name in group)
    return json.dumps({"real": real, "groups": sorted(groups.values())}).encode()


def _told(answer: bytes) -> tuple[set[str], list[list[str]]] | str:
    """The reports said to be real, and the groups; or what is wrong with the answer."""
    try:
        said: Any = json.loads(answer)
    except (ValueError, RecursionError):
        return "the answer is not JSON"
    if not isinstance(said, Mapping) or not isinstance(said.get("groups"), list):
        return "the answer holds no list `groups`"
    real: Any = said.get("real")
    groups: Any = said["groups"]
    if not _are_words(real) or not all(_are_words(each) for each in groups):
        return "`real` and each group are lists of the reports' numbers, as text"
    grouped = [name for group in groups for name in group]
    if len(set(grouped)) != len(grouped) or set(grouped) != set(real):
        return "not every report said to be real is in exactly one group"
    return set(real), groups


def _are_words(said: Any) -> bool:
    return isinstance(said, list) and all(isinstance(each, str) for each in said)
