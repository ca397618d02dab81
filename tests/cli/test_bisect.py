"""`headstart bisect` as people and machines meet it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.test_commits import HISTORY, Repository, report_of

from headstart import cli
from headstart.cli.bisect import _plain

ROOT = Path(__file__).resolve().parents[2]
MINIREC = ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow"
sandboxed = pytest.mark.sandbox


@pytest.fixture
def bisect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: object, status: int = 0) -> Any:
        assert cli.run(["bisect", "--data", str(tmp_path / "data"), *map(str, words)]) == status
        said = capsys.readouterr()
        return (json.loads(said.out) if "--json" in words else said.out), said.err

    return run


def advisory(path: Path, *, fixed: str = "1.2.0", name: str = "minirec") -> Path:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": "generic", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    path.write_text(json.dumps({"id": "X-1", "affected": [affected]}))
    return path


@sandboxed
def test_the_range_and_the_evidence_for_each_release_as_json(bisect: Any, tmp_path: Path) -> None:
    said, _ = bisect(MINIREC, "--advisory", advisory(tmp_path / "x.json"), "--json")
    assert said["vers"] == "vers:generic/>=1.1.0|<1.2.1"
    assert said["osv"] == [{"introduced": "1.1.0"}, {"fixed": "1.2.1"}]
    assert said["how"] == "sweep"
    (entry,) = said["affected"]
    assert entry["versions"] == ["1.1.0", "1.2.0"]
    rows = {row["version"]: row for row in said["releases"]}
    assert (rows["1.1.0"]["built"], rows["1.1.0"]["ran"], rows["1.1.0"]["affected"]) == (True, True, "yes")
    assert (rows["1.1.0"]["seen"], rows["1.1.0"]["runs"], rows["1.0.0"]["seen"]) == (2, 2, 0)
    assert said["not_run"] == 0
    assert said["beside"] == [
        {"version": "1.0.0", "ours": "no", "theirs": "yes"},
        {"version": "1.2.0", "ours": "yes", "theirs": "no"},
    ]
    assert [(each["id"], each["agree"]) for each in said["advisories"]] == [("X-1", ["1.1.0", "1.2.1"])]


@sandboxed
def test_people_read_a_table_and_what_differs_from_the_advisory(bisect: Any, tmp_path: Path) -> None:
    said, _ = bisect(MINIREC, "--sweep", "--advisory", advisory(tmp_path / "x.json"))
    assert "vers:generic/>=1.1.0|<1.2.1" in said
    assert "2 of 2" in said
    assert "differs from X-1 on 1.2.0: yes, it says no" in said
    assert "X-1 agrees on 2 of 4" in said


@sandboxed
def test_a_second_run_starts_from_what_was_kept_unless_told_to_start_over(
    bisect: Any, tmp_path: Path
) -> None:
    first, _ = bisect(MINIREC, "--json")
    (book,) = (tmp_path / "data" / "sweeps").iterdir()
    kept = book.read_bytes()
    book.write_bytes(kept.replace(b"heap-buffer-overflow", b"what was kept") + b'{"version": "torn')
    again, _ = bisect(MINIREC, "--json")
    assert "what was kept" in json.dumps(again)
    assert again["vers"] == first["vers"]
    fresh, _ = bisect(MINIREC, "--again", "--json")
    assert fresh["releases"] == first["releases"]


@sandboxed
def test_what_cannot_be_run_ends_with_3_and_what_is_never_affected_with_1(
    bisect: Any, tmp_path: Path
) -> None:
    shutil.copytree(MINIREC, tmp_path / "never")
    shutil.copytree(MINIREC, tmp_path / "broken")
    (trigger,) = (MINIREC / "inputs").glob("trigger*")
    (benign,) = (MINIREC / "inputs").glob("benign*")
    (tmp_path / "never" / "inputs" / trigger.name).write_bytes(benign.read_bytes() * 2)
    text = (MINIREC / "report.toml").read_text().replace("commands = [", 'commands = [["false"], ')
    (tmp_path / "broken" / "report.toml").write_text(text)
    for name, status in (("never", 1), ("broken", 3)):
        said, _ = bisect(tmp_path / name, "--json", status=status)
        assert (said["vers"], said["osv"], said["affected"]) == ("", [], [])
        assert {row["built"] for row in said["releases"]} == {name == "never"}


@sandboxed
def test_commits_of_a_repository_are_named_in_an_osv_range(bisect: Any, tmp_path: Path) -> None:
    made = Repository(tmp_path / "project")
    for kind in HISTORY[:10]:
        made.commit(kind)
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "repo.bundle").write_bytes(made.bundle().read_bytes())
    report_of(folder, f'source = "repo.bundle"\ncommit = "{made.commits[5]}"')
    said, _ = bisect(folder, "--repository", made.path, "--from", made.commits[1], "--json")
    (entry,) = said["affected"]
    assert entry["ranges"] == [
        {"type": "GIT", "events": [{"introduced": made.commits[4]}, {"fixed": made.commits[8]}]}
    ]
    assert said["vers"] == ""
    assert [row["built"] for row in said["releases"]] == [kind != "b" for kind in HISTORY[1:10]]
    told, _ = bisect(folder)
    assert f"introduced in {made.commits[4]}, fixed in {made.commits[8]}" in told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nowhere"], "nowhere"),
        ([MINIREC, "--from", "a"], "--repository"),
        ([MINIREC, "--advisory", "nowhere.json"], "nowhere.json is not an OSV record"),
        ([MINIREC, "--advisory", MINIREC / "report.toml"], "is not an OSV record"),
        ([MINIREC, "--repository", "/nowhere"], "no https:// address, folder"),
        ([MINIREC, "--repository", "http://example.org/x"], "https://"),
        ([ROOT / "examples" / "reports" / "idna-joiner-hang", "--repository", ROOT], "[build]"),
    ],
)
def test_bad_input_is_one_line_and_ends_with_2(words: list[object], why: str, bisect: Any) -> None:
    _, said = bisect(*words, status=2)
    assert said.count("\n") == 1
    assert why in said


@sandboxed
def test_an_advisory_about_something_else_is_bad_input(bisect: Any, tmp_path: Path) -> None:
    _, said = bisect(MINIREC, "--advisory", advisory(tmp_path / "x.json", name="other"), status=2)
    assert "says nothing of the releases of pkg:generic/minirec" in said


def test_words_of_a_run_are_shown_and_not_obeyed() -> None:
    assert _plain("\x1b[2J[red]x[/red]\r\n\u202e") == " \\[2J\\[red]x\\[/red]   " or "\x1b" not in _plain(
        "\x1b"
    )
    from io import StringIO

    from rich.console import Console
    from rich.table import Table

    table, out = Table("why"), StringIO()
    table.add_row(_plain("\x1b[2J[red]x[/red] [link=http://a]b[/link]"))
    Console(file=out, width=200).print(table)
    assert "[red]x[/red] [link=http://a]b[/link]" in out.getvalue()
    assert "\x1b" not in out.getvalue()
