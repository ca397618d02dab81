"""`headstart minimise`: exit statuses, and what it says to machines."""

import json
from pathlib import Path

import pytest

from headstart import cli

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow"


@pytest.mark.sandbox
def test_a_smaller_trigger_is_written_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "small"
    asked = [
        "minimise",
        str(REPORT),
        "--out",
        str(out),
        "--runs",
        "6",
        "--data",
        str(tmp_path / "var"),
        "--json",
    ]
    assert cli.run(asked) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["reproduced"]
    assert said["runs"] <= 6
    (trigger,) = said["triggers"]
    assert trigger["after_bytes"] == (out / trigger["path"]).stat().st_size <= trigger["before_bytes"] == 15
    assert (trigger["k"], trigger["n"], trigger["control"]) == (3, 3, "silent")
    assert cli.run(asked) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "folder-taken"


def test_what_is_no_report_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["minimise", str(tmp_path / "absent"), "--out", str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
