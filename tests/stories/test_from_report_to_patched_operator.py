"""One finding, followed from the report to the operator who is patched: every room, on both databases, no network."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.simulators.jobs import InMemory

from headstart import clock
from headstart.advisories import queries as advisories
from headstart.advisories import services as releasing
from headstart.advisories.work import fetch_and_verify
from headstart.cases import queries as cases
from headstart.cases import services as coordinating
from headstart.cases.rules import Role
from headstart.exposure import queries as exposure
from headstart.exposure import services as operating
from headstart.findings import services as handing_in
from headstart.ledger import queries as ledger
from headstart.ledger import services as signing
from headstart.ledger.work import load_or_make_key
from headstart.packages.rules.purl import parse
from headstart.people import services as people
from headstart.people.rules import ANYONE
from headstart.priority import queries as priority
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.worker import services as worker

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SBOM = """{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
  {"type": "library", "name": "tinytemplate", "version": "%s", "purl": "pkg:generic/tinytemplate@%s"},
  {"type": "library", "name": "other", "version": "1.0.0", "purl": "pkg:generic/other@1.0.0"}]}"""
pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]


@pytest.fixture
def jobs(data: Path, monkeypatch: pytest.MonkeyPatch) -> InMemory:
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)  # the test's transaction is on it
    return InMemory()


def report(name: str) -> Path:
    """One of the offline examples."""
    return EXAMPLES / "reports-offline" / name


def test_one_finding_from_report_to_patched_operator(
    cast: Any, data: Path, jobs: InMemory, django_capture_on_commit_callbacks: Any
) -> None:
    affected, unaffected = "1.3.0", "99.0.0"
    operating.hand_in(
        (SBOM % (affected, affected)).encode(), actor=cast.operator, asset="portal", exposed="yes"
    )
    other = cast.another_operator
    operating.hand_in((SBOM % (unaffected, unaffected)).encode(), actor=other, asset="lab", exposed="no")

    # a finder hands in a report; the hub believes what it ran
    finding = handing_in.hand_in(report("tinytemplate-include-disclose"), actor=cast.finder)
    assert jobs.drain() == []
    proof = proofs.latest_proof(cast.finder, finding.id)
    assert proof is not None
    assert (proof.rung, proof.attribution, proof.k, proof.n) == ("contrasted", "target", 3, 3)

    # one vulnerability, its affected releases by running them, who runs it, what to do
    vulnerability = vulnerabilities.vulnerabilities(cast.hub).get()
    assert vulnerability.fixed_in
    assert exposure.counts(cast.hub, vulnerability.id).operators == 1
    assert priority.tasks(cast.hub, cast.operator.organisation_id)
    assert not priority.tasks(cast.operator, cast.operator.organisation_id)  # it may not know yet

    # the case: the maintainer is told, the embargo agreed, the fix proved
    case = cases.cases(cast.hub).get()
    coordinating.propose_embargo(case.id, clock.now() + _days(20), actor=cast.hub)
    coordinating.invite(case.id, cast.organisation("maintainer"), Role.MAINTAINER, actor=cast.hub)
    for party in (cast.finder, cast.maintainer):
        coordinating.answer_embargo(case.id, accept=True, actor=party)
    assert cases.case(cast.maintainer, case.id).embargo == "active"
    fixed = parse(vulnerability.package).at(vulnerability.fixed_in)
    coordinating.offer_fix(case.id, actor=cast.maintainer, release=str(fixed))
    assert jobs.drain() == []

    # defenders first: nobody else sees it yet
    advisory = advisories.advisories(cast.hub).get()
    assert not advisories.advisories(cast.operator).exists()
    with django_capture_on_commit_callbacks(execute=True):
        releasing.release(advisory.id, "first", actor=cast.hub)
    assert advisories.advisories(cast.operator).exists()
    assert not advisories.advisories(ANYONE).exists()
    key = load_or_make_key(data / "keys" / "hub.pem")
    fetched = fetch_and_verify(data / "published", "first", [key.public_key()], data / "client")
    assert len(fetched) == 2

    # the operator is patched, and says so
    assert jobs.drain() == []
    assert exposure.hits(cast.operator).count() == 1
    assert not exposure.hits(other).exists()
    first_task = priority.tasks(cast.operator, cast.operator.organisation_id)[0]
    assert vulnerability.fixed_in in first_task.what
    operating.report_deployment(vulnerability.id, actor=cast.operator, state="deployed")
    lines = exposure.unpatched_by_day(cast.hub, opens=clock.now() - _days(1), until=clock.now() + _days(1))
    assert [(each.points[-1][1], each.total) for each in lines] == [(0, 1)]

    # then everyone
    coordinating.exit_embargo(case.id, actor=cast.hub, reason="its time has come")
    with django_capture_on_commit_callbacks(execute=True):
        releasing.release(advisory.id, "everyone", actor=cast.hub)
    assert advisories.advisories(ANYONE).get() == advisory
    assert vulnerabilities.vulnerability(ANYONE, vulnerability.id)

    # and all of it is in the ledger, which verifies
    signing.checkpoint(origin="test/log", key=key)
    assert ledger.verify(key.public_key()) == len(ledger.leaves())


def test_a_bogus_report_opens_nothing(cast: Any, jobs: InMemory) -> None:
    finding = handing_in.hand_in(report("minirec-number-overflow"), actor=cast.finder)
    assert jobs.drain() == []
    proof = proofs.latest_proof(cast.finder, finding.id)
    assert proof is not None
    assert proof.rung == "refuted"
    assert not vulnerabilities.vulnerabilities(cast.hub).exists()


def test_the_same_flaw_told_by_two_finders_is_one_vulnerability(
    cast: Any, jobs: InMemory, client: Client
) -> None:
    handing_in.hand_in(report("minirec-repeat-overflow"), actor=cast.finder)
    handing_in.hand_in(report("minirec-length-truncated"), actor=cast.another_finder)
    assert jobs.drain() == []
    vulnerability = vulnerabilities.vulnerabilities(cast.hub).get()
    members = list(vulnerabilities.memberships(cast.hub, vulnerability.id))
    assert [each.basis for each in members] == ["opened it", "behaves the same"]
    assert members[1].evidence
    assert vulnerabilities.vulnerability(cast.another_finder, vulnerability.id) == vulnerability

    # the API shows the same evidence, to each what is theirs
    address = f"/api/vulnerabilities/{vulnerability.id}"
    token = people.give_token(cast.organisation("another_finder"), "test", actor=cast.another_finder)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    (mine,) = client.get(f"{address}/findings", **headers).json()
    assert mine["evidence"]
    assert client.get(f"{address}/fix", **headers).status_code == 204
    hub = people.give_token(cast.organisation("hub"), "test", actor=cast.hub)
    shown = client.get(f"{address}/releases", HTTP_AUTHORIZATION=f"Bearer {hub}").json()
    assert [each["affected"] for each in shown] == ["no", "yes", "yes", "no"]
    other = people.give_token(cast.organisation("operator"), "test", actor=cast.operator)
    for part in ("findings", "releases", "fix"):
        assert client.get(f"{address}/{part}", HTTP_AUTHORIZATION=f"Bearer {other}").status_code == 404


def _days(number: int) -> Any:
    from datetime import timedelta

    return timedelta(days=number)
