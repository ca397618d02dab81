"""What a family of tasks is, and what it may use to score: the plug-in's side of the room.

A family is pure but for `score`: the same (version, seed, level) gives the same item, to the byte, anywhere.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from headstart.benchmarks.rules.items import Item, Need, Side, Verdict
from headstart.sandbox.rules.jobs import Outcome


class Place(Protocol):
    """A fresh folder in fresh sandboxes: each run is a sandbox of its own around the same folder."""

    def run(self, *argv: str, stdin: bytes = b"", cpu_seconds: float = 10) -> Outcome:
        """Run a program there, in a fresh sandbox around the folder."""

    def read(self, name: str, most_bytes: int = 1 << 20) -> bytes | None:
        """A file that a run left there; None if there is none, or it is a link, a folder, or larger than that."""


class Bench(Protocol):
    """Where answers are scored."""

    def place(self, files: Mapping[str, bytes], *, ours: bool = True) -> AbstractContextManager[Place]:
        """A place that holds `files`; `ours` is False where the agent's own code will run."""


class Family(Protocol):
    """A kind of task, generated without end."""

    @property
    def name(self) -> str:
        """Its name, as in `find-memory-flaw`."""

    @property
    def version(self) -> int:
        """Of the generator: raised whenever an item would differ by one byte."""

    @property
    def side(self) -> Side:
        """Offence or defence."""

    @property
    def summary(self) -> str:
        """One sentence for a reader who is no specialist."""

    @property
    def about(self) -> str:
        """What its page says, in paragraphs: what is given, what counts, what it says of a model and what not."""

    @property
    def needs(self) -> frozenset[Need]:
        """What its items need on the machine."""

    def item(self, seed: int, level: int) -> Item:
        """Generate an item."""

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        """Run the answer against the oracle, in fresh sandboxes."""
