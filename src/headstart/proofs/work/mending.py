"""Check a fix: climb the patch ladder with every trigger of a vulnerability."""

from collections.abc import Callable, Sequence

from headstart.errors import NotFound, Unable
from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules.evidence import Role, Run
from headstart.proofs.rules.ladders import (
    APPLIES,
    BUILDS,
    CONTROLS,
    TESTS,
    TRIGGERS,
    Ladder,
    Result,
    RungResult,
    failed,
    ladder,
    not_tried,
    passed,
)
from headstart.proofs.work.fixes import Fix, mended
from headstart.proofs.work.lines import lines_rung_of
from headstart.proofs.work.proving import Progress, Setting, run_these
from headstart.proofs.work.stage import Stage, stage
from headstart.proofs.work.targets import Target
from headstart.proofs.work.testing import tests_rung
from headstart.proofs.work.varying import variations_rung
from headstart.reports.work import Folder
from headstart.sandbox.rules.jobs import Trust

SECONDS = 60.0
TESTS_NEED_SECONDS = 10.0  # with less than that for a whole check, a project's tests are not begun


def check_fix(
    folders: Sequence[Folder],
    fix: Fix,
    *,
    setting: Setting,
    tests: tuple[str, ...] | None = None,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Ladder:
    """Climb the ladder with a fix, for all reports of one vulnerability.

    `tests` is the command of the project's own tests, run in its source's folder; without it the source is asked.
    `seconds` is about the time that variations, and after them the release lines, are given each.

    Raises:
        Unfit, NotShipped: the sandbox can't run the reports.
    """
    trusts = {setting.trust(each) for each in folders}
    with stage(setting.sandbox, trusts.pop() if len(trusts) == 1 else Trust.UNTRUSTED) as on:
        climb = _Climb(on, folders, fix, setting)
        results: list[RungResult] = []
        steps: tuple[Callable[[], list[RungResult]], ...] = (
            climb.applies,
            climb.silent,
            lambda: climb.tests(tests, seconds),
            lambda: [variations_rung(on, climb.fixed, setting, seconds)],
            lambda: [lines_rung_of(on, folders[0], fix, setting, seconds)],
        )
        for done, step in enumerate(steps, 1):
            results += step()
            if progress:
                progress(done, len(steps))
            if any(each.result is Result.FAILED and each.name in (APPLIES, BUILDS) for each in results):
                break
        applied = on.applied[-1] if on.applied else None
        tools = setting.sandbox.tools.versions
        return ladder(str(fix), results, applied=applied, tools=tools, runs=len(on.applied))


class _Climb:
    """One climb: the fixed target of each report, and what was run on it."""

    def __init__(self, on: Stage, folders: Sequence[Folder], fix: Fix, setting: Setting) -> None:
        self.on, self.folders, self.fix, self.setting = on, folders, fix, setting
        self.fixed: list[tuple[Folder, Target]] = []

    def applies(self) -> list[RungResult]:
        """Applies, and builds: a mended target for each report."""
        of = len(self.folders)
        how = "a release of its own" if self.fix.release else f"to {of} of {of}"
        for folder in self.folders:
            try:
                self.fixed.append((folder, mended(self.on, folder, self.fix, self.setting)))
            except (PatchInvalid, NotFound) as error:
                return [failed(APPLIES, str(error))]
            except Unable as error:
                return [passed(APPLIES, how), failed(BUILDS, str(error), str(error))]
        return [passed(APPLIES, how)]

    def silent(self) -> list[RungResult]:
        """Every trigger does nothing any more; every control still does what it did."""
        runs: list[Run] = []
        for folder, target in self.fixed:
            proof = folder.report.proof
            todo = [(Role.CONTROL, path) for path in proof.control]
            todo += [(Role.TRIGGER, path) for path in proof.trigger]
            runs += run_these(self.on, target, folder, todo)
        triggers = [run for run in runs if run.role is Role.TRIGGER]
        controls = [run for run in runs if run.role is Role.CONTROL]
        return [_loads(triggers), _triggers(triggers), _controls(controls)]

    def tests(self, given: tuple[str, ...] | None, seconds: float) -> list[RungResult]:
        """The project's own tests, once for each release that the reports are about: the first that says something."""
        if seconds < TESTS_NEED_SECONDS and not given:
            return [not_tried(TESTS, f"{seconds:g} seconds for the whole check leave no time for them")]
        found = not_tried(TESTS, "there is no report")
        for folder in {str(each.report.purl): each for each in self.folders}.values():
            found = tests_rung(self.on, folder, self.fix, self.setting, given)
            if found.result is not Result.NOT_TRIED:
                break
        return [found]


def _loads(runs: Sequence[Run]) -> RungResult:
    wrong = next((run for run in runs if run.broken), None)
    return failed(BUILDS, wrong.broken, _log(wrong)) if wrong else passed(BUILDS, "it loads")


def _triggers(runs: Sequence[Run]) -> RungResult:
    seen = [run for run in runs if run.seen]
    if seen:
        return failed(TRIGGERS, f"{seen[0].input} still works: {seen[0].evidence}", _log(seen[0]))
    cut_off = [run for run in runs if run.was_cut_off]
    if cut_off:
        return failed(TRIGGERS, f"{cut_off[0].input} does not end: {cut_off[0].evidence}", _log(cut_off[0]))
    return passed(TRIGGERS, f"{len(runs)} of {len(runs)}")


def _controls(runs: Sequence[Run]) -> RungResult:
    wrong = [run for run in runs if run.broken or run.seen]
    if wrong:
        why = f"{wrong[0].input}: {wrong[0].broken or wrong[0].evidence}"
        return failed(CONTROLS, why, _log(wrong[0]))
    return passed(CONTROLS, f"{len(runs)} of {len(runs)}")


def _log(run: Run) -> str:
    told = (run.stdout, run.stderr, run.evidence, *(f"  {frame}" for frame in run.stack))
    return "\n".join(each for each in told if each)
