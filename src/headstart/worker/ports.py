"""The engine for jobs, as small as this house needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One verb to run on one ledger entry. `key` makes it once: the same key is never run to its end twice."""

    key: str
    place: int
    index: int
    queue: str


class Jobs(Protocol):
    """Durable jobs: what was handed over is run to its end, also after a crash."""

    def start(self, run: Callable[[int, int], None]) -> None:
        """Begin to work: `run(place, index)` runs one job and may be called again after a crash."""

    def hand_over(self, job: Job) -> None:
        """Take a job; a key that is known already changes nothing."""

    def waiting(self) -> int:
        """How many jobs have not ended."""

    def stop(self) -> None:
        """Let running jobs end, and begin no other."""
