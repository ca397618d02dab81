"""A project's own tests, the rules: which command a source suggests, what a run said, what two runs amount to."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.testing import Results, Runner, Suggestion, compare, results, suggest


def suggested(files: Mapping[str, str | bytes]) -> list[Suggestion]:
    def read(path: str) -> bytes:
        content = files[path]
        return content.encode() if isinstance(content, str) else content

    return list(suggest(frozenset(files), read))


def test_python_tests_are_run_by_pytest_and_else_by_unittest_with_what_the_project_asks_for() -> None:
    project = (
        '[project]\nname = "x"\n[project.optional-dependencies]\ntest = ["hypothesis>=6", "pytest-cov", "tox"]\n'
        'docs = ["sphinx"]\n[dependency-groups]\ndev = ["Attrs ; python_version > \'3\'", {include = "x"}]\n'
    )
    first, second = suggested({"pyproject.toml": project, "tests/test_a.py": "", "x.py": ""})
    assert (first.runner, second.runner) == (Runner.PYTEST, Runner.UNITTEST)
    assert first.needs == ("pytest", "hypothesis", "attrs")
    assert first.argv[-1] == "tests"
    old = {"setup.cfg": "[options.extras_require]\ntesting =\n  mock\n  flake8\n", "pkg/test_b.py": ""}
    assert suggested(old)[0].needs == ("pytest", "mock")


def test_a_test_script_and_a_make_target_are_found() -> None:
    package = {
        "scripts": {"test": "tape test/*.js"},
        "devDependencies": {"nyc": "1", "safe": "2", "tape": "^4"},
    }
    (one,) = suggested({"package.json": json.dumps(package)})
    assert (one.runner, one.argv[-1], one.needs) == (Runner.NPM, "tape test/*.js", ("tape", "safe"))
    calls = {"test": "npm run lint && npm run test-node", "lint": "eslint .", "test-node": "qunit test/"}
    (two,) = suggested({"package.json": json.dumps({"scripts": calls})})
    assert two.argv[-1] == "qunit test/"
    (made,) = suggested({"Makefile": "all:\n\tcc\ntest: all\n\t./t\ncheck: test\n"})
    assert made.argv == ("make", "check")
    assert suggested({"test.py": ""})[0].argv == ("python", "test.py")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"Makefile": "test := 1\nall:\n"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": "[" * 60_000},
        {"package.json": '{"scripts": ["test"]}'},
        {"package.json": '{"scripts": {"test": 7}}'},
        {"package.json": '{"scripts": {"test": "npm run test"}}'},
        {"package.json": '{"scripts": {"test": "npm run lint", "lint": "standard"}}'},
        {"pyproject.toml": "a" + ".a" * 20_000 + "=1", "setup.cfg": "[x\n" * 5000},
        {"package.json": b"\xff" * (1 << 20)},
    ],
)
def test_what_suggests_nothing_and_what_is_hostile_is_passed_over(files: dict[str, str | bytes]) -> None:
    assert suggested(files) == []


def test_needs_are_names_and_nothing_else() -> None:
    asked = [
        "ok",
        "../x",
        "git+https://example.org/x",
        "a b",
        "-r more.txt",
        "@scope/x",
        "x" * 200,
        "",
        "other>=1",
    ]
    project = f"[project]\n[project.optional-dependencies]\ntests = {json.dumps(asked)}\n"
    assert suggested({"pyproject.toml": project, "test_a.py": ""})[0].needs == ("pytest", "ok", "other")
    package = {"scripts": {"test": "t"}, "devDependencies": {"../x": "1", "@a/b": "1", "fine": "1"}}
    assert suggested({"package.json": json.dumps(package)})[0].needs == ("@a/b", "fine")


JUNIT = (
    b'<testsuites><testsuite><testcase classname="a.b" name="one"/><testcase classname="a" name="two">'
    b'<failure message="x"/></testcase><testcase classname="a" name="three"><skipped/></testcase>'
    b"</testsuite></testsuites>"
)


def test_results_are_read_from_what_each_runner_says() -> None:
    found = results(Runner.PYTEST, status=1, output="", junit=JUNIT)
    assert (found.passed, found.failed, found.ok) == ({"a.b::one"}, {"a::two"}, False)
    said = {
        "PASSED tests/a.py::one\nFAILED tests/a.py::two - assert 0\n": (
            {"tests/a.py::one"},
            {"tests/a.py::two"},
        ),
        "test_a (m.T) ... ok\ntest_b (m.T) ... FAIL\n": ({"test_a (m.T)"}, {"test_b (m.T)"}),
        "ok 1 - a.js # time=5.1ms\n    ok 1 - sub {\n": ({"a.js", "sub"}, set()),
        "ok 1 - first\nnot ok 2 - second\nok 3 - x # SKIP\n": ({"first"}, {"second"}),
        "  ✓ works (3ms)\n  ✖ breaks (1.2ms)\n": ({"works"}, {"breaks"}),
        "PASS: t1\nFAIL: t2\n": ({"t1"}, {"t2"}),
        "nothing of the kind": (set(), set()),
    }
    for output, (passed, failed) in said.items():
        found = results(Runner.GIVEN, status=0, output=output)
        assert (found.passed, found.failed) == (passed, failed)


def test_a_file_of_results_that_declares_entities_is_not_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + JUNIT
    assert results(Runner.PYTEST, status=0, output="", junit=bomb) == Results(ok=True)
    assert results(Runner.PYTEST, status=0, output="", junit=b"<a>" * 100_000) == Results(ok=True)


names = st.frozensets(st.sampled_from("abcdef"))


@given(names, names, names, names, st.booleans(), st.booleans(), st.booleans())
def test_a_fix_holds_only_if_all_that_passed_before_passes_after(
    a: frozenset[str],
    b: frozenset[str],
    c: frozenset[str],
    d: frozenset[str],
    ok: bool,
    then: bool,
    other: bool,
) -> None:
    before, after = Results(ok=ok, passed=a - b, failed=b), Results(ok=then, passed=c - d, failed=d)
    found = compare(before, after, other_release=other)
    assert set(found.failed_before) == b
    if found.holds and before.passed and not other:
        assert before.passed <= after.passed
    if set(found.broken):
        assert not found.holds or (other and not before.passed & after.passed)
    if not before.passed and before.ok and not then:
        assert not found.holds
