"""A model run on a sealed plan, and what is written down of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.evaluations import run_of

from headstart.benchmarks import queries, services, work
from headstart.benchmarks.errors import EvaluationNotFound, MayNotRecord
from headstart.benchmarks.rules.items import Outcome, digest
from headstart.benchmarks.rules.sealing import Form, Plan, check
from headstart.benchmarks.work import Evaluation
from headstart.ledger import queries as ledger
from headstart.people.rules import ANYONE
from headstart.sandbox.work import choose

Recorded = Callable[..., Evaluation]
FIXED = work.Terms(form=Form.FIXED, items=12)
SUBJECT = "urn:headstart:review:rev_1"


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_the_reference_models_are_measured_in_their_order(tmp_path: Path) -> None:
    """Really: Inspect AI, its process, the endpoint, the sandbox, fresh items, scored by running."""
    sandbox = choose(tmp_path)
    plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=2), seed=4)
    told: list[tuple[int, int]] = []
    fuzzer, null = (
        work.evaluate(
            f"reference/{strength}",
            sandbox=sandbox,
            folder=tmp_path / strength,
            plan=plan,
            on_score=lambda standing: told.append((standing.done, standing.most)),
        )
        for strength in ("fuzzer", "null")
    )
    assert null.solved == 0
    assert fuzzer.solved >= 1
    assert fuzzer.ability.mean > null.ability.mean
    assert told[:2] == [(1, 2), (2, 2)]
    assert fuzzer.refusals == fuzzer.infrastructure == 0
    assert fuzzer.header.state == "done"
    assert {each.item: each.order for each in fuzzer.items} == {each.item: each.order for each in null.items}
    for score in fuzzer.items:
        made = work.item(score.family, int(score.seed, 16), score.level)
        assert digest(made) == score.digest
        assert made.oracle.files["mended.py"].decode() not in str(fuzzer.folder.sample(score.item))


@pytest.fixture
def plan() -> Plan:
    return work.plan(["find-memory-flaw", "find-parser-flaw"], FIXED)


@pytest.fixture
def result(plan: Plan, tmp_path: Path) -> Callable[..., Evaluation]:
    """A result as `work.evaluate` gives it, half solved, without running anything."""
    return lambda **changes: run_of(tmp_path / "run", plan, **changes)


def test_what_was_recorded_is_seen_by_those_it_concerns_and_nobody_else(
    cast: Any, plan: Plan, result: Callable[..., Evaluation]
) -> None:
    developer = cast.organisation("developer")
    evaluation = services.record(result(), actor=cast.evaluator, subject=SUBJECT, developer=developer)
    for viewer in (cast.hub, cast.authority, cast.evaluator, cast.developer):
        seen = queries.evaluation(viewer, evaluation.id)
        assert seen.items.count() == 12
    for viewer in (cast.another_developer, cast.another_evaluator, cast.finder, cast.operator, ANYONE):
        assert not queries.evaluations(viewer).exists()
        with pytest.raises(EvaluationNotFound):
            queries.evaluation(viewer, evaluation.id)
    assert queries.evaluations_of(cast.hub, SUBJECT).get() == evaluation


def test_a_developer_may_not_measure_itself(cast: Any, plan: Plan, result: Recorded) -> None:
    with pytest.raises(MayNotRecord):
        services.record(result(), actor=cast.developer, subject=SUBJECT)
    with pytest.raises(MayNotRecord):
        services.seal(plan, actor=cast.developer, subject=SUBJECT)


def test_broken_items_are_counted_apart(cast: Any, plan: Plan, result: Recorded) -> None:
    evaluation = services.record(result(broken=3), actor=cast.evaluator, subject=SUBJECT)
    assert evaluation.infrastructure == 3
    assert evaluation.counted == 9
    assert evaluation.items.filter(outcome=Outcome.INFRASTRUCTURE).count() == 3


def test_a_plan_that_was_sealed_before_the_run_is_recorded_as_sealed(
    cast: Any, plan: Plan, result: Callable[..., Evaluation]
) -> None:
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    sealed = services.record(result(), actor=cast.evaluator, subject=SUBJECT)
    assert sealed.sealed_at is not None
    elsewhere = services.record(result(), actor=cast.evaluator, subject="urn:headstart:review:rev_2")
    assert elsewhere.sealed_at is None


def test_the_seal_hides_the_plan_and_the_record_opens_it(
    cast: Any, plan: Plan, result: Callable[..., Evaluation]
) -> None:
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    (entry,) = ledger.entries(ANYONE)
    assert entry.details == {"commitment": plan.commitment, "items": 12}
    evaluation = services.record(result(), actor=cast.evaluator, subject=SUBJECT)
    check(evaluation.plan, entry.details["commitment"])
    assert ledger.entries(ANYONE).count() == 1
