"""`headstart fix`: exit statuses, what it says to machines, and patches that nobody should apply."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from headstart import cli

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow"


def ask(capsys: pytest.CaptureFixture[str], data: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    given = ["--data", str(data), "--receipt", str(data / "receipt.json"), "--seconds", "1", "--json"]
    data.mkdir(exist_ok=True)
    status = cli.run(["fix", *map(str, arguments), *given])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, said


@pytest.mark.sandbox
def test_a_fix_that_holds_and_one_that_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "var"
    status, said = ask(capsys, data, REPORT, REPORT / "fix.patch")
    assert (status, said["holds"]) == (0, True)
    assert [each["result"] for each in said["rungs"][:4]] == ["passed"] * 4
    assert said["rungs"][6]["lines"]
    assert cli.run(["verify", str(data / "receipt.json"), "--data", str(data), "--json"]) == 0
    envelope = json.loads((data / "receipt.json").read_text())
    assert valid(envelope)
    empty = tmp_path / "empty.patch"
    empty.write_text(
        "--- a/minirec.c\n+++ b/minirec.c\n@@ -1 +1,2 @@\n+/* nothing */\n"
         " " + (REPORT / "source" / "minirec.c").read_text().splitlines()[0] + "\n"
    )  # fmt: skip
    capsys.readouterr()
    status, said = ask(capsys, data, REPORT, empty)
    assert (status, said["holds"]) == (1, False)
    assert said["rungs"][2]["result"] == "failed"
    assert said["rungs"][2]["log"]


def valid(envelope: dict[str, Any]) -> bool:
    import base64

    body = json.loads(base64.b64decode(envelope["payload"]))
    schema = json.loads((ROOT / "docs" / "schemas" / "mitigation-1.schema.json").read_text())
    jsonschema_rs.validator_for(schema).validate(body["predicate"])
    return bool(body["predicate"]["variations"]["tried"] and body["predicate"]["sandbox"]["provider"])


BAD = {
    "leaves": b"--- a/../../x\n+++ b/../../x\n@@ -1 +1 @@\n-a\n+b\n",
    "absolute": b"--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n",
    "huge": b"x" * (3 << 20),
    "binary": b"diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 4\nabcd\n",
    "no diff": b"please apply this",
    "not text": b"\xff\xfe\x00",
    "empty": b"",
    "link": b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n",
    "many": b"".join(b"--- a/f%d\n+++ b/f%d\n@@ -1 +1 @@\n-a\n+b\n" % (n, n) for n in range(300)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_patch_is_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patch = tmp_path / "bad.patch"
    patch.write_bytes(BAD[name])
    assert cli.run(["fix", str(REPORT), str(patch), "--data", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [REPORT / "fix.patch"],
        [REPORT, "absent.patch"],
        ["absent"],
        [REPORT, "/dev/zero"],
        [REPORT, REPORT],
        [REPORT, REPORT.parent / "tinytemplate-include-disclose", REPORT / "fix.patch"],
        [REPORT, "--release", "pkg:nonsense"],
    ],
)
def test_what_can_not_be_asked_is_bad_input(
    arguments: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["fix", *map(str, arguments), "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
