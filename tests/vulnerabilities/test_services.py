"""One root cause each: grouped by the evidence of runs, undone by a word, seen by those whom it concerns."""

from pathlib import Path
from typing import Any

import pytest
from tests.simulators.sweeps import swept

from headstart import clock
from headstart.findings import services as handing_in
from headstart.findings.models import Finding
from headstart.ledger import queries as ledger
from headstart.packages.rules.ranges import Affected
from headstart.people.rules import ANYONE
from headstart.proofs import services as proving
from headstart.proofs.models import Proof
from headstart.proofs.rules.evidence import Rung
from headstart.proofs.rules.sameness import Evidence, Fact, Same
from headstart.vulnerabilities import queries, services
from headstart.vulnerabilities.errors import LastFinding, NotProved, VulnerabilityNotFound

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "reports-offline"
pytestmark = pytest.mark.django_db


@pytest.fixture
def found(cast: Any, data: Path) -> Any:
    """Hand a report in, and give it a verdict of the kind that the sandbox would have."""

    def hand_in(name: str, who: str = "finder", rung: Rung = Rung.CONTRASTED) -> Finding:
        finding = handing_in.hand_in(EXAMPLES / name, actor=getattr(cast, who))
        Proof.objects.create(
            finding=finding,
            rung=rung,
            attribution="target",
            k=3,
            n=3,
            control="silent",
            receipt={},
            at=clock.now(),
        )
        return finding

    return hand_in


def behaves(monkeypatch: pytest.MonkeyPatch, same: Same) -> None:
    fact = Fact(name="the same fix stops both", answer=same, sentence="as it was run")
    monkeypatch.setattr(proving, "compare", lambda *_, **__: Evidence(facts=(fact,), same=same))


TRUE, AGAIN = "minirec-repeat-overflow", "minirec-length-truncated"


def test_a_proved_finding_opens_a_vulnerability_once(cast: Any, found: Any) -> None:
    finding = found(TRUE)
    first = services.group(finding.id, actor=cast.hub)
    assert services.group(finding.id, actor=cast.hub) == first
    assert queries.vulnerabilities(cast.finder).get() == first


@pytest.mark.parametrize("rung", [Rung.REFUTED, Rung.REPRODUCED, Rung.UNRUNNABLE])
def test_what_was_not_proved_opens_nothing(cast: Any, found: Any, rung: Rung) -> None:
    with pytest.raises(NotProved, match="needs to be controlled or higher"):
        services.group(found(TRUE, rung=rung).id, actor=cast.hub)


def test_two_that_behave_the_same_are_one_and_can_be_two_again(
    cast: Any, found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaves(monkeypatch, Same.YES)
    home = services.group(found(TRUE).id, actor=cast.hub)
    second = found(AGAIN, "another_finder")
    assert services.group(second.id, actor=cast.hub) == home
    (_, merged) = queries.memberships(cast.hub, home.id)
    assert merged.evidence[0]["sentence"] == "as it was run"
    own = services.un_merge(home.id, second.id, actor=cast.hub, reason="another line")
    assert own != home
    assert queries.of_finding(cast.hub, second.id) == own
    assert queries.memberships(cast.hub, home.id).filter(undone_at__isnull=False).count() == 1
    with pytest.raises(VulnerabilityNotFound):
        queries.vulnerability(cast.another_finder, home.id)


@pytest.mark.parametrize("same", [Same.NO, Same.UNKNOWN])
def test_two_that_do_not_surely_behave_the_same_stay_two(
    cast: Any, found: Any, monkeypatch: pytest.MonkeyPatch, same: Same
) -> None:
    behaves(monkeypatch, same)
    home = services.group(found(TRUE).id, actor=cast.hub)
    assert services.group(found(AGAIN).id, actor=cast.hub) != home


def test_the_finding_that_opened_a_vulnerability_stays_in_it(cast: Any, found: Any) -> None:
    finding = found(TRUE)
    home = services.group(finding.id, actor=cast.hub)
    with pytest.raises(LastFinding):
        services.un_merge(home.id, finding.id, actor=cast.hub, reason="no")


def test_the_range_is_that_of_all_findings_together(
    cast: Any, found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaves(monkeypatch, Same.YES)
    sweeps = {TRUE: {"1.0.0": "no", "1.1.0": "yes", "1.2.0": "no", "1.2.1": "no"},
              AGAIN: {"1.0.0": "no", "1.1.0": "yes", "1.2.0": "yes", "1.2.1": "no"}}  # fmt: skip
    for name, table in sweeps.items():
        finding = found(name)
        swept(finding, table)
        home = services.group(finding.id, actor=cast.hub)
    ranged = services.find_range(home.id, actor=cast.hub)
    assert (ranged.affected_vers, ranged.fixed_in) == ("vers:generic/>=1.1.0|<1.2.1", "1.2.1")
    assert list(queries.releases_run(cast.hub, ranged).values()) == [
        Affected.NO,
        Affected.YES,
        Affected.YES,
        Affected.NO,
    ]


def test_a_release_that_did_not_run_is_unknown_beside_an_advisory_and_never_a_no(
    cast: Any, found: Any
) -> None:
    finding = found(TRUE)
    swept(finding, {"1.0.0": "unknown", "1.1.0": "yes", "1.2.1": "no"})
    home = services.group(finding.id, actor=cast.hub)
    services.find_range(home.id, actor=cast.hub)
    events = [{"introduced": "0"}, {"fixed": "1.2.1"}]
    package = {"ecosystem": "generic", "name": "minirec"}
    record = {
        "id": "X-1",
        "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
    }
    (held,) = services.hold_beside(home.id, record, actor=cast.hub).beside
    assert (held["releases"], held["answered"], held["differ"]) == (3, 2, [])


def test_who_sees_a_vulnerability_before_and_after_each_step(cast: Any, found: Any) -> None:
    home = services.group(found(TRUE).id, actor=cast.hub)

    def seeing() -> set[str]:
        names = ("finder", "another_finder", "maintainer", "operator", "partner", "developer", "authority")
        return {name for name in names if queries.vulnerabilities(getattr(cast, name)).exists()}

    assert seeing() == {"finder"}
    services.share(home, cast.organisation("maintainer"), actor=cast.hub)
    assert seeing() == {"finder", "maintainer"}
    services.tell_first(home.id, actor=cast.hub)
    assert seeing() == {"finder", "maintainer", "operator", "partner"}
    assert not queries.vulnerabilities(ANYONE).exists()
    services.make_public(home.id, actor=cast.hub)
    assert queries.vulnerabilities(ANYONE).get() == home
    assert not queries.memberships(
        ANYONE, home.id
    ).exists()  # the reports stay between those who wrote and got them


def test_the_ledger_tells_those_who_may_know_and_nobody_else(cast: Any, found: Any) -> None:
    home = services.group(found(TRUE).id, actor=cast.hub)
    about = [each.kind for each in ledger.entries(cast.finder).filter(subject=home.urn)]
    assert about == ["vulnerability.opened"]
    assert not ledger.entries(cast.another_finder).filter(subject=home.urn).exists()
