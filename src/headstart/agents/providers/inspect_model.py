"""A model as Inspect has it, within a budget; its log of a run, without what is secret."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, Model, get_model
from pydantic_core import to_jsonable_python

from headstart.agents.rules.secrets import cleaned, ordered, places, secrets_of

Emit = Callable[[Mapping[str, Any]], None]
OWN_LOGS = "memory://headstart"  # Inspect writes the base URL into its log as a run begins: never onto a disk


def model_of(spec: str, budget: Mapping[str, Any]) -> Model:
    """The model, with bounded retries and times."""
    config = GenerateConfig(
        max_retries=budget["retries"],
        timeout=budget["request_seconds"],
        attempt_timeout=budget["request_seconds"],
        max_tokens=budget["reply_tokens"],
        max_connections=max(1, budget["in_flight"]),
    )
    # The SDK would try each try again by itself.
    own: dict[str, Any] = {"max_retries": 0} if spec.startswith(("openai-api/", "openai/")) else {}
    return get_model(spec, config=config, memoize=False, **own)


def limits(budget: Mapping[str, Any]) -> dict[str, Any]:
    """What bounds a run of Inspect, and keeps it quiet."""
    return {
        "display": "none",
        "log_level": "error",
        "log_dir": OWN_LOGS,
        "log_format": "json",
        "log_samples": False,
        "log_realtime": False,
        "score_display": False,
        "ctl_server": False,
        "fail_on_error": False,
        "message_limit": budget["messages"],
        "token_limit": budget["tokens"],
        "time_limit": budget["seconds"],
        "max_samples": budget["in_flight"],
        "max_sandboxes": budget["in_flight"],
    }


def secrets_in(environment: Mapping[str, str], model: Model) -> tuple[str, ...]:
    """What no log may hold: of the environment, and of the model itself."""
    own = places(model.api.base_url or "") | {model.api.api_key or ""}
    return ordered({*secrets_of(environment), *own})


def kept(log: EvalLog, folder: Path, secrets: tuple[str, ...]) -> str:
    """Write Inspect's log of a run, without its samples (they have theirs) and without what is secret; its path."""
    path = folder / Path(log.location).name
    folder.mkdir(parents=True, exist_ok=True)
    document = cleaned(to_jsonable_python(log, exclude_none=True, fallback=lambda _: None), secrets)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return str(path)
