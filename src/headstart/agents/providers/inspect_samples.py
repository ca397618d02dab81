"""What came of a sample of Inspect AI: what the parent is told, and the sample's own log.

All of it is redacted here, in the process that holds the keys, before it is written or sent.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalSample, condense_sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall
from inspect_ai.util import OutputLimitExceededError, sandbox
from pydantic_core import to_jsonable_python

from headstart.agents.providers.inspect_sandbox import HeadstartSandbox
from headstart.agents.rules.assignments import ANSWER_BYTES, MOST_CALL_TEXT, MOST_CALLS, MOST_SAMPLE_BYTES
from headstart.agents.rules.notes import note_of
from headstart.agents.rules.secrets import cleaned, redacted, redacted_bytes

SAID = 4000  # characters of a last word that are kept
CUTS = (None, 100_000, 10_000, 1_000, 100)  # how long a text in a log may be, until the log is small enough
MOST_CUT_MESSAGES = 400


@dataclass(slots=True, kw_only=True)
class Collected:
    """What was taken out of a sample's sandbox before it went."""

    answer: bytes | None
    changed: tuple[str, ...]


@dataclass(slots=True)
class Collection:
    """What was collected, by sample, until it is told."""

    files: dict[str, Mapping[str, str]] = field(default_factory=dict)  # SHA-256 of what was handed out
    held: dict[str, Collected] = field(default_factory=dict)


@scorer(metrics=[])
def collect(collection: Collection) -> Scorer:
    """Take the answer file out of the sandbox, and see which files were written over; the verdict is not given here."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's signature
        name = str(state.sample_id)
        answer = await _answer(str(state.metadata["answer"]))
        changed = _changed(collection.files.get(name, {}))
        collection.held[name] = Collected(answer=answer, changed=changed)
        size = None if answer is None else len(answer)
        return Score(value="none" if answer is None else "handed in", metadata={"bytes": size})

    return score


async def _answer(path: str) -> bytes | None:
    try:
        return (await sandbox().read_file(path, text=False))[:ANSWER_BYTES]
    except (OSError, OutputLimitExceededError):
        return None


def _changed(files: Mapping[str, str]) -> tuple[str, ...]:
    """The files that were handed out and are not what they were."""
    place = sandbox().as_type(HeadstartSandbox)
    return tuple(name for name, digest in files.items() if place.digest_of(name) != digest)


def told(
    sample: EvalSample, collection: Collection, path: Path, secrets: tuple[str, ...]
) -> Mapping[str, Any]:
    """Write a sample's log to `path`; what the parent is told of it."""
    name = str(sample.id)
    collection.files.pop(name, None)
    held = collection.held.pop(name, None)
    answer = None if held is None or held.answer is None else redacted_bytes(held.answer, secrets)
    return {
        "answer": None if answer is None else base64.b64encode(answer).decode(),
        "changed": [] if held is None else list(held.changed),
        "calls": cleaned(list(_calls(sample)), secrets),
        **cleaned(_last(sample), secrets),
        **outline(sample, path, secrets),
    }


def outline(sample: EvalSample, path: Path, secrets: tuple[str, ...]) -> dict[str, Any]:
    """Write a sample's log to `path`; what it used, which limit it met, what broke it."""
    usage = sample.model_usage.values()
    return {
        "id": str(sample.id),
        "error": _note(sample, secrets),
        "limit": None if sample.limit is None else str(sample.limit.type),
        "messages": len(sample.messages),
        "input_tokens": sum(each.input_tokens for each in usage),
        "output_tokens": sum(each.output_tokens for each in usage),
        "seconds": sample.total_time or 0.0,
        **_written(sample, path, secrets),
    }


def _note(sample: EvalSample, secrets: tuple[str, ...]) -> str | None:
    if sample.error is None:
        return None
    return note_of(redacted(sample.error.message, secrets), redacted(sample.error.traceback, secrets))


def _last(sample: EvalSample) -> dict[str, Any]:
    """What was submitted, or else said last, and why the model stopped."""
    submitted = [
        each
        for each in sample.messages
        if isinstance(each, ChatMessageTool) and each.function == "submit" and each.error is None
    ]
    said = submitted[-1].text if submitted else sample.output.completion
    stop = sample.output.stop_reason if sample.output.choices else None
    return {"submitted": bool(submitted), "said": said[:SAID], "stop": stop}


def _calls(sample: EvalSample) -> Iterator[tuple[int, str, str, str]]:
    """The first calls of tools, each with what came back."""
    made = 0
    for number, message in enumerate(sample.messages):
        if not isinstance(message, ChatMessageAssistant) or not message.tool_calls:
            continue
        outputs = _outputs(sample.messages[number + 1 :])
        for call in message.tool_calls:
            if made == MOST_CALLS:
                return
            made += 1
            output = outputs.get(call.id, "")
            yield number, call.function[:100], _arguments(call)[:MOST_CALL_TEXT], output[:MOST_CALL_TEXT]


def _outputs(after: Sequence[ChatMessage]) -> dict[str | None, str]:
    """What came back for the calls of a message: until the next one, for its ids may be used again."""
    found: dict[str | None, str] = {}
    for message in after:
        if isinstance(message, ChatMessageAssistant):
            break
        if isinstance(message, ChatMessageTool):
            found[message.tool_call_id] = message.error.message if message.error else message.text
    return found


def _arguments(call: ToolCall) -> str:
    if len(call.arguments) == 1:
        (only,) = call.arguments.values()
        if isinstance(only, str):
            return only
    return json.dumps(call.arguments, default=str)


def _written(sample: EvalSample, path: Path, secrets: tuple[str, ...]) -> dict[str, Any]:
    """Write the log, whole or not at all, and onto the disk; its path and digest."""
    held = serialised(sample, secrets)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(held)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return {"sample": str(path), "digest": hashlib.sha256(held).hexdigest()}


def serialised(sample: EvalSample, secrets: tuple[str, ...], most_bytes: int = MOST_SAMPLE_BYTES) -> bytes:
    """The sample as JSON, redacted. What is too large loses its events, then the ends of long texts; it says so."""
    document = _document(sample)
    for error in (document.get("error"), *document.get("error_retries", [])):
        if error:
            error["traceback_ansi"] = ""  # the same once more, in colours
    held = json.dumps(cleaned(document, secrets)).encode()
    for longest in CUTS:
        if len(held) <= most_bytes:
            break
        small = {**document, "events": [], "attachments": {}, "events_data": None}
        small["metadata"] = {**small.get("metadata", {}), "headstart_cut": _cut_words(longest)}
        if longest == CUTS[-1]:
            small["messages"] = small["messages"][:MOST_CUT_MESSAGES]
        held = json.dumps(cleaned(small, secrets, longest)).encode()
    return held


def _document(sample: EvalSample) -> dict[str, Any]:
    """The sample as plain values; its events go where a text in it is none (half a character, say)."""
    try:
        held: dict[str, Any] = to_jsonable_python(
            condense_sample(sample), exclude_none=True, fallback=lambda _: None, inf_nan_mode="constants"
        )
    except ValueError:
        bare = sample.model_copy(
            update={"events": [], "attachments": {}, "events_data": None, "error_retries": None}
        )
        held = json.loads(json.dumps(bare.model_dump(exclude_none=True), default=str))
    return held


def _cut_words(longest: int | None) -> str:
    texts = "" if longest is None else f", nor are texts past {longest} characters"
    return f"this log was too large: events are not in it{texts}"
