"""A project's own tests: which command its source suggests, and what came of them before and after a fix.

The source is somebody else's: its settings are read as text, within bounds, and nothing here runs anything.
"""

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

LARGEST_SETTINGS = 64 << 10
LARGEST_RESULTS = 8 << 20
MOST_NEEDS = 12
MOST_TESTS = 100_000
JUNIT = "junit.xml"  # in the work folder, beside the source
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,80})\s*(?:\[[^\]]{0,80}\])?\s*(?:[<>=!~;(@].*)?\Z")
_NOT_TESTS = re.compile(
    r"tox|nox|coverage|coveralls|codecov|pytest-cov|flake8.*|black|mypy|ruff|isort|pylint|sphinx.*|twine|wheel|build"
    r"|setuptools|pre-commit|docutils|furo|bumpversion|bump2version|pip|types-.*|pytest-xdist|eslint.*|nyc|standard"
)
_EXTRAS = re.compile(r"(unit)?-?_?test(s|ing)?|dev(elopment)?", re.IGNORECASE)
_MAKE_TARGET = re.compile(r"^(check|test)[ \t]*:(?!=)", re.MULTILINE)


_NPM_RUN = re.compile(r"\s*(?:npm|yarn) (?:run |run-script )?(?:-s |--silent )?([\w:.-]{1,60})\s*")
_LINTS = re.compile(r"lint|standard|prettier|^xo$|^tsc$|^flow$|check-types|coverage")


class Runner(StrEnum):
    """What runs the tests."""

    PYTEST = "pytest"
    UNITTEST = "unittest"
    NPM = "npm test"
    MAKE = "make"
    SCRIPT = "a test script"
    GIVEN = "the given command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One way to run a project's tests, in its source's folder."""

    runner: Runner
    argv: tuple[str, ...]
    needs: tuple[str, ...] = ()  # packages besides the project's own dependencies

    def __str__(self) -> str:
        if self.runner is Runner.PYTEST:
            return "python -m pytest"
        shown = self.argv[2:] if self.argv[:2] == ("/bin/sh", "-c") else self.argv
        return " ".join(shown)[:300]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What came of one run of the tests."""

    ok: bool  # whether the command itself was content
    passed: frozenset[str] = field(default=frozenset())
    failed: frozenset[str] = field(default=frozenset())

    @property
    def says_something(self) -> bool:
        """Whether a later run can be held against it."""
        return self.ok or bool(self.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The tests before and after."""

    broken: tuple[str, ...]  # passed before and not after
    gone: tuple[str, ...]  # passed before and not there any more
    failed_before: tuple[str, ...]
    holds: bool


def compare(before: Results, after: Results, *, other_release: bool) -> Comparison:
    """Each test that passed before must pass after; in another release a test may be gone."""
    broken = sorted(before.passed & after.failed)
    gone = sorted(before.passed - after.passed - after.failed)
    if not before.passed:
        holds = after.ok or not before.ok
    elif other_release and not (before.passed & after.passed):
        holds = after.ok
    else:
        holds = not broken and (other_release or not gone)
    return Comparison(
        broken=tuple(broken), gone=tuple(gone), failed_before=tuple(sorted(before.failed)), holds=holds
    )


Read = Callable[[str], bytes]


def suggest(paths: Collection[str], read: Read) -> tuple[Suggestion, ...]:
    """What a source tree suggests, best first; `paths` are relative to it, `read` gives a file's bytes."""
    found = [*_python(paths, read), *_npm(paths, read), *_make(paths, read)]
    if "test.py" in paths and not found:
        found.append(Suggestion(runner=Runner.SCRIPT, argv=("python", "test.py")))
    if "test.js" in paths and not found:
        found.append(Suggestion(runner=Runner.SCRIPT, argv=("node", "test.js")))
    return tuple(found)


_PYTEST = ("-m", "pytest", "-q", "-rA", "--tb=short", "-p", "no:cacheprovider", "-o", "addopts=",
           "-o", "filterwarnings=default", "--continue-on-collection-errors", f"--junitxml=../{JUNIT}")  # fmt: skip


def _python(paths: Collection[str], read: Read) -> list[Suggestion]:
    """pytest runs what unittest runs too; unittest is what is left where pytest can't be had."""
    tests = [path for path in paths if re.search(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py\Z", path)]
    if not tests:
        return []
    needs = tuple(dict.fromkeys(_python_needs(paths, read)))[:MOST_NEEDS]
    folders = {path.split("/")[0] for path in tests if "/" in path} & {"tests", "test", "testing"}
    where = (min(folders),) if len(folders) == 1 else ()
    return [
        Suggestion(runner=Runner.PYTEST, argv=("python", *_PYTEST, *where), needs=("pytest", *needs)),
        Suggestion(
            runner=Runner.UNITTEST,
            argv=(
                "python",
                "-m",
                "unittest",
                "discover",
                "-v",
                *(("-s", where[0], "-t", ".") if where else ()),
            ),
            needs=needs,
        ),
    ]


def _python_needs(paths: Collection[str], read: Read) -> Iterable[str]:
    table = _toml(_text("pyproject.toml", paths, read))
    project = _dict(table.get("project"))
    asked = [
        *_dict(project.get("optional-dependencies")).items(),
        *_dict(table.get("dependency-groups")).items(),
    ]
    for path in ("setup.cfg", "tox.ini"):
        asked += _ini(_text(path, paths, read))
    files = (
        "requirements-test.txt",
        "requirements-dev.txt",
        "test-requirements.txt",
        "tests/requirements.txt",
    )
    asked += [("tests", _text(path, paths, read).splitlines()) for path in files]
    for name, wanted in asked:
        if _EXTRAS.fullmatch(str(name)):
            for each in wanted if isinstance(wanted, list) else ():
                match = _NAME.match(str(each)[:300])
                if match and not _NOT_TESTS.fullmatch(match[1].lower()) and match[1].lower() != "pytest":
                    yield match[1].lower()


def _ini(text: str) -> list[tuple[str, list[str]]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return []
    wanted: list[tuple[str, list[str]]] = []
    if parser.has_section("options.extras_require"):
        wanted += [(name, value.splitlines()) for name, value in parser.items("options.extras_require")]
    if parser.has_option("options", "tests_require"):
        wanted.append(("tests", parser.get("options", "tests_require").splitlines()))
    if parser.has_option("testenv", "deps"):
        wanted.append(("tests", parser.get("testenv", "deps").splitlines()))
    return wanted


def _npm(paths: Collection[str], read: Read) -> list[Suggestion]:
    """The test script of package.json, and the development packages that it or the tests may name."""
    described = _json(_text("package.json", paths, read))
    script = _script(_dict(described.get("scripts")), "test")
    if not script or "no test specified" in script:
        return []
    developed = [name for name in _dict(described.get("devDependencies")) if isinstance(name, str)]
    wanted = [each for each in developed if not _NOT_TESTS.fullmatch(each.lower()) and _is_npm_name(each)]
    wanted.sort(key=lambda each: each not in script)
    return [Suggestion(runner=Runner.NPM, argv=("/bin/sh", "-c", script), needs=tuple(wanted[:MOST_NEEDS]))]


def _script(scripts: dict[Any, Any], name: str, depth: int = 0) -> str:
    """A script of package.json with the scripts that it calls in their place, without those that only lint."""
    text = scripts.get(name)
    if not isinstance(text, str) or len(text) > 2000 or depth > 3:
        return ""
    parts = []
    for part in text.split("&&"):
        called = _NPM_RUN.fullmatch(part)
        inner = _script(scripts, called[1], depth + 1) if called else part.strip()
        if inner and not _LINTS.search(called[1] if called else inner.split()[0]):
            parts.append(inner)
    return " && ".join(parts)


def _is_npm_name(name: str) -> bool:
    return re.fullmatch(r"(?:@[a-z0-9._-]{1,60}/)?[a-z0-9][a-z0-9._-]{0,80}", name) is not None


def _make(paths: Collection[str], read: Read) -> list[Suggestion]:
    for path in ("GNUmakefile", "makefile", "Makefile"):
        targets = _MAKE_TARGET.findall(_text(path, paths, read))
        if targets:
            chosen = "check" if "check" in targets else "test"
            return [Suggestion(runner=Runner.MAKE, argv=("make", chosen))]
    return []


def _text(path: str, paths: Collection[str], read: Read) -> str:
    if path not in paths:
        return ""
    data = read(path)
    return data.decode("utf-8", "replace") if len(data) <= LARGEST_SETTINGS else ""


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _toml(text: str) -> dict[str, Any]:
    if re.search(r"(?:[\w\"'-]+\s*\.\s*){17}", text):  # the standard library's time grows with its square
        return {}
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _json(text: str) -> dict[Any, Any]:
    try:
        return _dict(json.loads(text)) if text else {}
    except (ValueError, RecursionError):
        return {}


def results(runner: Runner, *, status: int | None, output: str, junit: bytes = b"") -> Results:
    """What a run of the tests said; `status` is None where it did not end by itself."""
    passed: set[str] = set()
    failed: set[str] = set()
    told = _junit(junit) if runner is Runner.PYTEST or junit else []
    for name, good in told or _lines(output):
        (passed if good else failed).add(name)
        if len(passed) + len(failed) >= MOST_TESTS:
            break
    return Results(ok=status == 0, passed=frozenset(passed - failed), failed=frozenset(failed))


def _junit(data: bytes) -> list[tuple[str, bool]]:
    """Test cases of a JUnit file, without those that were skipped; one that declares entities is not read."""
    if not data or len(data) > LARGEST_RESULTS or b"<!" in data.replace(b"<![CDATA[", b""):
        return []
    found: list[tuple[str, bool]] = []
    try:
        for case in ElementTree.fromstring(data).iter("testcase"):  # noqa: S314 - no entities can be declared: see above
            inner = {each.tag for each in case}
            if "skipped" not in inner:
                name = f"{case.get('classname') or ''}::{case.get('name') or ''}"[:300]
                found.append((name, not inner & {"failure", "error"}))
    except (ElementTree.ParseError, ValueError, RecursionError):
        return []
    return found


_SAID = (
    (re.compile(r"(PASSED|FAILED|ERROR) (\S+::\S.*?)(?: - .*)?"), ("PASSED",)),  # pytest -rA
    (re.compile(r"()(\w+ \([\w.]+\))(?:\n?.*)? \.\.\. (?P<word>ok|FAIL|ERROR)"), ("ok",)),  # unittest -v
    # TAP 13, "Directives": a test that is skipped, or not yet meant to pass, counts for nothing
    (re.compile(r"\s*(ok|not ok) \d+(?: -)? (?!.*# (?:SKIP|TODO))(.*?)(?: # .*| \{)?"), ("ok",)),
    (re.compile(r"\s*([✓✔✖✗]) (.*?)(?: \([\d.]+ ?m?s\))?"), ("✓", "✔")),  # mocha, node --test
    (re.compile(r"(PASS|FAIL|XPASS|ERROR): (\S.*)"), ("PASS",)),  # automake
)


def _lines(output: str) -> list[tuple[str, bool]]:
    """Tests that a runner named on lines of its own."""
    found: list[tuple[str, bool]] = []
    for line in output.splitlines()[:MOST_TESTS]:
        for pattern, good in _SAID:
            match = pattern.fullmatch(line[:500].rstrip())
            if match and match[2].strip():
                word = match.groupdict().get("word") or match[1]
                found.append((match[2].strip()[:300], word in good))
                break
    return found
