"""Sweep: run the releases that the registry has, and draw the range from what was seen.

All of them where that is cheap, otherwise as few as show where the answer changes. What was not run is unknown.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any, Protocol

from headstart.errors import HeadstartError
from headstart.packages.errors import RegistryUnreachable
from headstart.packages.rules import osv
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.rules.ranges import Affected, Range, observed
from headstart.packages.work import Installed, Store
from headstart.proofs.rules.bisecting import Budget, How, budget, is_cheap, next_to_run
from headstart.proofs.rules.evidence import Role, Run
from headstart.proofs.rules.sweeps import ReleaseRun, affected, boundaries, needs_control, not_run, together
from headstart.proofs.work.books import Book
from headstart.proofs.work.proving import AT_ONCE, Progress, Setting, patient
from headstart.proofs.work.stage import Stage, run_once, stage
from headstart.proofs.work.targets import Target, on_release
from headstart.reports.rules import Expect
from headstart.reports.work import Folder
from headstart.sandbox.errors import NotShipped, SandboxBroke, Unfit

NOT_RUN = "not run"
TWICE = 2  # how often a release beside a change is run


class Candidates(Protocol):
    """What can be run: the releases of a package, or the commits of a repository."""

    @property
    def ordered(self) -> Sequence[str]:
        """Their names, oldest first."""
        ...

    @property
    def published(self) -> Mapping[str, datetime | None]:
        """When each came out, in UTC; None where nobody can say."""
        ...

    @property
    def known_bad(self) -> str | None:
        """The one on which the report itself says that it works."""
        ...

    def fetch(self, versions: Sequence[str]) -> None:
        """Bring what these need in one go; what can't be had, `target` says."""
        ...

    def target(self, version: str, on: Stage) -> Target:
        """One of them, ready to be run.

        Raises:
            HeadstartError: it can't be had or built here.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Which releases are affected, by running them."""

    purl: str
    table: tuple[ReleaseRun, ...]  # in the ecosystem's own order
    range: Range
    how: How = How.SWEEP  # whether all were run, or as few as show where the answer changes
    is_git: bool = False  # whether they are commits
    repository: str = ""  # of commits: the https address, where there is one

    @property
    def results(self) -> dict[str, Affected]:
        """The answer for each version."""
        return {row.version: row.affected for row in self.table}

    @property
    def vers(self) -> str:
        """The affected releases as `vers`; empty where none is, and for commits, which vers can't say."""
        return "" if self.is_git or not self.range.intervals else self.range.vers()

    @property
    def osv(self) -> list[dict[str, Any]]:
        """OSV's `affected`: one entry, or none where no release is known to be affected."""
        if not self.range.intervals:
            return []
        if self.is_git:
            tried = {row.version: row.affected for row in self.table if row.note != NOT_RUN}
            return [osv.commits_of(self.repository, self.range, tried)]
        return [osv.affected_of(parse(self.purl), self.range, self.results)]


def sweep(
    folder: Folder,
    *,
    setting: Setting,
    how: How = How.AUTO,
    book: Book | None = None,
    versions: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run the report once on each release (of `versions` alone, if given), and beside each change once more.

    `book` keeps each row as it becomes known; what is in it already is not run again.

    Raises:
        PackageNotFound, RegistryUnreachable: the releases can't be listed.
        Unfit, NotShipped: the sandbox can't run the report.
    """
    purl = folder.report.purl
    releases = Releases(folder, setting.store, versions)
    table, done = run_candidates(folder, releases, setting=setting, how=how, book=book, progress=progress)
    answers = {row.version: row.affected for row in table}
    return Sweep(
        purl=str(purl.without_version), table=table, range=observed(purl.ecosystem, answers), how=done
    )


class Releases:
    """The releases of a report's package."""

    def __init__(self, folder: Folder, store: Store, versions: Sequence[str] | None = None) -> None:
        purl = folder.report.purl
        listed = [
            each for each in store.releases(purl) if versions is None or str(each.purl.version) in versions
        ]
        self.ordered = tuple(str(each.purl.version) for each in listed)
        self.published = {str(each.purl.version): each.published for each in listed}
        self.known_bad = purl.version
        self._folder, self._store = folder, store
        self._had: dict[Purl, Installed | HeadstartError] = {}

    def fetch(self, versions: Sequence[str]) -> None:
        """Install them, many at once; what is built from its source is not installed."""
        if self._folder.report.build is not None:
            return
        purls = [self._folder.report.purl.at(version) for version in versions]
        missing = [each for each in purls if not isinstance(self._had.get(each), Installed)]
        self._had |= self._store.obtain_many(missing)

    def target(self, version: str, on: Stage) -> Target:
        """The report on one release.

        Raises:
            PackageNotFound, Uninstallable, RegistryUnreachable: it is not in the store.
            BuildFailed: it does not build.
        """
        purl = self._folder.report.purl.at(version)
        had = self._had.get(purl)
        if isinstance(had, HeadstartError):
            raise had
        return on_release(self._folder, purl, store=self._store, sandbox=on.sandbox, trust=on.trust)


def run_candidates(
    folder: Folder,
    candidates: Candidates,
    *,
    setting: Setting,
    how: How,
    book: Book | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[ReleaseRun, ...], How]:
    """A row for each candidate in their order, and whether all were run or as few as were needed."""
    ordered = list(candidates.ordered)
    known = dict(book.known()) if book else {}
    rows = {version: known[version] for version in ordered if version in known}
    with stage(setting.sandbox, setting.trust(folder)) as on:
        runner = _Runner(on, folder, candidates, rows, book)
        chosen = how if how is not How.AUTO else runner.choose(progress)
        limit = budget(len(ordered), chosen)
        while todo := runner.next(limit, chosen):
            runner.all(todo, progress, max(limit.look, len(rows) + len(todo)))
    published = candidates.published
    return tuple(
        rows.get(version) or not_run(version, published.get(version), NOT_RUN) for version in ordered
    ), chosen


class _Runner:
    """Runs candidates two at a time, and keeps each row as it becomes known."""

    def __init__(
        self,
        on: Stage,
        folder: Folder,
        candidates: Candidates,
        rows: dict[str, ReleaseRun],
        book: Book | None,
    ) -> None:
        self.on, self.folder, self.candidates, self.rows, self.book = on, folder, candidates, rows, book

    def choose(self, progress: Progress | None) -> How:
        """A sweep, where it is cheap by what the first ones took."""
        whole = len(self.candidates.ordered)
        if not is_cheap(whole, float("inf")):
            if not self.rows:
                self.all(self.next(budget(whole, How.BISECT), How.BISECT), progress, whole)
            took = median(row.seconds for row in self.rows.values())
            if not is_cheap(whole, took / AT_ONCE):
                return How.BISECT
        return How.SWEEP

    def next(self, limit: Budget, how: How) -> tuple[str, ...]:
        """What is run next: what was not run yet, then what is beside a change and was run once only."""
        ordered = self.candidates.ordered
        if how is How.SWEEP:
            todo = tuple(version for version in ordered if version not in self.rows)
        else:
            answers = {version: row.affected for version, row in self.rows.items()}
            known_bad = self.candidates.known_bad
            todo = next_to_run(ordered, answers, known_bad=known_bad, budget=limit, at_once=AT_ONCE)
        if todo:
            return todo
        answers = {version: row.affected for version, row in self.rows.items()}
        return tuple(version for version in boundaries(ordered, answers) if self.rows[version].runs < TWICE)

    def all(self, versions: Sequence[str], progress: Progress | None, whole: int) -> None:
        """Run these, and keep their rows; `whole` is how many there will be as far as is known."""
        began = time.monotonic()
        self.candidates.fetch(versions)
        fetching = (time.monotonic() - began) / len(versions)
        again = set(versions) & set(self.rows)
        for found, is_settled in self._run(versions):
            row = replace(found, seconds=round(found.seconds + fetching, 3))
            kept = together(self.rows[row.version], row) if row.version in again else row
            self.rows[row.version] = kept
            if self.book and is_settled:
                self.book.write(kept)
            if progress and not again:
                progress(len(self.rows), whole)

    def _run(self, versions: Sequence[str]) -> Iterator[tuple[ReleaseRun, bool]]:
        """Rows as they become known, in the calling thread."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            futures = [pool.submit(self.one, version) for version in versions]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                for future in futures:
                    future.cancel()

    def one(self, version: str) -> tuple[ReleaseRun, bool]:
        """One candidate: the control, then the triggers, once each; and whether another try could say no more."""
        began = time.monotonic()
        row, is_settled = self._tried(version)
        return replace(row, seconds=time.monotonic() - began), is_settled

    def _tried(self, version: str) -> tuple[ReleaseRun, bool]:
        row = not_run(version, self.candidates.published.get(version), "")
        try:
            target = self.candidates.target(version, self.on)
            row = replace(row, installed=True)
            return self._on_target(row, target), True
        except (NotShipped, Unfit):
            raise
        except HeadstartError as error:
            passes = isinstance(error, RegistryUnreachable | SandboxBroke)
            return replace(row, note=str(error)), not passes

    def _on_target(self, row: ReleaseRun, target: Target) -> ReleaseRun:
        report, proof = self.folder.report, self.folder.report.proof
        runs = self._control(target) if proof.expect is Expect.HANG else []  # how long a hang is, it says
        report = patient(report, runs)
        runs += [run_once(self.on, target, report, role=Role.TRIGGER, given=path) for path in proof.trigger]
        if proof.expect is not Expect.HANG and needs_control(runs, proof.expect):
            runs += self._control(target)
        answer, note = affected(runs)
        seen = any(run.seen for run in runs if run.role is Role.TRIGGER)
        return replace(row, ran=True, affected=answer, note=note, runs=1, seen=int(seen))

    def _control(self, target: Target) -> list[Run]:
        report = self.folder.report
        return [run_once(self.on, target, report, role=Role.CONTROL, given=report.proof.control[0])]
