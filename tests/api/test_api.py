"""The API: tokens, one clear line, nobody sees what is not theirs, uploads within bounds."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from headstart.findings import queries as findings
from headstart.ledger.work import public_pem
from headstart.people import services as people

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.django_db


def bearer(cast: Any, who: str) -> dict[str, str]:
    token = people.give_token(cast.organisation(who), "test", actor=getattr(cast, who))
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def zipped(folder: Path) -> io.BytesIO:
    upload = io.BytesIO()
    with zipfile.ZipFile(upload, "w") as archive:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                archive.write(each, each.relative_to(folder.parent))
    upload.seek(0)
    upload.name = "report.zip"
    return upload


def test_a_token_says_who_is_looking(cast: Any, client: Client) -> None:
    said = client.get("/api/me", **bearer(cast, "finder")).json()
    assert (said["name"], said["kind"]) == ("finder", "finder")


def pem() -> str:
    return public_pem(Ed25519PrivateKey.generate().public_key()).decode()


def set_key(client: Client, key: str, headers: dict[str, str]) -> Any:
    return client.post("/api/me/keys", {"public_key": key}, content_type="application/json", **headers)


def test_a_person_sets_another_key_for_their_organisation_and_the_old_one_is_kept(
    cast: Any, client: Client
) -> None:
    machine, first, second = bearer(cast, "developer"), pem(), pem()
    seat = people.seat(cast.organisation("developer"), "ada", actor=cast.hub)
    given = people.give_token(cast.organisation("developer"), "hers", actor=cast.hub, member=seat)
    person = {"HTTP_AUTHORIZATION": f"Bearer {given}"}
    assert set_key(client, first, machine).status_code == 200
    assert set_key(client, second, machine).json()["message"].startswith("only a person of the organisation")
    assert set_key(client, second, person).status_code == 200
    kept = client.get("/api/me/keys", **person).json()
    assert [(each["pem"], each["until"] is None) for each in kept] == [(second, True), (first, False)]


@pytest.mark.parametrize(
    "key", ["", "x", "-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----", "y" * 5000]
)
def test_a_key_that_is_none_is_refused_in_a_line(cast: Any, client: Client, key: str) -> None:
    answer = set_key(client, key, bearer(cast, "developer"))
    assert answer.status_code == 422
    assert "\n" not in answer.json()["message"]


def test_a_key_that_is_somebody_elses_is_refused(cast: Any, client: Client) -> None:
    key = pem()
    assert set_key(client, key, bearer(cast, "developer")).status_code == 200
    assert set_key(client, key, bearer(cast, "authority")).status_code == 409


@pytest.mark.parametrize(
    "path", ["/api/me", "/api/me/keys", "/api/findings", "/api/reviews", "/api/vulnerabilities", "/api/tasks"]
)
def test_without_a_token_there_is_nothing(cast: Any, client: Client, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, HTTP_AUTHORIZATION="Bearer hst_made-up").status_code == 401


def test_a_report_is_handed_in_once_and_is_its_finders_alone(cast: Any, client: Client, data: Path) -> None:
    report = EXAMPLES / "reports" / "idna-joiner-hang"
    headers = bearer(cast, "finder")
    first = client.post("/api/findings", {"report": zipped(report)}, **headers)
    again = client.post("/api/findings", {"report": zipped(report)}, **headers)
    assert (first.status_code, again.json()) == (202, first.json())
    address = f"/api/findings/{first.json()['id']}"
    assert client.get(address, **headers).json()["purl"] == "pkg:pypi/idna@3.6"
    other = client.get(address, **bearer(cast, "another_finder"))
    absent = client.get("/api/findings/fnd_000000000000", **headers)
    assert (
        (other.status_code, other.json()["code"])
        == (absent.status_code, absent.json()["code"])
        == (404, "finding-not-found")
    )
    assert client.get("/api/findings", **bearer(cast, "operator")).json() == {"items": [], "count": 0}
    assert client.get(f"{address}/proof", **headers).status_code == 404


def hostile(name: str, content: bytes = b"x", mode: int = 0) -> io.BytesIO:
    upload = io.BytesIO()
    with zipfile.ZipFile(upload, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    upload.seek(0)
    upload.name = "report.zip"
    return upload


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (hostile("../../escape.py"), "lies outside its folder"),
        (hostile("/etc/escape"), "lies outside its folder"),
        (hostile("r/link", b"/etc/passwd", 0o120777), "is a link"),
        (hostile("r/report.toml", bytes(17 * 2**20)), "more than 16 MiB"),
        (hostile("r/readme.txt"), "holds 0 files called report.toml"),
        (io.BytesIO(b"not a zip"), "it is broken"),
    ],
)
def test_a_hostile_upload_is_one_line_and_leaves_nothing(
    cast: Any, client: Client, data: Path, upload: io.BytesIO, says: str
) -> None:
    upload.seek(0)
    upload.name = "report.zip"
    answer = client.post("/api/findings", {"report": upload}, **bearer(cast, "finder"))
    assert answer.status_code == 422
    assert says in answer.json()["message"]
    assert "\n" not in answer.json()["message"]
    assert not findings.findings(cast.hub).exists()
    assert not (data / "reports").exists()


def test_the_public_reads_the_log_and_no_body_that_is_not_public(cast: Any, client: Client) -> None:
    assert cast.finder
    assert client.get("/api/ledger").json()["items"] == []
    mine = client.get("/api/ledger", **bearer(cast, "finder")).json()["items"]
    assert {each["kind"] for each in mine} == {"organisation.admitted", "token.given"}


def test_no_endpoint_can_hold_a_release_back(client: Client) -> None:
    described = json.dumps(client.get("/api/openapi.json").json()).lower()
    assert not any(word in described for word in ("approve", "deny", "block", "veto"))
