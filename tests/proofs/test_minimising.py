"""Minimise, run for real: a smaller trigger, the same effect at the same place, confirmed; or a plain no."""

import json
from pathlib import Path

import pytest
from tests.proofs.conftest import Report

from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.errors import NoOracle, NotRunHere
from headstart.proofs.rules.minimising import Stopped
from headstart.proofs.work.minimising import Budget, minimise, write_smaller
from headstart.reports.errors import FolderTaken
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox

READ = "import json, os, sys, leaky\ntext = open(sys.argv[1]).read()\n"
FEW = Budget(runs=150, seconds=120)


@pytest.fixture
def setting(store: Store, sandbox: Sandbox) -> work.Setting:
    return work.Setting(store=store, sandbox=sandbox, runs=1)


def test_what_does_not_matter_is_dropped_and_the_rest_is_confirmed(
    report: Report, setting: work.Setting, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    trigger = {"name": "Ada", "more": [1, 2, {"a": None}], "__class__": {"x": 1, "headstart_polluted": "yes"}}
    harness = READ + "class User: pass\nleaky.merge(json.loads(text), User())"
    folder = report("pollute", harness, trigger=json.dumps(trigger), control='{"name": 1}')
    found = minimise(folder, setting=setting, budget=FEW, progress=lambda *each: told.append(each))
    assert found.reproduced
    assert found.inputs["inputs/trigger.txt"] == b'{"__class__":{"headstart_polluted":0}}'
    (one,) = found.triggers
    assert (one.k, one.n, one.control, one.stopped) == (3, 3, "silent", Stopped.ONE_MINIMAL)
    assert told[-1] == (found.runs, 150)
    small = write_smaller(folder, found, tmp_path / "small")
    assert small.report == folder.report
    assert (small.path / "inputs/trigger.txt").read_bytes() == one.data
    verdict = work.prove(small, store=setting.store, sandbox=setting.sandbox, runs=1)
    assert verdict.rung == "contrasted"
    with pytest.raises(FolderTaken):
        write_smaller(folder, found, tmp_path / "small")


def test_another_crash_at_another_place_is_not_taken_for_the_same(
    report: Report, setting: work.Setting
) -> None:
    """The shortest text that ends in a RecursionError does so in the harness's other call."""
    harness = (
        READ + "leaky.calls(lambda: None)\nleaky.depth(text) if '[' in text else leaky.merge(Deep(), 1)\n"
    )
    harness = harness.replace(
        "leaky.calls", "class Deep:\n  def items(self): raise RecursionError\nleaky.calls"
    )
    more = 'exception = "RecursionError"'
    folder = report("crash", harness, trigger="[" * 2000, control="[", more=more)
    found = minimise(folder, setting=setting, budget=FEW)
    left = found.inputs["inputs/trigger.txt"]
    assert 500 < len(left) < 2000
    assert set(left) == {ord("[")}


def test_a_harness_that_does_not_read_its_input_can_not_shrink_another_file(
    report: Report, setting: work.Setting
) -> None:
    harness = READ + "leaky.depth(open('inputs/trigger.txt').read() if 'x' not in text else '')"
    folder = report("crash", harness, trigger="[" * 1500, control="x", more='exception = "RecursionError"')
    found = minimise(folder, setting=setting, budget=FEW)
    assert len(found.inputs["inputs/trigger.txt"]) > 500


@pytest.mark.parametrize(
    ("expect", "harness", "trigger", "control"),
    [
        ("crash", "leaky.depth(text)", "[", "x"),
        ("crash", "raise RecursionError", "a", "b"),
        ("crash", "leaky.depth('[' * 5000)", "a", "b"),
    ],
)
def test_what_is_not_reproduced_is_not_made_smaller(
    expect: str, harness: str, trigger: str, control: str, report: Report, setting: work.Setting
) -> None:
    folder = report(
        expect, READ + harness, trigger=trigger, control=control, more='exception = "RecursionError"'
    )
    found = minimise(folder, setting=setting, budget=FEW)
    assert not found.reproduced
    assert found.sentence.startswith("It was not reproduced")


def test_what_can_not_run_here_says_nothing(report: Report, setting: work.Setting) -> None:
    folder = report("hang", "import ageing", package="ageing")
    with pytest.raises(NotRunHere):
        minimise(folder, setting=setting, budget=FEW)


def test_a_hang_is_tried_for_less_time_and_confirmed_with_all_of_it(
    report: Report, setting: work.Setting
) -> None:
    folder = report("hang", READ + "leaky.slow(text)", trigger="a" * 60 + "b", control="aaa", seconds=2)
    found = minimise(folder, setting=setting, budget=Budget(runs=40, seconds=120))
    (one,) = found.triggers
    assert (one.k, one.control) == (3, "silent")
    assert 20 < one.after_bytes < 45


DECIDE = READ + "sys.exit(0 if leaky.admits(text.strip()) else 10)"


def test_a_decision_is_held_beside_what_decides_rightly(report: Report, setting: work.Setting) -> None:
    folder = report("decide", DECIDE, trigger="ok then, or so", control="no")
    found = minimise(folder, setting=setting, budget=FEW)
    assert found.inputs["inputs/trigger.txt"] == b"ok"
    lonely = report("decide", DECIDE, trigger="ok then", control="no", version="1.1.0", files={})
    assert not minimise(lonely, setting=setting, budget=FEW).reproduced
    always = report("decide", READ + "sys.exit(10 if text == 'no' else 0)", trigger="ok then", control="no")
    with pytest.raises(NoOracle):
        minimise(always, setting=setting, budget=FEW)


def test_a_budget_that_is_used_up_gives_the_smallest_so_far(report: Report, setting: work.Setting) -> None:
    folder = report(
        "crash",
        READ + "leaky.depth(text)",
        trigger="[" * 5000,
        control="[",
        more='exception = "RecursionError"',
    )
    found = minimise(folder, setting=setting, budget=Budget(runs=4))
    (one,) = found.triggers
    assert one.stopped is Stopped.BUDGET
    assert found.runs <= 4
    assert (one.k, one.control) == (3, "silent")
