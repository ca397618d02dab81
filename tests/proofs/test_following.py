"""What follows a reproduction: which releases, the same flaw or not, does the fix hold; and what ships."""

from pathlib import Path

import pytest
from tests.proofs.conftest import ROOT, Prove, Report

from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.rules.ladders import Result
from headstart.proofs.rules.sameness import Same
from headstart.proofs.work.examples import expected
from headstart.proofs.work.shipped import DIGESTS, digests_of, folders, shipped_digests
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

EXAMPLES = ROOT / "examples"
sandboxed = pytest.mark.sandbox

DEPTH = "import sys, leaky\nprint(leaky.depth(open(sys.argv[1]).read()))\n"
NAMED = 'exception = "RecursionError"'


@pytest.fixture
def setting(store: Store, sandbox: Sandbox) -> work.Setting:
    return work.Setting(store=store, sandbox=sandbox, runs=1)


def example(name: str) -> Folder:
    return reports.read(next(EXAMPLES.glob(f"reports*/{name}")))


def side(folder: Folder, prove: Prove) -> work.Side:
    return work.Side(folder=folder, state=prove(folder).crash_state)


@sandboxed
def test_one_flaw_told_twice_is_the_same_and_two_flaws_are_not(
    prove: Prove, report: Report, setting: work.Setting
) -> None:
    one, twice = example("minirec-repeat-overflow"), example("minirec-length-truncated")
    assert work.same(side(one, prove), side(twice, prove), setting=setting).same is Same.YES
    patch = (
        "--- a/leaky.py\n+++ b/leaky.py\n@@ -40,3 +40,3 @@\n\n def depth(text):\n"
        '-    return 1 + depth(text[1:]) if text.startswith("[") else 0\n+    return 0\n'
    )
    deep = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED, files={"fix.patch": patch})
    run = "import os, sys, leaky\nleaky.greet(open(sys.argv[1]).read().replace('M', os.environ['HEADSTART_MARKER']))"
    other = report("execute", run, trigger="x; M", control="x")
    evidence = work.same(side(deep, prove), side(other, prove), setting=setting)
    assert evidence.same is Same.NO
    assert any("still works" in fact.sentence for fact in evidence.facts)


@sandboxed
def test_a_fix_that_stops_only_the_one_input_fails_on_its_variations(
    report: Report, setting: work.Setting
) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    narrow = (
        b"--- a/leaky.py\n+++ b/leaky.py\n@@ -40,3 +40,4 @@\n\n def depth(text):\n"
        b'+    if len(text) == 5000: return 0\n     return 1 + depth(text[1:]) if text.startswith("[") else 0\n \n'
    )
    ladder = work.check_fix([folder], work.Fix(patch=narrow), setting=setting)
    results = {each.name: each.result for each in ladder.rungs}
    assert results["every trigger is silent"] is Result.PASSED
    assert results["variations of the trigger are silent"] is Result.FAILED
    assert not ladder.holds


@sandboxed
def test_a_fix_that_breaks_the_control_fails(report: Report, setting: work.Setting) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    breaks = b"--- a/leaky.py\n+++ b/leaky.py\n@@ -41,3 +41,3 @@\n \n-def depth(text):\n+def depths(text):\n"
    breaks = breaks.replace(b"-41,3 +41,3", b"-40,2 +40,2").replace(b"@@\n \n", b"@@\n \n")
    ladder = work.check_fix([folder], work.Fix(patch=breaks), setting=setting)
    assert not ladder.holds
    assert "fails" in ladder.sentence


@sandboxed
def test_a_patch_that_is_no_patch_fails_on_the_first_rung(report: Report, setting: work.Setting) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    ladder = work.check_fix([folder], work.Fix(patch=b"nothing"), setting=setting)
    assert [each.result for each in ladder.rungs] == [Result.FAILED, *[Result.NOT_TRIED] * 6]


def test_the_digests_that_ship_are_those_of_the_reports() -> None:
    assert (EXAMPLES / DIGESTS).read_text() == digests_of(EXAMPLES), "run `make digests`"
    assert len(shipped_digests(EXAMPLES)) == len(folders(EXAMPLES))


def test_something_is_expected_of_every_report_that_ships() -> None:
    assert set(expected(EXAMPLES)) == {each.name for each in folders(EXAMPLES)}


def test_a_folder_with_no_digests_ships_nothing(tmp_path: Path) -> None:
    assert shipped_digests(tmp_path) == frozenset()


@sandboxed
def test_the_examples_that_need_no_network_come_out_as_expected(setting: work.Setting) -> None:
    names = {each.name for each in folders(EXAMPLES) if each.parent.name == "reports-offline"}
    rows = work.examples_table(EXAMPLES, setting=setting, names=names)
    assert len(rows) == len(names)
    assert all(row.holds for row in rows), rows


@sandboxed
@pytest.mark.network
def test_the_examples_on_real_packages_come_out_as_expected(setting: work.Setting) -> None:
    names = {each.name for each in folders(EXAMPLES) if each.parent.name == "reports"}
    rows = work.examples_table(EXAMPLES, setting=setting, names=names)
    assert all(row.holds for row in rows), [row for row in rows if not row.holds]


@sandboxed
def test_a_source_that_is_not_the_releases_is_flagged(prove: Prove, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLES / "reports-offline" / "minirec-repeat-overflow", copy)
    assert not prove(reports.read(copy)).flags
    source = copy / "source" / "minirec.h"
    source.write_text(source.read_text() + "\n/* changed */\n")
    assert "source-from-report" in {flag.code for flag in prove(reports.read(copy)).flags}


@sandboxed
def test_a_source_that_does_not_build_is_unrunnable_with_the_step(prove: Prove, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLES / "reports-offline" / "minirec-repeat-overflow", copy)
    (copy / "source" / "minirec.c").write_text("this is not C")
    verdict = prove(reports.read(copy))
    assert verdict.rung == "unrunnable"
    assert verdict.step
    assert "error" in verdict.step
