"""`headstart programme`: the rules that windows are held under, from plain files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headstart import cli
from headstart.reviews.work import SHIPPED, programmes

NAMES = [each.id for each in programmes()]
Ran = Any


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command: its status, standard output, standard error."""

    def ran(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(["programme", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return ran


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A programme of one's own: the order's, with 21 days."""
    path = tmp_path / "mine.toml"
    text = (SHIPPED / "eo14409.toml").read_text()
    path.write_text(text.replace('id = "eo14409"', 'id = "mine"').replace("= 30", "= 21"))
    return path


def test_the_list_names_each_programme_with_its_length_and_what_is_assumed(run: Ran) -> None:
    status, out, err = run("list")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == NAMES
    assert "eo14409-draft  draft, 90 days to release to other trusted partners" in out
    assert "caisi  in force, 30 days (assumed) to release of the model" in out


def test_the_list_is_data_for_machines(run: Ran) -> None:
    _, out, _ = run("list", "--json")
    held = {each["id"]: each for each in json.loads(out)}
    assert list(held) == NAMES
    assert held["eo14409-proposal"]["longest_window_days"] == 14
    assert held["eo14409"]["tiers"][0] == {"tier": "critical-infrastructure", "from_day": 1}


@pytest.mark.parametrize("name", NAMES)
def test_one_is_shown_with_its_terms_its_sources_and_what_is_weak(run: Ran, name: str) -> None:
    status, out, _ = run("show", name)
    assert status == 0
    (found,) = (each for each in programmes() if each.id == name)
    for each in (found.name, found.legal_basis, *found.terms, *found.firm, *found.weak):
        assert each in out
    assert out.index("Sources") < out.index("Weak")
    assert "Weak: " not in out


def test_one_is_shown_as_data_with_every_field(run: Ran) -> None:
    _, out, _ = run("show", "eu-ai-act", "--json")
    held = json.loads(out)
    assert held["voluntary"] is False
    assert set(held) == set(programmes()[0].__struct_fields__)


def test_a_file_of_ones_own_is_shown_and_compared(run: Ran, mine: Path) -> None:
    assert run("show", str(mine), "--json")[0] == 0
    status, out, _ = run("diff", "eo14409", str(mine))
    assert status == 1
    assert out.splitlines() == ["Longest window, in days", "  eo14409: 30", "  mine: 21"]


def test_two_that_differ_end_with_one_and_two_that_do_not_with_nought(run: Ran) -> None:
    status, out, _ = run("diff", "eo14409", "eo14409-draft", "--json")
    told = json.loads(out)
    assert (status, told["first"], told["second"]) == (1, "eo14409", "eo14409-draft")
    assert {"field": "longest_window_days", "first": 30, "second": 90} in told["differences"]
    assert run("diff", "caisi", "caisi") == (0, "caisi and caisi have the same rules\n", "")
    assert json.loads(run("diff", "caisi", "caisi", "--json")[1])["differences"] == []


def test_what_one_of_two_has_not_is_said_in_words(run: Ran) -> None:
    _, out, _ = run("diff", "eo14409", "caisi")
    said = out[out.index("partners reach the model: defender") :].splitlines()
    assert said[1:3] == ["  eo14409: 8", "  caisi: nothing is said"]


@pytest.mark.parametrize("json_", [False, True])
def test_an_approval_step_is_refused_in_one_line(run: Ran, mine: Path, json_: bool) -> None:
    mine.write_text("approval_required = true\n" + mine.read_text())
    status, out, err = run("show", str(mine), *(["--json"] if json_ else []))
    assert status == 2
    assert err.count("\n") == 1
    assert "the key approval_required would be an approval step, and there is no such state" in err
    assert not json_ or json.loads(out)["error"]["code"] == "programme-invalid"


@pytest.mark.parametrize("command", [("show", "nope"), ("diff", "eo14409", "nope"), ("show", "nope.toml")])
def test_a_programme_that_is_not_there_is_bad_input(run: Ran, command: tuple[str, ...]) -> None:
    status, _, err = run(*command)
    assert status == 2
    assert "no such programme; shipped are" in err


def test_it_needs_neither_django_nor_a_data_folder(tmp_path: Path) -> None:
    code = "import sys; sys.modules['django'] = None; from headstart.cli import main; main(['programme', 'list'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
