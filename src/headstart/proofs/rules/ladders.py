"""The patch ladder: how far a fix climbs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


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
class RungResult:
    """One rung of the patch ladder."""

    name: str
    result: Result
    why: str  # the failure's log line, what was counted, or why it was not tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How far a fix climbed: all rungs, bottom first."""

    fix: str  # "1.2.3", or the patch's digest
    rungs: tuple[RungResult, ...]
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether the fix stops every trigger and breaks nothing that was tried."""
        by_name = {each.name: each.result for each in self.rungs}
        needed = by_name[TRIGGERS] is Result.PASSED and by_name[CONTROLS] is Result.PASSED
        return needed and Result.FAILED not in by_name.values()


def ladder(fix: str, results: Sequence[RungResult]) -> Ladder:
    """The whole ladder from what was tried; the rungs above a failure that made them pointless were not."""
    known = {each.name: each for each in results}
    below = next((name for name in RUNGS if name in known and known[name].result is Result.FAILED), "")
    rungs = tuple(
        known.get(name)
        or RungResult(
            name=name, result=Result.NOT_TRIED, why=f"“{below}” failed" if below else "nothing to try it with"
        )
        for name in RUNGS
    )
    failed = [each for each in rungs if each.result is Result.FAILED]
    passed = sum(each.result is Result.PASSED for each in rungs)
    said = (
        f"{failed[0].name}: {failed[0].why}"
        if failed
        else f"{passed} of {len(rungs)} rungs passed, none failed"
    )
    return Ladder(fix=fix, rungs=rungs, sentence=f"The fix {fix} {'fails' if failed else 'holds'}: {said}.")
