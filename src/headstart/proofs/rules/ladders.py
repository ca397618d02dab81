"""The patch ladder: how far a fix climbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from headstart.proofs.rules.verdicts import Answer
from headstart.sandbox.rules.jobs import Applied

LOG = 4000  # characters of a failed rung's log that are kept


class Result(StrEnum):
    """What came of one rung."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


APPLIES = "applies"
BUILDS = "builds"
TRIGGERS = "every trigger is silent"
CONTROLS = "the controls still work"
TESTS = "the project's own tests"
VARIATIONS = "variations of the trigger are silent"
LINES = "every supported line"
RUNGS = (APPLIES, BUILDS, TRIGGERS, CONTROLS, TESTS, VARIATIONS, LINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsSeen:
    """The project's own tests before and after the fix."""

    command: str
    found: bool  # whether the source suggested the command, or somebody gave it
    passed_before: int
    passed_after: int
    broken: tuple[str, ...] = ()  # passed before, and not after: the first of them
    failed_before: tuple[str, ...] = ()  # those say nothing about the fix


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWorks:
    """A variation that shows the effect on what was mended."""

    how: str
    sha256: str
    size: int
    start: str  # its first bytes, as text
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariationsSeen:
    """What was tried besides the triggers themselves."""

    tried: int
    sound: int  # runs that can say no: the target loaded and ended by itself, or was judged
    working: int | None  # those that show the effect without the fix; None where that was not tried
    still: tuple[StillWorks, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One release line: its newest release, and what the fix does there."""

    version: str
    without: Answer  # what the triggers do there without the fix
    applies: bool | None  # None: not tried
    after: Answer  # what the triggers do there with the fix
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RungResult:
    """One rung of the patch ladder."""

    name: str
    result: Result
    why: str  # the failure's log line, what was counted, or why it was not tried
    log: str = ""  # the end of what was printed, where it failed
    tests: TestsSeen | None = None
    variations: VariationsSeen | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How far a fix climbed: all rungs, bottom first."""

    fix: str  # "1.2.3", or the patch's digest
    rungs: tuple[RungResult, ...]
    sentence: str
    applied: Applied | None = None  # the sandbox it was run in
    tools: Mapping[str, str] = field(default_factory=dict)  # what jobs find on their PATH, with versions
    runs: int = 0  # of harnesses, on what was mended

    @property
    def holds(self) -> bool:
        """Whether the fix stops every trigger and breaks nothing that was tried."""
        by_name = {each.name: each.result for each in self.rungs}
        needed = by_name[TRIGGERS] is Result.PASSED and by_name[CONTROLS] is Result.PASSED
        return needed and Result.FAILED not in by_name.values()

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What nobody looked at, in words for a receipt."""
        return tuple(f"{each.name}: {each.why}" for each in self.rungs if each.result is Result.NOT_TRIED)


def passed(name: str, why: str) -> RungResult:
    """A rung that holds."""
    return RungResult(name=name, result=Result.PASSED, why=why)


def failed(name: str, why: str, log: str = "") -> RungResult:
    """A rung that does not, with the end of its log."""
    return RungResult(name=name, result=Result.FAILED, why=why, log=readable(log))


def not_tried(name: str, why: str) -> RungResult:
    """A rung that says nothing, and why."""
    return RungResult(name=name, result=Result.NOT_TRIED, why=why)


def readable(log: str) -> str:
    """The end of a log, without control characters."""
    clean = "".join(
        each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in log
    )
    return clean[-LOG:]


def ladder(
    fix: str,
    results: Sequence[RungResult],
    *,
    applied: Applied | None = None,
    tools: Mapping[str, str] | None = None,
    runs: int = 0,
) -> Ladder:
    """The whole ladder from what was tried; the rungs above a failure that made them pointless were not."""
    known = {each.name: each for each in results}
    below = next((name for name in RUNGS if name in known and known[name].result is Result.FAILED), "")
    why = f"“{below}” failed" if below else "nothing to try it with"
    rungs = tuple(known.get(name) or not_tried(name, why) for name in RUNGS)
    wrong = [each for each in rungs if each.result is Result.FAILED]
    right = sum(each.result is Result.PASSED for each in rungs)
    said = (
        f"{wrong[0].name}: {wrong[0].why}" if wrong else f"{right} of {len(rungs)} rungs passed, none failed"
    )
    sentence = f"The fix {fix} {'fails' if wrong else 'holds'}: {said}."
    return Ladder(
        fix=fix, rungs=rungs, sentence=sentence, applied=applied, tools=dict(tools or {}), runs=runs
    )


def lines_rung(rows: Sequence[Line], own: str, cut_short: str = "") -> RungResult:
    """What the release lines amount to; `rows` oldest first, `own` the newest release of the fix's line.

    Which lines somebody still supports is not known here. So a patch fails where it applies and the trigger still
    works, or where it fits no line that is affected; that some lines need a patch of their own is told first. A
    release fails where its own line or a later one still shows the effect.
    """
    versions = [each.version for each in rows]
    since = versions.index(own) if own in versions else 0
    without = [each.version for each in rows if each.applies is False]
    silent = any(each.after is Answer.SILENT for each in rows)
    worse = any(each.after is Answer.SEEN and (each.applies or at >= since) for at, each in enumerate(rows))
    said = "; ".join(f"{each.version}: {each.note}" for each in rows) + cut_short
    if without and silent:
        said = f"a patch of its own is needed for {', '.join(without)}; {said}"
    result = Result.PASSED if silent else Result.NOT_TRIED
    if worse or (without and not silent):
        result = Result.FAILED
    return RungResult(
        name=LINES, result=result, why=said or "no release of its line can be had", lines=tuple(rows)
    )
