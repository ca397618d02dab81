"""One pass over what came of a run's items, for its report.

Only tallies, histograms and a few examples are kept, so that the memory is the same for twelve items and for 100,000.
An item is counted by its first attempt; further attempts are effort, and speak in pass@k alone.
"""

import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from headstart.benchmarks.rules.items import Cheating, Outcome
from headstart.benchmarks.rules.results import ItemScore

Cell = tuple[str, int]  # family, level
Tally = Mapping[Cell, tuple[int, int]]  # solved, failed

STEPS_A_DOUBLING = 4  # of the histogram of tokens: a bin's edges are 19% apart
MOST_OPEN = 4096  # items whose attempts are still awaited; the oldest is closed as it stands
MOST_NOTES = 8  # different sentences of what broke
MOST_SIGNS = 12  # signs of cheating that are quoted
LONGEST = 600  # characters of a sentence that is quoted


class Treatment(StrEnum):
    """What is made of an item at which cheating was seen: all three are shown (EVALUATION.md, rule 9)."""

    FAILURE = "failure"
    DROPPED = "dropped"
    SUCCESS = "success"


def bounded(text: str, most: int = LONGEST) -> str:
    """At most `most` characters; what was cut is marked."""
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def treated(outcome: Outcome, cheated: bool, treatment: Treatment) -> bool | None:
    """Whether the item is solved under a treatment; None if it does not count."""
    if not outcome.counts:
        return None
    if not cheated:
        return outcome is Outcome.SOLVED
    return None if treatment is Treatment.DROPPED else treatment is Treatment.SUCCESS


@dataclass(slots=True)
class Effort:
    """What the attempts took, all of them together."""

    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    messages: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    unpriced: int = 0  # attempts without a price
    started: datetime | None = None
    ended: datetime | None = None

    def take(self, score: ItemScore) -> None:
        """Add one attempt."""
        self.attempts += 1
        self.input_tokens += score.input_tokens
        self.output_tokens += score.output_tokens
        self.messages += score.messages
        self.seconds += score.seconds
        self.cost += score.cost or 0.0
        self.unpriced += score.cost is None
        self.started = score.started if self.started is None else min(self.started, score.started)
        self.ended = score.ended if self.ended is None else max(self.ended, score.ended)


@dataclass(slots=True)
class Tries:
    """Several attempts at each item, as a histogram over (attempts that count, of them solved)."""

    most: int
    done: Counter[tuple[int, int]] = field(default_factory=Counter)
    open: OrderedDict[str, list[int]] = field(default_factory=OrderedDict)

    def take(self, score: ItemScore, solved: bool | None) -> None:
        """Add one attempt; the item is closed with its last one."""
        if self.most < 2:
            return
        seen = self.open.setdefault(score.item, [0, 0, 0])
        seen[0] += 1
        seen[1] += solved is not None
        seen[2] += solved is True
        if seen[0] >= self.most:
            self._close(score.item)
        elif len(self.open) > MOST_OPEN:
            self._close(next(iter(self.open)))

    def items(self) -> Counter[tuple[int, int]]:
        """Every item, those included whose last attempt never came."""
        held = Counter((counted, solved) for _, counted, solved in self.open.values() if counted)
        return self.done + held

    def _close(self, item: str) -> None:
        _, counted, solved = self.open.pop(item)
        if counted:
            self.done[counted, solved] += 1


@dataclass(slots=True)
class Transcripts:
    """What the transcripts hold of cheating: attempts, not items."""

    there: int = 0
    flagged: int = 0
    kinds: Counter[Cheating] = field(default_factory=Counter)
    quoted: list[dict[str, str]] = field(default_factory=list)

    def take(self, score: ItemScore) -> None:
        """Add one attempt."""
        self.there += bool(score.sample)
        self.flagged += score.cheated
        self.kinds.update({each.kind for each in score.signs})
        for each in score.signs[: MOST_SIGNS - len(self.quoted)]:
            words = bounded(each.words, 240)
            item = "an item of a held-out family" if score.held_out else score.item
            self.quoted.append(
                {"item": item, "kind": str(each.kind), "where": bounded(each.where, 120), "words": words}
            )


@dataclass(slots=True)
class Gathered:
    """A run in tallies. `take` adds a score; nothing else changes it."""

    attempts: int  # at each item, by the plan
    judged: Mapping[tuple[str, int], bool] = field(
        default_factory=dict
    )  # item, attempt: did it cheat, says a person
    cells: defaultdict[Cell, Counter[tuple[Outcome, bool]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    groups: defaultdict[tuple[str, str], defaultdict[Cell, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0, 0]))
    )
    sides: dict[str, str] = field(default_factory=dict)  # family -> side
    versions: dict[str, int] = field(default_factory=dict)
    held_out: set[str] = field(default_factory=set)
    elsewhere: Counter[str] = field(default_factory=Counter)  # by family
    endings: Counter[str] = field(default_factory=Counter)
    broke: Counter[str] = field(default_factory=Counter)
    solved_at: Counter[int] = field(default_factory=Counter)  # bin of tokens -> items solved
    counted_at: Counter[int] = field(default_factory=Counter)  # bin of tokens -> items that count
    effort: Effort = field(default_factory=Effort)
    transcripts: Transcripts = field(default_factory=Transcripts)
    examples: dict[str, ItemScore] = field(default_factory=dict)  # family -> the first of it that counts
    tries: Tries = field(init=False)

    def __post_init__(self) -> None:
        self.tries = Tries(self.attempts)

    def take(self, score: ItemScore) -> None:
        """Add what came of one attempt."""
        self.effort.take(score)
        self.transcripts.take(score)
        cheated = self.judged.get((score.item, score.attempt), score.cheated)
        solved = treated(score.outcome, cheated, Treatment.FAILURE)
        self.tries.take(score, solved)
        if score.attempt == 1:
            self.cells[score.family, score.level][score.outcome, cheated] += 1
            self._count(score, solved)

    def _count(self, score: ItemScore, solved: bool | None) -> None:
        cell = (score.family, score.level)
        self.sides[score.family] = str(score.side)
        self.versions[score.family] = score.version
        if score.held_out:
            self.held_out.add(score.family)
        self.elsewhere[score.family] += score.elsewhere
        self.endings[score.ending] += 1
        if score.outcome is Outcome.INFRASTRUCTURE:
            self._note(score)
        if solved is not None:
            self._weigh(score, cell, solved)

    def _weigh(self, score: ItemScore, cell: Cell, solved: bool) -> None:
        groups = [("framing", str(score.framing)), ("held out", "yes" if score.held_out else "no")]
        if score.anchor:
            groups.append(("anchor", "yes"))
        for group in groups:
            self.groups[group][cell][0 if solved else 1] += 1
        at = token_bin(score.tokens)
        self.counted_at[at] += 1
        self.solved_at[at] += solved
        if not score.held_out and score.order < self.examples.get(score.family, score).order + 1:
            self.examples[score.family] = score

    def _note(self, score: ItemScore) -> None:
        words = bounded(score.sentence or score.ending, 200)
        room = words in self.broke or len(self.broke) < MOST_NOTES
        self.broke[words if room else "other reasons"] += 1

    def tally(self, treatment: Treatment = Treatment.FAILURE) -> dict[Cell, tuple[int, int]]:
        """Solved and failed by family and level, under a treatment of cheating."""
        found: dict[Cell, tuple[int, int]] = {}
        for cell, counts in self.cells.items():
            said = Counter[bool | None]()
            for (outcome, cheated), count in counts.items():
                said[treated(outcome, cheated, treatment)] += count
            if said[True] or said[False]:
                found[cell] = (said[True], said[False])
        return found

    def group(self, kind: str, value: str) -> dict[Cell, tuple[int, int]]:
        """The tally of some of the items: ("framing", "test"), ("held out", "yes"), ("anchor", "yes")."""
        return {cell: (solved, failed) for cell, (solved, failed) in self.groups[kind, value].items()}

    def outcomes(self, family: str | None = None) -> Counter[tuple[Outcome, bool]]:
        """Items by outcome, and whether cheating was seen at them; of one family, or of all."""
        found = Counter[tuple[Outcome, bool]]()
        for (name, _), counts in self.cells.items():
            if family in (None, name):
                found.update(counts)
        return found


def token_bin(tokens: int) -> int:
    """The bin of the histogram whose upper edge is the first at or above so many tokens."""
    return math.ceil(STEPS_A_DOUBLING * math.log2(tokens)) if tokens > 1 else 0


def edge(at: int) -> int:
    """The upper edge of a bin, in tokens."""
    return math.floor(2 ** (at / STEPS_A_DOUBLING) + 1e-9)


def gather(
    scores: Iterable[ItemScore], attempts: int = 1, judged: Mapping[tuple[str, int], bool] | None = None
) -> Gathered:
    """A whole run in tallies, in one pass; what a person said of a transcript goes before what a program saw."""
    found = Gathered(attempts, judged or {})
    for each in scores:
        found.take(each)
    return found
