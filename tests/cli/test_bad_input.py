"""Bad input at the command line: one line that says what is wrong, its exit status, and nothing written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "reports-offline" / "minirec-length-truncated"

Spoil = Callable[[Path], None]


def replace(old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / "report.toml").read_text()
        assert old in text
        (folder / "report.toml").write_text(text.replace(old, new))

    return spoil


def no_report(folder: Path) -> None:
    (folder / "report.toml").unlink()


def no_input(folder: Path) -> None:
    shutil.rmtree(folder / "inputs")


def a_gigabyte(folder: Path) -> None:
    with (folder / "inputs" / "huge.txt").open("wb") as file:
        file.truncate(1 << 30)


def a_link_out(folder: Path) -> None:
    (folder / "inputs" / "link.txt").symlink_to("/etc/passwd")


def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "inputs" / "pipe")


def no_toml(folder: Path) -> None:
    (folder / "report.toml").write_bytes(b"\xff\xfe not toml")


def a_deep_one(folder: Path) -> None:
    (folder / "report.toml").write_text("x = " + "[" * 60_000)


SPOILT: dict[str, tuple[Spoil, str]] = {
    "no report.toml": (no_report, "report.toml"),
    "no inputs": (no_input, "inputs/"),
    "an unknown expect": (replace('expect = "crash"', 'expect = "crush"'), "crash"),
    "a wrong type": (replace("format = 1", 'format = "one"'), "format"),
    "a path outside": (replace("inputs/", "../inputs/"), "inside the folder"),
    "an absolute path": (replace('"inputs/', '"/etc/inputs/'), "inside the folder"),
    "a file of a gigabyte": (a_gigabyte, "huge.txt"),
    "a link": (a_link_out, "link.txt"),
    "a pipe": (a_pipe, "pipe"),
    "no text": (no_toml, "report.toml"),
    "deep nesting": (a_deep_one, "report.toml"),
}


@pytest.mark.parametrize("command", ["prove", "bisect"])
@pytest.mark.parametrize("name", SPOILT)
def test_a_report_that_breaks_a_rule_is_bad_input_in_one_line(
    name: str,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "report"
    shutil.copytree(EXAMPLE, folder)
    spoil, word = SPOILT[name]
    spoil(folder)
    assert cli.run([command, str(folder), "--data", str(tmp_path / "data")]) == 2
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    assert word in said
    assert not (tmp_path / "receipt.json").exists()


def test_a_folder_that_is_not_there_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["prove", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_sandbox_that_nobody_knows_could_not_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADSTART_SANDBOX", "nonsense")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["prove", str(EXAMPLE), "--data", str(tmp_path / "data")]) == 3
    assert "nonsense" in capsys.readouterr().err
    assert not (tmp_path / "receipt.json").exists()


def test_verifying_without_a_key_needs_one_that_was_made_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["verify", str(tmp_path / "receipt.json"), "--data", str(tmp_path / "data")]) == 2
    assert "--key" in capsys.readouterr().err


@pytest.mark.sandbox
def test_a_receipt_is_verified_by_this_places_own_key_and_by_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headstart.ledger.work import hub_key

    monkeypatch.chdir(tmp_path)
    data, other = tmp_path / "data", tmp_path / "other"
    cli.run(["prove", str(EXAMPLE), "--runs", "1", "--no-contrast", "--data", str(data)])
    assert cli.run(["verify", "receipt.json", "--data", str(data)]) == 0
    hub_key(other)
    assert cli.run(["verify", "receipt.json", "--data", str(other)]) == 1


@pytest.mark.sandbox
def test_what_did_nothing_shows_its_last_words_without_what_a_terminal_acts_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "report"
    shutil.copytree(EXAMPLE.parent / "tinytemplate-include-disclose", folder)
    (folder / "inputs" / "trigger.txt").write_text("harmless")
    (folder / "harness.py").write_text(
        "import sys\nprint('\\x1b[2Jgone: \\u202e[red]', sys.argv[0], file=sys.stderr)"
    )
    assert cli.run(["prove", str(folder), "--runs", "1", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().out
    assert "gone: " in said
    assert "[red]" in said
    assert not {"\x1b", "\u202e"} & set(said)
