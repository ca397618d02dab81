"""A run while it lasts, an attempt and its transcript, as pages show them."""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from headstart.benchmarks.rules.runs import State
from headstart.web import drawings, wording
from headstart.web.harmless import harmless

if TYPE_CHECKING:
    from headstart.benchmarks.models import ItemResult, Run
    from headstart.benchmarks.work.transcripts import Message, Transcript

MOST_MESSAGES = 60  # on one page
MOST_CALLS = 20  # of one message
MOST_ARGUMENTS = 8  # of one call
LONGEST_CALL = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """How a run stands."""

    run: "Run"
    told: str
    done: int
    most: int
    picture: SafeString
    ability: dict[str, Any]
    standing: dict[str, Any]
    recent: list[dict[str, Any]]
    fingerprint: str


def shown(run: "Run") -> ShownRun:
    """A run in words and as a drawing."""
    standing = run.standing
    ability = standing.get("ability") or {}
    stand = json.dumps([run.state, run.said, standing], sort_keys=True)
    return ShownRun(
        run=run,
        told=wording.RUNS[run.state],
        done=standing.get("done", 0),
        most=standing.get("most", 0),
        picture=drawings.interval(ability["mean"], ability["low"], ability["high"])
        if ability
        else SafeString(""),
        ability=ability,
        standing=standing,
        recent=list(reversed(standing.get("recent", ()))),
        fingerprint=hashlib.sha256(stand.encode()).hexdigest()[:16],
    )


def may_take_up(run: "Run") -> bool:
    """Whether it failed, so that it can go on."""
    return run.state == State.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """One message: what is said in it, made harmless; the signs of cheating that point at it."""

    number: int
    role: str
    tool: str
    text: str
    error: str
    calls: list[dict[str, Any]]
    calls_left_out: int
    signs: list[dict[str, Any]]


def messages(said: "Transcript", item: "ItemResult", first: int) -> list[ShownMessage]:
    """A page's worth of messages, from the one with the number `first`."""
    return [_message(each, item) for each in said.messages[first : first + MOST_MESSAGES]]


def _message(message: "Message", item: "ItemResult") -> ShownMessage:
    return ShownMessage(
        number=message.number,
        role=wording.ROLES.get(message.role, message.role),
        tool=harmless(message.tool, 100),
        text=harmless(message.text),
        error=harmless(message.error, 1000),
        calls=[
            {
                "tool": harmless(call.tool, 100),
                "arguments": [
                    {"name": harmless(name, 100), "text": harmless(text, LONGEST_CALL)}
                    for name, text in call.arguments[:MOST_ARGUMENTS]
                ],
            }
            for call in message.calls[:MOST_CALLS]
        ],
        calls_left_out=max(0, len(message.calls) - MOST_CALLS),
        signs=[each for each in signs(item) if each["where"] == f"message {message.number}"],
    )


def signs(item: "ItemResult") -> list[dict[str, Any]]:
    """The signs of cheating that a program saw, in words."""
    return [
        {
            "means": wording.CHEATING.get(str(each.get("kind")), "cheated"),
            "where": str(each.get("where", "")),
            "words": harmless(str(each.get("words", "")), 300),
            "anchor": str(each.get("where", "")).replace(" ", "-"),
            "in_message": str(each.get("where", "")).startswith("message "),
        }
        for each in item.signs
        if isinstance(each, dict)
    ]
