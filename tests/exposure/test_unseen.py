"""A release that the sweep could not run is unknown at an operator, too: never "not affected"."""

from pathlib import Path
from typing import Any

import pytest
from tests.simulators.sweeps import swept

from headstart import clock
from headstart.exposure import queries, services
from headstart.findings import services as handing_in
from headstart.proofs.models import Proof
from headstart.vulnerabilities import services as grouping

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "reports-offline" / "minirec-repeat-overflow"
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("version", "hits"), [("1.0.0", {"unknown": 1}), ("1.1.0", {"affected": 1}), ("1.2.1", {})]
)
def test_what_did_not_run_stays_unknown(cast: Any, data: Path, version: str, hits: dict[str, int]) -> None:
    finding = handing_in.hand_in(EXAMPLE, actor=cast.finder)
    Proof.objects.create(
        finding=finding,
        rung="contrasted",
        attribution="target",
        k=3,
        n=3,
        control="silent",
        receipt={},
        at=clock.now(),
    )
    swept(finding, {"1.0.0": "unknown", "1.1.0": "yes", "1.2.1": "no"}, ran=False)
    home = grouping.group(finding.id, actor=cast.hub)
    grouping.find_range(home.id, actor=cast.hub)
    document = f"""{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{"type": "library",
        "name": "minirec", "version": "{version}", "purl": "pkg:generic/minirec@{version}"}}]}}"""
    services.hand_in(document.encode(), actor=cast.operator, asset="gateway")
    services.match(home.id, actor=cast.hub)
    counted = queries.counts(cast.hub, home.id)
    assert {"affected": counted.affected, "unknown": counted.unknown} == {"affected": 0, "unknown": 0, **hits}
