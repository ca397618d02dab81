"""Bisect: build and run the commits of a git repository until it is clear which brought the flaw, and which mended it.

A commit that does not build gives no answer; it is stepped over, and never taken for one that is not affected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headstart.packages.rules.ranges import Affected, Range, in_order
from headstart.packages.work import Repository
from headstart.proofs.errors import NoRepository, NothingToBuild
from headstart.proofs.rules.bisecting import How
from headstart.proofs.work.books import Book
from headstart.proofs.work.proving import Progress, Setting
from headstart.proofs.work.stage import Stage
from headstart.proofs.work.sweeping import Sweep, run_candidates
from headstart.proofs.work.targets import Target, at_commit
from headstart.reports.rules import Origin
from headstart.reports.work import Folder

GIT = "GIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Which commits: those between two, by first parents, both ends included."""

    source: str | Path | None = None
    """`git+https://…`, a git bundle or a folder with a repository; None: what the report's `[build]` names."""
    first: str | None = None  # None: the oldest
    last: str | None = None  # None: where the repository's HEAD is


def bisect(
    folder: Folder,
    line: Line,
    *,
    setting: Setting,
    how: How = How.AUTO,
    book: Book | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run the report on commits of a repository, each built in place of the report's own source.

    `book` keeps each row as it becomes known; what is in it already is not run again.

    Raises:
        NothingToBuild, NoRepository: the report has no [build]; nobody named a repository.
        GitFailed, CommitNotFound, CommitsApart, DownloadFailed: the repository or a commit can't be had.
        Unfit, NotShipped: the sandbox can't run the report.
    """
    commits = Commits(folder, line, setting)
    table, done = run_candidates(folder, commits, setting=setting, how=how, book=book, progress=progress)
    answers = {row.version: row.affected for row in table}
    unknown = frozenset(each for each in answers if answers[each] is Affected.UNKNOWN)
    return Sweep(
        purl=str(folder.report.purl.without_version),
        table=table,
        range=Range(ecosystem=GIT, intervals=tuple(in_order(answers, answers)), unknown=unknown),
        how=done,
        is_git=True,
        repository=commits.address,
    )


class Commits:
    """The commits of a line, to be built by the report's own commands."""

    def __init__(self, folder: Folder, line: Line, setting: Setting) -> None:
        build = folder.report.build
        if build is None:
            raise NothingToBuild
        source: str | Path | None = line.source
        if source is None and build.origin is Origin.REPOSITORY:
            source = build.source
        if source is None and build.origin is Origin.BUNDLE:
            source = folder.path / build.source
        if source is None:
            raise NoRepository
        self.address = source.removeprefix("git+") if isinstance(source, str) else ""
        self._folder, self._setting = folder, setting
        self._repository = setting.store.repository(source, build.commit if line.source is None else None)
        listed = self._repository.commits(line.first, line.last or "HEAD")
        self.ordered = tuple(each.id for each in listed)
        self.published = {each.id: each.at for each in listed}
        self.known_bad = _known_bad(folder, self._repository)

    def fetch(self, versions: Sequence[str]) -> None:
        """All of them are in the clone."""

    def target(self, version: str, on: Stage) -> Target:
        """The report on one commit.

        Raises:
            BuildFailed: it does not build.
            GitFailed, ArchiveUnsafe: its files can't be had.
        """
        store = self._setting.store
        return at_commit(
            self._folder, self._repository, version, store=store, sandbox=on.sandbox, trust=on.trust
        )


def _known_bad(folder: Folder, repository: Repository) -> str | None:
    """The commit that the report names, or else that its release is tagged as."""
    build, version = folder.report.build, folder.report.purl.version
    if build is not None and build.commit is not None:
        return build.commit
    tags = repository.tags()
    names = (f"{folder.report.purl.name}-{version}", f"v{version}", str(version))
    return next((tags[name] for name in names if name in tags), None)
