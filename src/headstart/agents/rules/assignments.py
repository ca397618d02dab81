"""What is asked of a model, within which budget, and how its attempt ended."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from headstart.sandbox.rules.jobs import Mount, Trust

ANSWER_BYTES = 1 << 20
"""An answer file larger than this is cut: nothing that Headstart asks for is near it."""

MOST_CALLS, MOST_CALL_TEXT = 200, 4000
MOST_SAMPLE_BYTES = 32 << 20
LONGEST_NAME = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One task for an agent with tools in a sandbox of its own."""

    id: str
    prompt: str
    files: Mapping[str, bytes] = field(default_factory=dict)  # put in the work folder, by relative path
    mounts: tuple[Mount, ...] = ()  # read-only
    answer: str = "answer"  # the file in the work folder that is collected at the end
    trust: Trust = Trust.UNTRUSTED  # what the agent runs: SHIPPED for the reference model alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an agent may use; a model is never waited for without end (EVALUATION.md, "retries are unbounded")."""

    messages: int = 40
    tokens: int = 500_000  # of one assignment, in and out
    seconds: int = 300  # of one assignment, on the clock
    tool_seconds: int = 60  # of one call of a tool
    tool_cpu_seconds: int = 60
    tool_memory_bytes: int = 1 << 30
    reply_tokens: int = 16_000
    request_seconds: int = 120  # of one request to the model, its retries included
    retries: int = 3
    in_flight: int = 2  # assignments at once
    grace_seconds: int = 60  # past its time, before the process that holds it is killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What tokens cost, in USD for a million."""

    input: float
    output: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost, in USD."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


class Ending(StrEnum):
    """How an attempt ended. A refusal and a broken machine are not failures, and are counted apart."""

    SUBMITTED = "submitted"
    STOPPED = "stopped"  # the model ended the conversation without submitting
    LIMIT = "limit"  # its budget of messages, tokens or time was used up
    REFUSED = "refused"
    INFRASTRUCTURE = (
        "infrastructure"  # the endpoint, the sandbox or Inspect failed: says nothing of the model
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool, as the transcript shows it; long texts are cut to 4 kB."""

    message: int  # the number of the message that made it, from 0
    tool: str
    arguments: str  # the command of `bash`, the code of `python`; JSON for any other
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one assignment."""

    id: str
    ending: Ending
    answer: bytes | None  # the answer file, where there was one
    said: str = ""  # what was handed to `submit`, or said last
    note: str = ""  # which limit, which error
    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None  # in USD; None: no price was given
    sample: Path | None = (
        None  # its log: Inspect's EvalSample as JSON, redacted; None: its process died first
    )
    sample_digest: str = ""  # SHA-256 of that file
    changed: tuple[str, ...] = ()  # files that were handed out and are not what they were
    calls: tuple[Call, ...] = ()  # the first 200
    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A whole run; its attempts were told one by one."""

    model: str
    attempts: int
    log: str | None  # path of Inspect's log of the run (its samples have theirs)
    started: datetime
    ended: datetime
    scaffold: str  # which software, which agent loop, which tools


REFUSALS = (
    "i can't help with",
    "i cannot help with",
    "i can't assist",
    "i cannot assist",
    "i'm not able to help",
    "i am not able to help",
    "i won't help",
    "i must decline",
    "i have to decline",
)


def refused(text: str, stop_reason: str | None) -> bool:
    """Whether a reply is a refusal: the provider's filter says so, or it opens with the usual words."""
    if stop_reason == "content_filter":
        return True
    opening = text[:400].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return any(words in opening for words in REFUSALS)


def ending_of(*, submitted: bool, limit: str | None, said: str, stop_reason: str | None) -> Ending:
    """How a conversation that did not break ended.

    A model that refuses is urged to go on until its budget is used up: it has refused all the same.
    """
    if submitted:
        return Ending.SUBMITTED
    if refused(said, stop_reason):
        return Ending.REFUSED
    return Ending.STOPPED if limit is None else Ending.LIMIT


def log_name(assignment_id: str) -> str:
    """The file name of an assignment's log: its id, what can't stand there as %XX, what is long cut."""
    name = quote(assignment_id, safe=" @+=,")
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}-{hashlib.sha256(assignment_id.encode()).hexdigest()[:16]}"
    return f"{name}.json"


def price_of(prices: Prices | None, input_tokens: int, output_tokens: int) -> float | None:
    """What an attempt cost in USD; None where no price was given."""
    return None if prices is None else prices.cost(input_tokens, output_tokens)
