"""Check a fix: climb the patch ladder with every trigger of a vulnerability."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from headstart.errors import HeadstartError, NotFound, Unable
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.versions import order
from headstart.proofs.errors import FixMissing, PatchInvalid
from headstart.proofs.rules.evidence import Role, Run
from headstart.proofs.rules.ladders import (
    APPLIES,
    BUILDS,
    CONTROLS,
    LINES,
    TESTS,
    TRIGGERS,
    VARIATIONS,
    Ladder,
    Result,
    RungResult,
    ladder,
)
from headstart.proofs.rules.variations import variations
from headstart.proofs.work.proving import Progress, Setting, run_these
from headstart.proofs.work.stage import Stage, stage
from headstart.proofs.work.targets import Target, installed, obtain, on_release, patched
from headstart.proofs.work.trees import copy_report
from headstart.reports.rules import Expect
from headstart.reports.work import Folder
from headstart.sandbox.rules.jobs import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What is said to mend it: a patch, or a release."""

    patch: bytes = b""
    release: str = ""  # a version of the same package

    def __post_init__(self) -> None:
        if bool(self.patch) == bool(self.release):
            raise FixMissing

    @property
    def digest(self) -> str:
        """SHA-256 of the patch; of the version's text for a release."""
        return hashlib.sha256(self.patch or self.release.encode()).hexdigest()

    def __str__(self) -> str:
        return self.release or f"patch {self.digest[:12]}"


def check_fix(
    folders: Sequence[Folder], fix: Fix, *, setting: Setting, progress: Progress | None = None
) -> Ladder:
    """Climb the ladder with a fix, for all reports of one vulnerability.

    Raises:
        Unfit, NotShipped: the sandbox can't run the reports.
    """
    trusts = {setting.trust(each) for each in folders}
    with stage(setting.sandbox, trusts.pop() if len(trusts) == 1 else Trust.UNTRUSTED) as on:
        climb = _Climb(on, folders, fix, setting)
        results: list[RungResult] = []
        steps = (climb.applies, climb.silent, climb.tests, climb.variations, climb.lines)
        for done, step in enumerate(steps, 1):
            results += step()
            if progress:
                progress(done, len(steps))
            if any(each.result is Result.FAILED and each.name in (APPLIES, BUILDS) for each in results):
                break
    return ladder(str(fix), results)


class _Climb:
    """One climb: the fixed target of each report, and what was run on it."""

    def __init__(self, on: Stage, folders: Sequence[Folder], fix: Fix, setting: Setting) -> None:
        self.on, self.folders, self.fix, self.setting = on, folders, fix, setting
        self.fixed: list[tuple[Folder, Target]] = []

    def applies(self) -> list[RungResult]:
        """Applies, and builds: a mended target for each report."""
        for at, folder in enumerate(self.folders):
            try:
                self.fixed.append((folder, self._mend(folder, str(at), folder.report.purl)))
            except (PatchInvalid, NotFound) as error:
                return [_failed(APPLIES, str(error))]
            except Unable as error:
                return [_passed(APPLIES, self._how()), _failed(BUILDS, str(error))]
        return [_passed(APPLIES, self._how())]

    def _how(self) -> str:
        return (
            "a release of its own" if self.fix.release else f"to {len(self.folders)} of {len(self.folders)}"
        )

    def _mend(self, folder: Folder, name: str, purl: Purl) -> Target:
        if self.fix.release:
            fixed = self.setting.store.obtain(purl.at(self.fix.release))
            store = self.setting.store
            return on_release(folder, fixed, store=store, sandbox=self.on.sandbox, trust=self.on.trust)
        scratch = self.on.scratch / f"mend-{name}"
        scratch.mkdir(mode=0o755)
        if folder.report.build is None:
            plain = installed(folder, self.setting.store.obtain(purl))
        else:
            plain = obtain(folder, self.setting.store, self.on.sandbox, scratch, self.on.trust)
        return patched(
            folder,
            plain,
            self.fix.patch,
            store=self.setting.store,
            sandbox=self.on.sandbox,
            scratch=scratch,
            trust=self.on.trust,
        )

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
        return [*_loads(runs), _triggers(triggers), _controls(controls)]

    def tests(self) -> list[RungResult]:
        """The project's own tests, where the release carries some."""
        why = "the installed release carries no tests of its own"
        if any(target.path is None for _, target in self.fixed):
            why = "no command for the project's own tests is known"
        return [RungResult(name=TESTS, result=Result.NOT_TRIED, why=why)]

    def variations(self) -> list[RungResult]:
        """Small mutations of every trigger are silent too."""
        if any(folder.report.proof.expect is Expect.DECIDE for folder in self.folders):
            why = "a variation of what must be refused may rightly be accepted: only a person can tell"
            return [RungResult(name=VARIATIONS, result=Result.NOT_TRIED, why=why)]
        tried = 0
        for folder, target in self.fixed:
            varied, paths = self._varied(folder, target)
            runs = run_these(self.on, varied, folder, [(Role.TRIGGER, path) for path in paths])
            tried += len(runs)
            if still := [run for run in runs if run.seen]:
                return [_failed(VARIATIONS, f"a variation still works: {still[0].evidence}")]
        return [_passed(VARIATIONS, f"{tried} variations tried")]

    def _varied(self, folder: Folder, target: Target) -> tuple[Target, list[str]]:
        """The target under a copy of the report that has the variations beside its inputs."""
        copy = self.on.scratch / f"varied-{folder.digest[:16]}" / "report"
        copy_report(target.report, copy)
        paths: list[str] = []
        for at, path in enumerate(folder.report.proof.trigger):
            original = copy / path
            for n, data in enumerate(variations(original.read_bytes(), folder.digest)):
                name = f"variation-{at}-{n}{Path(path).suffix}"
                (copy / name).write_bytes(data)
                paths.append(name)
        return replace(target, report=copy), paths

    def lines(self) -> list[RungResult]:
        """The patch applies to the newest release of each major line that a report's release is part of."""
        if self.fix.release:
            return [RungResult(name=LINES, result=Result.NOT_TRIED, why="a release is one line by itself")]
        folder = self.folders[0]
        if folder.report.build is not None:
            return [RungResult(name=LINES, result=Result.NOT_TRIED, why="the source came with the report")]
        try:
            lines = self._newest_of_lines(folder.report.purl)
        except HeadstartError as error:
            return [RungResult(name=LINES, result=Result.NOT_TRIED, why=str(error))]
        said: list[str] = []
        for purl in lines:
            try:
                self._mend(folder, f"line-{purl.version}", purl)
                said.append(f"{purl.version}: applies")
            except PatchInvalid:
                said.append(f"{purl.version}: does not apply")
            except HeadstartError as error:
                said.append(f"{purl.version}: {error.code}")
        applied = any(each.endswith(": applies") for each in said)
        result = Result.PASSED if applied else Result.NOT_TRIED
        return [RungResult(name=LINES, result=result, why="; ".join(said) or "no later release of its line")]

    def _newest_of_lines(self, purl: Purl) -> list[Purl]:
        """The newest release before the first fixed one can't be known here: the report's own, and its line's."""
        listed = {str(each.purl.version) for each in self.setting.store.releases(purl) if not each.yanked}
        ordered = order(purl.ecosystem, listed | {str(purl.version)})
        line = str(purl.version).split(".")[0]
        same = [version for version in ordered if version.split(".")[0] == line]
        up_to = same[: same.index(str(purl.version)) + 1]
        return [purl.at(version) for version in dict.fromkeys((*up_to[-2:], same[-1]))]


def _loads(runs: Sequence[Run]) -> list[RungResult]:
    wrong = next((run.broken for run in runs if run.role is Role.TRIGGER and run.broken), "")
    return [_failed(BUILDS, wrong) if wrong else _passed(BUILDS, "it loads")]


def _triggers(runs: Sequence[Run]) -> RungResult:
    seen = [run for run in runs if run.seen]
    if seen:
        return _failed(TRIGGERS, f"{seen[0].input} still works: {seen[0].evidence}")
    cut_off = [run for run in runs if run.was_cut_off]
    if cut_off:
        return _failed(TRIGGERS, f"{cut_off[0].input} does not end: {cut_off[0].evidence}")
    return _passed(TRIGGERS, f"{len(runs)} of {len(runs)}")


def _controls(runs: Sequence[Run]) -> RungResult:
    wrong = [run for run in runs if run.broken or run.seen]
    if wrong:
        return _failed(CONTROLS, f"{wrong[0].input}: {wrong[0].broken or wrong[0].evidence}")
    return _passed(CONTROLS, f"{len(runs)} of {len(runs)}")


def _passed(name: str, why: str) -> RungResult:
    return RungResult(name=name, result=Result.PASSED, why=why)


def _failed(name: str, why: str) -> RungResult:
    return RungResult(name=name, result=Result.FAILED, why=why)
