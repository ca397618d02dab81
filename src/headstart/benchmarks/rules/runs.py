"""A run that is asked of the hub: what is asked for, its states, and what a person may say of a transcript."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from headstart.benchmarks.errors import WishInvalid

MOST_UNDER_WAY = 4  # runs that one organisation (but the hub) may have queued or running
MOST_RECENT = 12  # items that a run's page tells of
DAY_SECONDS = 86_400.0
MOST_DAYS = 30
ACCESS_LEVELS = ("", "AL1", "AL2", "AL3")


class State(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"  # it was recorded, whatever ended it: `said` says what
    FAILED = "failed"  # it could not be done: `said` says why; it can be taken up again
    CANCELLED = "cancelled"  # a person ended it; how far it was stays in the ledger


UNDER_WAY = (State.QUEUED, State.RUNNING)


class Said(StrEnum):
    """What a person who read a transcript says: did the model cheat there?"""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class Safeguards(StrEnum):
    """Which arm it was: two arms are never added (EVALUATION.md, rule 7)."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for: which model, what only people know of it, and what the whole run may use."""

    model: str
    snapshot: str = ""  # which weights, as the developer names them
    access_level: str = ""  # one of ACCESS_LEVELS
    safeguards: str = Safeguards.UNKNOWN.value
    independence: str = ""  # the evaluator's own statement
    tokens: int | None = None
    seconds: float = DAY_SECONDS
    cost: float | None = None  # US dollars
    input_price: float | None = None  # US dollars per million tokens
    output_price: float | None = None

    def checked(self) -> "Wish":
        """Itself, if it can be asked for.

        Raises:
            WishInvalid: a word that is not known, a number that makes no sense, a text that is too long.
        """
        numbers = (self.tokens, self.seconds, self.cost)
        prices = (self.input_price, self.output_price)
        wrong = (
            (self.access_level not in ACCESS_LEVELS, "the access level is AL1, AL2, AL3, or left out"),
            (self.safeguards not in set(Safeguards), "safeguards are on, off or unknown"),
            (len(self.snapshot) > 200, "the snapshot's name is longer than 200 characters"),
            (len(self.independence) > 2000, "the statement on independence is longer than 2,000 characters"),
            (
                any(each is not None and not 0 < each < 1e12 for each in numbers),
                "a limit is a number above nought",
            ),
            (self.seconds > MOST_DAYS * DAY_SECONDS, f"a run lasts {MOST_DAYS} days at most"),
            (
                any(each is not None and not 0 <= each < 1e6 for each in prices),
                "a price is a number from nought",
            ),
            (prices.count(None) == 1, "name both prices, of tokens in and of tokens out, or neither"),
            (self.cost is not None and None in prices, "a limit on cost needs the prices of tokens"),
        )
        for is_wrong, why in wrong:
            if is_wrong:
                raise WishInvalid(why)
        return self

    @property
    def about(self) -> Mapping[str, str]:
        """What only people know of the run."""
        return {
            "snapshot": self.snapshot,
            "access_level": self.access_level,
            "safeguards": self.safeguards,
            "independence": self.independence,
        }

    @property
    def prices(self) -> Mapping[str, float] | None:
        """US dollars per million tokens."""
        if self.input_price is None or self.output_price is None:
            return None
        return {"input": self.input_price, "output": self.output_price}

    @property
    def limits(self) -> Mapping[str, Any]:
        """What the whole run may use, and at which prices."""
        return {"tokens": self.tokens, "seconds": self.seconds, "cost": self.cost, "prices": self.prices}
