"""`headstart review`: a client of the hub, bounded, with one line for each refusal; keys stay where they are."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.api.windows import World

from headstart import cli
from headstart.cli import review

Run = Callable[..., Any]


@pytest.mark.parametrize("name", review.COMMANDS)
def test_every_part_of_review_has_help_with_an_example_and_speaks_json(name: str) -> None:
    shown = CliRunner().invoke(cli.headstart, ["review", name, "--help"]).output
    assert f"Example: headstart review {name}" in shown
    assert "--json" in shown or "Commands:" in shown


def below() -> list[tuple[str, str]]:
    import click

    found = []
    for name in review.COMMANDS:
        group = review.command.get_command(click.Context(review.command), name)
        if isinstance(group, click.Group):
            found += [(name, each) for each in group.list_commands(click.Context(group))]
    return found


@pytest.mark.parametrize(("group", "name"), below())
def test_every_command_below_has_help_with_an_example_and_speaks_json(group: str, name: str) -> None:
    shown = CliRunner().invoke(cli.headstart, ["review", group, name, "--help"]).output
    assert f"Example: headstart review {group} {name}" in shown
    assert "--json" in shown


def test_no_command_can_hold_a_release_back() -> None:
    names = {*review.COMMANDS, *(each for pair in below() for each in pair)}
    assert names.isdisjoint(
        {"approve", "deny", "block", "gate", "hold", "license", "delay", "permit", "veto"}
    )


# ---- a hub that is not one


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`headstart review list` against whatever answers; its status, and what it said on standard error."""

    def ask(handler: Callable[[httpx.Request], httpx.Response], *arguments: str) -> tuple[int, str]:
        real = httpx.Client
        transport = httpx.MockTransport(handler)
        monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=transport, **options))
        monkeypatch.setenv("HEADSTART_TOKEN", "hst_secret")
        status = cli.run(["review", *(arguments or ("list",))])
        said = capsys.readouterr()
        assert "hst_secret" not in said.out + said.err
        return status, said.err.strip()

    return ask


def forever(content: bytes) -> Any:
    while True:
        yield content


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (lambda _: httpx.Response(200, content=forever(b"x" * 65536)), 3, "more than 16 MiB"),
        (lambda _: httpx.Response(200, content=b"<html>"), 3, "something else than JSON"),
        (lambda _: httpx.Response(200, content=b"[" * 100_000), 3, "something else than JSON"),
        (lambda _: httpx.Response(200, json={"items": [1], "count": 10**9}), 3, "more than 10000 items"),
        (lambda _: httpx.Response(302, headers={"Location": "https://elsewhere.example/"}), 3, "302"),
        (lambda _: httpx.Response(500, content=b"oh"), 3, "500 and no reason"),
        (lambda _: httpx.Response(404, json=[]), 3, "404 and no reason"),
        (lambda _: httpx.Response(503, json={"code": "unfit", "message": "no sandbox"}), 3, "no sandbox"),
        (
            lambda _: httpx.Response(403, json={"code": "not-theirs", "message": "only a may"}),
            2,
            "only a may",
        ),
        (
            lambda _: httpx.Response(422, json={"code": "x", "message": "two\nlines\x1b[2J\u202e"}),
            2,
            "two lines␛[2J⟦U+202E⟧",
        ),
    ],
)
def test_what_is_no_hub_is_told_in_one_line(answers: Run, answer: Any, status: int, says: str) -> None:
    got, line = answers(answer)
    assert got == status
    assert says in line
    assert "\n" not in line


def test_nobody_answers(answers: Run) -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    status, line = answers(refused)
    assert status == 3
    assert line.startswith("headstart: no answer from http://127.0.0.1:8080 (Connection refused)")


def test_a_redirect_is_not_followed_with_the_token(answers: Run) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})

    answers(elsewhere)
    assert asked == ["127.0.0.1"]


@pytest.mark.parametrize(
    "address",
    [
        "http://hub.example",
        "ftp://hub.example",
        "hub.example",
        "https://a:b@hub.example",
        "http://[",
        "https://h?x=1",
    ],
)
def test_a_token_goes_to_no_address_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setenv("HEADSTART_HUB", address)
    assert cli.run(["review", "list"]) == 2
    assert capsys.readouterr().err.startswith("headstart: HEADSTART_HUB is")


def test_without_a_token_it_says_where_one_comes_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hub: Run
) -> None:
    monkeypatch.delenv("HEADSTART_TOKEN", raising=False)
    assert cli.run(["review", "list", "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "token-missing"
    assert "HEADSTART_TOKEN" in said.err


# ---- a hub that is one


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    """The commands speak with this process's own hub, without a socket, in the test's own transaction."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    real = httpx.Client
    app = WSGIHandler()
    monkeypatch.setattr(
        httpx, "Client", lambda **options: real(transport=httpx.WSGITransport(app=app), **options)
    )
    monkeypatch.setenv("HEADSTART_HUB", "http://127.0.0.1:8080")
    for each in (request_started, request_finished):
        each.disconnect(close_old_connections)
    yield
    for each in (request_started, request_finished):
        each.connect(close_old_connections)


@pytest.fixture
def desk(
    hub: None, cast: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Run:
    """`desk(who, "show", ...)`: a command of theirs, with their person's token; its output, or its refusal."""
    world = World(cast)
    monkeypatch.chdir(tmp_path)

    def run(who: str, *arguments: str, status: int = 0, machine: bool = False) -> Any:
        seat = world.seat(who)
        key = tmp_path / f"{who}.pem"
        if not key.exists():
            key.write_bytes(seat.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        monkeypatch.setenv("HEADSTART_TOKEN", seat.token if machine else seat.person)
        capsys.readouterr()
        assert cli.run(["review", *arguments]) == status, capsys.readouterr()
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in arguments and status == 0 else said.out + said.err

    for who in ("developer", "authority", "evaluator", "partner", "hub"):
        world.seat(who)
    return run


def test_a_review_from_the_enquiry_to_the_summary(desk: Run, tmp_path: Path) -> None:
    (tmp_path / "about.txt").write_text("Writes code.")
    (tmp_path / "results.md").write_text("It solved 12 of 40.")
    made = desk(
        "developer", "enquire", "Model 7", "--programme", "eo14409", "--about", "about.txt",
        "--release-on", "2027-02-01", "--json",
    )  # fmt: skip
    assert made["programme"] == "eo14409"
    assert "advisory" in desk("developer", "evidence", "Model 7", "results.md", "--title", "Ours")
    assert "Ours" in desk("authority", "document", "list", "Model 7")
    assert "12 of 40" in desk("authority", "document", "read", "Model 7", "Ours")
    said = desk(
        "authority", "determine", "Model 7", "cant-say-yet", "--criterion", "autonomy=unknown: no run yet",
        "--evidence", "all", "--key", "authority.pem",
    )  # fmt: skip
    assert "you sign:" in said
    assert "answered: can't say yet, answer 1" in said
    shown = desk("developer", "show", "Model 7")
    assert "answer 1  can't say yet, signed by The authority" in shown
    assert "autonomy: unknown  no run yet" in shown
    (tmp_path / "terms.toml").write_text('access_level = "AL1"\nsafeguards = "off"\n')
    proposed = desk(
        "developer", "agree", "propose", "Model 7", "terms.toml", "--with", "The evaluator", "--json"
    )
    assert "missing" in desk("developer", "agree", "sign", "Model 7", "--key", "developer.pem")
    assert "in force" in desk("evaluator", "agree", "sign", proposed["id"], "--key", "evaluator.pem")
    assert "in force" in desk("evaluator", "agree", "show", proposed["id"])
    opened = desk("developer", "open", "Model 7", "--to", "The evaluator", "--days", "21")
    assert "may reach the model until" in opened
    assert "written: window.ics" in desk("evaluator", "calendar", "Model 7", "--out", "window.ics")
    assert (tmp_path / "window.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert "no interests" in desk("evaluator", "declare", "Model 7", "--none")
    shown = desk("evaluator", "show", "Model 7")
    assert "20 days and 23 hours left" in shown
    assert "not yours to read" in shown
    (tmp_path / "report.md").write_text("It finds planted flaws.")
    (tmp_path / "reply.md").write_text("With a scaffold, yes.")
    desk(
        "evaluator",
        "report",
        "hand",
        "Model 7",
        "report.md",
        "--title",
        "What it can do",
        "--tlp",
        "TLP:AMBER",
    )
    assert "there is none" in desk("authority", "report", "list", "Model 7")
    assert "replied to" in desk("developer", "reply", "Model 7", "What it can do", "reply.md")
    assert "With a scaffold" in desk("authority", "report", "read", "Model 7", "What it can do")
    assert "released, on" in desk("developer", "release", "Model 7")
    assert "ended (release)" in desk("hub", "show", "Model 7")
    assert "published:" in desk("hub", "summary", "publish", "Model 7")
    assert "eo14409, ended by release" in desk("partner", "summary", "list")
    assert "1 reviews" in desk("partner", "summary", "together")
    assert "answer 1: can't say yet" in desk("developer", "record", "Model 7", "--out", "record")
    verified = ["verify", "record/determination-1.dsse.json", "--key", "record/determination-1.pub.pem"]
    assert cli.run(verified) == 0


@pytest.fixture
def asked(desk: Run) -> str:
    """A review that was asked for; its id."""
    return str(desk("developer", "enquire", "Model 7", "--programme", "eo14409", "--json")["id"])


def test_a_partner_takes_two_signatures_and_goes_with_one_word(desk: Run, asked: str) -> None:
    proposed = desk(
        "developer", "partner", "propose", "Model 7", "The partner", "--reason", "Defends 200 utilities.",
        "--tier", "critical-infrastructure", "--scope", "chat", "--key", "developer.pem",
    )  # fmt: skip
    assert "The partner: signed; the other side's signature is missing" in proposed
    assert "proposed; signed by The developer" in desk("authority", "partner", "list", "Model 7")
    signed = desk("authority", "partner", "sign", "Model 7", "The partner", "--key", "authority.pem")
    assert "reason: Defends 200 utilities." in signed
    assert "The partner: in force" in signed
    said = desk("authority", "partner", "revoke", "Model 7", "The partner", "--reason", "Its key was lost.")
    assert "reaches the model no more" in said
    assert "revoked" in desk("developer", "partner", "list", "Model 7")
    again = desk("authority", "partner", "sign", "Model 7", "The partner", "--key", "authority.pem", status=2)
    assert again.startswith("headstart: there is no partner called The partner")


def test_words_are_signed_elsewhere_in_two_steps(desk: Run, asked: str, tmp_path: Path) -> None:
    said = desk("authority", "determine", asked, "covered", "--words", "words.json")
    assert "headstart review sign words.json --key" in said
    assert desk("developer", "show", asked, "--json")["determinations"] == []
    assert "answer: covered" in desk(
        "authority", "sign", "words.json", "--key", "authority.pem", "--out", "s.json"
    )
    again = desk("authority", "sign", "words.json", "--key", "authority.pem", "--out", "s.json", status=2)
    assert "is there already" in again
    other = desk("authority", "determine", asked, "not-covered", "--signed", "s.json", status=2)
    assert "headstart:" in other
    assert "answered: covered" in desk("authority", "determine", asked, "covered", "--signed", "s.json")


def test_a_hub_that_hands_other_words_gets_no_signature(
    desk: Run, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headstart.cli.hub import Hub

    honest = Hub.post

    def lying(self: Hub, path: str, body: Any = None) -> Any:
        said = honest(self, path, body)
        if path.endswith("/words"):
            said["predicate"]["answer"] = "covered"
        return said

    monkeypatch.setattr(Hub, "post", lying)
    said = desk("authority", "determine", asked, "not-covered", "--key", "authority.pem", status=2)
    assert (
        said.strip()
        == "headstart: nothing was signed: the hub's words say something else than you did about answer"
    )


def test_a_key_of_openssl_signs_and_no_other_file_does(desk: Run, asked: str, tmp_path: Path) -> None:
    desk("authority", "determine", asked, "covered", "--words", "words.json")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "mine.pem"], check=True)
    subprocess.run(["openssl", "genpkey", "-algorithm", "x25519", "-out", "x.pem"], check=True)
    assert desk("authority", "sign", "words.json", "--key", "mine.pem", "--json")["signatures"]
    (tmp_path / "key").write_bytes(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    for name, why in (
        ("x.pem", "is no Ed25519"),
        ("key", ""),
        ("words.json", "is no Ed25519"),
        ("no.pem", "No such"),
    ):
        said = desk("authority", "sign", "words.json", "--key", name, status=2)
        assert said.startswith(f"headstart: {name}: ")
        assert why in said
    (tmp_path / "none.json").write_text("[]")
    assert "holds no words to sign" in desk("authority", "sign", "none.json", "--key", "mine.pem", status=2)


def test_the_window_moves_as_its_developer_says(desk: Run, asked: str) -> None:
    assert "headstart:" in desk("developer", "calendar", asked, "--out", "window.ics", status=2)
    desk("developer", "open", asked, "--to", "The evaluator")
    assert "only the developer" in desk("authority", "withdraw", asked, status=2)
    assert "taken back" not in desk("developer", "show", asked)
    assert "reaches the model no more" in desk("developer", "take-back", asked, "--from", "The evaluator")
    assert "The evaluator (taken back)" in desk("developer", "show", asked)
    assert "headstart:" in desk("developer", "shorten", asked, "--closes", "2001-01-01T00:00Z", status=2)
    assert "withdrawn" in desk("developer", "withdraw", asked)
    assert "headstart:" in desk("developer", "withdraw", asked, status=2)
    assert "released" in desk("developer", "release", asked)


def test_what_is_strict_is_read_one_by_one(desk: Run, asked: str, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("The weights are 7 GB.")
    put = (
        "document",
        "put",
        asked,
        "card.md",
        "--kind",
        "model-card",
        "--tlp",
        "TLP:RED",
        "--named",
        "authority-jo",
    )
    assert "TLP:RED" in desk("developer", *put)
    assert "7 GB" in desk("authority", "document", "read", asked, "card")
    assert "there is no document" in desk("hub", "document", "read", asked, "card", status=2)
    assert "there is no document" in desk(
        "authority", "document", "read", asked, "card", status=2, machine=True
    )
    marks = ("field", "mark", asked, "planned_release_on", "TLP:AMBER+STRICT", "--named", "The authority")
    assert "is marked TLP:AMBER+STRICT" in desk("developer", *marks)
    assert "planned_release_on" in desk("authority", "field", "show", asked, "planned_release_on")
    assert "headstart:" in desk("hub", "field", "show", asked, "planned_release_on", status=2)


def test_who_wrote_a_document_marks_it_anew(desk: Run, asked: str, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("The weights are 7 GB.")
    desk("developer", "document", "put", asked, "card.md", "--tlp", "TLP:AMBER")
    assert "7 GB" in desk("hub", "document", "read", asked, "card")
    assert "headstart:" in desk("hub", "document", "mark", asked, "card", "TLP:CLEAR", status=2)
    assert "card is marked TLP:RED" in desk("developer", "document", "mark", asked, "card", "TLP:RED")
    assert "there is no document" in desk("hub", "document", "read", asked, "card", status=2)
    named = ("--trade-secret", "--named", "hub-jo")
    said = desk("developer", "document", "mark", asked, "card", "TLP:AMBER+STRICT", *named)
    assert "card is marked TLP:AMBER+STRICT, trade secret" in said
    assert "7 GB" in desk("hub", "document", "read", asked, "card")


def test_a_copy_takes_two_people_and_says_whose_it_is(desk: Run, asked: str, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("The weights are 7 GB.")
    desk("developer", "document", "put", asked, "card.md", "--tlp", "TLP:AMBER")
    copy = desk("authority", "export", "ask", asked, "card", "--reason", "For the board.", "--json")
    assert "headstart:" in desk("authority", "export", "agree", copy["id"], status=2)  # the same person
    assert "agreed" in desk("developer", "export", "agree", copy["id"])
    assert "written" in desk("authority", "export", "take", copy["id"], "--out", "copy.pdf")
    assert (tmp_path / "copy.pdf").read_bytes().startswith(b"%PDF-")
    assert "authority-jo" in desk("developer", "export", "trace", copy["mark"])
    assert "agreed by developer-jo" in desk("developer", "export", "list", asked)
    assert "a person" in desk(
        "authority", "export", "ask", asked, "card", "--reason", "x", status=2, machine=True
    )


def test_a_name_that_fits_two_reviews_asks_for_an_id(desk: Run, asked: str) -> None:
    other = desk("developer", "enquire", "Model 7", "--programme", "eo14409", "--json")["id"]
    said = desk("developer", "show", "Model 7", status=2)
    assert said.startswith("headstart: 2 reviews are called Model 7: name one of")
    assert asked in said
    assert other in said
    assert "there is no review called" in desk("developer", "show", "Model\x1b[2J 8", status=2)
    assert desk("developer", "show", asked, "--json")["id"] == asked


def test_what_others_wrote_stays_words_on_the_terminal(desk: Run) -> None:
    desk("developer", "enquire", "[bold red]Model[/] \u202e9", "--programme", "eo14409")
    shown = desk("hub", "list")
    assert "[bold red]Model[/] ⟦U+202E⟧9" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("evidence", "X"),
        ("declare", "X"),
        ("declare", "X", "--none", "--interests", "some"),
        ("determine", "X", "covered"),
        ("determine", "X", "covered", "--key", "authority.pem", "--words", "w.json"),
        ("determine", "X", "covered", "--criterion", "autonomy", "--key", "authority.pem"),
        ("determine", "X", "covered", "--evidence", "doc_0000", "--key", "authority.pem"),
        ("determine", "X", "approved", "--key", "authority.pem"),
        ("key", "revoke", "X"),
        ("agree", "propose", "X", "authority.pem", "--with", "The evaluator"),
        ("agree", "propose", "X", "no-such-file", "--with", "The evaluator"),
    ],
)
def test_bad_input_is_one_line_and_two(desk: Run, asked: str, arguments: tuple[str, ...]) -> None:
    said = desk("authority", *(asked if each == "X" else each for each in arguments), status=2)
    assert said.startswith("headstart: ")
    assert said.strip().count("\n") == 0


def test_a_finding_is_checked_here_and_handed_in(desk: Run, asked: str, tmp_path: Path) -> None:
    report = (
        Path(__file__).resolve().parents[2] / "examples" / "reports-offline" / "tinytemplate-include-disclose"
    )
    made = desk("developer", "finding", "hand", asked, str(report), "--json")
    assert desk("developer", "finding", "hand", asked, str(report), "--json") == made
    assert "not run yet" in desk("developer", "finding", "list")
    assert "there is none" in desk("partner", "finding", "list")
    (tmp_path / "empty").mkdir()
    assert "report.toml" in desk("developer", "finding", "hand", asked, "empty", status=2)
    assert "there is no review" in desk("partner", "finding", "hand", asked, str(report), status=2)


@pytest.fixture
def opened(desk: Run, asked: str, tmp_path: Path) -> str:
    """A review that is open, with terms, an endpoint, and an evaluator's person who has declared; its id."""
    (tmp_path / "terms.toml").write_text('access_level = "AL1"\n')
    (tmp_path / "upstream.key").write_text("sk-canary\n")
    made = desk("developer", "agree", "propose", asked, "terms.toml", "--with", "The evaluator", "--json")
    desk("developer", "agree", "sign", made["id"], "--key", "developer.pem")
    desk("evaluator", "agree", "sign", made["id"], "--key", "evaluator.pem")
    desk("developer", "open", asked, "--to", "The evaluator", "--days", "7")
    desk("evaluator", "declare", asked, "--interests", "Holds shares of a competitor.")
    said = desk(
        "developer", "upstream", "add", asked, "main", "--base-url", "https://models.example.org/v1",
        "--secret-file", "upstream.key", "--model", "model-7",
    )  # fmt: skip
    assert "sk-canary" not in said
    return asked


def test_a_key_is_given_once_kept_to_its_owner_and_taken_back(desk: Run, opened: str, tmp_path: Path) -> None:
    give = ("key", "give", opened, "--person", "evaluator-jo", "--most-tokens", "1000", "--most-cost", "2.50")
    assert "written to jo.key" in desk("developer", *give, "--out", "jo.key")
    kept = tmp_path / "jo.key"
    assert kept.stat().st_mode & 0o077 == 0
    shown = kept.read_text().strip()
    assert "is there already" in desk("developer", *give, "--out", "jo.key", status=2)
    assert kept.read_text().strip() == shown
    listed = desk("evaluator", "key", "list", opened)
    assert f"…{shown[-4:]}  evaluator-jo (The evaluator), 0 of 1,000 tokens" in listed
    assert shown not in listed
    assert "none that you may know of" in desk("authority", "key", "list", opened)
    assert "evaluator-jo (The evaluator): 0 requests" in desk("developer", "usage", opened)
    assert "headstart:" in desk("authority", "key", "revoke", opened, "--key", shown[-4:], status=2)
    assert "revoked" in desk("evaluator", "key", "revoke", opened, "--person", "evaluator-jo")
    assert "no key of theirs was left" in desk(
        "developer", "key", "revoke", opened, "--person", "evaluator-jo"
    )
    assert "revoked" in desk("developer", "key", "list", opened)


def test_an_endpoint_is_added_without_showing_its_key_and_removed(
    desk: Run, opened: str, tmp_path: Path
) -> None:
    assert "main  openai: model-7; safeguards on" in desk("developer", "upstream", "list", opened)
    assert "sk-canary" not in json.dumps(desk("developer", "upstream", "list", opened, "--json"))
    (tmp_path / "two.key").write_text("one\ntwo\n")
    add = ("upstream", "add", opened, "b", "--base-url", "https://models.example.org/v1", "--model", "m")
    assert "one line" in desk("developer", *add, "--secret-file", "two.key", status=2)
    inside = ("upstream", "add", opened, "b", "--base-url", "http://169.254.169.254/", "--model", "m")
    assert "headstart:" in desk("developer", *inside, "--secret-file", "upstream.key", status=2)
    assert "removed: main" in desk("developer", "upstream", "remove", opened, "main")
    assert "there is no upstream called" in desk("developer", "upstream", "remove", opened, "main", status=2)


def test_a_token_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    from headstart.cli.files import FileUnfit, keep_secret

    keep_secret(tmp_path / "a.token", "hst_x")
    assert (tmp_path / "a.token").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileUnfit, match="is there already"):
        keep_secret(tmp_path / "a.token", "hst_y")
    with pytest.raises(FileUnfit):
        keep_secret(tmp_path / "no" / "a.token", "hst_y")
    assert (tmp_path / "a.token").read_text() == "hst_x\n"
