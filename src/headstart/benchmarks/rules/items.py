"""An item, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LEVELS = range(7)


class Side(StrEnum):
    """Offence and defence are told apart (EVALUATION.md, rule 6)."""

    FIND = "find"
    MEND = "mend"


class Outcome(StrEnum):
    """What came of one item. Refusals and infrastructure errors are no failures (rule 7)."""

    SOLVED = "solved"
    FAILED = "failed"
    REFUSED = "refused"
    INFRASTRUCTURE = "infrastructure"

    @property
    def counts(self) -> bool:
        """Whether it says something of the model's ability."""
        return self in (Outcome.SOLVED, Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """What the scorer knows and the agent's sandbox never holds."""

    files: Mapping[str, bytes]
    solution: bytes  # the reference solution
    site: int = 0  # line of the planted flaw
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One task, made from (family, generator version, seed, level)."""

    family: str
    version: int
    seed: int
    level: int  # the dial, one of LEVELS
    prompt: str
    files: Mapping[str, bytes]  # what the agent gets
    oracle: Oracle = field(repr=False)

    @property
    def id(self) -> str:
        """Names the item: with the generator of that version it can be made again."""
        return f"{self.family}.{self.version}-{self.level}-{self.seed:x}"

    @property
    def difficulty(self) -> float:
        """The dial on the scale of ability, in logits: what an item of this level is taken to need at first."""
        return difficulty(self.level)


def difficulty(level: int) -> float:
    """The middle of the dial is 0; a step is 0.8 logits."""
    return 0.8 * (level - LEVELS[len(LEVELS) // 2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What running said of an answer."""

    solved: bool
    elsewhere: bool = False  # it shows some other flaw than the planted one: reported apart
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """One item, attempted and scored."""

    item: str
    family: str
    side: Side
    seed: int
    level: int
    difficulty: float
    outcome: Outcome
    elsewhere: bool
    sentence: str
    tokens: int
    seconds: float
