"""A model run on a sealed plan, and what is written down of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headstart.agents.rules.assignments import Budget
from headstart.benchmarks import queries, services, work
from headstart.benchmarks.errors import EvaluationNotFound, MayNotRecord
from headstart.benchmarks.rules.ability import estimate
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.rules.rates import rate
from headstart.benchmarks.rules.sealing import Plan, check
from headstart.benchmarks.work import Evaluation
from headstart.benchmarks.work.evaluation import score_of
from headstart.ledger import queries as ledger
from headstart.people.rules import ANYONE
from headstart.sandbox.work import choose

SUBJECT = "urn:headstart:review:rev_1"


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_the_reference_models_are_measured_in_their_order(tmp_path: Path) -> None:
    """Really: Inspect AI, its process, the endpoint, the sandbox, fresh items, scored by running."""
    sandbox = choose(tmp_path)
    plan = work.plan(["find-parser-flaw"], 2, seed=4)
    easy = replace(plan, items=tuple(replace(each, level=0) for each in plan.items))
    told: list[tuple[int, int]] = []
    fuzzer, null = (
        work.evaluate(
            f"reference/{strength}",
            sandbox=sandbox,
            folder=tmp_path / strength,
            sealed=easy,
            progress=lambda done, total: told.append((done, total)),
        )
        for strength in ("fuzzer", "null")
    )
    assert null.solved == 0
    assert fuzzer.solved == 2
    assert fuzzer.ability.mean > null.ability.mean
    assert told[1] == (2, 2)
    assert fuzzer.refusals == fuzzer.infrastructure == 0
    assert len(fuzzer.log_digest) == 64
    check(fuzzer.as_dict()["plan"], easy.commitment)
    oracle = work.item("find-parser-flaw", easy.items[0].seed, 0).oracle
    assert all(held.decode() not in Path(str(fuzzer.log)).read_text() for held in oracle.files.values())


def result(plan: Plan, *, model: str = "reference/fuzzer", broken: int = 0) -> Evaluation:
    """A result as `work.evaluate` gives it, half solved, without running anything."""
    items = []
    for n, chosen in enumerate(plan.items):
        made = work.item(chosen.family, chosen.seed, chosen.level)
        outcome = Outcome.INFRASTRUCTURE if n < broken else Outcome.SOLVED if n % 2 else Outcome.FAILED
        items.append(score_of(made, outcome, "said so"))
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    return Evaluation(
        model=model,
        scaffold="none",
        families={"find-parser-flaw": 1, "find-memory-flaw": 1},
        plan=plan,
        items=tuple(items),
        ability=estimate([]),
        rate=rate(5, 12 - broken),
        budget=Budget(),
        sandbox="bubblewrap",
        weaker=False,
        started=now + timedelta(days=365),
        ended=now + timedelta(days=365, minutes=1),
        log=None,
        log_digest="0" * 64,
    )


@pytest.fixture
def plan() -> Plan:
    return work.plan(sorted(work.families()), 12)


def test_what_was_recorded_is_seen_by_those_it_concerns_and_nobody_else(cast: Any, plan: Plan) -> None:
    developer = cast.organisation("developer")
    evaluation = services.record(result(plan), actor=cast.evaluator, subject=SUBJECT, developer=developer)
    for viewer in (cast.hub, cast.authority, cast.evaluator, cast.developer):
        seen = queries.evaluation(viewer, evaluation.id)
        assert seen.items.count() == 12
    for viewer in (cast.another_developer, cast.another_evaluator, cast.finder, cast.operator, ANYONE):
        assert not queries.evaluations(viewer).exists()
        with pytest.raises(EvaluationNotFound):
            queries.evaluation(viewer, evaluation.id)
    assert queries.evaluations_of(cast.hub, SUBJECT).get() == evaluation


def test_a_developer_may_not_measure_itself(cast: Any, plan: Plan) -> None:
    with pytest.raises(MayNotRecord):
        services.record(result(plan), actor=cast.developer, subject=SUBJECT)
    with pytest.raises(MayNotRecord):
        services.seal(plan, actor=cast.developer, subject=SUBJECT)


def test_broken_items_are_counted_apart(cast: Any, plan: Plan) -> None:
    evaluation = services.record(result(plan, broken=3), actor=cast.evaluator, subject=SUBJECT)
    assert evaluation.infrastructure == 3
    assert evaluation.counted == 9
    assert evaluation.items.filter(outcome=Outcome.INFRASTRUCTURE).count() == 3


def test_a_plan_that_was_sealed_before_the_run_is_recorded_as_sealed(cast: Any, plan: Plan) -> None:
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    sealed = services.record(result(plan), actor=cast.evaluator, subject=SUBJECT)
    assert sealed.sealed_at is not None
    elsewhere = services.record(result(plan), actor=cast.evaluator, subject="urn:headstart:review:rev_2")
    assert elsewhere.sealed_at is None


def test_the_seal_hides_the_plan_and_the_record_opens_it(cast: Any, plan: Plan) -> None:
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    (entry,) = ledger.entries(ANYONE)
    assert entry.details == {"commitment": plan.commitment, "items": 12}
    evaluation = services.record(result(plan), actor=cast.evaluator, subject=SUBJECT)
    check(evaluation.plan, entry.details["commitment"])
    assert ledger.entries(ANYONE).count() == 1
