"""Writing verdicts down: once run, in the ledger, seen by the finder and the hub and nobody else."""

from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import ROOT

from headstart.findings import services as handing_in
from headstart.findings.errors import FindingNotFound
from headstart.findings.models import Finding
from headstart.ledger import queries as ledger
from headstart.ledger.work import load_public
from headstart.packages.rules.ranges import Affected
from headstart.proofs import queries, services, work
from headstart.proofs.errors import FixMissing, NotProved, ProofNotFound
from headstart.proofs.rules import Rung
from headstart.proofs.rules.sameness import Same

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

OFFLINE = ROOT / "examples" / "reports-offline"


@pytest.fixture
def hand_in(cast: Any, data: Path) -> Any:
    def give(name: str, finder: str = "finder") -> Finding:
        return handing_in.hand_in(OFFLINE / name, actor=getattr(cast, finder))

    return give


def test_a_proof_is_written_down_with_its_receipt_and_one_ledger_entry(
    cast: Any, data: Path, hand_in: Any
) -> None:
    finding = hand_in("minirec-repeat-overflow")
    proof = services.prove(finding.id, actor=cast.hub)
    assert (proof.rung, proof.k, proof.n, proof.attribution) == ("contrasted", 3, 3, "target")
    assert queries.latest_proof(cast.finder, finding.id) == proof
    key = load_public(data / "keys" / "hub.pub.pem")
    envelope = work.read_envelope(__import__("json").dumps(proof.receipt).encode())
    assert work.verify_receipt(envelope, [key])["predicate"]["rung"] == "contrasted"
    entry = ledger.entries(cast.hub).filter(kind="finding.proved").get()
    assert entry.details["rung"] == "contrasted"
    assert entry.subject == finding.urn


def test_nobody_else_sees_a_proof_or_counts_it(cast: Any, hand_in: Any) -> None:
    finding = hand_in("minirec-number-overflow")
    proof = services.prove(finding.id, actor=cast.hub)
    other = cast.another_finder
    assert queries.latest_proof(other, finding.id) is None
    assert queries.rung_counts(other) == {}
    assert queries.proved(other) == 0
    assert not queries.queue(other).exists()
    with pytest.raises(ProofNotFound):
        queries.proof(other, proof.id)
    with pytest.raises(FindingNotFound):
        services.prove(finding.id, actor=other)


def test_the_queue_shows_the_newest_rung_and_claimed_where_nothing_ran(cast: Any, hand_in: Any) -> None:
    refuted, waiting = hand_in("minirec-number-overflow"), hand_in("minirec-repeat-overflow")
    services.prove(refuted.id, actor=cast.hub)
    assert queries.rung_counts(cast.hub) == {"refuted": 1, "claimed": 1}
    assert [each.id for each in queries.queue(cast.hub, rung="claimed")] == [waiting.id]
    assert [each.id for each in queries.queue(cast.hub, words="minirec NUMBER")] != []


def test_what_was_refuted_is_not_swept_or_compared(cast: Any, hand_in: Any) -> None:
    finding = hand_in("minirec-number-overflow")
    assert services.prove(finding.id, actor=cast.hub).rung == Rung.REFUTED
    with pytest.raises(NotProved):
        services.sweep(finding.id, actor=cast.hub)
    with pytest.raises(NotProved):
        services.compare(finding.id, finding.id, actor=cast.hub)


def test_a_sweep_is_kept_in_order_and_replaced_by_the_next(cast: Any, hand_in: Any) -> None:
    finding = hand_in("minirec-repeat-overflow")
    services.prove(finding.id, actor=cast.hub)
    for _ in range(2):
        answers = services.sweep(finding.id, actor=cast.hub)
    assert answers["1.2.0"] is Affected.YES
    rows = list(queries.release_runs(cast.finder, finding.id))
    assert [(row.version, row.affected) for row in rows] == [
        ("1.0.0", "no"), ("1.1.0", "yes"), ("1.2.0", "yes"), ("1.2.1", "no"),
    ]  # fmt: skip
    assert not queries.release_runs(cast.another_finder, finding.id).exists()


def test_one_flaw_from_two_finders_is_the_same_and_its_fix_is_checked_for_both(
    cast: Any, hand_in: Any
) -> None:
    one = hand_in("minirec-repeat-overflow")
    two = hand_in("minirec-length-truncated", finder="another_finder")
    for each in (one, two):
        services.prove(each.id, actor=cast.hub)
    assert services.compare(one.id, two.id, actor=cast.hub).same is Same.YES
    check = services.check_fix(
        [one.id, two.id], release="pkg:generic/minirec@1.2.1", actor=cast.hub, about="vul_x"
    )
    assert check.held
    assert queries.latest_fix_check(cast.another_finder, "vul_x") == check
    assert list(queries.with_a_fix(cast.hub)) == ["vul_x"]
    assert queries.latest_fix_check(cast.operator, "vul_x") is None
    with pytest.raises(FixMissing):
        services.check_fix([one.id], actor=cast.hub)
