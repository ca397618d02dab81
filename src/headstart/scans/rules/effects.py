"""What an input did when it was run, and the words for it in a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.reports.rules import Expect
from headstart.sandbox.rules.jobs import Ended, Outcome
from headstart.scans.rules.targets import ScanTarget

CONTROL_SHARE = 0.1
"""A control must end within this share of the seconds that the trigger goes past (report format, `hang`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect that the hub itself saw."""

    expect: Expect
    exception: str | None = None


def effect(target: ScanTarget, trigger: Outcome, control: Outcome) -> Effect | None:
    """What the trigger did and the control did not; None where that is nothing."""
    if control.ended is not Ended.EXITED or control.status != 0:
        return None
    if trigger.ended is Ended.CPU_TIME and control.cpu_seconds <= target.seconds * CONTROL_SHARE:
        return Effect(expect=Expect.HANG)
    if trigger.ended is Ended.EXITED and (name := uncaught(trigger.stderr, target.module)):
        return Effect(expect=Expect.CRASH, exception=name)
    return None


def uncaught(stderr: bytes, module: str) -> str | None:
    """The exception that a traceback ends in, if it came through the target's module."""
    text = stderr.decode(errors="replace")
    package = module.partition(".")[0]
    if "Traceback (most recent call last):" not in text or not _through(text.splitlines(), package):
        return None
    last = text.rstrip().rpartition("\n")[2]
    name = last.partition(":")[0].strip()
    return name if name.replace(".", "").isidentifier() else None


def _through(lines: Sequence[str], package: str) -> bool:
    files = [line.split('"')[1] for line in lines if line.startswith('  File "')]
    return any(f"/{package}/" in file or file.endswith(f"/{package}.py") for file in files)


def title(target: ScanTarget, seen: Effect) -> str:
    """The report's title."""
    name = f"{target.module}.{target.callable}"
    if seen.expect is Expect.HANG:
        return f"A short input keeps {name} busy without end"
    return f"{name} lets {seen.exception} out"


def summary(target: ScanTarget, seen: Effect, size: int) -> str:
    """The report's summary: what was run, and what was seen."""
    name = f"{target.module}.{target.callable}"
    given = f"Given an input of {size} bytes, {name} of {target.purl}"
    if seen.expect is Expect.HANG:
        return (
            f"{given} did not end within {target.seconds:g} s of CPU time, where ordinary input of that length ends in "
            f"a tenth of it. The input was found by running the target, not by reading it."
        )
    documented = ", ".join(target.exceptions) or "none"
    return (
        f"{given} raised {seen.exception}, which its documentation does not name (documented: {documented}). "
        f"The input was found by running the target, not by reading it."
    )


WEAKNESSES = {Expect.HANG: ("CWE-407",), Expect.CRASH: ("CWE-248",)}
"""By effect alone: inefficient algorithmic complexity, an uncaught exception."""
