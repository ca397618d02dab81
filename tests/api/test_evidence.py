"""A finding's evidence by the API: queued, watched, read and downloaded by those whose it is, and by nobody else."""

import json
from typing import Any

import pytest
from django.test import Client
from tests.api.test_api import bearer
from tests.simulators.sweeps import swept

from headstart import clock
from headstart.findings.models import Finding, Reader
from headstart.proofs import services
from headstart.proofs.models import FixCheck, Proof

pytestmark = pytest.mark.django_db
ENVELOPE = {"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}
MAY_ASK = ("hub", "finder", "maintainer")
MAY_LOOK = ("partner",)
OTHERS = (
    "another_finder", "another_maintainer", "another_partner", "developer", "evaluator", "authority", "operator",
)  # fmt: skip


@pytest.fixture
def finding(cast: Any) -> Finding:
    """A finding that was proved and swept, with a fix that was checked; a maintainer and a partner may read it."""
    found = Finding.objects.create(
        finder_id=cast.finder.organisation_id, digest="ab" * 32, title="T", summary="S", expect="crash",
        purl="pkg:pypi/tiny@1.1", package="pkg:pypi/tiny", received_at=clock.now(),
    )  # fmt: skip
    for name in ("maintainer", "partner"):
        Reader.objects.create(finding=found, organisation=cast.organisation(name))
    Proof.objects.create(
        id="prf_1", finding=found, rung="controlled", attribution="target", k=3, n=3, control="silent",
        sentence="Seen.", receipt=ENVELOPE, at=clock.now(),
    )  # fmt: skip
    swept(found, {"1.0": "unknown", "1.1": "yes", "1.2": "no"}, note="why")
    check = FixCheck.objects.create(
        id="fix_1", about="vul_secret", release="1.2", rungs=[], held=True, sentence="It holds.", receipt=ENVELOPE,
        at=clock.now(),
    )  # fmt: skip
    check.findings.add(found)
    return found


def post(client: Client, finding: Finding, body: object, headers: dict[str, str]) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"/api/findings/{finding.id}/tasks", text, content_type="application/json", **headers)


def paths(finding: Finding) -> list[str]:
    """Everything that can be read of a finding's evidence."""
    task = services.ask(finding.id, "prove", actor=finding.finder.as_viewer())
    base = f"/api/findings/{finding.id}"
    tails = (
        "",
        "/proof",
        "/tasks",
        f"/tasks/{task.id}",
        "/releases",
        "/fixes",
        "/receipt",
        "/fixes/fix_1/receipt",
    )
    return [base + each for each in tails]


@pytest.mark.parametrize("who", [*MAY_ASK, *MAY_LOOK])
def test_those_who_may_know_of_a_finding_read_all_of_its_evidence(
    cast: Any, client: Client, finding: Finding, who: str
) -> None:
    headers = bearer(cast, who)
    for path in paths(finding):
        assert client.get(path, **headers).status_code == 200, path


@pytest.mark.parametrize("who", OTHERS)
def test_to_everybody_else_it_looks_as_if_it_were_absent(
    cast: Any, client: Client, finding: Finding, who: str
) -> None:
    headers = bearer(cast, who)
    for path in paths(finding):
        hidden = client.get(path, **headers)
        absent = client.get(path.replace(finding.id, "fnd_absent"), **headers)
        assert hidden.status_code == absent.status_code == 404, path
        assert hidden.json()["code"] == absent.json()["code"]
        assert client.get(path).status_code == 401, path
    assert post(client, finding, {"verb": "prove"}, headers).status_code == 404
    assert post(client, finding, {"verb": "prove"}, {}).status_code == 401


@pytest.mark.parametrize("who", MAY_ASK)
def test_a_task_is_queued_and_watched(cast: Any, client: Client, finding: Finding, who: str) -> None:
    headers = bearer(cast, who)
    queued = post(client, finding, {"verb": "sweep"}, headers)
    assert queued.status_code == 202
    said = queued.json()
    assert (said["verb"], said["state"], said["finding_id"]) == ("sweep", "queued", finding.id)
    assert post(client, finding, {"verb": "sweep"}, headers).json() == said
    address = f"/api/findings/{finding.id}/tasks"
    assert client.get(f"{address}/{said['id']}", **headers).json() == said
    assert client.get(address, **headers).json() == [said]
    services.give_up(said["id"], "no sandbox is fit here")
    assert client.get(f"{address}/{said['id']}", **headers).json()["said"] == "no sandbox is fit here"


def test_a_reader_who_may_not_ask_is_told_so(cast: Any, client: Client, finding: Finding) -> None:
    answer = post(client, finding, {"verb": "prove"}, bearer(cast, "partner"))
    assert (answer.status_code, answer.json()["code"]) == (403, "may-not-ask")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"verb": "explode"}, 422),
        ({"verb": "fix"}, 422),
        ({"verb": "fix", "patch": "no patch"}, 422),
        ({"verb": "fix", "release": "1.2", "patch": "no patch"}, 422),
        ({"verb": 3}, 422),
        ({}, 422),
        ("[" * 100_000, 422),
        ("not json", 422),
    ],
)
def test_what_can_t_be_asked_for_is_refused(
    cast: Any, client: Client, finding: Finding, body: object, status: int
) -> None:
    assert post(client, finding, body, bearer(cast, "finder")).status_code == status
    assert client.get(f"/api/findings/{finding.id}/tasks", **bearer(cast, "finder")).json() == []


def test_another_fix_waits_for_the_one_that_is_being_checked(
    cast: Any, client: Client, finding: Finding
) -> None:
    headers = bearer(cast, "maintainer")
    assert post(client, finding, {"verb": "fix", "release": "1.2"}, headers).status_code == 202
    assert post(client, finding, {"verb": "fix", "release": "1.3"}, headers).status_code == 409


def test_the_releases_say_what_was_run_and_what_is_unknown(
    cast: Any, client: Client, finding: Finding
) -> None:
    rows = client.get(f"/api/findings/{finding.id}/releases", **bearer(cast, "maintainer")).json()
    told = [
        (each["version"], each["installed"], each["ran"], each["runs"], each["affected"]) for each in rows
    ]
    assert told == [
        ("1.0", False, False, 0, "unknown"),
        ("1.1", True, True, 2, "yes"),
        ("1.2", True, True, 2, "no"),
    ]


@pytest.mark.parametrize(("path", "name"), [("receipt", "prf_1"), ("fixes/fix_1/receipt", "fix_1")])
def test_a_receipt_is_a_file_with_its_own_type(
    cast: Any, client: Client, finding: Finding, path: str, name: str
) -> None:
    answer = client.get(f"/api/findings/{finding.id}/{path}", **bearer(cast, "maintainer"))
    assert answer["Content-Type"] == "application/vnd.dsse+json"
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{name}.json"'
    assert answer.json() == ENVELOPE


def test_a_check_of_a_fix_names_no_vulnerability_that_one_may_not_know(
    cast: Any, client: Client, finding: Finding
) -> None:
    assert (
        "vul_secret"
        not in client.get(f"/api/findings/{finding.id}/fixes", **bearer(cast, "finder")).content.decode()
    )


def test_a_finding_that_was_not_run_has_no_receipt(cast: Any, client: Client, finding: Finding) -> None:
    finding.proofs.all().delete()
    assert client.get(f"/api/findings/{finding.id}/receipt", **bearer(cast, "finder")).status_code == 404
