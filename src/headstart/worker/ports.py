"""The engine for jobs, as small as this house needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One verb to run on one ledger entry. `key` makes it once: the same key is never run to its end twice."""

    key: str
    verb: str
    index: int
    queue: str


Run = Callable[[str, int], None]
"""Runs a verb on the ledger entry of an index; may be called again after a crash or an error."""

GaveUp = Callable[[str, int, str], None]
"""Told of a verb, an index and why, when a job has failed as often as it is tried."""


class Jobs(Protocol):
    """Durable jobs: what was handed over is run to its end, also after a crash."""

    def start(self, run: Run, gave_up: GaveUp) -> None:
        """Begin to work; what raises is tried again a few times, then given up."""

    def hand_over(self, job: Job) -> None:
        """Take a job; a key that is known already changes nothing."""

    def waiting(self) -> int:
        """How many jobs have not ended."""

    def stop(self) -> None:
        """Let running jobs end, and begin no other."""
