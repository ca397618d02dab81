"""The patch ladder, climbed for real: what breaks the tests, what stops one input only, which lines need more."""

import difflib
from pathlib import Path

import pytest
from tests.proofs.conftest import ROOT, TARGETS, Report

from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import parse_vers
from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.rules.ladders import (
    APPLIES,
    LINES,
    TESTS,
    TRIGGERS,
    VARIATIONS,
    Ladder,
    Line,
    Result,
    RungResult,
    lines_rung,
)
from headstart.proofs.rules.verdicts import Answer
from headstart.proofs.work.lines import newest_of_lines
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox

pytestmark = pytest.mark.sandbox

READ = "import json, os, sys, leaky\ntext = open(sys.argv[1]).read()\n"
DEPTH = READ + "print(leaky.depth(text))\n"
NAMED = 'exception = "RecursionError"'
MENDED = ('1 + depth(text[1:]) if text.startswith("[") else 0', 'len(text) - len(text.lstrip("["))')


@pytest.fixture
def setting(store: Store, sandbox: Sandbox) -> work.Setting:
    return work.Setting(store=store, sandbox=sandbox, runs=1)


def patch(old: str, new: str, file: str = "leaky.py", at: Path = TARGETS / "leaky" / "1.0.0") -> work.Fix:
    before = (at / file).read_text()
    assert old in before
    after = before.replace(old, new)
    diff = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{file}", f"b/{file}")
    return work.Fix(patch="".join(diff).encode())


def rung(ladder: Ladder, name: str) -> RungResult:
    return next(each for each in ladder.rungs if each.name == name)


TINY = ROOT / "examples" / "reports-offline" / "tinytemplate-include-disclose"
INIT = "tinytemplate/__init__.py"


@pytest.fixture
def tiny() -> Folder:
    return reports.read(TINY)


def test_the_projects_own_tests_are_found_and_pass_as_before(tiny: Folder, setting: work.Setting) -> None:
    fix = work.Fix(patch=(TINY / "fix.patch").read_bytes())
    climbed = work.check_fix([tiny], fix, setting=setting, seconds=10)
    assert climbed.holds, climbed.sentence
    seen = rung(climbed, TESTS)
    assert (seen.result, seen.log) == (Result.PASSED, "")
    assert seen.tests
    assert (seen.tests.command, seen.tests.found) == ("python test.py", True)
    tried = rung(climbed, VARIATIONS).variations
    assert tried
    assert tried.tried >= tried.sound >= 8
    assert tried.working
    assert climbed.runs >= tried.tried
    assert climbed.applied


def test_a_patch_that_only_deletes_the_feature_fails_on_the_projects_tests(
    tiny: Folder, setting: work.Setting
) -> None:
    deletes = patch("    if folder is None:\n", "    if True:\n", INIT, TINY / "source")
    climbed = work.check_fix([tiny], deletes, setting=setting, seconds=10)
    assert rung(climbed, TRIGGERS).result is Result.PASSED
    seen = rung(climbed, TESTS)
    assert seen.result is Result.FAILED
    assert "TemplateError" in seen.log
    assert len(seen.log) <= 4000
    assert not climbed.holds


def test_a_given_command_is_run_and_one_that_never_passed_says_nothing(
    tiny: Folder, setting: work.Setting
) -> None:
    fix = work.Fix(patch=(TINY / "fix.patch").read_bytes())
    broken = (
        "/bin/sh", "-c", "grep -q is_relative_to tinytemplate/__init__.py && echo FAIL: old || echo PASS: old; "
        "echo FAIL: ever; head -c 9000 /dev/zero",
    )  # fmt: skip
    seen = rung(work.check_fix([tiny], fix, setting=setting, tests=broken, seconds=1), TESTS)
    assert seen.result is Result.FAILED
    assert seen.tests
    assert (seen.tests.found, seen.tests.broken, seen.tests.failed_before) == (False, ("old",), ("ever",))
    assert "\0" not in seen.log
    never = ("/bin/sh", "-c", "echo it is broken; exit 1")
    seen = rung(work.check_fix([tiny], fix, setting=setting, tests=never, seconds=1), TESTS)
    assert seen.result is Result.NOT_TRIED
    assert "before the fix either" in seen.why
    assert "it is broken" in seen.log


def test_tests_are_run_in_the_sandbox_and_change_nothing(tiny: Folder, setting: work.Setting) -> None:
    fix = work.Fix(patch=(TINY / "fix.patch").read_bytes())
    tries = "rm -rf * ../*; (echo x > /etc/x) 2>/dev/null && echo FAIL: wrote || echo PASS: wrote; true"
    seen = rung(
        work.check_fix([tiny], fix, setting=setting, tests=("/bin/sh", "-c", tries), seconds=1), TESTS
    )
    assert seen.result is Result.PASSED
    assert reports.read(TINY).digest == tiny.digest


def test_a_patch_that_special_cases_the_trigger_fails_on_variations_which_are_kept(
    report: Report, setting: work.Setting
) -> None:
    folder = report("crash", DEPTH, trigger="[" * 3000, control="[[", more=NAMED)
    narrow = patch("    return 1 + depth", "    if len(text) == 3000: return 0\n    return 1 + depth")
    climbed = work.check_fix([folder], narrow, setting=setting, seconds=5)
    assert rung(climbed, TRIGGERS).result is Result.PASSED
    seen = rung(climbed, VARIATIONS)
    assert seen.result is Result.FAILED
    assert seen.variations
    assert 0 < len(seen.variations.still) <= 8
    assert seen.variations.still[0].start.startswith("[")
    assert "RecursionError" in seen.log
    assert not climbed.holds


def test_the_flaw_is_tried_in_the_other_fields(report: Report, setting: work.Setting) -> None:
    harness = READ + (
        "for line in text.splitlines():\n"
        "    leaky.greet(line.replace('MARKER', os.environ['HEADSTART_MARKER']))\n"
    )
    folder = report(
        "execute", harness, trigger="first = a; MARKER\nsecond = b\n", control="first = a\nsecond = b\n"
    )
    one_field = patch('    os.system(f"echo hello {name}")',
                      '    if not name.startswith("first"): os.system(f"echo hello {name}")')  # fmt: skip
    climbed = work.check_fix([folder], one_field, setting=setting, seconds=5)
    assert rung(climbed, TRIGGERS).result is Result.PASSED
    seen = rung(climbed, VARIATIONS)
    assert seen.result is Result.FAILED
    assert seen.variations
    assert any(each.how.startswith("the flaw's") for each in seen.variations.still)


def test_what_the_harness_does_by_itself_on_a_variation_is_not_held_against_the_fix(
    report: Report, setting: work.Setting
) -> None:
    harness = DEPTH + "if not text.startswith('[') or len(text) > 2000: raise RecursionError\n"
    folder = report("crash", harness, trigger="[" * 2000, control="[[", more=NAMED)
    climbed = work.check_fix([folder], patch(*MENDED), setting=setting, seconds=3)
    assert rung(climbed, VARIATIONS).result is Result.PASSED


def test_an_exception_from_elsewhere_is_told_and_is_not_the_flaw(
    report: Report, setting: work.Setting
) -> None:
    harness = (
        DEPTH + "leaky.calls(leaky.grow) if False else leaky.merge(text, None) if ']' in text else None\n"
    )
    folder = report("crash", harness, trigger="[" * 3000, control="[[", more=NAMED)
    climbed = work.check_fix([folder], patch(*MENDED), setting=setting, seconds=3)
    assert rung(climbed, VARIATIONS).result is Result.PASSED


def test_a_fix_of_how_much_is_used_is_not_asked_for_more_than_the_trigger(
    report: Report, setting: work.Setting
) -> None:
    bounded = patch("range(int(count))", "range(int(count) // 10)")
    folder = report("exhaust", READ + "leaky.grow(text)", trigger="300", control="3", memory=96, seconds=5)
    climbed = work.check_fix([folder], bounded, setting=setting, seconds=3)
    assert climbed.holds, climbed.sentence


def test_each_line_says_whether_the_patch_applies_and_is_silent_there(
    report: Report, setting: work.Setting
) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    climbed = work.check_fix([folder], patch(*MENDED), setting=setting, seconds=5)
    seen = rung(climbed, LINES)
    rows = {each.version: (each.without, each.applies, each.after) for each in seen.lines}
    assert rows == {
        "1.0.0": (Answer.SEEN, True, Answer.SILENT),
        "1.1.0": (Answer.SILENT, None, Answer.NOT_RUN),
    }
    assert seen.result is Result.PASSED
    assert "1.0.0: applies, silent" in seen.why


def test_a_fixed_release_is_held_beside_the_newest_of_each_line(
    report: Report, setting: work.Setting
) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    climbed = work.check_fix([folder], work.Fix(release="1.1.0"), setting=setting, seconds=5)
    assert climbed.holds
    rows = {each.version: each.after for each in rung(climbed, LINES).lines}
    assert rows == {"1.0.0": Answer.SEEN, "1.1.0": Answer.SILENT}
    not_one = work.check_fix([folder], work.Fix(release="1.0.0"), setting=setting, seconds=1)
    assert not not_one.holds
    assert rung(not_one, TRIGGERS).log


def test_a_source_that_no_longer_builds_fails_with_its_log(setting: work.Setting) -> None:
    folder = reports.read(ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow")
    broken = patch(
        '#include "minirec.h"', '#include "minirec.h"\nthis is not C', "minirec.c", folder.path / "source"
    )
    climbed = work.check_fix([folder], broken, setting=setting, seconds=1)
    builds = climbed.rungs[1]
    assert (climbed.rungs[0].result, builds.result) == (Result.PASSED, Result.FAILED)
    assert "error" in builds.log


def test_a_release_that_is_not_there_fails_on_the_first_rung(report: Report, setting: work.Setting) -> None:
    folder = report("crash", DEPTH, trigger="[" * 5000, control="[[", more=NAMED)
    climbed = work.check_fix([folder], work.Fix(release="9.9.9"), setting=setting, seconds=1)
    assert rung(climbed, APPLIES).result is Result.FAILED


def line(version: str, without: Answer, applies: bool | None, after: Answer) -> Line:
    return Line(version=version, without=without, applies=applies, after=after, note="")


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        ([line("1.0", Answer.SEEN, True, Answer.SILENT)], "passed"),
        (
            [line("1.0", Answer.SEEN, True, Answer.SEEN), line("1.1", Answer.SEEN, True, Answer.SILENT)],
            "failed",
        ),
        (
            [line("1.0", Answer.SEEN, False, Answer.NOT_RUN), line("1.1", Answer.SEEN, True, Answer.SILENT)],
            "passed",
        ),
        ([line("1.1", Answer.SEEN, False, Answer.NOT_RUN)], "failed"),
        (
            [line("1.0", Answer.SEEN, None, Answer.SEEN), line("1.1", Answer.SILENT, None, Answer.SILENT)],
            "passed",
        ),
        (
            [line("1.1", Answer.SILENT, None, Answer.SILENT), line("1.2", Answer.SEEN, None, Answer.SEEN)],
            "failed",
        ),
        ([line("1.1", Answer.SILENT, None, Answer.NOT_RUN)], "not tried"),
        ([], "not tried"),
    ],
)
def test_what_the_lines_amount_to(rows: list[Line], result: str) -> None:
    assert lines_rung(rows, "1.1").result == result


def test_a_line_is_told_by_its_first_two_numbers_and_its_newest_settled_release_counts() -> None:
    listed = [
        parse(f"pkg:pypi/x@{each}") for each in ("0.9", "1.0", "1.0.1", "1.1rc1", "1.1.0", "1.1.1b2", "2.0a1")
    ]
    own = listed[2]
    assert [str(each.version) for each in newest_of_lines(listed, own, None)] == [
        "0.9",
        "1.0.1",
        "1.1.0",
        "2.0a1",
    ]
    claimed = parse_vers("vers:pypi/>=1.0|<1.1.0")
    assert [str(each.version) for each in newest_of_lines(listed, own, claimed)] == ["1.0.1", "1.1rc1"]


@pytest.mark.network
@pytest.mark.timeout(900)
def test_the_tests_of_a_real_package_are_found_and_pass_with_its_own_fix(setting: work.Setting) -> None:
    folder = reports.read(ROOT / "examples" / "reports" / "multipart-upload-write")
    fix = work.Fix(patch=folder.content()["fix.patch"])
    climbed = work.check_fix([folder], fix, setting=setting, seconds=10)
    assert climbed.holds, climbed.sentence
    seen = rung(climbed, TESTS).tests
    assert seen
    assert (seen.command, seen.found) == ("python -m pytest", True)
    assert seen.passed_after >= seen.passed_before > 20
