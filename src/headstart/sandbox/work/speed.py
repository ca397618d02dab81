"""What the sandbox costs over the bare process."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Job, Trust

_SCRIPT = ("-I", "-S", "-c", "pass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Medians of the wall time of a Python that does nothing; runs a second with one thread for each core."""

    bare_seconds: float
    sandbox_seconds: float
    bare_runs_a_second: float
    sandbox_runs_a_second: float
    runs: int

    @property
    def overhead_seconds(self) -> float:
        """What the sandbox adds to one run."""
        return self.sandbox_seconds - self.bare_seconds


def overhead(sandbox: Sandbox, runs: int = 100, threads: int = 2) -> Figures:
    """Run a Python that does nothing, bare and in the sandbox by turns, then as many as go with some threads."""
    with sandbox.scratch() as scratch:
        folders = [scratch / str(number) for number in range(threads)]
        for each in folders:
            each.mkdir()

        def bare(_: int) -> None:
            subprocess.run([sandbox.tools.python, *_SCRIPT], check=True, env={}, capture_output=True)

        def inside(thread: int) -> None:
            argv = (sandbox.tools.python, *_SCRIPT)
            sandbox.run(Job(argv=argv, work=folders[thread], trust=Trust.SHIPPED))

        pairs = [(_seconds(bare), _seconds(inside)) for _ in range(runs)]
        return Figures(
            bare_seconds=median(each for each, _ in pairs),
            sandbox_seconds=median(each for _, each in pairs),
            bare_runs_a_second=_rate(bare, runs, threads),
            sandbox_runs_a_second=_rate(inside, runs, threads),
            runs=runs,
        )


def _seconds(act: Callable[[int], None]) -> float:
    started = time.perf_counter()
    act(0)
    return time.perf_counter() - started


def _rate(act: Callable[[int], None], runs: int, threads: int) -> float:
    def work(thread: int) -> None:
        for _ in range(runs // threads):
            act(thread)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (runs // threads) * threads / (time.perf_counter() - started)
