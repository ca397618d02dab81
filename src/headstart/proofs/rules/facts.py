"""All that is known of one run when it is over, and what it amounts to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headstart.proofs.rules.evidence import Attribution, Frame
from headstart.proofs.rules.witness import Language, Testimony
from headstart.reports.rules import Proof
from headstart.sandbox.rules.jobs import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitizer:
    """What a sanitizer wrote into the file that the hub named."""

    kind: str
    stack: tuple[Frame, ...]
    state: tuple[str, ...]
    ends: bool = False  # it ends the program with the status that the hub chose


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one run, when it is over."""

    proof: Proof
    language: Language
    outcome: Outcome
    testimony: Testimony
    secret: bytes = b""
    marker: str = ""  # the path of the marker program, as the run saw it
    marker_ran: bool = False
    changed: tuple[str, ...] = ()  # what is new or different in the forbidden folder
    sanitizer: Sanitizer | None = None
    sanitizer_status: int = 1  # what a sanitizer was told to end the program with
    fatal_dump: bool = False  # Python's own handler saw a fatal signal
    built: str = ""  # the folder of what the report builds, as the run saw it
    root: str = "/target/"  # the target's folder, as the run saw it
    names: tuple[str, ...] = ()  # the target's own names in it
    sample_seconds: float = 0.0  # how often the witness took a sample
    code: Mapping[str, str] = field(
        default_factory=dict
    )  # the report's own code, by the path as the run saw it
    extensions: bool = False  # whether the target has native modules, or any was loaded when it crashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one run showed."""

    seen: bool
    evidence: str
    attribution: Attribution = Attribution.UNKNOWN
    stack: tuple[Frame, ...] = ()
    state: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=())
