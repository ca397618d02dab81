"""One run: a sandbox that broke is tried again, and is never read as an answer."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import Report

from headstart.proofs import work
from headstart.proofs.rules import Rung
from headstart.sandbox.errors import SandboxBroke
from headstart.sandbox.rules.jobs import Ended, Job, Outcome

pytestmark = pytest.mark.sandbox


class Breaking:
    """A real sandbox that breaks before some of its runs."""

    def __init__(self, sandbox: Any, breaks: Iterator[bool]) -> None:
        self._sandbox, self._breaks = sandbox, breaks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def scratch(self) -> AbstractContextManager[Path]:
        return self._sandbox.scratch()  # type: ignore[no-any-return]

    def run(self, job: Job) -> Outcome:
        if next(self._breaks):
            raise SandboxBroke("breaking", "on purpose")
        return self._sandbox.run(job)  # type: ignore[no-any-return]


SLOW = "import sys, leaky\nleaky.slow(open(sys.argv[1]).read())"
HARNESS = "import sys, leaky\nleaky.depth(open(sys.argv[1]).read())"


@pytest.mark.parametrize(
    ("breaks", "rung"), [((True, True, False), Rung.CONTROLLED), ((True,), Rung.UNRUNNABLE)]
)
def test_a_sandbox_that_breaks_now_and_then_changes_no_verdict(
    breaks: tuple[bool, ...],
    rung: Rung,
    report: Report,
    sandbox: Any,
    store: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import itertools

    from headstart.proofs.work import proving

    monkeypatch.setattr(proving, "AT_ONCE", 1)
    made = report("crash", HARNESS, trigger="[" * 5000, control="[", more='exception = "RecursionError"')
    breaking: Any = Breaking(sandbox, itertools.cycle(breaks))
    verdict = work.prove(made, store=store, sandbox=breaking, runs=1, contrast="none")
    assert verdict.rung is rung


class Sampled(Breaking):
    """A real sandbox in which some of the runs end as if the fault handler had killed the interpreter."""

    def run(self, job: Job) -> Outcome:
        outcome: Outcome = self._sandbox.run(job)
        if not next(self._breaks):
            return outcome
        return replace(outcome, ended=Ended.SIGNALLED, signal=signal.SIGSEGV, status=None, cpu_seconds=0.4)


@pytest.mark.parametrize(("breaks", "rung"), [((True, False), Rung.CONTROLLED), ((True,), Rung.REFUTED)])
def test_a_hang_that_the_hubs_own_sampling_ended_is_run_again(
    breaks: tuple[bool, ...],
    rung: Rung,
    report: Report,
    sandbox: Any,
    store: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import itertools

    from headstart.proofs.work import proving

    monkeypatch.setattr(proving, "AT_ONCE", 1)
    made = report("hang", SLOW, trigger="a" * 40 + "b", control="aaa")
    breaking: Any = Sampled(sandbox, itertools.cycle(breaks))
    verdict = work.prove(made, store=store, sandbox=breaking, runs=2, contrast="none")
    assert verdict.rung is rung
