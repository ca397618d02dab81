"""A fixed form: plan it, seal it, run it, score it."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from headstart.agents import work as agents
from headstart.agents.rules.assignments import Assignment, Attempt, Budget, Ending
from headstart.benchmarks.errors import CompilerMissing, FamilyUnknown, PlanInvalid
from headstart.benchmarks.families.find_memory_flaw import FindMemoryFlaw
from headstart.benchmarks.families.find_parser_flaw import FindParserFlaw
from headstart.benchmarks.ports import Bench, Family
from headstart.benchmarks.rules.ability import SCALE, Ability, Response, estimate
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import LEVELS, Item, ItemScore, Outcome, Verdict
from headstart.benchmarks.rules.rates import Rate, rate
from headstart.benchmarks.rules.sealing import Chosen, Plan
from headstart.benchmarks.work.bench import SandboxBench
from headstart.errors import Unable
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import tools

BUDGET = Budget(messages=30, seconds=120, tool_seconds=30, tool_cpu_seconds=30)
_SHIPPED: tuple[Family, ...] = (FindMemoryFlaw(), FindParserFlaw())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of an evaluation: every item, and what the whole says."""

    model: str
    scaffold: str
    families: Mapping[str, int]  # name -> generator version
    plan: Plan
    items: tuple[ItemScore, ...]
    ability: Ability
    rate: Rate  # solved, of the items that count
    budget: Budget
    sandbox: str
    weaker: bool
    started: datetime
    ended: datetime
    log: str | None
    log_digest: str

    @property
    def solved(self) -> int:
        """Items that were solved."""
        return self.rate.hits

    @property
    def refusals(self) -> int:
        """Items that the model would not attempt."""
        return sum(each.outcome is Outcome.REFUSED for each in self.items)

    @property
    def infrastructure(self) -> int:
        """Items that broke for reasons that are not the model's."""
        return sum(each.outcome is Outcome.INFRASTRUCTURE for each in self.items)

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and the record."""
        return {
            "model": self.model,
            "scaffold": self.scaffold,
            "families": dict(self.families),
            "items": len(self.items),
            "ability": self.ability.mean,
            "standard_error": self.ability.standard_error,
            "interval": [self.ability.low, self.ability.high],
            "solved": asdict(self.rate),
            "refusals": self.refusals,
            "infrastructure": self.infrastructure,
            "commitment": self.plan.commitment,
            "plan": self.plan.as_dict(),
            "budget": asdict(self.budget),
            "sandbox": {"provider": self.sandbox, "weaker": self.weaker},
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "log_digest": self.log_digest,
            "scores": [{**asdict(each), "seed": f"{each.seed:x}"} for each in self.items],
        }


def families() -> dict[str, Family]:
    """The families of tasks, by name."""
    return {each.name: each for each in _SHIPPED}


def family(name: str) -> Family:
    """One family.

    Raises:
        FamilyUnknown: there is none of that name.
    """
    found = families().get(name)
    if found is None:
        raise FamilyUnknown(name, tuple(families()))
    return found


def item(name: str, seed: int, level: int) -> Item:
    """Generate an item: the same every time, to the byte.

    Raises:
        FamilyUnknown: there is no family of that name.
    """
    return family(name).item(seed, level)


def plan(names: Sequence[str], items: int, *, seed: int | None = None) -> Plan:
    """A fixed form: the families in turn, the levels spread evenly in each, seeds that nobody has seen.

    With a `seed` the plan is the same every time, which is for tests alone.

    Raises:
        PlanInvalid: there are no families, or fewer items than families.
    """
    if not names or items < len(names):
        raise PlanInvalid("it needs a family, and an item of each")
    draw = Draw("plan", secrets.token_hex(32) if seed is None else seed)
    counts = {name: len(range(n, items, len(names))) for n, name in enumerate(names)}
    chosen = [
        Chosen(family=name, version=family(name).version, seed=draw.below(1 << 63), level=level)
        for name, count in counts.items()
        for level in _spread(count)
    ]
    return Plan(
        items=tuple(draw.shuffled(chosen)),
        scale=SCALE.as_dict(),
        stopping=f"fixed form of {items} items",
        salt=draw.bytes(32).hex(),
    )


def _spread(count: int) -> list[int]:
    if count == 1:
        return [LEVELS[len(LEVELS) // 2]]
    return [round(n * LEVELS[-1] / (count - 1)) for n in range(count)]


def usable_families(sandbox: Sandbox, names: Sequence[str] | None) -> list[str]:
    """The families that can be run here; all those that were named, or an error.

    Raises:
        FamilyUnknown: there is none of that name.
        CompilerMissing: a family that was named needs a C compiler, and the sandbox has none.
    """
    compiler = tools(sandbox).cc is not None
    if names is None:
        return [name for name, each in families().items() if compiler or not each.needs_compiler]
    for name in names:
        if family(name).needs_compiler and not compiler:
            raise CompilerMissing(name)
    return list(names)


def evaluate(
    model_spec: str | None,
    *,
    sandbox: Sandbox,
    folder: Path,
    sealed: Plan | None = None,
    items: int = 12,
    budget: Budget = BUDGET,
    progress: agents.Progress | None = None,
) -> Evaluation:
    """Run a model on a plan (a fresh one of `items` items over every family that can be run, where none is given).

    `progress` is told (items scored, items in all). `folder` takes the logs.

    Raises:
        RunHung, RunBroke: Inspect did not come through.
        ModelUnknown: the model string is neither a reference model's nor Inspect's.
    """
    sealed = sealed or plan(usable_families(sandbox, None), items)
    with agents.model(model_spec, folder=folder, sandbox=sandbox.name) as handle:
        generated = [family(each.family).item(each.seed, each.level) for each in sealed.items]
        scorer = _Scorer({each.id: each for each in generated}, SandboxBench(sandbox, handle.trust), progress)
        asked = [
            Assignment(id=each.id, prompt=each.prompt, files=each.files, trust=handle.trust)
            for each in generated
        ]
        ran = agents.run(asked, handle, name="battery", budget=budget, on_attempt=scorer.score)
    attempts = {each.id: each for each in ran.attempts}
    scores = tuple(_scored(each, attempts[each.id], scorer.verdicts.get(each.id)) for each in generated)
    counting = [each for each in scores if each.outcome.counts]
    return Evaluation(
        model=ran.model,
        scaffold=ran.scaffold,
        families={each.family: each.version for each in generated},
        plan=sealed,
        items=scores,
        ability=estimate([_response(each) for each in counting]),
        rate=rate(sum(each.outcome is Outcome.SOLVED for each in counting), len(counting)),
        budget=budget,
        sandbox=sandbox.name,
        weaker=sandbox.weaker,
        started=ran.started,
        ended=ran.ended,
        log=ran.log,
        log_digest=hashlib.sha256(Path(ran.log).read_bytes()).hexdigest() if ran.log else "",
    )


class _Scorer:
    """Scores each answer as it comes in, while the model goes on with the next."""

    def __init__(self, items: Mapping[str, Item], bench: Bench, progress: agents.Progress | None) -> None:
        self._items = items
        self._bench = bench
        self._progress = progress
        self.verdicts: dict[str, Verdict | Unable] = {}

    def score(self, item_id: str, answer: bytes | None) -> None:
        """Score one answer; a sandbox that breaks is the item's infrastructure error."""
        scored = self._items[item_id]
        verdict: Verdict | Unable
        try:
            verdict = (
                Verdict(solved=False, sentence="nothing was handed in")
                if answer is None
                else family(scored.family).score(scored, answer, self._bench)
            )
        except Unable as error:
            verdict = error
        self.verdicts[item_id] = verdict
        if self._progress is not None:
            self._progress(len(self.verdicts), len(self._items))


def _scored(scored: Item, attempt: Attempt, verdict: Verdict | Unable | None) -> ItemScore:
    sentence = attempt.note if verdict is None else getattr(verdict, "sentence", str(verdict))
    return score_of(
        scored,
        _outcome(attempt, verdict),
        sentence,
        elsewhere=isinstance(verdict, Verdict) and verdict.elsewhere,
        tokens=attempt.input_tokens + attempt.output_tokens,
        seconds=attempt.seconds,
    )


def score_of(
    scored: Item,
    outcome: Outcome,
    sentence: str,
    *,
    elsewhere: bool = False,
    tokens: int = 0,
    seconds: float = 0.0,
) -> ItemScore:
    """What came of an item, with what the item was."""
    return ItemScore(
        item=scored.id,
        family=scored.family,
        side=family(scored.family).side,
        seed=scored.seed,
        level=scored.level,
        difficulty=scored.difficulty,
        outcome=outcome,
        elsewhere=elsewhere,
        sentence=sentence,
        tokens=tokens,
        seconds=seconds,
    )


def _outcome(attempt: Attempt, verdict: Verdict | Unable | None) -> Outcome:
    """A flaw that was found counts however the attempt ended; what broke or was refused is no failure."""
    if isinstance(verdict, Verdict) and verdict.solved:
        return Outcome.SOLVED
    if attempt.ending is Ending.INFRASTRUCTURE or not isinstance(verdict, Verdict):
        return Outcome.INFRASTRUCTURE
    return Outcome.REFUSED if attempt.ending is Ending.REFUSED else Outcome.FAILED


def _response(score: ItemScore) -> Response:
    return Response(difficulty=score.difficulty, family=score.family, solved=score.outcome is Outcome.SOLVED)
