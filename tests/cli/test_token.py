"""`headstart token`: which there are, one more, one less."""

import json
from pathlib import Path
from typing import Any

import pytest

from headstart import cli
from headstart.people import queries, services
from headstart.people.errors import TokenUnknown


@pytest.fixture
def ask(cast: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on the test's own instance: status, and what it printed as JSON."""
    monkeypatch.setattr("headstart.site.start.open_instance", lambda **_: Path())
    services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)

    def run(*arguments: str) -> tuple[int, Any]:
        status = cli.run(["token", *arguments, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_a_token_is_given_listed_and_taken_back(cast: Any, ask: Any) -> None:
    status, given = ask("give", "evaluator", "--label", "laptop", "--member", "jo")
    assert status == 0
    viewer = queries.viewer_with(given["token"])
    assert (viewer.member_id, viewer.organisation_id) == (given["member"], cast.evaluator.organisation_id)
    (row,) = (each for each in ask("list")[1] if each["label"] == "laptop")
    assert (row["organisation"], row["member"], row["revoked_at"]) == ("evaluator", "jo", None)
    assert given["token"] not in json.dumps(row)
    assert ask("revoke", row["id"])[0] == 0
    with pytest.raises(TokenUnknown):
        queries.viewer_with(given["token"])
    (row,) = (each for each in ask("list")[1] if each["label"] == "laptop")
    assert row["revoked_at"] is not None


def test_without_a_person_it_is_the_machines(cast: Any, ask: Any) -> None:
    status, given = ask("give", "evaluator")
    assert (status, given["member"]) == (0, None)
    assert queries.viewer_with(given["token"]) == cast.evaluator


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["give", "nobody"], "organisation-not-found"),
        (["give", "evaluator", "--member", "nobody"], "member-not-found"),
        (["give", "Hub", "--member", "jo"], "member-not-found"),  # jo sits elsewhere
        (["give", "evaluator", "--label", ""], "words-wrong"),
        (["revoke", "0123456789ab"], "token-not-found"),
        (["revoke", "%"], "token-not-found"),
    ],
)
def test_what_is_not_here_is_said_in_a_line(ask: Any, arguments: list[str], code: str) -> None:
    status, said = ask(*arguments)
    assert (status, said["error"]["code"]) == (2, code)


def test_people_read_whose_each_token_is(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ask("give", "evaluator", "--member", "jo", "--label", "[red]laptop")
    ask("give", "evaluator", "--label", "ci")
    assert cli.run(["token", "list"]) == 0
    said = capsys.readouterr().out
    assert "jo of evaluator: [red]laptop" in said
    assert "evaluator, a machine: ci" in said
