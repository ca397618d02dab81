"""Run a public suite of Inspect's by its name, as its authors score it, through the same process as everything else."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from headstart import clock
from headstart.agents.errors import RunBroke, SuiteUnknown, SuiteUnusable
from headstart.agents.providers.process import DriverLost
from headstart.agents.rules.assignments import Budget
from headstart.agents.rules.suites import NAME, SuiteResult, SuiteSample
from headstart.agents.work.handles import ModelHandle

LOOK_SECONDS = 1.0
LOAD_SECONDS = 900.0  # until its samples are there: a suite may fetch its data set
END_SECONDS = 300.0  # between two samples, and for its own metrics
MOST_BARREN = 2


def run_suite(
    name: str,
    handle: ModelHandle,
    *,
    limit: int | None,
    folder: Path,
    budget: Budget,
    on_sample: Callable[[SuiteSample], None],
    in_headstart: bool = False,
) -> SuiteResult:
    """Run the first `limit` samples of a suite (`inspect_evals/cybench`, or any task of Inspect's registry).

    `on_sample` is told of each as it ends; the logs of samples go to `folder / "samples"`, Inspect's own to
    `folder / "logs"`. It runs in the sandbox that its authors chose; `in_headstart` puts Headstart's in its place.
    A process that hangs or dies is killed and started again for the samples that are left.

    Raises:
        SuiteUnknown: that is no name of a suite.
        SuiteUnusable: its package or what it runs in is not here.
        RunBroke: Inspect did not come through.
    """
    if not re.fullmatch(NAME, name):
        raise SuiteUnknown(name)
    running = _Suite(name, handle, limit, folder, budget, on_sample, in_headstart)
    started = clock.now()
    try:
        done = running.to_the_end()
    except SuiteUnusable:
        raise
    except BaseException:
        handle.driver.close()
        raise
    log = Path(done["log"]) if done["log"] else None
    return SuiteResult(
        suite=name,
        version=_version(name.partition("/")[0]),
        model=handle.name,
        samples=len(running.over),
        broken=running.broken,
        metrics={} if running.was_lost else done["metrics"],
        sandbox=done["sandbox"],
        log=str(log or ""),
        log_digest=hashlib.sha256(log.read_bytes()).hexdigest() if log else "",
        error=done["error"] or running.untold(),
        started=started,
        ended=clock.now(),
    )


@dataclass(slots=True)
class _Suite:
    """A suite while it is run."""

    name: str
    handle: ModelHandle
    limit: int | None
    folder: Path
    budget: Budget
    on_sample: Callable[[SuiteSample], None]
    in_headstart: bool
    over: set[str] = field(default_factory=set)
    flying: dict[str, tuple[datetime, float]] = field(default_factory=dict)  # since when, and until when
    all: int = 0  # samples
    broken: int = 0
    was_lost: bool = False

    def to_the_end(self) -> Mapping[str, Any]:
        """Run it, and what is left of it again where the process was lost; what Inspect says at the end."""
        barren = 0
        while True:
            over = len(self.over)
            try:
                return self._go()
            except DriverLost as lost:
                why, self.was_lost = str(lost), True
            for each in list(self.flying):
                self._tell({"id": each, "lost": why})
            barren = 0 if len(self.over) > over else barren + 1
            if barren == MOST_BARREN:
                raise RunBroke(f"{why} ({barren} times in a row)")

    def untold(self) -> str:
        """What is wrong where Inspect ended and samples are missing; empty if none is."""
        missing = self.all - len(self.over)
        return f"{missing} of {self.all} samples never ended" if missing else ""

    def _go(self) -> Mapping[str, Any]:
        driver = self.handle.driver
        driver.begin(self._request(), self.handle.environment)
        until = time.monotonic() + LOAD_SECONDS
        while True:
            message = driver.hear(LOOK_SECONDS)
            now = time.monotonic()
            if message is None:
                late = [name for name, (_, end) in self.flying.items() if now > end]
                if late or (not self.flying and now > until):
                    driver.close()
                    raise DriverLost(
                        f"the process of the suite hung at {late[0] if late else self.name} and was killed"
                    )
                continue
            until = now + END_SECONDS
            if "ready" in message:
                self.all = len(self.over) + message["ready"]
            elif "began" in message:
                self.flying[message["began"]] = clock.now(), now + self._longest()
            elif "sample" in message:
                self._tell(message["sample"])
            elif "done" in message:
                done: Mapping[str, Any] = message["done"]
                return done
            elif "refused" in message:
                raise SuiteUnusable(message["refused"])
            elif "broke" in message:
                raise RunBroke(str(message["broke"]))

    def _longest(self) -> float:
        """What a sample may take; its authors' scorer may take as long as it did, and is bounded by Inspect at half."""
        return 2 * self.budget.seconds + self.budget.tool_seconds + self.budget.grace_seconds

    def _tell(self, heard: Mapping[str, Any]) -> None:
        name, ended = str(heard["id"]), clock.now()
        since, _ = self.flying.pop(name, (ended, 0.0))
        self.over.add(name)
        if "lost" in heard:
            sample = SuiteSample(id=name, error=heard["lost"], started=since, ended=ended)
        else:
            sample = SuiteSample(
                id=name,
                scores=heard["scores"],
                error=heard["error"] or "",
                limit=heard["limit"] or "",
                messages=heard["messages"],
                input_tokens=heard["input_tokens"],
                output_tokens=heard["output_tokens"],
                seconds=heard["seconds"],
                sample=Path(heard["sample"]),
                sample_digest=heard["digest"],
                started=since,
                ended=ended,
            )
        self.broken += bool(sample.error)
        self.on_sample(sample)

    def _request(self) -> dict[str, Any]:
        handle = self.handle
        return {
            "name": self.name,
            "model": handle.inspect_model,
            "folder": str(handle.folder),
            "provider": handle.sandbox,
            "log_dir": str(self.folder / "logs"),
            "samples": str(self.folder / "samples"),
            "budget": asdict(self.budget),
            "limit": self.limit,
            "in_headstart": self.in_headstart,
            "over": sorted(self.over),
        }


def _version(package: str) -> str:
    """Of the distribution that brings the suite."""
    for each in metadata.entry_points(group="inspect_ai", name=package):
        if each.dist is not None:
            return f"{each.dist.name} {each.dist.version}"
    return ""
