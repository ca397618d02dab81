"""Run a model on assignments, and serve the reference models."""

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from headstart import clock
from headstart.agents.errors import ModelUnknown, RunBroke
from headstart.agents.providers import endpoint
from headstart.agents.providers.endpoint import Endpoint
from headstart.agents.providers.process import Driver, lent
from headstart.agents.rules.assignments import Assignment, Attempt, Budget, Ending, RunResult, ending_of
from headstart.agents.rules.reference import Strength
from headstart.sandbox.rules.jobs import Trust

REFERENCE = "reference"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class ModelHandle:
    """A model that can be asked, while its context lasts."""

    name: str  # how results name it: "reference/fuzzer", or Inspect's own model string
    inspect_model: str
    is_reference: bool
    folder: Path
    sandbox: str | None
    driver: Driver = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    @property
    def trust(self) -> Trust:
        """Whose code runs in its sandbox: the reference models' is ours, any other model's is not."""
        return Trust.SHIPPED if self.is_reference else Trust.UNTRUSTED


@contextmanager
def reference_model(strength: str = "fuzzer", port: int = 0) -> Iterator[Endpoint]:
    """A reference model behind a real OpenAI-compatible endpoint on loopback; there is no language model in it.

    Raises:
        ModelUnknown: there is no reference model of that strength.
    """
    if strength not in set(Strength):
        raise ModelUnknown(f"{REFERENCE}/{strength}", "there is no reference model of that strength")
    with endpoint.serve(Strength(strength), port) as served:
        yield served


@contextmanager
def model(spec: str | None, *, folder: Path, sandbox: str | None = None) -> Iterator[ModelHandle]:
    """Get a model ready: None and `reference[/STRENGTH]` are served here, all else is Inspect's to know.

    `folder` takes Inspect's own files (and is where its sandboxes are chosen); `sandbox` forces a provider by name.

    Raises:
        ModelUnknown: the string is neither.
    """
    name, _, rest = (spec or REFERENCE).partition("/")
    if not rest and name != REFERENCE:
        raise ModelUnknown(name, "it names no provider")
    with ExitStack() as stack:
        if name == REFERENCE:
            served = stack.enter_context(reference_model(rest or "fuzzer"))
            spoken, asked = f"{REFERENCE}/{served.model}", f"openai-api/headstart-reference/{served.model}"
            keys = {
                "HEADSTART_REFERENCE_BASE_URL": served.base_url,
                "HEADSTART_REFERENCE_API_KEY": served.key,
            }
        else:
            spoken, asked, keys = f"{name}/{rest}", f"{name}/{rest}", {}
        yield ModelHandle(
            name=spoken,
            inspect_model=asked,
            is_reference=name == REFERENCE,
            folder=folder,
            sandbox=sandbox,
            driver=stack.enter_context(lent()),
            environment=keys,
        )


def run(
    assignments: Sequence[Assignment],
    handle: ModelHandle,
    *,
    name: str,
    budget: Budget | None = None,
    progress: Progress | None = None,
    on_attempt: Callable[[str, bytes | None], None] | None = None,
) -> RunResult:
    """Give every assignment to the model, each in a sandbox of its own, and collect the answers.

    `on_attempt` is told each assignment's id and answer as it ends, before the run is over; Inspect's log goes to
    `handle.folder / "logs"`. What breaks one assignment leaves the others alone.

    Raises:
        RunHung: the run went far past its own limits.
        RunBroke: Inspect did not come through.
    """
    budget = budget or Budget()
    started = clock.now()
    heard: dict[str, Mapping[str, Any]] = {}

    def listen(attempt: Mapping[str, Any]) -> None:
        heard[attempt["id"]] = attempt
        if on_attempt is not None:
            on_attempt(attempt["id"], _answer(attempt))
        if progress is not None:
            progress(len(heard), len(assignments))

    rounds = math.ceil(len(assignments) / budget.in_flight)
    longest = rounds * (budget.seconds + budget.tool_seconds) + budget.request_seconds + 60
    done = handle.driver.ask(
        _request(assignments, handle, name, budget),
        environment=handle.environment,
        seconds=longest,
        on_attempt=listen,
    )
    if done["error"] and not done["costs"]:
        raise RunBroke(done["error"])
    costs = {each["id"]: each for each in done["costs"]}
    attempts = tuple(_attempt(each.id, heard.get(each.id), costs.get(each.id)) for each in assignments)
    return RunResult(
        model=handle.name,
        attempts=attempts,
        log=done["log"],
        started=started,
        ended=clock.now(),
        scaffold=f"Inspect AI {metadata.version('inspect-ai')}, react agent, tools: bash, python, submit",
    )


def _request(
    assignments: Sequence[Assignment], handle: ModelHandle, name: str, budget: Budget
) -> dict[str, Any]:
    return {
        "name": name,
        "model": handle.inspect_model,
        "folder": str(handle.folder),
        "provider": handle.sandbox,
        "log_dir": str(handle.folder / "logs"),
        "budget": asdict(budget),
        "assignments": [
            {
                "id": each.id,
                "prompt": each.prompt,
                "files": {path: base64.b64encode(held).decode() for path, held in each.files.items()},
                "mounts": [(str(mount.source), mount.at) for mount in each.mounts],
                "answer": each.answer,
                "shipped": each.trust is Trust.SHIPPED,
            }
            for each in assignments
        ],
    }


def _answer(attempt: Mapping[str, Any]) -> bytes | None:
    held = attempt["answer"]
    return None if held is None else base64.b64decode(held)


def _attempt(name: str, heard: Mapping[str, Any] | None, cost: Mapping[str, Any] | None) -> Attempt:
    """One attempt out of what was heard as it ended and what the log says it used."""
    cost = cost or {"error": "the log does not hold it", "limit": None}
    used = {key: cost.get(key, 0) for key in ("messages", "input_tokens", "output_tokens", "seconds")}
    if heard is None or cost["error"]:
        note = str(cost["error"] or "it ended before its answer could be collected")
        return Attempt(id=name, ending=Ending.INFRASTRUCTURE, answer=None, note=note, **used)
    if cost["limit"] is not None and not used["output_tokens"]:
        note = f"the endpoint never answered: {cost['limit']} limit"
        return Attempt(id=name, ending=Ending.INFRASTRUCTURE, answer=_answer(heard), note=note, **used)
    ending = ending_of(
        submitted=heard["submitted"], limit=cost["limit"], said=heard["said"], stop_reason=heard["stop"]
    )
    return Attempt(
        id=name,
        ending=ending,
        answer=_answer(heard),
        said=heard["said"],
        note=str(cost["limit"] or ""),
        **used,
    )
