"""Sweeping releases: the range that was planted is found, a change is run twice, what was kept is not run again."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import ROOT, Report

from headstart.packages.errors import RegistryUnreachable
from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.rules.bisecting import How
from headstart.proofs.rules.evidence import Role, Run
from headstart.proofs.rules.sweeps import ReleaseRun
from headstart.proofs.work import sweeping
from headstart.proofs.work.books import FileBook, book_of
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.errors import NotShipped, SandboxBroke, Unfit
from headstart.sandbox.ports import Sandbox

sandboxed = pytest.mark.sandbox
YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN

DEPTH = "import sys, leaky\nprint(leaky.depth(open(sys.argv[1]).read()))\n"
NAMED = 'exception = "RecursionError"'
MANY = 40


@pytest.fixture
def setting(store: Store, sandbox: Sandbox) -> work.Setting:
    return work.Setting(store=store, sandbox=sandbox, runs=1)


@pytest.fixture
def minirec() -> Folder:
    return reports.read(ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow")


@pytest.fixture
def deep(report: Report) -> Folder:
    return report("crash", DEPTH, trigger="[" * 5000, control="[", more=NAMED)


@sandboxed
def test_a_sweep_finds_the_planted_range_of_compiled_source(minirec: Folder, setting: work.Setting) -> None:
    found = work.sweep(minirec, setting=setting)
    assert found.range.vers() == "vers:generic/>=1.1.0|<1.2.1"
    assert {row.version: (row.seen, row.runs) for row in found.table} == {
        "1.0.0": (0, 2), "1.1.0": (2, 2), "1.2.0": (2, 2), "1.2.1": (0, 2),
    }  # fmt: skip
    assert all(row.installed and row.seconds > 0 for row in found.table)


@sandboxed
def test_a_release_on_which_the_control_fails_is_unknown(report: Report, setting: work.Setting) -> None:
    harness = "import leaky\nif not hasattr(leaky, 'os'): raise KeyError\n"
    folder = report("crash", harness + DEPTH, trigger="[" * 5000, control="[", more=NAMED)
    assert work.sweep(folder, setting=setting).results == {"1.0.0": YES, "1.1.0": UNKNOWN}


@sandboxed
@pytest.mark.parametrize(
    ("expect", "harness", "roles", "answer"),
    [
        ("crash", DEPTH, "tc", YES),  # it is seen, so the control must be silent
        ("crash", "import sys, leaky\n", "t", NO),  # ended well and silent: no control could add to that
        ("crash", "import sys, leaky\nsys.exit(1)\n", "tc", NO),
        ("decide", "import sys, leaky\nsys.exit(10)\n", "t", NO),
        ("decide", "import sys, leaky\nsys.exit(3)\n", "tc", UNKNOWN),
        ("hang", "import sys, leaky\n", "ct", NO),  # the control says how long a hang is
    ],
)
def test_a_control_is_run_where_the_trigger_alone_would_say_nothing(
    expect: str,
    harness: str,
    roles: str,
    answer: Affected,
    report: Report,
    setting: work.Setting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    real = sweeping.run_once

    def run(*given: Any, role: Role, **more: Any) -> Run:
        asked.append(role.value[0])
        return real(*given, role=role, **more)

    monkeypatch.setattr(sweeping, "run_once", run)
    folder = report(expect, harness, trigger="[" * 5000, control="[", more=NAMED if expect == "crash" else "")
    found = work.sweep(folder, setting=setting, versions=["1.0.0"])
    assert "".join(asked) == roles
    assert found.results["1.0.0"] is answer


Answer = Callable[[str], Affected]


@pytest.fixture
def made_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], Counter[str]]:
    """A package of many releases that answer as they are told; how often each was run."""

    def make(answer: Answer) -> Counter[str]:
        ran: Counter[str] = Counter()
        releases = [f"1.{place}" for place in range(MANY)]

        def tried(self: sweeping._Runner, version: str) -> tuple[ReleaseRun, bool]:
            ran[version] += 1
            found = answer(version)
            row = sweeping.not_run(version, None, "as it was told")
            more = {"installed": True, "ran": True, "affected": found, "runs": 1, "seen": int(found is YES)}
            return sweeping.replace(row, **more), True

        def listed(self: sweeping.Releases, folder: Folder, _: Store, versions: object = None) -> None:
            self.ordered, self.published = tuple(releases), dict.fromkeys(releases)
            self.known_bad = "1.20"

        monkeypatch.setattr(sweeping._Runner, "_tried", tried)
        monkeypatch.setattr(sweeping.Releases, "__init__", listed)
        monkeypatch.setattr(sweeping.Releases, "fetch", lambda *_: None)
        return ran

    return make


def between(version: str) -> Affected:
    return YES if 15 <= int(version[2:]) < 30 else NO


@sandboxed
def test_a_bisect_runs_few_of_many_and_says_of_the_others_that_they_were_not_run(
    made_up: Callable[[Answer], Counter[str]], deep: Folder, setting: work.Setting
) -> None:
    ran = made_up(between)
    found = work.sweep(deep, setting=setting, how=How.BISECT)
    assert found.how is How.BISECT
    assert found.range.vers() == "vers:generic/>=1.15|<1.30"
    assert {version for version, times in ran.items() if times == 2} == {"1.14", "1.15", "1.29", "1.30"}
    assert len(ran) < MANY
    left = [row for row in found.table if row.version not in ran]
    assert {(row.ran, row.affected, row.note) for row in left} == {(False, UNKNOWN, "not run")}
    assert [row.version for row in found.table] == [f"1.{place}" for place in range(MANY)]


@sandboxed
@pytest.mark.parametrize(("seconds", "how"), [(1.0, How.SWEEP), (100.0, How.BISECT)])
def test_all_are_run_where_that_is_cheap(
    made_up: Callable[[Answer], Counter[str]], deep: Folder, setting: work.Setting,
    monkeypatch: pytest.MonkeyPatch, seconds: float, how: How,
) -> None:  # fmt: skip
    ran = made_up(between)
    monkeypatch.setattr(sweeping._Runner, "one", lambda self, version: (
        sweeping.replace(self._tried(version)[0], seconds=seconds), True
    ))  # fmt: skip
    found = work.sweep(deep, setting=setting)
    assert found.how is how
    assert (len(ran) == MANY) == (how is How.SWEEP)
    assert found.range.vers() == "vers:generic/>=1.15|<1.30"


@sandboxed
def test_a_release_whose_two_runs_differ_is_unknown_and_the_change_is_sought_beside_it(
    made_up: Callable[[Answer], Counter[str]], deep: Folder, setting: work.Setting
) -> None:
    calls: Counter[str] = Counter()

    def flaky(version: str) -> Affected:
        calls[version] += 1
        return NO if version == "1.15" and calls[version] == 2 else between(version)

    made_up(flaky)
    found = work.sweep(deep, setting=setting, how=How.SWEEP)
    rows = {row.version: row for row in found.table}
    assert rows["1.15"].affected is UNKNOWN
    assert rows["1.15"].note.startswith("seen in 1 of 2 runs")
    assert rows["1.16"].runs == 2, "the change is beside it now"
    assert found.range.vers() == "vers:generic/>=1.16|<1.30"
    assert "1.15" in found.range.unknown


@sandboxed
def test_what_was_kept_is_not_run_again_and_a_stopped_sweep_goes_on(
    made_up: Callable[[Answer], Counter[str]], deep: Folder, setting: work.Setting, tmp_path: Path
) -> None:
    book = book_of(deep, setting.sandbox, tmp_path)
    ran = made_up(between)

    class Stopped(BaseException):
        pass

    def stop(done: int, _: int) -> None:
        if done == 25:
            raise Stopped

    with pytest.raises(Stopped):
        work.sweep(deep, setting=setting, how=How.SWEEP, book=book, progress=stop)
    kept = set(book.known())
    assert len(kept) == 25
    ran.clear()
    whole = work.sweep(deep, setting=setting, how=How.SWEEP, book=book)
    beside = {"1.14", "1.15", "1.29", "1.30"}
    assert {version for version in kept if ran[version]} <= beside
    assert set(ran) - kept | beside == set(ran)
    assert whole.range.vers() == "vers:generic/>=1.15|<1.30"
    ran.clear()
    told: list[int] = []
    again = work.sweep(deep, setting=setting, book=book, progress=lambda done, _: told.append(done))
    assert (again.table, told, ran) == (whole.table, [], Counter())


@sandboxed
@pytest.mark.parametrize(
    "error", [RegistryUnreachable("pypi", "it is away"), SandboxBroke("bubblewrap", "no")]
)
def test_what_only_failed_for_the_moment_is_unknown_and_tried_again(
    error: Exception, deep: Folder, setting: work.Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    book = book_of(deep, setting.sandbox, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(sweeping, "on_release", away)
        found = work.sweep(deep, setting=setting, book=book)
    assert set(found.results.values()) == {UNKNOWN}
    assert {row.note for row in found.table} == {str(error)}
    assert book.known() == {}
    assert work.sweep(deep, setting=setting, book=book).results["1.0.0"] is YES


@sandboxed
@pytest.mark.parametrize("error", [NotShipped(), Unfit("there is none")])
def test_a_sandbox_that_runs_no_such_report_ends_the_sweep(
    error: Exception, deep: Folder, setting: work.Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sweeping, "run_once", refuse)
    with pytest.raises(type(error)):
        work.sweep(deep, setting=setting)


ROW = ReleaseRun(
    version="1.0", published=None, installed=True, ran=True, affected=YES, note="“seen”\n", runs=1
)


def test_a_book_gives_back_the_last_of_each_row(tmp_path: Path) -> None:
    book = FileBook(tmp_path / "sweeps" / "one.jsonl")
    assert book.known() == {}
    other, twice = sweeping.replace(ROW, version="2.0"), sweeping.replace(ROW, runs=2)
    for row in (ROW, other, twice):
        book.write(row)
    assert book.known() == {"1.0": twice, "2.0": other}
    book.forget()
    book.forget()
    assert book.known() == {}


def test_words_that_are_no_text_can_be_kept(tmp_path: Path) -> None:
    book = FileBook(tmp_path / "one.jsonl")
    book.write(sweeping.replace(ROW, note="a\ud800\0b"))
    assert book.known()["1.0"].note == "a\ufffd\ufffd\ufffd\ufffdb"


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_torn_line_is_no_row_and_spoils_none_that_follows(tmp_path: Path, cut: int) -> None:
    book = FileBook(tmp_path / "one.jsonl")
    other, third = sweeping.replace(ROW, version="2.0"), sweeping.replace(ROW, version="3.0")
    book.write(ROW)
    book.write(other)
    book.path.write_bytes(book.path.read_bytes()[:-cut])
    book.write(third)
    assert {"1.0", "3.0"} <= set(book.known())
    assert ("2.0" in book.known()) == (cut == 1)


def test_lines_that_are_no_rows_are_passed_over(tmp_path: Path) -> None:
    book = FileBook(tmp_path / "one.jsonl")
    book.path.write_bytes(b'\xff\xfe\n[]\n{"version": 1}\n\n' + b"[" * 100_000 + b"\n")
    assert book.known() == {}
    book.write(ROW)
    assert book.known() == {"1.0": ROW}
