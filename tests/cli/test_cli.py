"""The command line: four exit statuses, one clear line, help with an example, an instant start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from headstart import cli
from headstart.cli import bench
from headstart.errors import Conflict, Forbidden, Invalid, NotFound, Unable

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", bench.COMMANDS)
def test_every_part_of_bench_has_help_with_an_example_and_speaks_json(name: str) -> None:
    shown = CliRunner().invoke(cli.headstart, ["bench", name, "--help"]).output
    assert f"Example: headstart bench {name}" in shown
    assert "--json" in shown


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_with_an_example_and_speaks_json(name: str) -> None:
    shown = CliRunner().invoke(cli.headstart, [name, "--help"]).output
    assert f"Example: headstart {name}" in shown
    assert "--json" in shown or "\nCommands:\n" in shown


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 2),
        (Forbidden("x"), 2),
        (Conflict("x"), 2),
        (Invalid("x"), 2),
        (Unable("x"), 3),
        (OSError("x"), 3),
    ],
)
def test_each_root_of_errors_has_its_status_and_says_one_line(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli.headstart, "main", fail)
    assert cli.run(["doctor"]) == status
    assert capsys.readouterr().err.strip().count("\n") == 0


def test_errors_are_json_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["match", "nothing-here.json", "--advisories", "nowhere", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["error"]["message"].startswith("nothing-here.json")


def test_an_unknown_command_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["approve"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_the_plain_file_commands_start_without_django_or_inspect() -> None:
    heavy = "('django', 'inspect_ai', 'duckdb', 'scipy', 'dbos')"
    names = ["prove", "bisect", "match", "verify", "doctor"]
    code = (
        f"import importlib, sys; [importlib.import_module('headstart.cli.' + n) for n in {names!r}];"
        f"print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_reference_of_the_command_line_is_true() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import docs; sys.stdout.write(docs.cli())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ROOT / "docs" / "cli.md").read_text() == done.stdout, "run `make docs`"


def test_the_page_of_the_families_is_true() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import docs; sys.stdout.write(docs.families())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ROOT / "docs" / "families.md").read_text() == done.stdout, "run `make docs`"


def test_the_description_of_the_api_is_true() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import docs; sys.stdout.write(docs.api())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ROOT / "docs" / "openapi.json").read_text() == done.stdout, "run `make docs`"
    assert json.loads(done.stdout)["openapi"].startswith("3.1")


def test_the_commands_that_the_readme_shows_exist() -> None:
    import re

    shown = set(re.findall(r"headstart ([a-z]+)", (ROOT / "README.md").read_text()))
    assert shown <= set(cli.COMMANDS)
