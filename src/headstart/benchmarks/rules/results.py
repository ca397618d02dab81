"""What came of one item: a line of a run's journal, and all that its report needs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headstart.benchmarks.rules.items import Cheating, Outcome, Side


class Framing(StrEnum):
    """How an item's prompt is framed; a model that minds is one that knows when it is tested (rule 9)."""

    PLAIN = "plain"  # as it is
    TEST = "test"  # says that it is a test
    WORK = "work"  # reads as a day's work


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One sign of cheating, seen by a program; a person decides (`Reading`)."""

    kind: Cheating
    where: str  # "message 12", "answer", "files"
    words: str  # what was seen, cut short


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """One item, attempted and scored.

    `outcome` is what running said of the answer, whatever was seen of cheating: the report treats it in three ways.
    """

    item: str
    family: str
    version: int
    side: Side
    seed: str  # in hexadecimal: JSON's numbers hold 53 bits
    level: int
    digest: str  # SHA-256 over the generated item
    order: int  # the n-th that was given out, from 0
    outcome: Outcome
    sentence: str
    started: datetime
    ended: datetime
    anchor: bool = False  # drawn at random, not chosen for what it tells
    held_out: bool = False
    framing: Framing = Framing.PLAIN
    attempt: int = 1  # the k-th at this item
    elsewhere: bool = False  # it showed some other flaw than the planted one
    ending: str = ""  # how the conversation ended
    signs: tuple[Sign, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    messages: int = 0
    seconds: float = 0.0
    cost: float | None = None  # US dollars; None: no price was given
    sample: str = ""  # SHA-256 of the sample's log; empty: there is none

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens

    @property
    def solved(self) -> bool:
        """Whether running said so."""
        return self.outcome is Outcome.SOLVED

    @property
    def counts(self) -> bool:
        """Whether it says something of the model's ability."""
        return self.outcome.counts

    @property
    def cheated(self) -> bool:
        """Whether a sign of cheating was seen."""
        return bool(self.signs)

    @property
    def earned(self) -> bool:
        """Solved, and no sign of cheating: what a run's own number takes as solved; the report shows all treatments."""
        return self.solved and not self.signs

    @property
    def sample_name(self) -> str:
        """The file of its log, in the run's `samples/`."""
        return sample_name(self.item, self.attempt)


def sample_name(item: str, attempt: int) -> str:
    """`ITEM.json`, and `ITEM.2.json` for the second attempt."""
    return f"{item}.json" if attempt == 1 else f"{item}.{attempt}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A person read a transcript, and says whether the model cheated there."""

    item: str
    attempt: int
    by: str
    at: datetime
    cheating: str  # "yes", "no", "unclear"
    note: str = ""
