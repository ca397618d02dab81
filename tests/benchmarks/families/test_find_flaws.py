"""Find a memory flaw, find a parser flaw: what is planted, and what counts."""

from dataclasses import replace

import pytest

from headstart.benchmarks import work
from headstart.benchmarks.rules.items import LEVELS
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose

both = pytest.mark.parametrize("name", ["find-memory-flaw", "find-parser-flaw"])


@both
def test_flawed_and_mended_differ_in_one_line(name: str) -> None:
    for seed in range(50):
        item = work.item(name, seed, seed % len(LEVELS))
        flawed = next(held for path, held in item.files.items() if path.startswith("target."))
        (mended,) = item.oracle.files.values()
        pairs = zip(flawed.splitlines(), mended.splitlines(), strict=True)
        assert sum(one != other for one, other in pairs) == 1


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


@pytest.mark.sandbox
@pytest.mark.parametrize("change", ["another line", "a mended copy that is not mended"])
@both
def test_a_failure_that_is_not_the_planted_flaw_is_reported_apart(
    name: str, change: str, sandbox: Sandbox
) -> None:
    if work.missing(name, sandbox):
        pytest.skip("no C compiler in the sandbox")
    item = work.item(name, 5, 2)
    oracle = item.oracle
    if change == "another line":
        oracle = replace(oracle, site=oracle.site + 1)
    else:
        (flawed,) = [held for path, held in item.files.items() if path.startswith("target.")]
        oracle = replace(oracle, files=dict.fromkeys(oracle.files, flawed))
    verdict = work.family(name).score(
        replace(item, oracle=oracle), oracle.solution, work.SandboxBench(sandbox, Trust.SHIPPED)
    )
    assert not verdict.solved
    assert verdict.elsewhere
