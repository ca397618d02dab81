"""From runs on releases to a range: what each release showed, and which are run once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from headstart.packages.rules.ranges import Affected
from headstart.proofs.rules.evidence import Attribution, Role, Run
from headstart.reports.rules import Expect


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRun:
    """What one release of the package showed: a row of the evidence table."""

    version: str  # of a commit: its 40 hexadecimal digits
    published: datetime | None
    installed: bool  # installed or built
    ran: bool
    affected: Affected
    note: str  # why, in a few words
    runs: int = 0  # how often the trigger was run on it
    seen: int = 0  # in how many of these the effect was there
    seconds: float = 0.0  # what it took to have, build and run it, once


def not_run(version: str, published: datetime | None, note: str) -> ReleaseRun:
    """The row of a release on which nothing ran, and why."""
    return ReleaseRun(
        version=version, published=published, installed=False, ran=False, affected=Affected.UNKNOWN, note=note
    )


def affected(runs: Sequence[Run]) -> tuple[Affected, str]:
    """Whether a release is affected, from its control and trigger runs, and why.

    YES only where some trigger showed the effect, by the target or by nobody the hub could name, and the
    control did not. NO only where every run was a sound one (see `needs_control`). Anything else is UNKNOWN.
    """
    triggers = [run for run in runs if run.role is Role.TRIGGER]
    controls = [run for run in runs if run.role is Role.CONTROL]
    broken = next((run.broken for run in runs if run.broken), "")
    seen = [run for run in triggers if run.seen]
    if any(run.seen for run in controls):
        return Affected.UNKNOWN, "the control shows the effect too"
    if seen and any(run.attribution is Attribution.HARNESS for run in seen):
        return Affected.UNKNOWN, "the harness did it itself"
    if seen:
        named = {run.input for run in triggers} == {run.input for run in seen}
        return (Affected.YES, seen[0].evidence) if named else (Affected.UNKNOWN, "some triggers, not all")
    if broken or not triggers:
        return Affected.UNKNOWN, broken or "nothing ran"
    cut_off = next((run for run in triggers if run.was_cut_off), None)
    if cut_off:
        return Affected.UNKNOWN, f"not seen before it was cut off: {cut_off.evidence}"
    return Affected.NO, triggers[0].evidence


def needs_control(runs: Sequence[Run], expect: Expect) -> bool:
    """Whether trigger runs say nothing without a control beside them.

    Where each was silent and ended as a harmless input should, the package and the harness work: NO stands.
    """
    calm = (0, 10) if expect is Expect.DECIDE else (0,)
    return not all(run.status in calm and not (run.seen or run.broken) for run in runs)


def boundaries(ordered: Sequence[str], results: Mapping[str, Affected]) -> tuple[str, ...]:
    """The releases beside a change of answer: these are run once more before a range is drawn from them."""
    beside: dict[str, None] = {}
    known = [version for version in ordered if results.get(version, Affected.UNKNOWN) is not Affected.UNKNOWN]
    for before, after in pairwise(known):
        if results[before] is not results[after]:
            beside |= {before: None, after: None}
    return tuple(beside)


def together(first: ReleaseRun, again: ReleaseRun) -> ReleaseRun:
    """One row from two: unknown unless both say the same."""
    runs, seen = first.runs + again.runs, first.seen + again.seen
    if first.affected is again.affected:
        return replace(first, runs=runs, seen=seen)
    note = f"seen in {seen} of {runs} runs: {first.note}; then: {again.note}"
    return replace(first, affected=Affected.UNKNOWN, runs=runs, seen=seen, note=note)


def fixed_in(own: str, ran: Mapping[str, Affected]) -> str | None:
    """The first release after the report's own on which nothing was seen; `ran` is in the ecosystem's order."""
    ordered = list(ran)
    later = ordered[ordered.index(own) + 1 :] if own in ordered else []
    return next((version for version in later if ran[version] is Affected.NO), None)
