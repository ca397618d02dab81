"""A pattern that the target hands out, and the harness matches: its own line computes, and it made no pattern."""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Frame, Place, Rung
from headstart.proofs.rules.borrowed import is_borrowed

PYTHON = "import pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text()\n"
NODE = "const k = require('knotty')\nconst text = require('fs').readFileSync(process.argv[2], 'utf8')\n"


def stacks(path: str, line: int, place: Place = Place.HARNESS) -> list[tuple[Frame, ...]]:
    return [(Frame(file=path, line=line, function="<module>", place=place),)] * 10


@pytest.mark.parametrize(
    "line",
    [
        "leaky.PATTERN.match(text)",
        "list(leaky.PATTERN.finditer(text))",
        "for found in leaky.pattern().findall(text): pass",
        "leaky.PATTERN.sub('', text)",
    ],
)
def test_a_python_line_that_only_matches_borrows(line: str) -> None:
    assert is_borrowed(stacks("/work/report/harness.py", 3), {"/work/report/harness.py": PYTHON + line})


@pytest.mark.parametrize(
    "line",
    [
        "import re; re.match('(a+)+$', text)",
        "leaky.re.compile('(a+)+$').match(text)",
        "__import__('re').match('(a+)+$', text)",
        "sys.modules['re'].match('(a+)+$', text)",
        "while True: pass",
        "sorted(range(10 ** 9))",
        "leaky.PATTERN.match(text",
    ],
)
def test_a_python_line_that_makes_a_pattern_or_computes_otherwise_does_not(line: str) -> None:
    assert not is_borrowed(stacks("/work/report/harness.py", 3), {"/work/report/harness.py": PYTHON + line})


@pytest.mark.parametrize(
    "line",
    [
        "k.pattern().test(text)",
        "text.replace(k(), '')",
        "text.match(k.pattern())",
        "text.split(k.pattern())",
    ],
)
def test_a_javascript_line_that_only_matches_borrows(line: str) -> None:
    assert is_borrowed(stacks("/work/report/harness.js", 3), {"/work/report/harness.js": NODE + line})


@pytest.mark.parametrize(
    "line",
    [
        "/^(a+)+$/.test(text)",
        "text.match(/^(a+)+$/)",
        "const own = /^(a+)+$/; own.test(text)",
        "new RegExp(text).test(text)",
        "text.match('(a+)+$')",
        "k.pattern().constructor('(a+)' + '+$').test(text)",
        "while (true) {}",
        "new Array(5e8).fill(0)",
    ],
)
def test_a_javascript_line_that_makes_a_pattern_or_computes_otherwise_does_not(line: str) -> None:
    assert not is_borrowed(stacks("/work/report/harness.js", 3), {"/work/report/harness.js": NODE + line})


def test_another_file_that_makes_patterns_counts_and_samples_must_agree() -> None:
    line = {"/work/report/harness.js": NODE + "k.pattern().test(text)"}
    assert not is_borrowed(
        stacks("/work/report/harness.js", 3), {**line, "/work/report/more.js": "module.exports = /a+/"}
    )
    assert not is_borrowed(
        [*stacks("/work/report/harness.js", 3), *stacks("/work/report/harness.js", 1)], line
    )
    assert not is_borrowed(stacks("/target/knotty.js", 3, Place.TARGET), line)
    assert not is_borrowed([], line)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("language", "borrowed", "own"),
    [
        (
            "python",
            PYTHON + "leaky.PATTERN.match(text)",
            PYTHON + "import re\nre.compile('(a+)+$').match(text)",
        ),
        ("node", NODE + "k.pattern().test(text)", NODE + ";/^(a+)+$/.test(text)"),
    ],
)
def test_a_hang_in_a_pattern_of_the_targets_is_left_to_a_person(
    language: str, borrowed: str, own: str, report: Report, prove: Prove
) -> None:
    trigger = "a" * 40 + "b"
    true = prove(report("hang", borrowed, trigger=trigger, control="aaa", language=language, seconds=2))
    assert (true.rung, true.attribution) == (Rung.CONTROLLED, Attribution.UNKNOWN), true
    assert "unknown-cause" in {each.code for each in true.flags}
    bogus = prove(report("hang", own, trigger=trigger, control="aaa", language=language, seconds=2))
    assert (bogus.rung, bogus.attribution) == (Rung.REFUTED, Attribution.HARNESS), bogus
