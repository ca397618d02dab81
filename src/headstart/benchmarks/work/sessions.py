"""One run while it lasts: which item is next, what became of each, and whether it is over."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from headstart.agents import work as agents
from headstart.agents.rules.assignments import Assignment, Attempt, Budget, Prices, RunResult
from headstart.benchmarks.rules.ability import Ability, estimate
from headstart.benchmarks.rules.adaptive import Chooser, enough
from headstart.benchmarks.rules.framing import framed
from headstart.benchmarks.rules.grid import Cell
from headstart.benchmarks.rules.items import Item, Outcome, Verdict
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Chosen, Form, Plan
from headstart.benchmarks.work.bench import SandboxBench
from headstart.benchmarks.work.folder import RunFolder
from headstart.benchmarks.work.scoring import Given, generate, run_answer, score_of
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust

MOST_BROKEN = 12
"""So many infrastructure errors in a row, and the run stops: the endpoint or the machine is down, not the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """What a whole run may use; None is no limit. A run that stopped at one can be taken up again with another."""

    tokens: int | None = None
    seconds: float | None = None
    cost: float | None = None  # US dollars
    prices: Prices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a run stands after an item."""

    done: int
    most: int
    solved: int
    counted: int
    refusals: int
    infrastructure: int
    ability: Ability
    tokens: int
    cost: float | None  # US dollars; None: not every item had a price
    seconds: float  # of this sitting
    last: ItemScore


class Session:
    """Gives items out, scores what comes back, and keeps the journal."""

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        *,
        sandbox: Sandbox,
        trust: Trust,
        limits: RunLimits,
        on_score: Callable[[Standing], None] | None = None,
    ) -> None:
        self.plan = plan
        self.stopped_by = ""
        self.is_done = False
        self._folder = folder
        self._bench = SandboxBench(sandbox, trust)
        self._trust = trust
        self._limits = limits
        self._on_score = on_score
        self._scale = Scale.of(plan.scale)
        self._given: dict[str, Given] = {}
        self._again: list[Given] = []  # further attempts at an item
        self._used: set[tuple[str, int, int]] = set()  # family, level, seed
        self._tally: dict[Cell, tuple[int, int]] = {}
        self._cells: Counter[Cell] = Counter()  # given out, by family and level
        self._counts: Counter[Outcome] = Counter()
        self._taken: set[int] = set()  # numbers of items that were given out
        self._tokens = self._broken = 0
        self._cost: float | None = 0.0
        self._started = time.monotonic()
        names = [each.name for each in plan.families]
        self._chooser = Chooser(names, self._scale, plan.master, plan.anchors)
        self._form = list(plan.fixed()) if plan.form is Form.FIXED else None

    @property
    def ability(self) -> Ability:
        """What the answers so far speak for."""
        return estimate(self._tally, self._scale)

    def take_up(self) -> None:
        """Go on from the journal: what is finished is not repeated, what was in flight is given out anew."""
        self._folder.mend()
        made: dict[int, list[ItemScore]] = {}
        for score in self._folder.scores():
            self._count(score)
            self._taken.add(score.order)
            if self.plan.attempts > 1 and score.digest:
                made.setdefault(score.order, []).append(score)
        self._broken = 0
        self._again = [given for scores in made.values() for given in _left(scores, self.plan)]

    def run(self, handle: "agents.ModelHandle", budget: Budget) -> RunResult:
        """Drive the model until the plan's stopping rule, or a limit, ends it."""
        return agents.run(
            self.next,
            handle,
            name="battery",
            budget=budget,
            prices=self._limits.prices,
            samples=self._folder.path / "samples",
            on_attempt=self.ended,
        )

    def next(self) -> Assignment | None:
        """The next item, as it is handed to the model; None where there are to be no more."""
        while not self._is_over():
            given = self._again.pop(0) if self._again else self._choose()
            if given.item is None:  # its family broke
                self._keep(given, given.why, None)
                continue
            name = given.name
            self._given[name] = given
            prompt = framed(given.item.prompt, self.plan.framing_of(given.chosen))
            return Assignment(id=name, prompt=prompt, files=given.item.files, trust=self._trust)
        return None

    def ended(self, attempt: Attempt) -> None:
        """Score an attempt and write it down."""
        given = self._given.pop(attempt.id)
        self._keep(given, run_answer(given, attempt, self._bench), attempt)

    def _choose(self) -> Given:
        """The next of the form, or the most informative one; what was in flight when a run was killed comes first."""
        order = next(n for n in itertools.count() if n not in self._taken)
        self._taken.add(order)
        anchor = False
        if self._form is not None:
            name, level = self._form[order]
        else:
            pending = [(each.chosen.family, each.chosen.level) for each in self._given.values()]
            choice = self._chooser.next(self._tally, pending, self._cells)
            name, level, anchor = choice.family, choice.level, choice.anchor
        chosen = next(each for each in self._unseen(name, level) if _key(each) not in self._used)
        self._used.add(_key(chosen))
        self._cells[name, level] += 1
        made = generate(chosen)
        item, why = (made, "") if isinstance(made, Item) else (None, made)
        first = Given(chosen=chosen, item=item, order=order, anchor=anchor, attempt=1, why=why)
        if item is not None:
            self._again = [replace(first, attempt=n) for n in range(2, self.plan.attempts + 1)]
        return first

    def _unseen(self, name: str, level: int) -> Iterator[Chosen]:
        return (self.plan.chosen(name, level, n) for n in range(self.plan.items + 1))

    def _is_over(self) -> bool:
        """Whether no more items are to be given out; says why."""
        if self._again and not self.stopped_by:
            return False
        for reached, why in self._reached():
            if reached:
                self.stopped_by = why
                return True
        if len(self._taken) >= self.plan.items:
            self.is_done, self.stopped_by = True, f"{self.plan.items} items were given out"
        elif self._form is None and self.plan.until_se is not None:
            names = [each.name for each in self.plan.families]
            if enough(self.ability, self._cells, names, self.plan.until_se):
                self.is_done = True
                self.stopped_by = f"the standard error is {self.ability.standard_error:.2f}"
        return self.is_done

    def _reached(self) -> list[tuple[bool, str]]:
        limits = self._limits
        seconds = time.monotonic() - self._started
        return [
            (
                limits.tokens is not None and self._tokens >= limits.tokens,
                f"{limits.tokens} tokens were used",
            ),
            (
                limits.seconds is not None and seconds >= limits.seconds,
                f"{limits.seconds or 0:.0f} s have passed",
            ),
            (
                limits.cost is not None and (self._cost or 0.0) >= limits.cost,
                f"{limits.cost} US dollars were spent",
            ),
            (
                self._broken >= MOST_BROKEN,
                f"{MOST_BROKEN} items in a row broke for reasons that are not the model's",
            ),
        ]

    def _keep(self, given: Given, verdict: Verdict | str, attempt: Attempt | None) -> None:
        score = score_of(given, verdict, attempt, self.plan)
        self._folder.append(score)
        self._count(score)
        if self._on_score is not None:
            self._on_score(self._standing(score))

    def _count(self, score: ItemScore) -> None:
        seen = (score.family, score.level, int(score.seed, 16))
        if seen not in self._used:  # taken up again
            self._used.add(seen)
            self._cells[score.family, score.level] += 1
        self._counts[score.outcome] += 1
        self._tokens += score.tokens
        self._cost = None if self._cost is None or score.cost is None else self._cost + score.cost
        self._broken = self._broken + 1 if score.outcome is Outcome.INFRASTRUCTURE else 0
        if score.counts and score.attempt == 1:  # further attempts share the item's residual
            solved, failed = self._tally.get((score.family, score.level), (0, 0))
            self._tally[score.family, score.level] = solved + score.earned, failed + (not score.earned)

    def _standing(self, last: ItemScore) -> Standing:
        counts = self._counts
        return Standing(
            done=sum(counts.values()),
            most=self.plan.items * self.plan.attempts,
            solved=counts[Outcome.SOLVED],
            counted=counts[Outcome.SOLVED] + counts[Outcome.FAILED],
            refusals=counts[Outcome.REFUSED],
            infrastructure=counts[Outcome.INFRASTRUCTURE],
            ability=self.ability,
            tokens=self._tokens,
            cost=self._cost,
            seconds=time.monotonic() - self._started,
            last=last,
        )


def _key(chosen: Chosen) -> tuple[str, int, int]:
    return chosen.family, chosen.level, chosen.seed


def _left(scores: list[ItemScore], plan: Plan) -> Iterator[Given]:
    """The attempts at an item that a run which was killed still owes."""
    first, made = scores[0], {each.attempt for each in scores}
    chosen = Chosen(family=first.family, version=first.version, seed=int(first.seed, 16), level=first.level)
    for attempt in range(1, plan.attempts + 1):
        if attempt not in made and isinstance(item := generate(chosen), Item):
            yield Given(chosen=chosen, item=item, order=first.order, anchor=first.anchor, attempt=attempt)
