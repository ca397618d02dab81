"""`bench report` and `bench compare`: for people, for machines, and as a file."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tests.simulators import runs
from tests.simulators.runs import Made

from headstart import cli
from headstart.benchmarks.rules.items import Outcome

SCHEMA = Path(__file__).resolve().parents[2] / "docs/schemas/evaluation-1.schema.json"
HOSTILE = "model \x1b]0;owned\x07\x1b[2J[red]x[/red] \u202egnp.exe"


def run_of(tmp_path: Path, name: str, **made: Any) -> str:
    runs.write(tmp_path / name, Made(**made))
    return str(tmp_path / name)


def test_a_report_is_told_to_people_with_its_interval_and_its_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strong = run_of(tmp_path, "a", items=40, ability=3.0, shares={Outcome.REFUSED: 0.2})
    weak = run_of(tmp_path, "b", items=40, ability=-6.0, model="reference/fuzzer", header={"snapshot": ""})
    assert cli.run(["bench", "report", strong, "--against", weak]) == 0
    out = capsys.readouterr().out
    for words in ("with 95% certainty between", "Its interval lies wholly above that of reference/fuzzer.",
                  "What it does not show:", "refused", "commitment"):  # fmt: skip
        assert words in out


def test_the_json_is_of_the_schemas_form_one_or_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_bytes()))
    both = [run_of(tmp_path, "a", items=9), run_of(tmp_path, "b", items=0)]
    assert cli.run(["bench", "report", both[0], "--json"]) == 0
    assert schema.is_valid(json.loads(capsys.readouterr().out))
    assert cli.run(["bench", "report", *both, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [len(each["others"]) for each in found] == [1, 1]
    assert all(schema.is_valid(each) for each in found)


def test_the_file_is_written_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = run_of(tmp_path, "a", items=9), tmp_path / "report.html"
    assert cli.run(["bench", "report", run, "--html", str(file)]) == 0
    assert f"written: {file}" in capsys.readouterr().out
    assert file.read_text().startswith("<!doctype html>")
    assert cli.run(["bench", "report", run, run, "--html", str(file)]) == 2


def test_what_a_model_is_called_does_nothing_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(tmp_path, "a", items=9, model=HOSTILE, families=("find-parser-flaw", HOSTILE))
    assert cli.run(["bench", "report", run]) == 0
    assert cli.run(["bench", "compare", run, run]) == 0
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_two_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strong, weak = (run_of(tmp_path, name, items=60, ability=at) for name, at in (("a", 4.0), ("b", -4.0)))
    assert cli.run(["bench", "compare", strong, weak]) == 0
    assert "is abler than" in capsys.readouterr().out
    assert cli.run(["bench", "compare", weak, strong, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["standing"] == "below"
    assert found["difference"]["high"] < 0
    assert found["format"] == "urn:headstart:comparison:1"


@pytest.mark.parametrize("broken", ["nowhere", "empty", "no plan"])
def test_what_is_no_run_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    folder = tmp_path / broken
    if broken != "nowhere":
        folder.mkdir()
    if broken == "no plan":
        runs.write(folder, Made(items=1))
        (folder / "plan.json").unlink()
    assert cli.run(["bench", "report", str(folder)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert cli.run(["bench", "compare", str(folder), str(folder)]) == 2
