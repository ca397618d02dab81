"""Bisecting a git repository: a small C project, made here, with a flaw that came, went and came back."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.proofs.conftest import REPORT, Report

from headstart.packages.errors import CommitNotFound, CommitsApart
from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.errors import NoRepository, NothingToBuild
from headstart.proofs.rules.bisecting import How
from headstart.proofs.work import sweeping
from headstart.proofs.work.bisecting import Line, bisect
from headstart.proofs.work.books import book_of
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox
YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN

SOUND, FLAWED = "length < 8", "length < 80"
PROGRAM = """
#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
    char *kept = strdup("seven..");
    FILE *file = fopen(words[1], "r");
    int length = 0;
    if (count < 2 || !file || fscanf(file, "%%d", &length) != 1) return 1;
    printf("%%d %s\\n", (%s) ? kept[length] : 0);
    return 0;
}
"""
# what each commit's program does: the flaw comes with 4, goes with 9, comes back with 12, goes with 14
HISTORY = "nnbnyybynnbnyynn"


class Repository:
    """A repository of our own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        self.commits: list[str] = []

    def _git(self, *words: str) -> str:
        who = {
            f"GIT_{each}_{what}": "a@example.org"
            for each in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **who}
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, kind: str) -> None:
        """`y`: with the flaw; `n`: without; `b`: does not build."""
        text = PROGRAM % (len(self.commits), FLAWED if kind == "y" else SOUND)
        (self.path / "program.c").write_text(f"this is no C {len(self.commits)}" if kind == "b" else text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", f"{len(self.commits)}: {kind}")
        self.commits.append(self._git("rev-parse", "HEAD"))

    def bundle(self) -> Path:
        self._git("bundle", "create", "--quiet", "../made.bundle", "--all", "HEAD")
        return self.path.parent / "made.bundle"

    def tag(self, name: str, place: int) -> None:
        self._git("tag", name, self.commits[place])


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "project")
    for kind in HISTORY:
        found.commit(kind)
    return found


def report_of(folder: Path, more: str) -> Folder:
    (folder / "inputs").mkdir(parents=True)
    (folder / "inputs" / "trigger.txt").write_text("40")
    (folder / "inputs" / "benign.txt").write_text("4")
    text = REPORT.format(
        package="project", version="1.0", expect="crash", run='["build/program", "{input}"]', seconds=10, memory=512,
        more=f'[build]\n{more}\ncommands = [["cc", "-o", "program", "program.c"]]',
    )  # fmt: skip
    (folder / "report.toml").write_text(text)
    return reports.read(folder)


@pytest.fixture
def own(tmp_path: Path, made: Repository) -> Folder:
    """A report that brings the repository as a bundle, and was found at its seventh commit."""
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "repo.bundle").write_bytes(made.bundle().read_bytes())
    return report_of(folder, f'source = "repo.bundle"\ncommit = "{made.commits[7]}"')


@pytest.fixture
def setting(tmp_path: Path, sandbox: Sandbox) -> work.Setting:
    return work.Setting(store=Store(tmp_path / "store"), sandbox=sandbox, runs=1)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each commit was run."""
    counted: Counter[str] = Counter()
    real: Callable[..., tuple[sweeping.ReleaseRun, bool]] = sweeping._Runner._tried

    def tried(self: sweeping._Runner, version: str) -> tuple[sweeping.ReleaseRun, bool]:
        counted[version] += 1
        return real(self, version)

    monkeypatch.setattr(sweeping._Runner, "_tried", tried)
    return counted


def events(found: work.Sweep, made: Repository) -> list[tuple[str, int]]:
    (entry,) = found.osv
    (ranged,) = entry["ranges"]
    assert ranged["type"] == "GIT"
    return [
        (name, made.commits.index(commit)) for event in ranged["events"] for name, commit in event.items()
    ]


PLANTED = [("introduced", 4), ("fixed", 8), ("introduced", 12), ("fixed", 14)]


def test_a_sweep_of_commits_finds_each_that_brought_or_mended_the_flaw(
    own: Folder, made: Repository, setting: work.Setting
) -> None:
    found = bisect(own, Line(), setting=setting)
    assert [row.version for row in found.table] == made.commits
    said = {"y": (True, YES), "n": (True, NO), "b": (False, UNKNOWN)}
    assert [(row.installed, row.affected) for row in found.table] == [said[kind] for kind in HISTORY]
    assert events(found, made) == PLANTED
    assert found.osv[0]["database_specific"]["unknown"] == [made.commits[at] for at in (2, 6, 10)]
    assert found.vers == ""
    beside = {3, 4, 7, 8, 11, 12, 13, 14}
    assert {made.commits.index(row.version) for row in found.table if row.runs == 2} == beside
    assert all("building" in row.note for row in found.table if not row.installed)


def test_a_bisect_builds_few_of_many_and_steps_over_what_does_not_build(
    tmp_path: Path, made: Repository, setting: work.Setting, ran: Counter[str]
) -> None:
    long = Repository(tmp_path / "long")
    for kind in "n" * 20 + "bbb" + "y" * 12 + "n" * 25:
        long.commit(kind)
    long.tag("v1.0", 30)
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "source").mkdir()
    (folder / "source" / "program.c").write_text(PROGRAM % (0, FLAWED))
    report = report_of(folder, 'source = "source"')
    text = (folder / "report.toml").read_text().replace("build/program", "source/program")
    (folder / "report.toml").write_text(text)
    report = reports.read(folder)
    found = bisect(report, Line(source=long.path), setting=setting, how=How.BISECT)
    assert found.how is How.BISECT
    assert events(found, long) == [("introduced", 23), ("fixed", 35)]
    assert next(iter(ran)) == long.commits[30], "the release's own tag is where it is known to work"
    assert len(ran) < 30
    assert {long.commits.index(each) for each, times in ran.items() if times == 2} == {19, 23, 34, 35}
    assert {long.commits.index(each) for each in found.osv[0]["database_specific"]["unknown"]} == {20, 21, 22}
    assert {row.note for row in found.table if row.version not in ran} == {"not run"}
    assert "repo" not in found.osv[0]["ranges"][0], "a folder is no address that others can reach"


def test_a_part_of_the_line_is_run_from_one_commit_to_another(
    own: Folder, made: Repository, setting: work.Setting, ran: Counter[str]
) -> None:
    line = Line(first=made.commits[7], last=made.commits[11])
    found = bisect(own, line, setting=setting)
    assert [row.version for row in found.table] == made.commits[7:12]
    assert events(found, made) == [("introduced", 7), ("fixed", 8)]
    with pytest.raises(CommitsApart):
        bisect(own, Line(first=made.commits[9], last=made.commits[3]), setting=setting)
    with pytest.raises(CommitNotFound):
        bisect(own, Line(last="nowhere"), setting=setting)


def test_a_bisect_of_commits_that_was_stopped_goes_on(
    own: Folder, made: Repository, setting: work.Setting, ran: Counter[str], tmp_path: Path
) -> None:
    class Stopped(BaseException):
        pass

    def stop(done: int, _: int) -> None:
        if done == 6:
            raise Stopped

    book = book_of(own, setting.sandbox, tmp_path)
    with pytest.raises(Stopped):
        bisect(own, Line(), setting=setting, book=book, progress=stop)
    kept = set(book.known())
    assert len(kept) == 6
    ran.clear()
    found = bisect(own, Line(), setting=setting, book=book)
    assert events(found, made) == PLANTED
    assert all(ran[each] == 0 for each in kept if found.results[each] is UNKNOWN)
    assert all(ran[each] <= 1 for each in kept)


def test_without_a_build_or_a_repository_there_is_nothing_to_bisect(
    report: Report, tmp_path: Path, made: Repository, setting: work.Setting
) -> None:
    with pytest.raises(NothingToBuild):
        bisect(report("crash", "", more='exception = "KeyError"'), Line(source=made.path), setting=setting)
    folder = tmp_path / "inside"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "program.c").write_text("")
    with pytest.raises(NoRepository):
        bisect(report_of(folder, 'source = "source"'), Line(), setting=setting)
