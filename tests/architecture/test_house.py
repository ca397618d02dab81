"""The house stays a house: rooms in a line, the same files in each, no ORM outside queries and services."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "headstart"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXCEPTIONS: dict[str, str] = PROJECT.get("tool", {}).get("headstart", {}).get("over-budget", {})
DOORS = {"api", "web", "cli", "gateway", "exercise", "worker", "site"}
ROOMS = sorted(
    each.name for each in SOURCE.iterdir() if (each / "__init__.py").exists() and each.name not in DOORS
)
FILES = {
    "__init__.py", "rules.py", "rules", "errors.py", "ports.py", "providers", "work.py", "work", "models.py",
    "migrations", "queries.py", "queries", "services.py", "services",
}  # fmt: skip


def modules() -> list[Path]:
    return sorted(each for each in SOURCE.rglob("*.py") if "migrations" not in each.parts)


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_takes_gives_and_never_does(room: str) -> None:
    tree = ast.parse((SOURCE / room / "__init__.py").read_text())
    text = ast.get_docstring(tree) or ""
    assert all(f"\n{word}:" in text for word in ("Takes", "Gives", "Never"))
    assert all(isinstance(each, ast.Expr) for each in tree.body), (
        "a room's __init__ holds its docstring alone"
    )


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_the_same_files(room: str) -> None:
    data = {"programmes", "tables", "families", "kit", "preloads"}  # data files and plug-ins of one room
    found = {each.name for each in (SOURCE / room).iterdir() if each.name != "__pycache__"}
    assert found <= FILES | data


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([each for each in names if each not in ("self", "cls")])


def over_budget() -> Iterator[str]:
    for path in modules():
        text = path.read_text()
        if len(text.splitlines()) > 400:
            yield relative(path)
        for each in functions(ast.parse(text)):
            lines = (each.end_lineno or each.lineno) - each.lineno + 1
            if lines > 50 or parameters(each) > 7:
                yield f"{relative(path)}:{each.name}"


def test_files_functions_and_parameters_keep_to_their_budgets() -> None:
    assert sorted(set(over_budget()) - set(EXCEPTIONS)) == []


def test_every_exception_to_the_budgets_is_still_needed_and_has_a_reason() -> None:
    assert set(EXCEPTIONS) <= set(over_budget())
    assert all(len(reason) > 10 for reason in EXCEPTIONS.values())


def test_the_orm_is_used_in_queries_and_services_alone() -> None:
    users = {
        relative(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    }
    at_home = {"queries", "services"}
    assert {each for each in users if at_home.isdisjoint({Path(each).stem, *Path(each).parts})} == set()


def runtime_imports(tree: ast.AST) -> Iterator[str]:
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def test_doors_read_by_queries_and_write_by_services() -> None:
    breaches = {
        (relative(path), name)
        for door in DOORS - {"worker", "site"}
        for path in (SOURCE / door).rglob("*.py")
        for name in runtime_imports(ast.parse(path.read_text()))
        if re.fullmatch(r"headstart\.\w+\.models(\..*)?", name) or name.startswith("django.db.models")
    }
    assert breaches == set()


def test_djangos_http_is_imported_in_the_doors_alone() -> None:
    http = re.compile(r"(django\.(http|shortcuts|views|urls)|ninja|allauth)\b")
    breaches = {
        (relative(path), name)
        for path in modules()
        if path.relative_to(SOURCE).parts[0] not in DOORS
        for name in runtime_imports(ast.parse(path.read_text()))
        if http.match(name)
    }
    assert breaches == set()


def test_the_machine_is_asked_for_the_time_in_one_place() -> None:
    asked = re.compile(r"datetime\.now\(|datetime\.utcnow\(|timezone\.now\(|date\.today\(")
    found = {relative(path) for path in modules() if asked.search(path.read_text())}
    assert found <= {"clock.py"}


def test_the_exercise_alone_moves_the_calendar() -> None:
    moved = re.compile(r"clock\.(travel_to|set_shift)\(|from headstart\.clock import")
    found = {relative(path) for path in modules() if moved.search(path.read_text())}
    assert {each for each in found if not each.startswith("exercise/")} == set()


def test_there_are_no_signals() -> None:
    found = {relative(path) for path in modules() if "django.dispatch" in path.read_text()}
    assert found == set()


def test_nothing_in_the_house_can_hold_a_release_back() -> None:
    """No state, verb, field or endpoint of that name: the window never blocks a release."""
    forbidden = re.compile(r"^(approve|deny|block|veto|gate|license|permit|hold)_?(release|model|review)?$")
    for room in ("reviews", "access", "outcomes", "gateway", "api", "web", "worker", "cli"):
        for path in (SOURCE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(node, "name", None) or getattr(node, "attr", None) or getattr(node, "id", None)
                assert not (isinstance(name, str) and forbidden.match(name.lower())), f"{path}: {name}"


def test_the_map_of_rooms_names_the_rooms_in_their_order() -> None:
    page = (ROOT / "docs" / "design" / "house.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)
    layers = next(each for each in PROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    in_order = [each for each in reversed(layers["layers"]) if each in ROOMS]
    assert [each for each in named if each in ROOMS] == in_order
    assert set(in_order) == set(ROOMS)


def test_rules_and_work_import_with_django_absent() -> None:
    """In a fresh interpreter in which importing Django fails."""
    names = sorted(
        f"headstart.{room}.{part}"
        for room in ROOMS
        for part in ("rules", "work")
        if (SOURCE / room / f"{part}.py").exists() or (SOURCE / room / part / "__init__.py").exists()
    )
    code = f"import sys; sys.modules['django'] = None\nimport importlib\nfor n in {names!r}: importlib.import_module(n)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_pipeline_names_verbs_that_exist() -> None:
    from headstart.worker.flow import FLOW

    for row in FLOW:
        room, verb = row.verb.split(".")
        module = __import__(f"headstart.{room}.services", fromlist=[verb])
        assert callable(getattr(module, verb))


ONE_ROW_OR_A_SET = {
    "ledger.Audience": "a set of readers",
    "ledger.Edge": "one row",
    "findings.Reader": "a set of readers",
    "vulnerabilities.Reader": "a set of readers",
    "exposure.Component": "a set: matched, and listed by its inventory",
    "people.Member": "listed by organisation, in queries",
    "access.Gateway": "a set: those that live",
    "access.KeptWords": "one row for a request",
    "cases.Proposal": "a set: the shortest counts",
    "advisories.Shelf": "one row for a tier",
    "worker.Cursor": "one row",
}


def test_every_table_that_is_listed_has_an_order() -> None:
    """Without one PostgreSQL gives its rows in an order of its own, another one on another day."""
    unordered = {
        each._meta.label
        for each in apps.get_models()
        if each.__module__.startswith("headstart.") and not each._meta.ordering
    }
    assert unordered == set(ONE_ROW_OR_A_SET)
