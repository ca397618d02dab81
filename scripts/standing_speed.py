"""How long the picture of a review takes to count, with everything in it, and in how many questions.

python scripts/standing_speed.py [--findings 100000] [--database postgresql://…]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

AT_ONCE = 2000  # rows of one statement
EACH = 10  # findings of one vulnerability
SYSTEMS = 50  # that hold what each second vulnerability affects, divided by ten


def measure(findings: int, database: str, data: Path) -> dict[str, float]:
    """Count a review of so many findings, each proved, merged; maintainers told, fixes proved, operators mending."""
    os.environ |= {"HEADSTART_DATA": str(data), "HEADSTART_DATABASE_URL": database}
    from headstart.site.start import open_instance

    open_instance()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from tests.conftest import Cast
    from tests.simulators.outcomes import Found, go_to, opened

    from headstart.outcomes import queries
    from headstart.outcomes.rules import Step
    from headstart.web import standing

    cast = Cast()
    review = opened(cast)
    pairs = _fill(Found(review, cast.evaluator), cast, findings)
    go_to(review, 29)
    with CaptureQueriesContext(connection) as asked:
        before, at_work = time.perf_counter(), time.process_time()
        stands = queries.standing(cast.hub, review.id)
        took, at_work = time.perf_counter() - before, time.process_time() - at_work
    last = {each.step: each.last for each in stands.series}
    found, deployed = last[Step.FOUND], last[Step.DEPLOYED]
    if found is None or found.n != findings or deployed is None or deployed.of != pairs:
        raise SystemExit(f"the count is wrong: {last}")
    before = time.perf_counter()
    standing.shown(cast.hub, review)
    return {
        "findings": findings,
        "vulnerabilities": findings // EACH,
        "pairs": pairs,
        "seconds": round(took, 2),
        "cpu_seconds": round(at_work, 2),
        "questions": len(asked),
        "seconds_drawn_too": round(time.perf_counter() - before, 2),
    }


def _fill(found: Any, cast: Any, findings: int) -> int:
    """The rows, in bulk; how many pairs there are."""
    from headstart.advisories.models import Advisory, Release
    from headstart.cases.models import Case, Party
    from headstart.exposure.models import Component, Deployment, Hit, Inventory
    from headstart.findings.models import Finding
    from headstart.proofs.models import FixCheck, Proof
    from headstart.vulnerabilities.models import Membership, Vulnerability

    def at(number: int, day: float) -> Any:
        return found.at(day + 20 * number / findings)

    def keep(rows: list[Any]) -> list[Any]:
        return list(type(rows[0]).objects.bulk_create(rows, batch_size=AT_ONCE)) if rows else []

    evaluator, empty = cast.evaluator.organisation_id, {"payload": "e30="}
    reports = keep([
        Finding(finder_id=evaluator, review=found.review, digest=f"{number:064}", title="T", summary="S",
                purl="pkg:pypi/a@1", package="pkg:pypi/a", expect="crash", received_at=at(number, 0.1))
        for number in range(findings)
    ])  # fmt: skip
    keep([
        Proof(finding=each, rung="controlled" if number % 3 else "refuted", attribution="target", k=3, n=3,
              control="silent", sentence="S", receipt=empty, at=at(number, 0.5)) for number, each in enumerate(reports)
    ])  # fmt: skip
    homes = keep([
        Vulnerability(package="pkg:pypi/a", title="T", summary="S", opened_at=at(EACH * number, 1))
        for number in range(findings // EACH)
    ])  # fmt: skip
    keep([
        Membership(vulnerability=homes[number // EACH], finding=each, basis="opened it", since=at(number, 1))
        for number, each in enumerate(reports) if number % 3 and number // EACH < len(homes)
    ])  # fmt: skip
    known = list(enumerate(homes))
    cases = keep([Case(vulnerability=each, opened_at=at(EACH * n, 1.5)) for n, each in known])
    maintainer = cast.maintainer.organisation_id
    keep(
        [
            Party(case=each, organisation_id=maintainer, role="maintainer", joined_at=each.opened_at)
            for each in cases
        ]
    )
    keep([
        FixCheck(about=each.id, rungs=[], held=bool(n % 4), sentence="S", receipt=empty, at=at(EACH * n, 3))
        for n, each in known
    ])  # fmt: skip
    told = keep(
        [
            Advisory(vulnerability=each, tracking_id=f"A{n}", csaf={}, osv={}, at=at(EACH * n, 4))
            for n, each in known
        ]
    )
    keep([Release(advisory=each, tier="first", version=1, files={}, path="p", at=each.at) for each in told])
    component = Component.objects.create(id="c1", lookup="pkg:pypi/a", name="a", version="1")
    operators = [getattr(cast, f"operator_{number}").organisation_id for number in range(10)]
    inventories = keep([
        Inventory(operator_id=operator, asset=f"System {number}", exposed="yes", format="cyclonedx", digest="0" * 64,
                  component_count=1, received_at=found.at(0))
        for operator in operators for number in range(SYSTEMS // 10)
    ])  # fmt: skip
    hits = keep([
        Hit(vulnerability=each, inventory=inventory, component=component, affected="yes" if n % 7 else "unknown",
            found_at=at(EACH * n, 2)) for n, each in known if n % 2 for inventory in inventories[n % 10 :: 10]
    ])  # fmt: skip
    keep([
        Deployment(operator_id=operator, vulnerability=each, state="deployed", reported_at=at(EACH * n, 6))
        for n, each in known if n % 2 for operator in operators[: n % 11]
    ])  # fmt: skip
    return len(hits)


def rows() -> list[Any]:
    """For `make perf`: in a process of its own, which has a database of its own."""
    from figures import Row

    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    peer = f"{told['questions']} questions, {told['pairs']:,} pairs"
    return [
        Row(name="the picture of a review, 100,000 findings", value=told["seconds"], unit="s", goal="< 5", peer=peer,
            holds=told["seconds"] < 5)
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headstart-standing-", dir="/var/tmp") as name:
        print(json.dumps(measure(asked.findings, asked.database, Path(name)), indent=2))


if __name__ == "__main__":
    main()
