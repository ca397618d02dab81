"""What came of a public suite of Inspect's: its own scorers' words, kept as they are."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

NAME = r"[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+"
"""`package/task`, as Inspect registers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSample:
    """One sample of a suite."""

    id: str
    scores: Mapping[str, Any] = field(default_factory=dict)  # the scorer's name -> its value, as it gave it
    error: str = ""  # one line: what broke it; then it has no scores
    limit: str = ""  # which limit it met
    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    sample: Path | None = None  # its log: Inspect's EvalSample as JSON, redacted
    sample_digest: str = ""  # SHA-256 of that file
    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """A suite that was run. Headstart did not score it: its numbers are its authors'."""

    suite: str
    version: str  # of the package that it came from
    model: str
    samples: int
    broken: int
    metrics: Mapping[
        str, Mapping[str, float]
    ]  # scorer -> metric -> value; empty where the run was taken up again
    sandbox: str  # what it ran in: "docker", "headstart", "" where it needs none
    log: str  # path of Inspect's log of the run (its samples have theirs)
    log_digest: str  # SHA-256 of that file
    error: str  # why Inspect ended it early; empty if it did not
    started: datetime
    ended: datetime

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and the record."""
        return {**asdict(self), "started": self.started.isoformat(), "ended": self.ended.isoformat()}
