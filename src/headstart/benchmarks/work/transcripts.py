"""A sample's log as a conversation that people can read: messages, calls of tools, what came back. Nothing is believed.

The log is Inspect's own (`EvalSample` as JSON); only what is said in it is decoded, its events are not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

ATTACHMENT = "attachment://"
NOT_TEXT = "[{} that is not shown]"
ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What the model asked a tool for: `arguments` are names and texts."""

    tool: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `number` counts from 0, as signs of cheating do ("message 12")."""

    number: int
    role: str  # one of ROLES, or "unknown"
    text: str
    calls: tuple[ToolCall, ...] = ()
    tool: str = ""  # role "tool": which one answers
    error: str = ""  # role "tool": that it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One conversation."""

    messages: tuple[Message, ...]
    note: str = ""  # what was cut off the log when it was written, or why it can't be read


class _Log(msgspec.Struct):
    """Of a log, what people read."""

    messages: list[Any] = []
    attachments: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


def transcript(held: bytes) -> Transcript:
    """The conversation in a sample's log; one that can't be read says so."""
    try:
        log = msgspec.json.decode(held, type=_Log)
    except (msgspec.DecodeError, RecursionError) as error:
        return Transcript(messages=(), note=f"this log can't be read: {error}")
    messages = tuple(_message(number, each, log.attachments) for number, each in enumerate(log.messages))
    return Transcript(messages=messages, note=str(log.metadata.get("headstart_cut", "")))


def _message(number: int, held: Any, attached: dict[str, Any]) -> Message:
    if not isinstance(held, dict):
        return Message(number=number, role="unknown", text="")
    error = held.get("error")
    role = held.get("role")
    return Message(
        number=number,
        role=role if role in ROLES else "unknown",
        text="\n".join(_texts(held.get("content"), attached)),
        calls=tuple(_call(each, attached) for each in _list(held.get("tool_calls"))),
        tool=str(held.get("function") or ""),
        error=str(error.get("message", "")) if isinstance(error, dict) else "",
    )


def _texts(content: Any, attached: dict[str, Any]) -> Iterator[str]:
    """The parts of a message that are text; what is not is named."""
    if isinstance(content, str):
        yield _whole(content, attached)
    for part in _list(content):
        if not isinstance(part, dict):
            continue
        said = next(
            (part[key] for key in ("text", "reasoning", "summary") if isinstance(part.get(key), str)), None
        )
        kind = str(part.get("type", "part"))
        yield _whole(said, attached) if said is not None else NOT_TEXT.format(kind)


def _call(held: Any, attached: dict[str, Any]) -> ToolCall:
    if not isinstance(held, dict):
        return ToolCall(tool="unknown", arguments=())
    given = held.get("arguments")
    pairs = given.items() if isinstance(given, dict) else [("", given)]
    arguments = tuple((str(name), _value(value, attached)) for name, value in pairs)
    return ToolCall(tool=str(held.get("function") or "unknown"), arguments=arguments)


def _value(value: Any, attached: dict[str, Any]) -> str:
    return _whole(value, attached) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _whole(text: str, attached: dict[str, Any]) -> str:
    """A text that Inspect keeps apart, in its place."""
    if text.startswith(ATTACHMENT):
        return str(attached.get(text.removeprefix(ATTACHMENT), text))
    return text


def _list(held: Any) -> Sequence[Any]:
    return held if isinstance(held, list) else ()
