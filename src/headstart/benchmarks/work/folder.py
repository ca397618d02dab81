"""A run on disk: what was asked, one line for each item as it ends, each sample's log, what people read.

```text
run.json        the header: model, plan's commitment, budgets, state
plan.json       the opened plan
journal.jsonl   one ItemScore a line, synced to the disk before the next item is chosen
samples/        ITEM.json: Inspect's own log of each sample
readings.jsonl  what people said of transcripts
logs/           Inspect's logs of the run
```

A run that was killed goes on from its journal: the last line may be torn, and is left out.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import rfc8785

from headstart.benchmarks.errors import RunUnreadable, SealBroken
from headstart.benchmarks.rules.results import ItemScore, Reading, sample_name
from headstart.benchmarks.rules.sealing import Plan, commitment
from headstart.ledger.rules.tree import Frontier, leaf_hash

MOST_PLAN_BYTES = 4 << 20
MOST_LINE_BYTES = 1 << 20
MOST_SAMPLE_BYTES = 64 << 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a run is: effort is part of the result (rule 8)."""

    model: str
    commitment: str
    started: datetime
    format: int = 1
    snapshot: str = ""  # which weights, as the developer names them
    access_level: str = ""  # AL1, AL2, AL3; empty: not said
    safeguards: str = "unknown"  # "on", "off": two arms (rule 7)
    evaluator: str = ""
    independence: str = ""
    budget: Mapping[str, Any] = field(default_factory=dict)  # of one item
    prices: Mapping[str, float] | None = None  # US dollars per million tokens, "input" and "output"
    run_limits: Mapping[str, Any] = field(default_factory=dict)  # of the whole run
    scaffold: str = ""
    tools: tuple[str, ...] = ()
    sandbox: str = ""
    weaker: bool = False
    state: str = "running"  # "done": by its stopping rule; "stopped": by a limit or an error
    stopped_by: str = ""
    ended: datetime | None = None
    root: str = ""  # Merkle tree hash (RFC 9162) over the journal's lines


class RunFolder:
    """One run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / "run.json").is_file()

    def header(self) -> Header:
        """What the run is.

        Raises:
            RunUnreadable: there is none, or it is not a run of this format.
        """
        found = self._read("run.json", Header, MOST_PLAN_BYTES)
        if found.format != 1:
            raise RunUnreadable(
                self.path, f"it is of format {found.format}, and this Headstart reads format 1"
            )
        return found

    def plan(self) -> Plan:
        """The opened plan.

        Raises:
            RunUnreadable: there is none, or it can't be read.
        """
        return read_plan(self.path / "plan.json")

    def scores(self) -> Iterator[ItemScore]:
        """What came of each item, as a stream; a torn last line is left out.

        Raises:
            RunUnreadable: a line other than the last is not an item's.
        """
        yield from self._lines("journal.jsonl", ItemScore)

    def lines(self) -> Iterator[bytes]:
        """The journal's lines as they stand, without their ends; a torn last line is left out."""
        path = self.path / "journal.jsonl"
        if path.is_file():
            with path.open("rb") as file:
                yield from (line[:-1] for line in file if line.endswith(b"\n"))

    def root(self) -> bytes:
        """The Merkle tree hash (RFC 9162 2.1.1) over the journal's lines: each names the digest of its sample's log."""
        frontier = Frontier()
        for line in self.lines():
            frontier = frontier.append(leaf_hash(line))
        return frontier.root()

    def readings(self) -> Iterator[Reading]:
        """What people said of transcripts."""
        yield from self._lines("readings.jsonl", Reading)

    def sample(self, item: str, attempt: int = 1) -> bytes | None:
        """A sample's log; None where there is none."""
        name = sample_name(item, attempt)
        path = self.path / "samples" / name
        if "/" in name or not path.is_file() or path.stat().st_size > MOST_SAMPLE_BYTES:
            return None
        return path.read_bytes()

    def begin(self, header: Header, plan: Plan) -> None:
        """Begin a run, or take one up again under the same plan.

        Raises:
            SealBroken: another plan is being run here.
        """
        (self.path / "samples").mkdir(parents=True, exist_ok=True)
        if self.exists and self.header().commitment != plan.commitment:
            raise SealBroken
        _write(self.path / "plan.json", plan_bytes(plan))
        self.write(header)

    def write(self, header: Header) -> None:
        """Write the header, whole or not at all."""
        _write(self.path / "run.json", msgspec.json.format(msgspec.json.encode(header)) + b"\n")

    def append(self, score: ItemScore) -> None:
        """Write down what came of an item; it is on the disk when this returns."""
        self._append("journal.jsonl", score)

    def note(self, reading: Reading) -> None:
        """Write down that a person read a transcript."""
        self._append("readings.jsonl", reading)

    def mend(self) -> None:
        """Cut a torn last line off the journal, so that the next line starts on its own."""
        path = self.path / "journal.jsonl"
        if path.is_file() and (held := path.read_bytes()) and not held.endswith(b"\n"):
            os.truncate(path, held.rfind(b"\n") + 1)

    def _append(self, name: str, what: ItemScore | Reading) -> None:
        with (self.path / name).open("ab") as file:
            file.write(msgspec.json.encode(what) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, name: str, kind: type[T], most_bytes: int) -> T:
        path = self.path / name
        if not path.is_file():
            raise RunUnreadable(
                self.path, f"it holds no {name}; `headstart bench run --out {self.path}` makes one"
            )
        if path.stat().st_size > most_bytes:
            raise RunUnreadable(self.path, f"{name} is larger than {most_bytes >> 20} MiB")
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise RunUnreadable(self.path, f"{name}: {error}") from error

    def _lines(self, name: str, kind: type[T]) -> Iterator[T]:
        path = self.path / name
        if not path.is_file():
            return
        decoder = msgspec.json.Decoder(kind)
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MOST_LINE_BYTES), b""), start=1):
                if not line.endswith(b"\n") and len(line) < MOST_LINE_BYTES:
                    return  # torn: the run was killed as it wrote
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                    raise RunUnreadable(self.path, f"{name}, line {number}: {error}") from error


def plan_bytes(plan: Plan) -> bytes:
    """An opened plan as its file holds it: canonical JSON (RFC 8785), so that its SHA-256 is the commitment."""
    return rfc8785.dumps(plan.as_dict())


def read_plan(path: Path) -> Plan:
    """An opened plan out of its file.

    Raises:
        RunUnreadable: it is not one.
    """
    if not path.is_file() or path.stat().st_size > MOST_PLAN_BYTES:
        raise RunUnreadable(path, "it is not the file of a plan")
    try:
        held = msgspec.json.decode(path.read_bytes())
        plan = msgspec.convert(held, type=Plan)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise RunUnreadable(path, f"it is not a plan: {error}") from error
    if commitment(held) != plan.commitment:
        raise RunUnreadable(path, "it holds more than a plan does, or writes it otherwise")
    return plan


def _write(path: Path, held: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(held)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
