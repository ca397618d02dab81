"""The project's own tests, run on the release's own source before and after a fix: in the sandbox, with no network."""

import json
import os
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from headstart.errors import HeadstartError
from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.rules.purl import Purl
from headstart.packages.work import Installed
from headstart.proofs.rules import patches
from headstart.proofs.rules.ladders import TESTS, Result, RungResult, TestsSeen, not_tried, readable
from headstart.proofs.rules.testing import (
    JUNIT,
    Comparison,
    Results,
    Runner,
    Suggestion,
    compare,
    results,
    suggest,
)
from headstart.proofs.work import sources
from headstart.proofs.work.fixes import Fix
from headstart.proofs.work.proving import Setting
from headstart.proofs.work.stage import Stage, read_plain
from headstart.proofs.work.trees import change_files, paths_below
from headstart.reports.work import Folder
from headstart.sandbox.rules.jobs import Job, Limits, Mount, Outcome

LIMITS = Limits(
    cpu_seconds=300,
    wall_seconds=600,
    memory_bytes=2 << 30,
    processes=256,
    output_bytes=8 << 20,
    work_bytes=1 << 30,
    work_files=100_000,
    tmp_bytes=256 << 20,
)
NAMED = 20  # tests that a result names
MOST_SETTINGS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """One run of the tests."""

    results: Results
    log: str


def tests_rung(
    on: Stage, folder: Folder, fix: Fix, setting: Setting, given: tuple[str, ...] | None
) -> RungResult:
    """Each test that passed on the release's own source must pass with the fix; `given`: the command, if known.

    Where the source, a command or a test that passes before can't be had, the rung says why and nothing more.
    """
    try:
        works = _Tests(on, folder, fix, setting)
        works.lay_out()
    except (HeadstartError, ArchiveUnsafe, OSError, shutil.Error) as error:
        return not_tried(TESTS, f"the source that carries them can't be had: {_line(error)}")
    if given:
        ways: Iterable[Suggestion] = (Suggestion(runner=Runner.GIVEN, argv=given),)
    else:
        ways = suggest(paths_below(works.before), lambda path: _read(works.before / path))
    why, log = "the source suggests no command; give one with --tests", ""
    for way in ways:
        for mounts in works.mounts(way):
            before = works.run(works.before, way, mounts)
            if before.results.says_something:
                after = works.run(works.after, way, mounts)
                return _verdict(way, before, after, bool(fix.release))
            why, log = f"`{way}` does not pass before the fix either, so it says nothing", before.log
    return RungResult(name=TESTS, result=Result.NOT_TRIED, why=why, log=readable(log))


class _Tests:
    """The source before and after, each in a work folder of its own."""

    def __init__(self, on: Stage, folder: Folder, fix: Fix, setting: Setting) -> None:
        self.on, self.folder, self.fix, self.setting = on, folder, fix, setting
        self.home = on.scratch / f"tests-{os.urandom(6).hex()}"
        self.before, self.after = self.home / "before" / "source", self.home / "after" / "source"

    def lay_out(self) -> None:
        """Put the source into both folders, and the fix into one.

        Raises:
            HeadstartError: the source can't be had.
        """
        purl, store = self.folder.report.purl, self.setting.store
        for place, wanted in ((self.before, purl), (self.after, self._fixed_purl())):
            place.parent.mkdir(parents=True)
            if self.folder.report.build is None or wanted != purl:
                shutil.copytree(store.source(wanted), place, symlinks=True)
            else:
                sources.of_report(self.folder, store).put(place)
            shutil.rmtree(place / ".git", ignore_errors=True)
        if self.fix.patch:
            change_files(self.after, patches.read(self.fix.patch))

    def _fixed_purl(self) -> Purl:
        purl = self.folder.report.purl
        return purl.at(self.fix.release) if self.fix.release else purl

    def mounts(self, way: Suggestion) -> Iterable[tuple[Mount, ...]]:
        """What the tests need besides the source: as of the release's own day first, then as of now."""
        own = self._installed(self.folder.report.purl)
        yield self._mounted(own, way, own.published if own else None)
        if own is not None and own.published is not None and way.needs:
            yield self._mounted(own, way, None)

    def _mounted(self, own: Installed | None, way: Suggestion, day: datetime | None) -> tuple[Mount, ...]:
        found = [] if own is None or own.purl.type == "generic" else [own.path]
        kind = own.purl.type if own and own.purl.type == "npm" else "pypi"
        for name in way.needs:
            if (had := self._newest(kind, name, day)) is not None:
                found.append(had.path)
            elif name == way.needs[0] and way.runner is Runner.PYTEST:
                break
        return tuple(Mount(source=path, at=f"/needs/{at}") for at, path in enumerate(dict.fromkeys(found)))

    def _newest(self, kind: str, name: str, day: datetime | None) -> Installed | None:
        """The newest release of a package that there was a day after `day`."""
        namespace, _, short = name.rpartition("/")
        purl = Purl(
            type=kind, namespace=namespace or None, name=short if kind == "npm" else name.replace("_", "-")
        )
        try:
            listed = [each for each in self.setting.store.releases(purl) if not each.yanked]
        except HeadstartError:
            return None
        if day is not None:
            listed = [each for each in listed if each.published and each.published <= day + timedelta(days=1)]
        plain = [each for each in listed if str(each.purl.version).replace(".", "").isdigit()] or listed
        return self._installed(plain[-1].purl) if plain else None

    def _installed(self, purl: Purl) -> Installed | None:
        try:
            return self.setting.store.obtain(purl)
        except HeadstartError:
            return None

    def run(self, source: Path, way: Suggestion, mounts: tuple[Mount, ...]) -> _Ran:
        """Build what the report builds, then run the tests, both in a fresh copy of the source."""
        work = self.home / f"run-{os.urandom(6).hex()}"
        shutil.copytree(source, work / "source", symlinks=True)
        build = self.folder.report.build
        try:
            for command in build.commands if build else ():
                outcome = self._job(work, command, mounts)
                if outcome.status != 0:
                    said = f"building by {shlex.join(command)[:200]} failed\n{_log(outcome)}"
                    return _Ran(results=Results(ok=False), log=said)
            self._lay_programs(work, way, mounts)
            outcome = self._job(work, way.argv, mounts)
            found = results(
                way.runner, status=outcome.status, output=_log(outcome), junit=read_plain(work / JUNIT)
            )
            return _Ran(results=found, log=f"{_log(outcome)}\n{_ended(outcome)}")
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _job(self, work: Path, argv: tuple[str, ...], mounts: tuple[Mount, ...]) -> Outcome:
        here = self.on.sandbox.path_of_work(work)
        sites = [self.on.sandbox.path_of(each) for each in mounts]
        modules = [f"{site}/node_modules" for site in sites]
        env = {
            "PYTHONPATH": ":".join((f"{here}/source/src", f"{here}/source", *sites)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NODE_PATH": ":".join(modules),
            "CI": "1",
        }
        line = f'PATH="{here}/programs:$PATH"; export PATH; cd source && exec "$@"'
        return self.on.sandbox.run(
            Job(
                argv=("/bin/sh", "-c", line, "sh", *argv),
                work=work,
                mounts=mounts,
                env=env,
                limits=LIMITS,
                trust=self.on.trust,
            )
        )

    def _lay_programs(self, work: Path, way: Suggestion, mounts: tuple[Mount, ...]) -> None:
        """Programs of the packages that the tests need, by name; and Node's modules beside the source."""
        programs = work / "programs"
        programs.mkdir()
        if way.runner is not Runner.NPM:
            return
        for mount in mounts:
            for name in way.needs:
                place = mount.source / "node_modules" / name
                for program, path in _programs(place, name).items():
                    at = f"{self.on.sandbox.path_of(mount)}/node_modules/{name}/{path}"
                    (programs / program).write_text(f'#!/bin/sh\nexec node {shlex.quote(at)} "$@"\n')
                    (programs / program).chmod(0o755)
        modules = work / "node_modules"
        modules.mkdir()
        for mount in reversed(mounts):
            inside = mount.source / "node_modules"
            for each in sorted(inside.iterdir()) if inside.is_dir() else ():
                link = modules / each.name
                link.unlink(missing_ok=True)
                link.symlink_to(f"{self.on.sandbox.path_of(mount)}/node_modules/{each.name}")


def _programs(place: Path, name: str) -> dict[str, str]:
    """What a package.json says its programs are, by plain names and paths inside the package."""
    try:
        bins = json.loads((place / "package.json").read_bytes()[:MOST_SETTINGS]).get("bin")
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    named = (
        {name.rpartition("/")[2]: bins} if isinstance(bins, str) else bins if isinstance(bins, dict) else {}
    )
    return {
        key: str(path)
        for key, path in named.items()
        if key.replace("-", "").replace("_", "").isalnum() and ".." not in Path(str(path)).parts
    }


def _verdict(way: Suggestion, before: _Ran, after: _Ran, other_release: bool) -> RungResult:
    found = compare(before.results, after.results, other_release=other_release)
    seen = TestsSeen(
        command=str(way),
        found=way.runner is not Runner.GIVEN,
        passed_before=len(before.results.passed),
        passed_after=len(after.results.passed),
        broken=(*found.broken, *(() if other_release else found.gone))[:NAMED],
        failed_before=found.failed_before[:NAMED],
    )
    return RungResult(
        name=TESTS,
        result=Result.PASSED if found.holds else Result.FAILED,
        why=_why(seen, found, before.results, other_release),
        log="" if found.holds else readable(after.log),
        tests=seen,
    )


def _why(seen: TestsSeen, found: Comparison, before: Results, other_release: bool) -> str:
    told = f"`{seen.command}`, {'found in the source' if seen.found else 'given'}: "
    if not before.passed:
        return told + ("content before and after" if found.holds else "content before the fix and not after")
    if found.holds:
        told += f"{seen.passed_before} passed before, {seen.passed_after} after"
    else:
        lost = len(found.broken) + (0 if other_release else len(found.gone))
        told += f"{lost} of the {seen.passed_before} that passed before do not any more: {', '.join(seen.broken[:3])}"
    if seen.failed_before:
        told += f"; {len(found.failed_before)} failed before: {', '.join(seen.failed_before[:3])}"
    return told


def _log(outcome: Outcome) -> str:
    return (outcome.stdout + b"\n" + outcome.stderr).decode("utf-8", "replace")


def _ended(outcome: Outcome) -> str:
    return f"(ended: {outcome.ended}, exit status {outcome.status}, {outcome.cpu_seconds:.1f} s of CPU time)"


def _read(path: Path) -> bytes:
    return read_plain(path)


def _line(error: Exception) -> str:
    return str(error).replace("\n", " ")[:300]
