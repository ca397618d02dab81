"""Sweep: run every release that the registry has, and draw the range from what was seen."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from headstart.errors import HeadstartError
from headstart.packages.ports import Release
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected, Range, observed
from headstart.packages.work import Installed, Store
from headstart.proofs.rules.evidence import Role
from headstart.proofs.rules.sweeps import ReleaseRun, affected, agree, boundaries
from headstart.proofs.work.proving import AT_ONCE, Progress, Setting, patient
from headstart.proofs.work.stage import Stage, run_once, stage
from headstart.proofs.work.targets import BuildFailed, on_release
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Which releases are affected, by running them."""

    purl: str
    table: tuple[ReleaseRun, ...]  # in the ecosystem's own order
    range: Range

    @property
    def results(self) -> dict[str, Affected]:
        """The answer for each version."""
        return {row.version: row.affected for row in self.table}


def sweep(
    folder: Folder,
    *,
    store: Store,
    sandbox: Sandbox,
    shipped: frozenset[str] = frozenset(),
    versions: Sequence[str] | None = None,
    known: Mapping[str, ReleaseRun] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run the report once on each release (or on `versions` alone), and on both sides of a change once more.

    `known`: rows of an earlier sweep that was stopped; they are not run again.

    Raises:
        PackageNotFound, RegistryUnreachable: the releases can't be listed.
        Unfit, NotShipped: the sandbox can't run the report.
    """
    purl = folder.report.purl
    setting = Setting(store=store, sandbox=sandbox, shipped=shipped)
    listed = [each for each in setting.store.releases(purl) if versions is None or _version(each) in versions]
    rows: dict[str, ReleaseRun] = dict(known or {})
    todo = [each for each in listed if _version(each) not in rows]
    with stage(setting.sandbox, setting.trust(folder)) as on:
        had = setting.store.obtain_many([each.purl for each in todo])
        works = _Sweeper(on, folder, had, {_version(each): each.published for each in listed})
        rows |= works.all(todo, progress)
        order = [_version(each) for each in listed]
        answers = {version: row.affected for version, row in rows.items()}
        beside = [version for version in boundaries(order, answers) if rows[version].runs == 1]
        again = works.all([each for each in listed if _version(each) in beside], None)
    for version, row in again.items():
        both = agree(rows[version].affected, row.affected)
        note = row.note if both is not Affected.UNKNOWN else f"two runs differ: {row.note}"
        rows[version] = replace(row, affected=both, note=note, runs=2)
    table = tuple(rows[_version(each)] for each in listed)
    answers = {row.version: row.affected for row in table}
    return Sweep(purl=str(purl.without_version), table=table, range=observed(purl.ecosystem, answers))


def _version(release: Release) -> str:
    return str(release.purl.version)


class _Sweeper:
    """Runs releases two at a time."""

    def __init__(
        self,
        on: Stage,
        folder: Folder,
        had: Mapping[Purl, Installed | HeadstartError],
        published: Mapping[str, datetime | None],
    ) -> None:
        self.on, self.folder, self.had, self.published = on, folder, had, published

    def all(self, releases: Sequence[Release], progress: Progress | None) -> dict[str, ReleaseRun]:
        rows: dict[str, ReleaseRun] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for row in pool.map(self.one, releases):
                rows[row.version] = row
                if progress:
                    progress(len(rows), len(releases))
        return rows

    def one(self, release: Release) -> ReleaseRun:
        """One release: the controls, then the triggers, once each."""
        version = _version(release)
        got = self.had.get(release.purl)
        row = ReleaseRun(
            version=version,
            published=release.published or self.published.get(version),
            installed=isinstance(got, Installed),
            ran=False,
            affected=Affected.UNKNOWN,
            note=str(got) if got is not None else "not in the store",
        )
        if not isinstance(got, Installed):
            return row
        proof = self.folder.report.proof
        try:
            target = on_release(
                self.folder, got, sandbox=self.on.sandbox, scratch=self.on.scratch, trust=self.on.trust
            )
        except BuildFailed as error:
            return replace(row, note=str(error))
        report = self.folder.report
        runs = [run_once(self.on, target, report, role=Role.CONTROL, given=proof.control[0])]
        report = patient(report, runs)
        runs += [run_once(self.on, target, report, role=Role.TRIGGER, given=path) for path in proof.trigger]
        answer, note = affected(runs)
        return replace(row, ran=True, affected=answer, note=note, runs=1)
