"""Give assignments to a model, as many at once as its budget says, and tell of each as it ends."""

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from headstart import clock
from headstart.agents.errors import RunBroke
from headstart.agents.providers.process import DriverLost
from headstart.agents.rules.assignments import (
    Assignment,
    Attempt,
    Budget,
    Call,
    Ending,
    Prices,
    RunResult,
    ending_of,
    price_of,
)
from headstart.agents.work.handles import ModelHandle
from headstart.sandbox.rules.jobs import Trust

Source = Callable[[], Assignment | None]
Progress = Callable[[int, int], None]

LOOK_SECONDS = 1.0
START_SECONDS = 300.0  # until a sample begins: the process may have to be started on a busy machine
END_SECONDS = 120.0  # until a run is over when its last sample is
MOST_IN_ONE_GO = 500  # assignments in one run of Inspect, which remembers a little of each
MOST_BARREN = 3  # processes that were lost in a row without a single attempt that ended


def listed(assignments: Iterable[Assignment]) -> Source:
    """A source for those who have a list."""
    left = iter(assignments)
    return lambda: next(left, None)


def run(
    source: Source,
    handle: ModelHandle,
    *,
    name: str,
    budget: Budget,
    prices: Prices | None = None,
    samples: Path,
    on_attempt: Callable[[Attempt], None],
) -> RunResult:
    """Give the model what `source` gives, each assignment in a sandbox of its own, until `source` gives None.

    `source` is asked whenever a place is free (`budget.in_flight` of them). `on_attempt` is told of each attempt as it
    ends, complete, before `source` is asked for more; both in the caller's thread. The log of each is
    `samples / log_name(id)`; Inspect's log of the run goes to `handle.folder / "logs"`.

    What breaks one assignment leaves the others alone. A process that hangs or dies is killed and started again; what
    was in flight in it ends as infrastructure.

    Raises:
        RunBroke: Inspect did not come through from the beginning, or its process is lost again and again.
        ValueError: two assignments have the same id.
    """
    started = clock.now()
    running = _Run(source, handle, name, budget, prices, samples, on_attempt)
    try:
        running.to_the_end()
    except BaseException:
        if running.is_open:  # Inspect would go on, or wait for an answer for ever
            handle.driver.close()
        raise
    return RunResult(
        model=handle.name,
        attempts=running.done,
        log=running.log,
        started=started,
        ended=clock.now(),
        scaffold=f"Inspect AI {metadata.version('inspect-ai')}, react agent, tools: bash, python, submit",
    )


@dataclass(slots=True)
class _Flight:
    """An assignment that was given out and has not ended."""

    until: float  # on the monotonic clock
    started: datetime = field(default_factory=clock.now)


@dataclass(slots=True)
class _Run:
    """A run while it lasts."""

    source: Source
    handle: ModelHandle
    name: str
    budget: Budget
    prices: Prices | None
    samples: Path
    on_attempt: Callable[[Attempt], None]
    flying: dict[str, _Flight] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    is_over: bool = False
    is_open: bool = False  # a run of Inspect is going on
    has_begun: bool = False  # whether any sample has, in this run of Inspect
    done: int = 0
    log: str | None = None

    def to_the_end(self) -> None:
        """Run Inspect again and again until there is nothing more to give."""
        barren, first = 0, self._first()
        while first:
            done = self.done
            try:
                why = self._go(first)
            except DriverLost as lost:
                why = str(lost)
            barren = 0 if self.done > done else barren + 1
            if why and not self.done and self.handle.driver.is_alive:
                raise RunBroke(why)
            if why and barren == 1 and not self.has_begun:
                continue  # the process was gone before it could begin: that is nobody's attempt
            for name, flight in list(self.flying.items()):
                self._tell(name, flight, {"lost": why or "it was given out and never ended"})
            if why and barren == MOST_BARREN:
                raise RunBroke(f"{why} ({barren} times in a row)")
            first = self._first()

    def _first(self) -> list[Assignment]:
        """As many as may be in flight at once."""
        found: list[Assignment] = []
        while len(found) < self.budget.in_flight and (given := self._next()) is not None:
            found.append(given)
        return found

    def _next(self) -> Assignment | None:
        given = None if self.is_over else self.source()
        if given is None:
            self.is_over = True
            return None
        if given.id in self.given:
            raise ValueError(f"two assignments have the id {given.id!r}")
        self.given.add(given.id)
        return given

    def _go(self, first: list[Assignment]) -> str:
        """One run of Inspect; why it broke, or nothing."""
        driver, handed, self.has_begun = self.handle.driver, len(first), False
        self.is_open = True
        driver.begin(self._request(first), self.handle.environment)
        for each in first:
            self.flying[each.id] = _Flight(time.monotonic() + START_SECONDS)
        last = time.monotonic()
        while True:
            message = driver.hear(LOOK_SECONDS)
            if message is None:
                self._check_time(last)
            elif "began" in message:
                self.has_begun = True
                self.flying[message["began"]].until = time.monotonic() + self._longest()
            elif "attempt" in message:
                name = message["attempt"]["id"]
                self._tell(name, self.flying[name], message["attempt"])
                given = self._next() if handed < MOST_IN_ONE_GO else None
                if given is not None:
                    handed += 1
                    self.flying[given.id] = _Flight(time.monotonic() + START_SECONDS)
                driver.send({"after": name, "assignment": None if given is None else _sent(given)})
                last = time.monotonic()
            else:
                self.is_open = False
                done = message.get("done", {"log": self.log, "error": message.get("broke")})
                self.log = done["log"]
                return str(done["error"])

    def _longest(self) -> float:
        """What a sample may take: its time, half of it again for what Inspect does at the end, and grace."""
        budget = self.budget
        return 1.5 * budget.seconds + budget.tool_seconds + budget.grace_seconds

    def _check_time(self, last: float) -> None:
        """Past its time, the process is ended: Inspect's own limits did not hold.

        Raises:
            DriverLost: it was.
        """
        now = time.monotonic()
        late = [name for name, flight in self.flying.items() if now > flight.until]
        if late or (not self.flying and now > last + END_SECONDS):
            self.handle.driver.close()
            which = late[0] if late else "the end of the run"
            raise DriverLost(f"the process of the run hung at {which} and was killed")

    def _tell(self, name: str, flight: _Flight, heard: Mapping[str, Any]) -> None:
        del self.flying[name]
        ended = clock.now()
        if "lost" in heard:
            attempt = Attempt(
                id=name,
                ending=Ending.INFRASTRUCTURE,
                answer=None,
                note=heard["lost"],
                started=flight.started,
                ended=ended,
            )
        else:
            attempt = _attempt(heard, self.prices, flight.started, ended)
            self.done += 1
        self.on_attempt(attempt)

    def _request(self, first: list[Assignment]) -> dict[str, Any]:
        handle = self.handle
        return {
            "name": self.name,
            "model": handle.inspect_model,
            "folder": str(handle.folder),
            "provider": handle.sandbox,
            "log_dir": str(handle.folder / "logs"),
            "samples": str(self.samples),
            "budget": asdict(self.budget),
            "assignments": [_sent(each) for each in first],
        }


def _sent(each: Assignment) -> dict[str, Any]:
    return {
        "id": each.id,
        "prompt": each.prompt,
        "files": {path: base64.b64encode(held).decode() for path, held in each.files.items()},
        "mounts": [(str(mount.source), mount.at) for mount in each.mounts],
        "answer": each.answer,
        "shipped": each.trust is Trust.SHIPPED,
    }


def _attempt(heard: Mapping[str, Any], prices: Prices | None, started: datetime, ended: datetime) -> Attempt:
    """One attempt out of what was told of it."""
    ending, note = _ending(heard)
    tokens = heard["input_tokens"], heard["output_tokens"]
    return Attempt(
        id=heard["id"],
        ending=ending,
        answer=None if heard["answer"] is None else base64.b64decode(heard["answer"]),
        said=heard["said"],
        note=note,
        messages=heard["messages"],
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        seconds=heard["seconds"],
        cost=price_of(prices, *tokens),
        sample=Path(heard["sample"]),
        sample_digest=heard["digest"],
        changed=tuple(heard["changed"]),
        calls=tuple(
            Call(message=number, tool=tool, arguments=arguments, output=output)
            for number, tool, arguments, output in heard["calls"]
        ),
        started=started,
        ended=ended,
    )


def _ending(heard: Mapping[str, Any]) -> tuple[Ending, str]:
    """How it ended, and a line that says what happened."""
    limit = heard["limit"]
    if heard["error"]:
        return Ending.INFRASTRUCTURE, str(heard["error"])
    if limit is not None and not heard["output_tokens"]:
        return Ending.INFRASTRUCTURE, f"the endpoint never answered: {limit} limit"
    ending = ending_of(
        submitted=heard["submitted"], limit=limit, said=heard["said"], stop_reason=heard["stop"]
    )
    return ending, "" if limit is None else f"its limit of {limit} was reached"
