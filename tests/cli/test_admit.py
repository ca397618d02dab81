"""`headstart admit`: an organisation, its key, a person and their tokens, without a question asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart import cli
from headstart.ledger.work import public_pem
from headstart.people import queries, services
from headstart.people.models import Member, Organisation
from headstart.people.rules import Kind

GOOD = "correct horse battery staple"


@pytest.fixture
def here(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance is the test's own, and open."""
    del db
    monkeypatch.setattr("headstart.site.start.open_instance", lambda **_: Path())
    services.found_hub("Hub")


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "lab.pub.pem"
    path.write_bytes(public_pem(Ed25519PrivateKey.generate().public_key()))
    return path


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(GOOD + "\nwhat comes after the first line\n")
    return path


def admit(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    status = cli.run(["admit", *map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_lab_is_admitted_with_its_key_and_a_person(
    here: None, pem: Path, password: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = admit(
        "Frontier Lab", "developer", "--public-key", pem, "--member", "jo", "--password-from", password,
        capsys=capsys,
    )  # fmt: skip
    assert status == 0
    lab = Organisation.objects.get(id=said["organisation"])
    assert (lab.kind, lab.public_key) == ("developer", pem.read_text())
    assert queries.viewer_with(said["token"]) == lab.as_viewer()
    jo = Member.objects.get(id=said["member"])
    assert queries.viewer_with(said["member_token"]) == jo.as_viewer()
    assert jo.user.check_password(GOOD)


def test_without_a_person_no_persons_token_is_printed(here: None, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = admit("Frontier Lab", "developer", capsys=capsys)
    assert (status, sorted(said)) == (0, ["kind", "organisation", "token"])


def test_people_are_told_that_a_token_is_shown_once(
    here: None, password: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        cli.run(["admit", "A [bold]lab", "developer", "--member", "jo", "--password-from", str(password)])
        == 0
    )
    said = capsys.readouterr().out
    assert "A [bold]lab takes part as developer: org_" in said
    assert said.count("shown this once: hst_") == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["Hub", "developer"], "name-taken"),
        (["", "developer"], "words-wrong"),
        (["Lab", "developer", "--public-key", "{password}"], "key-unusable"),
        (["Lab", "developer", "--member", "jo", "--password-from", "{pem}"], "name-taken"),
        (["Lab", "developer", "--member", "al", "--password-from", "{empty}"], "password-weak"),
        (["Lab", "developer", "--password-from", "{password}"], "usage"),
        (["Lab", "developer", "--public-key", "nowhere.pem"], "usage"),
        (["Lab", "president"], "usage"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing_behind(
    here: None, pem: Path, password: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    services.seat(Organisation.objects.get(kind=Kind.HUB), "jo", actor=queries.hub())
    (pem.parent / "empty").write_text("")
    files = {"pem": pem, "password": password, "empty": pem.parent / "empty"}
    status, said = admit(*(each.format(**files) for each in arguments), capsys=capsys)
    assert (status, said["error"]["code"]) == (2, code)
    assert Organisation.objects.count() == 1


def test_a_key_of_another_is_refused(here: None, pem: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert admit("One", "developer", "--public-key", pem, capsys=capsys)[0] == 0
    status, said = admit("Two", "authority", "--public-key", pem, capsys=capsys)
    assert (status, said["error"]["code"]) == (2, "key-taken")
    assert not Organisation.objects.filter(name="Two").exists()


@pytest.mark.enable_socket
def test_it_works_on_a_fresh_instance_from_a_pipe(tmp_path: Path, pem: Path) -> None:
    """The first is the hub itself; a person's password comes down a pipe."""
    base = [sys.executable, "-m", "headstart.cli", "admit"]
    place = ["--data", str(tmp_path / "data"), "--json"]
    first = subprocess.run([*base, "Our hub", "hub", *place], capture_output=True, text=True, check=True)
    assert json.loads(first.stdout)["kind"] == "hub"
    wanted = [
        "An authority",
        "authority",
        "--public-key",
        str(pem),
        "--member",
        "ann",
        "--password-from",
        "-",
    ]
    second = subprocess.run(
        [*base, *wanted, *place], input=GOOD + "\n", capture_output=True, text=True, check=True
    )
    said = json.loads(second.stdout)
    assert said["token"].startswith("hst_")
    assert said["member_token"] != said["token"]
