"""A public suite of Inspect's, run as it is by its own solver and scorer: the driver's side.

What differs from how its authors run it is said: once through its samples (no epochs), the budget's limits, and, only
where the caller asks for it, Headstart's sandbox in the place of Docker.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

from inspect_ai import SampleSource, Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.hooks import Hooks, SampleEnd, SampleStart, hooks
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.util import SandboxEnvironmentSpec, registry_create
from pydantic_core import to_jsonable_python

from headstart.agents.providers.inspect_model import Emit, kept, limits, model_of, secrets_in
from headstart.agents.providers.inspect_samples import outline
from headstart.agents.providers.inspect_sandbox import Config
from headstart.agents.rules.assignments import log_name
from headstart.agents.rules.secrets import cleaned, one_line, redacted

OURS, HOST = "headstart", "local"
LOOK_SECONDS = 20  # for an engine to answer


class Unusable(Exception):
    """The suite can't be run here: `str()` is one line that says what to do."""


def run_suite(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    """One run of a suite; where its log is, and what its own metrics say.

    Raises:
        Unusable: it is not installed, or what it runs in is not here.
    """
    task = _task(request["name"])
    sandbox = _sandboxes(task, request)
    samples = _samples(task, request)
    emit({"ready": len(samples)})
    model = model_of(request["model"], request["budget"])
    secrets = secrets_in(request["environment"], model)
    if not samples:
        return {"error": "", "log": "", "metrics": {}, "sandbox": sandbox}
    task.dataset = MemoryDataset(samples, name=task.dataset.name)
    Listener.heard = _Heard(emit=emit, folder=Path(request["samples"]), secrets=secrets)
    try:
        log = run_eval(task, model=model, epochs=1, **limits(request["budget"]))[0]
    finally:
        Listener.heard = None
    why = "" if log.error is None else one_line(redacted(log.error.message, secrets), 600)
    path = kept(log, Path(request["log_dir"]), secrets)
    return {"error": why, "log": path, "metrics": cleaned(_metrics(log), secrets), "sandbox": sandbox}


def _task(name: str) -> Task:
    package = name.partition("/")[0]
    found = metadata.entry_points(group="inspect_ai", name=package)
    if not found:
        raise Unusable(
            f"{package} is not installed here: `pip install {package}` into Headstart's environment"
        )
    for each in found:
        try:
            each.load()
        except Exception as error:
            raise Unusable(
                one_line(f"{package} can't be imported: {type(error).__name__}: {error}")
            ) from error
    try:
        made: Any = registry_create("task", name)
    except LookupError:
        raise Unusable(f"{package} has no task {name.partition('/')[2]!r}") from None
    except Exception as error:
        raise Unusable(f"{name} can't be made: {_said(error)}") from error
    made = made if isinstance(made, Task) else made()
    if not isinstance(made, Task) or isinstance(made.dataset, SampleSource):
        raise Unusable(f"{name} has no fixed set of samples")
    return made


def _said(error: BaseException) -> str:
    """In one line; of what was tried again and again, what was wrong the last time."""
    while (last := getattr(error, "last_attempt", None)) is not None and last.exception() is not None:
        error = last.exception()
    return one_line(f"{type(error).__name__}: {error}")


def _sandboxes(task: Task, request: Mapping[str, Any]) -> str:
    """What the samples run in; swapped for Headstart's own where that was asked for.

    Raises:
        Unusable: it is not here, or it is no sandbox.
    """
    held = [task, *task.dataset]
    kinds = sorted({each.sandbox.type for each in held if isinstance(each.sandbox, SandboxEnvironmentSpec)})
    if not kinds:
        return ""
    if request["in_headstart"]:
        budget = request["budget"]
        ours = Config(
            folder=request["folder"],
            provider=request["provider"],
            cpu_seconds=budget["tool_cpu_seconds"],
            wall_seconds=budget["tool_seconds"],
            memory_bytes=budget["tool_memory_bytes"],
        )
        for each in held:
            if each.sandbox is not None:
                each.sandbox = SandboxEnvironmentSpec(OURS, ours)
        return OURS
    for kind in kinds:
        if why := _missing(kind):
            raise Unusable(f"{request['name']} runs in {kind!r}, and {why}")
    return ", ".join(kinds)


def _missing(kind: str) -> str:
    swap = "ask for Headstart's own sandbox if its tasks need no image"
    if kind == HOST:
        return f"that is this machine itself, with nothing around it: {swap}"
    if kind != "docker":
        return ""  # Inspect says by itself which package brings it
    if shutil.which("docker") is None:
        return f"there is no docker here: install an engine, or {swap}"
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=LOOK_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return f"the engine does not answer: start it, or {swap}"
    return "" if asked.returncode == 0 else f"the engine does not answer: start it, or {swap}"


def _samples(task: Task, request: Mapping[str, Any]) -> list[Sample]:
    """The first so many, with an id each; without those that have ended already."""
    samples = list(task.dataset)[: request["limit"]]
    for number, each in enumerate(samples, start=1):
        each.id = number if each.id is None else each.id
    over = set(request["over"])
    return [each for each in samples if str(each.id) not in over]


def _metrics(log: EvalLog) -> dict[str, dict[str, float]]:
    found = log.results.scores if log.results is not None else []
    return {each.name: {name: float(metric.value) for name, metric in each.metrics.items()} for each in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Who is told of the samples of a run, and where their logs go."""

    emit: Emit
    folder: Path
    secrets: tuple[str, ...]

    def end(self, sample: EvalSample) -> None:
        """What its scorers say, and where its log is."""
        name = str(sample.id)
        try:
            told = outline(sample, self.folder / log_name(name), self.secrets)
            scores = {each: to_jsonable_python(score.value) for each, score in (sample.scores or {}).items()}
            told["scores"] = cleaned(scores, self.secrets)
        except Exception as error:  # noqa: BLE001 - Inspect would swallow it, and the parent wait for ever
            told = {
                "id": name,
                "lost": one_line(redacted(f"its log could not be written: {error}", self.secrets)),
            }
        self.emit({"sample": told})


@hooks(name="headstart", description="Tells Headstart of each sample of a suite as it begins and ends.")
class Listener(Hooks):
    """Inspect makes the only one; it listens while a suite runs."""

    heard: ClassVar[_Heard | None] = None

    def enabled(self) -> bool:
        """While a suite runs."""
        return self.heard is not None

    async def on_sample_start(self, data: SampleStart) -> None:
        """It begins."""
        if self.heard is not None:
            self.heard.emit({"began": str(data.summary.id)})

    async def on_sample_end(self, data: SampleEnd) -> None:
        """It has ended."""
        if self.heard is not None:
            self.heard.end(data.sample)
