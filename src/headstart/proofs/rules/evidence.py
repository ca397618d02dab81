"""The words of a verdict: the ladder, who caused it, a stack, one run."""

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """How far the evidence reaches (report-format.md, "the evidence ladder")."""

    CLAIMED = "claimed"  # nobody has run it
    REFUTED = "refuted"  # the hub ran it and did not see it, or the harness did it itself
    REPRODUCED = "reproduced"  # seen in k of n fresh sandboxes
    CONTROLLED = "controlled"  # and not on the control
    CONTRASTED = "contrasted"  # and not on some release, or with some patch
    VOUCHED = "vouched"  # and the maintainer or the hub keeps the harness
    UNRUNNABLE = "unrunnable"  # the hub could not run it: says nothing about the report


class Attribution(StrEnum):
    """Who caused the effect."""

    TARGET = "target"
    HARNESS = "harness"
    UNKNOWN = "unknown"  # a person reads the harness


class Place(StrEnum):
    """Whose code a stack frame belongs to."""

    TARGET = "target"
    DEPENDENCY = "dependency"  # installed beside the target
    HARNESS = "harness"  # the report's folder, and any code that is not what its file says
    LIBRARY = "library"  # the language's own standard library
    UNKNOWN = "unknown"  # something that the harness handed over or made up: it can't be told who acts in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of a stack, `file` as the run saw it."""

    file: str
    line: int
    function: str
    place: Place

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line}, {self.place})"


class Role(StrEnum):
    """What a run was for."""

    TRIGGER = "trigger"
    CONTROL = "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one fresh sandbox showed for one input."""

    role: Role
    input: str  # the input's path in the report
    seen: bool  # whether the effect that the report expects was there
    broken: str = ""  # why this run can't answer at all (the target did not import, say); empty where it can
    attribution: Attribution
    evidence: str  # one plain sentence
    ended: str
    status: int | None
    signal: int | None
    cpu_seconds: float
    wall_seconds: float
    peak_memory_bytes: int | None
    stack: tuple[Frame, ...] = ()  # innermost first
    state: tuple[str, ...] = ()  # the crash state: up to three functions that matter
    flags: tuple[str, ...] = ()
    stdout: str = ""  # the end of it
    stderr: str = ""

    @property
    def was_cut_off(self) -> bool:
        """Whether a limit stopped it: what it would have shown later is not known."""
        return self.ended not in ("exited", "signalled")


def attribute(stack: tuple[Frame, ...]) -> Attribution:
    """Who caused what happened at the top of this stack (innermost frame first).

    The target's, where the innermost frame outside the standard library is the target's, or a dependency's that
    the target called. A dependency that the harness called by itself is the harness's doing.
    """
    own = [frame for frame in stack if frame.place is not Place.LIBRARY]
    if not own:
        return Attribution.UNKNOWN
    for frame in own:
        match frame.place:
            case Place.TARGET:
                return Attribution.TARGET
            case Place.HARNESS:
                return Attribution.HARNESS
            case Place.UNKNOWN:
                return Attribution.UNKNOWN
            case _:
                continue
    return Attribution.UNKNOWN


def state_of(stack: tuple[Frame, ...]) -> tuple[str, ...]:
    """What names the place of an effect: up to three of the target's own frames, file and function, no lines."""
    own = [frame for frame in stack if frame.place in (Place.TARGET, Place.DEPENDENCY)]
    named = [f"{short(frame.file)}:{frame.function}" for frame in own]
    once = [name for at, name in enumerate(named) if at == 0 or name != named[at - 1]]
    return tuple(once[:3])


def short(path: str) -> str:
    """The part of a path below the place where packages are installed."""
    for marker in ("/node_modules/", "/target/", "/report/"):
        _, found, rest = path.rpartition(marker)
        if found:
            return rest
    return path.rsplit("/", 2)[-1]
