"""Run a model on a sealed plan: give items out, score each answer by running, write down what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from headstart import clock
from headstart.agents import work as agents
from headstart.agents.rules.assignments import Budget
from headstart.benchmarks.errors import RunOfAnotherModel
from headstart.benchmarks.rules.ability import Ability
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.rules.rates import Rate, rate
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work.folder import Header, RunFolder
from headstart.benchmarks.work.sessions import RunLimits, Session, Standing
from headstart.sandbox.ports import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What only people know of a run, and a report has to say (rules 7 and 8)."""

    snapshot: str = ""
    access_level: str = ""
    safeguards: str = "unknown"
    evaluator: str = ""
    independence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of an evaluation: every item, and what the whole says."""

    folder: RunFolder
    header: Header
    plan: Plan
    items: tuple[ItemScore, ...]
    ability: Ability
    rate: Rate  # solved, of the items that count

    @property
    def model(self) -> str:
        """How the result names the model."""
        return self.header.model

    @property
    def families(self) -> Mapping[str, int]:
        """Name -> generator version."""
        return {each.name: each.version for each in self.plan.families}

    @property
    def solved(self) -> int:
        """Items that were solved."""
        return self.rate.hits

    @property
    def refusals(self) -> int:
        """Items that the model would not attempt."""
        return self._count(Outcome.REFUSED)

    @property
    def infrastructure(self) -> int:
        """Items that broke for reasons that are not the model's."""
        return self._count(Outcome.INFRASTRUCTURE)

    @property
    def started(self) -> datetime:
        """When the first item was given out."""
        return self.header.started

    @property
    def ended(self) -> datetime:
        """When the run came to its end."""
        return self.header.ended or self.header.started

    def _count(self, outcome: Outcome) -> int:
        return sum(each.outcome is outcome for each in self.items)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "model": self.model,
            "run": str(self.folder.path),
            "scaffold": self.header.scaffold,
            "families": dict(self.families),
            "items": len(self.items),
            "ability": self.ability.mean,
            "standard_error": self.ability.standard_error,
            "interval": [self.ability.low, self.ability.high],
            "solved": asdict(self.rate),
            "refusals": self.refusals,
            "infrastructure": self.infrastructure,
            "cheating": sum(each.cheated for each in self.items),
            "tokens": sum(each.tokens for each in self.items),
            "cost": _cost(self.items),
            "state": self.header.state,
            "stopped_by": self.header.stopped_by,
            "commitment": self.plan.commitment,
            "root": self.header.root,
            "budget": dict(self.header.budget),
            "sandbox": {"provider": self.header.sandbox, "weaker": self.header.weaker},
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
        }


def _cost(items: tuple[ItemScore, ...]) -> float | None:
    """What it cost; None where no price was given for any of it."""
    known = [each.cost for each in items if each.cost is not None]
    return sum(known) if len(known) == len(items) and items else None


def evaluate(
    model_spec: str | None,
    *,
    sandbox: Sandbox,
    folder: Path,
    plan: Plan,
    about: About | None = None,
    limits: RunLimits | None = None,
    on_score: Callable[[Standing], None] | None = None,
) -> Evaluation:
    """Run a model on a sealed plan. A folder in which the same plan was begun goes on where it stopped.

    Raises:
        SealBroken: another plan is being run in that folder.
        RunOfAnotherModel: another model is being run there.
        ModelUnknown: the model string is neither a reference model's nor Inspect's.
        RunBroke: Inspect did not come through.
    """
    kept, about, limits = RunFolder(folder), about or About(), limits or RunLimits()
    budget = replace(Budget(**plan.budget), in_flight=plan.in_flight)
    with agents.model(model_spec, folder=folder, sandbox=sandbox.name) as handle:
        header = _header(kept, handle.name, plan, about, limits, sandbox)
        kept.begin(header, plan)
        session = Session(plan, kept, sandbox=sandbox, trust=handle.trust, limits=limits, on_score=on_score)
        session.take_up()
        ran = session.run(handle, budget)
        header = replace(header, scaffold=ran.scaffold, tools=("bash", "python", "submit"))
    return close(kept, header, session)


def _header(
    kept: RunFolder, model: str, plan: Plan, about: About, limits: RunLimits, sandbox: Sandbox
) -> Header:
    if kept.exists and (found := kept.header()).commitment == plan.commitment:
        if found.model != model:
            raise RunOfAnotherModel(kept.path, found.model, model)
        return replace(found, state="running", stopped_by="", ended=None, root="")
    return Header(
        model=model,
        commitment=plan.commitment,
        started=clock.now(),
        **asdict(about),
        budget=dict(plan.budget),
        prices=None if limits.prices is None else asdict(limits.prices),
        run_limits={"tokens": limits.tokens, "seconds": limits.seconds, "cost": limits.cost},
        sandbox=sandbox.name,
        weaker=sandbox.weaker,
    )


def close(kept: RunFolder, header: Header, session: Session) -> Evaluation:
    """Write down how a run ended, and give what came of it."""
    items = tuple(kept.scores())
    header = replace(
        header,
        state="done" if session.is_done else "stopped",
        stopped_by=session.stopped_by,
        ended=clock.now(),
        root=kept.root().hex(),
    )
    kept.write(header)
    counting = [each for each in items if each.counts]
    return Evaluation(
        folder=kept,
        header=header,
        plan=session.plan,
        items=items,
        ability=session.ability,
        rate=rate(sum(each.earned for each in counting), len(counting)),
    )
