"""Where answers are scored: fresh folders in fresh sandboxes."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Job, Limits, Outcome, Trust


class SandboxPlace:
    """One folder; each run is a sandbox of its own around it."""

    def __init__(self, sandbox: Sandbox, work: Path, trust: Trust) -> None:
        self._sandbox = sandbox
        self._work = work
        self._trust = trust

    def run(self, *argv: str, stdin: bytes = b"", cpu_seconds: float = 10) -> Outcome:
        """Run a program there, in a fresh sandbox around the folder."""
        limits = Limits(cpu_seconds=cpu_seconds, wall_seconds=3 * cpu_seconds)
        job = Job(argv=argv, work=self._work, stdin=stdin, limits=limits, trust=self._trust)
        return self._sandbox.run(job)

    def read(self, name: str, most_bytes: int = 1 << 20) -> bytes | None:
        """A file that a run left there; None if there is none, or it is a link, a folder, or larger than that.

        Raises:
            ValueError: the name is a path: only what lies in the folder itself is read.
        """
        if "/" in name:
            raise ValueError(name)
        try:
            held = os.open(self._work / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(held, "rb") as file:
            found = os.fstat(held)
            return file.read() if stat.S_ISREG(found.st_mode) and found.st_size <= most_bytes else None


class SandboxBench:
    """Scores in one sandbox provider. `agent` is how far the agent's own code is trusted."""

    def __init__(self, sandbox: Sandbox, agent: Trust) -> None:
        self._sandbox = sandbox
        self._agent = agent

    @contextmanager
    def place(self, files: Mapping[str, bytes], *, ours: bool = True) -> Iterator[SandboxPlace]:
        """A place that holds `files`; `ours` is False where the agent's own code will run."""
        with self._sandbox.scratch() as scratch:
            work = scratch / "work"
            work.mkdir()
            for name, held in files.items():
                path = work / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(held)
            yield SandboxPlace(self._sandbox, work, Trust.SHIPPED if ours else self._agent)
