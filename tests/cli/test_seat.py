"""`headstart seat`: who sits where, one more, one who leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate

from headstart import cli
from headstart.people import queries
from headstart.people.errors import TokenUnknown

PASSWORD = "a long enough sentence"


@pytest.fixture
def ask(
    cast: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Any:
    """Run a command on the test's own instance: status, and what it printed as JSON."""
    monkeypatch.setattr("headstart.site.start.open_instance", lambda **_: Path())
    assert cast.hub.is_hub
    assert cast.organisation("evaluator")  # both are there
    (tmp_path / "password").write_text(f"{PASSWORD}\n")

    def run(*arguments: str) -> tuple[int, Any]:
        password = ["--password-from", str(tmp_path / "password")] if arguments[0] == "give" else []
        status = cli.run(["seat", *arguments, *password, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


def row(ask: Any, name: str) -> Any:
    (found,) = (each for each in ask("list")[1] if each["name"] == name)
    return found


def test_a_second_person_is_seated_signs_in_and_leaves(cast: Any, ask: Any) -> None:
    assert ask("give", "evaluator", "jo")[0] == 0
    status, given = ask("give", "evaluator", "sam")
    assert (status, given["organisation"]) == (0, cast.evaluator.organisation_id)
    assert authenticate(username="sam", password=PASSWORD)
    viewer = queries.viewer_with(given["token"])
    assert (viewer.organisation_id, viewer.member_id) == (cast.evaluator.organisation_id, given["member"])
    assert row(ask, "sam") == {
        "id": given["member"], "name": "sam", "organisation": "evaluator", "seated_by": None, "left_at": None
    }  # fmt: skip
    status, ended = ask("end", "sam")
    assert (status, ended["member"]) == (0, given["member"])
    assert ended["left_at"] == row(ask, "sam")["left_at"] is not None
    assert authenticate(username="sam", password=PASSWORD) is None
    with pytest.raises(TokenUnknown):
        queries.viewer_with(given["token"])
    assert row(ask, "jo")["left_at"] is None
    revoked = {each.member_id: each.revoked_at for each in queries.tokens(cast.hub) if each.member_id}
    assert [bool(revoked[row(ask, name)["id"]]) for name in ("sam", "jo")] == [True, False]


def test_a_token_may_go_to_a_file_that_its_owner_alone_reads(ask: Any, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    status, given = ask("give", "evaluator", "sam", "--token-file", str(kept))
    assert (status, "token" in given) == (0, False)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert queries.viewer_with(kept.read_text().strip()).member_id == given["member"]
    status, said = ask("give", "evaluator", "kim", "--token-file", str(kept))
    assert (status, said["error"]["code"]) == (2, "file-unfit")
    assert "kim" not in [each["name"] for each in ask("list")[1]]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["give", "nobody", "sam"], "organisation-not-found"),
        (["give", "evaluator", "jo"], "name-taken"),
        (["give", "evaluator", ""], "words-wrong"),
        (["end", "nobody"], "member-not-found"),
        (["end", "%"], "member-not-found"),
    ],
)
def test_what_can_not_be_is_said_in_a_line(ask: Any, arguments: list[str], code: str) -> None:
    ask("give", "evaluator", "jo")
    status, said = ask(*arguments)
    assert (status, said["error"]["code"]) == (2, code)
    assert len(ask("list")[1]) == 1


def test_who_has_left_can_not_leave_again(ask: Any) -> None:
    ask("give", "evaluator", "sam")
    ask("end", "sam")
    status, said = ask("end", "sam")
    assert (status, said["error"]["code"]) == (2, "member-not-found")


def test_a_weak_password_seats_nobody(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("12345678\n")
    status, said = ask("give", "evaluator", "sam")
    assert (status, said["error"]["code"]) == (2, "password-weak")
    assert ask("list")[1] == []


def test_people_read_who_sits_where(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ask("give", "evaluator", "[red]jo")
    ask("give", "evaluator", "sam")
    ask("end", "sam")
    assert cli.run(["seat", "list"]) == 0
    said = capsys.readouterr().out
    assert "[red]jo of evaluator\n" in said
    assert "sam of evaluator, left 20" in said
