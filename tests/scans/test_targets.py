"""What a model may be pointed at, and what the hub says an input did."""

import ast
from pathlib import Path
from typing import Any

import pytest

from headstart.reports.rules import Expect
from headstart.sandbox.rules.jobs import Applied, Ended, Outcome
from headstart.scans import work
from headstart.scans.errors import ScanTargetInvalid
from headstart.scans.rules.effects import effect
from headstart.scans.rules.harness import harness
from headstart.scans.rules.targets import ScanTarget, read_targets

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TABLE = {
    "package": "pkg:pypi/thing@1.2",
    "entry": "thing.inner:parse",
    "exceptions": ["thing.errors.Refused", "ValueError"],
    "boundary": "Text from outside",
    "seeds": ["hello"],
    "seconds": 2,
}


def target(**more: Any) -> ScanTarget:
    (read,) = read_targets({"target": [{**TABLE, **more}]}, "here")
    return read


def test_the_examples_can_be_read() -> None:
    targets = work.read_targets(EXAMPLES / "scan-targets.toml")
    assert {each.offline for each in targets} == {True, False}
    assert all(each.purl.version for each in targets)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"package": "thing"}, "package URL"),
        ({"package": "pkg:pypi/thing"}, "version"),
        ({"entry": "thing.parse"}, "module:callable"),
        ({"entry": "thing:parse; import os"}, "module:callable"),
        ({"exceptions": ["Value Error"]}, "exception"),
        ({"argument": "int"}, "str or bytes"),
        ({"seeds": []}, "seed"),
        ({"seeds": "hello"}, "list of texts"),
        ({"seconds": 0}, "above 0"),
        ({"max_length": True}, "above 0"),
        ({"boundary": ""}, "boundary"),
        ({"trigger": "x"}, "no field trigger"),
    ],
)
def test_a_target_that_breaks_a_rule_is_one_clear_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ScanTargetInvalid, match=says) as refused:
        target(**change)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("here, target 1: ")


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ScanTargetInvalid, match="can't be read"):
        work.read_targets(tmp_path / "none.toml")


def test_the_harness_hands_its_input_over_and_does_nothing_else() -> None:
    text = harness(target())
    tree = ast.parse(text)
    assert "import thing.inner" in text
    assert "import thing.errors" in text
    calls = [ast.unparse(each.func) for each in ast.walk(tree) if isinstance(each, ast.Call)]
    assert calls.count("thing.inner.parse") == 1
    assert not {"open", "exec", "eval", "__import__"} & set(calls)


def outcome(ended: Ended = Ended.EXITED, cpu: float = 0.05, stderr: str = "", status: int = 0) -> Outcome:
    return Outcome(
        ended=ended,
        status=status if ended is Ended.EXITED else None,
        signal=None,
        stdout=b"",
        stderr=stderr.encode(),
        cpu_seconds=cpu,
        wall_seconds=cpu,
        peak_memory_bytes=None,
        truncated=False,
        applied=Applied(provider="none", weaker=False, by=()),
    )


TRACE = """Traceback (most recent call last):
  File "/work/harness.py", line 9, in <module>
  File "/target/thing/inner.py", line 4, in parse
IndexError: list index out of range"""
HARNESS_TRACE = TRACE.replace('  File "/target/thing/inner.py", line 4, in parse\n', "")


@pytest.mark.parametrize(
    ("trigger", "control", "expected"),
    [
        (outcome(stderr=TRACE, status=1), outcome(), Expect.CRASH),
        (outcome(stderr=HARNESS_TRACE, status=1), outcome(), None),
        (outcome(stderr=TRACE, status=1), outcome(stderr=TRACE, status=1), None),
        (outcome(Ended.CPU_TIME, cpu=2.0), outcome(), Expect.HANG),
        (outcome(Ended.CPU_TIME, cpu=2.0), outcome(cpu=0.3), None),
        (outcome(Ended.WALL_TIME, cpu=0.1), outcome(), None),
        (outcome(Ended.MEMORY), outcome(), None),
        (outcome(), outcome(), None),
    ],
)
def test_only_an_effect_that_the_control_has_not_counts(
    trigger: Outcome, control: Outcome, expected: Expect | None
) -> None:
    seen = effect(target(), trigger, control)
    assert (seen.expect if seen else None) is expected
    if expected is Expect.CRASH:
        assert seen is not None
        assert seen.exception == "IndexError"
