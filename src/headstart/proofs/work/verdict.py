"""The verdict on a report: what `prove` gives, and all that its receipt tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headstart.proofs.rules.evidence import Attribution, Run, Rung
from headstart.proofs.rules.verdicts import Answer
from headstart.reports.rules import Flag
from headstart.sandbox.rules.jobs import Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the hub saw when it ran a report."""

    rung: Rung
    attribution: Attribution
    k: int
    n: int
    control: Answer
    contrast: (
        str | None
    )  # what it does nothing on: "1.2.3", "1.2.0 with the patch"; None where nothing showed that
    sentence: str
    runs: tuple[Run, ...] = ()
    crash_state: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    unchecked: tuple[str, ...] = ()  # what only a person can tell
    step: str | None = None  # where it is unrunnable: which step could not be done
    report_digest: str
    purl: str
    target_digest: str | None = None
    harness_digest: str | None = (
        None  # SHA-256 of the harness that took the finder's place; None: the finder's own
    )
    applied: Applied | None = None  # the sandbox and its limits; None where nothing ran
    tools: Mapping[str, str] = field(default_factory=dict)  # what jobs find on their PATH, with versions
    seconds: float = 0.0  # wall time of the whole

    @property
    def weaker(self) -> bool:
        """Whether it was run in the weak sandbox."""
        return self.applied is not None and self.applied.weaker
