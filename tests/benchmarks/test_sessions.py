"""A run from the first item to the last, with models that are only made up: no Inspect, no sandbox."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.families import ANSWER, Broken, Endless, Liar, Quick, use

from headstart.agents.rules.assignments import Assignment, Attempt, Ending
from headstart.benchmarks import work
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.rules.results import Framing
from headstart.benchmarks.rules.scale import SCALE
from headstart.benchmarks.rules.sealing import Form, Plan
from headstart.benchmarks.work import RunFolder, RunLimits
from headstart.benchmarks.work.sessions import MOST_BROKEN, Session
from headstart.sandbox.rules.jobs import Trust

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Model = Callable[[Assignment], Attempt]
FAMILIES = [Quick(f"quick-{letter}") for letter in "abcdef"]


def attempt(given: Assignment, answer: bytes | None, **changes: Any) -> Attempt:
    return Attempt(**{
        "id": given.id, "ending": Ending.SUBMITTED, "answer": answer, "started": NOW, "ended": NOW,
        "input_tokens": 90, "output_tokens": 10, **changes,
    })  # fmt: skip


def right(given: Assignment) -> Attempt:
    seed = given.id.split("-")[-1].split(".")[0]
    return attempt(given, ANSWER + str(int(seed, 16)).encode())


def able(ability: float, seed: int = 1) -> Model:
    """Solves by its chance on the scale."""
    rng = random.Random(seed)

    def answer(given: Assignment) -> Attempt:
        name, level, _ = given.id.rsplit("-", 2)
        family = name.rsplit(".", 1)[0]
        chance = 1 / (1 + math.exp(SCALE.difficulty(family, int(level)) - ability))
        return right(given) if rng.random() < chance else attempt(given, b"no")

    return answer


def session(folder: Path, plan: Plan, **limits: Any) -> Session:
    run = RunFolder(folder)
    run.path.mkdir(exist_ok=True)
    nowhere: Any = None  # nothing is run
    made = Session(plan, run, sandbox=nowhere, trust=Trust.SHIPPED, limits=RunLimits(**limits))
    made.take_up()
    return made


def drive(running: Session, model: Model, in_flight: int = 4, most: int = 10_000) -> None:
    """As the agents room does: a place that is free asks for the next; which ends first is anybody's guess."""
    rng = random.Random(most)
    pending: list[Assignment] = []
    for _ in range(most):
        while len(pending) < in_flight and (given := running.next()):
            pending.append(given)
        if not pending:
            return
        running.ended(model(pending.pop(rng.randrange(len(pending)))))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return use(monkeypatch, *FAMILIES)


def test_an_adaptive_run_stops_at_its_standard_error_near_the_ability(
    names: list[str], tmp_path: Path
) -> None:
    plan = work.plan(names, work.Terms(until_se=0.6, items=200), seed=1)
    for n, ability in enumerate((-2.0, 2.0)):
        running = session(tmp_path / str(n), plan)
        drive(running, able(ability))
        assert running.is_done
        assert "standard error" in running.stopped_by
        assert running.ability.standard_error <= 0.6
        assert abs(running.ability.mean - ability) < 1.8
        scores = list(RunFolder(tmp_path / str(n)).scores())
        assert 12 <= len(scores) < 120
        assert {each.family for each in scores} == set(names)
        assert 0.1 < sum(each.anchor for each in scores) / len(scores) < 0.35
        assert {each.framing for each in scores} == set(Framing)


def test_a_fixed_form_gives_each_item_once_in_the_plans_order(names: list[str], tmp_path: Path) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=30), seed=1)
    running = session(tmp_path / "run", plan)
    drive(running, right)
    scores = list(RunFolder(tmp_path / "run").scores())
    assert [(each.family, each.level) for each in sorted(scores, key=lambda each: each.order)] == list(
        plan.fixed()
    )
    assert len({each.item for each in scores}) == 30
    assert all(each.outcome is Outcome.SOLVED and each.tokens == 100 for each in scores)


@pytest.mark.parametrize("form", Form)
def test_a_run_that_was_killed_goes_on_without_repeating(
    names: list[str], tmp_path: Path, form: Form
) -> None:
    plan = work.plan(names, work.Terms(form=form, items=25, until_se=0.4), seed=2)
    first = session(tmp_path / "run", plan)
    drive(first, able(0), most=9)  # four are in flight, and are lost
    journal = (tmp_path / "run" / "journal.jsonl").read_bytes()
    (tmp_path / "run" / "journal.jsonl").write_bytes(journal + b'{"item": "torn')
    second = session(tmp_path / "run", plan)
    assert second.ability == first.ability
    drive(second, able(0))
    scores = list(RunFolder(tmp_path / "run").scores())
    assert (tmp_path / "run" / "journal.jsonl").read_bytes().startswith(journal)
    assert len({each.item for each in scores}) == len(scores) == 25
    if form is Form.FIXED:
        assert Counter((each.family, each.level) for each in scores) == Counter(plan.fixed())


def test_refusals_and_broken_machines_are_no_failures(names: list[str], tmp_path: Path) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=18), seed=1)
    endings = {0: Ending.REFUSED, 1: Ending.INFRASTRUCTURE, 2: Ending.LIMIT}
    count = iter(range(100))

    def model(given: Assignment) -> Attempt:
        return attempt(given, None, ending=endings[next(count) % 3], note="the endpoint is gone")

    running = session(tmp_path / "run", plan)
    drive(running, model)
    found = Counter(each.outcome for each in RunFolder(tmp_path / "run").scores())
    assert found == {Outcome.REFUSED: 6, Outcome.INFRASTRUCTURE: 6, Outcome.FAILED: 6}
    assert running.ability.items == 6


def test_an_endpoint_that_is_down_stops_the_run_and_says_so(names: list[str], tmp_path: Path) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=60), seed=1)
    running = session(tmp_path / "run", plan)
    drive(running, lambda given: attempt(given, None, ending=Ending.INFRASTRUCTURE, note="gone"), in_flight=1)
    assert not running.is_done
    assert "in a row" in running.stopped_by
    assert len(list(RunFolder(tmp_path / "run").scores())) == MOST_BROKEN
    again = session(tmp_path / "run", plan)
    drive(again, right)
    assert again.is_done
    assert len(list(RunFolder(tmp_path / "run").scores())) == 60


LIMITS = [({"tokens": 500}, "500 tokens"), ({"cost": 0.05}, "dollars"), ({"seconds": 0.0}, "passed")]


@pytest.mark.parametrize(("limits", "why"), LIMITS)
def test_a_limit_of_the_whole_run_stops_it(
    names: list[str], tmp_path: Path, limits: dict[str, float], why: str
) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=60), seed=1)
    running = session(tmp_path / "run", plan, **limits)
    drive(running, lambda given: attempt(given, b"no", cost=0.01), in_flight=1)
    assert not running.is_done
    assert why in running.stopped_by
    assert len(list(RunFolder(tmp_path / "run").scores())) == (0 if "seconds" in limits else 5)


def test_further_attempts_are_kept_apart_and_say_nothing_of_ability(names: list[str], tmp_path: Path) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=6, attempts=3), seed=1)
    running = session(tmp_path / "run", plan)
    drive(running, right)
    scores = list(RunFolder(tmp_path / "run").scores())
    assert Counter(each.attempt for each in scores) == {1: 6, 2: 6, 3: 6}
    assert running.ability.items == 6
    assert len({(each.item, each.attempt) for each in scores}) == 18
    assert {each.sample_name for each in scores if each.attempt == 2} == {
        f"{each.item}.2.json" for each in scores
    }


def test_further_attempts_that_a_killed_run_owes_are_made(names: list[str], tmp_path: Path) -> None:
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=6, attempts=3), seed=1)
    drive(session(tmp_path / "run", plan), right, most=5)
    drive(session(tmp_path / "run", plan), right)
    scores = list(RunFolder(tmp_path / "run").scores())
    assert Counter(each.attempt for each in scores) == {1: 6, 2: 6, 3: 6}
    assert len({(each.item, each.attempt) for each in scores}) == 18


@pytest.mark.parametrize(
    ("liar", "said"),
    [
        (Liar("liar"), "not deterministic"),
        (Broken("liar"), "could not"),
        (Endless("liar"), "more than 8 MiB"),
    ],
)
def test_a_family_that_lies_or_breaks_costs_its_own_items_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, liar: Quick, said: str
) -> None:
    names = use(monkeypatch, liar, Quick("honest"))
    plan = work.plan(names, work.Terms(form=Form.FIXED, items=14), seed=1)
    running = session(tmp_path / "run", plan)
    drive(running, right)
    scores = list(RunFolder(tmp_path / "run").scores())
    assert len(scores) == 14
    for score in scores:
        if score.family == "honest":
            assert score.outcome is Outcome.SOLVED
        else:
            assert score.outcome is Outcome.INFRASTRUCTURE
            assert said in score.sentence
            assert "\n" not in score.sentence
    assert running.ability.items == 7


def test_a_plug_in_whose_items_depend_on_the_process_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another package's family is made again in a process of its own, under another hash seed."""
    package = tmp_path / "plugin"
    info = package / "plugin-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1\n")
    named = "hashed = plugin_family:Hashed\nhonest = plugin_family:Honest\n"
    (info / "entry_points.txt").write_text(f"[headstart.families]\n{named}")
    (package / "plugin_family.py").write_text(
        "from tests.simulators.families import Quick\n"
        "class Honest(Quick):\n    def __init__(self): super().__init__('honest')\n"
        "class Hashed(Quick):\n    def __init__(self): super().__init__('hashed')\n"
        "    def item(self, seed, level): return super().item(seed ^ (hash(str(seed)) & 0xffff), level)\n"
    )
    monkeypatch.syspath_prepend(str(package))
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{package}:{root}:{root / 'src'}")
    work.families.cache_clear()
    try:
        assert {"hashed", "honest", "find-memory-flaw"} <= set(work.families())
        plan = work.plan(["hashed", "honest"], work.Terms(form=Form.FIXED, items=4), seed=1)
        running = session(tmp_path / "run", plan)
        drive(running, right)
    finally:
        work.families.cache_clear()
    found = {(each.family, each.outcome) for each in RunFolder(tmp_path / "run").scores()}
    assert found == {("hashed", Outcome.INFRASTRUCTURE), ("honest", Outcome.SOLVED)}
