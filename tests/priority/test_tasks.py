"""Each operator's list: its order, its dates, and who sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headstart import clock
from headstart.errors import NotFound
from headstart.exposure import services as exposure
from headstart.ledger import queries as ledger
from headstart.people.errors import NotYours
from headstart.people.rules import ANYONE, Viewer
from headstart.priority import queries, services
from headstart.priority.models import Task
from headstart.vulnerabilities.models import Reader, Vulnerability

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data")]

TUESDAY = datetime(2026, 12, 1, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_a_tuesday(calendar: None) -> None:
    clock.travel_to(TUESDAY)


def flaw(name: str = "sqlparse", **more: Any) -> Vulnerability:
    fields: dict[str, Any] = {
        "package": f"pkg:pypi/{name}",
        "title": f"A flaw in {name}",
        "affected_vers": "vers:pypi/<0.5.0",
        "opened_at": clock.now(),
    }
    return Vulnerability.objects.create(summary="", **{**fields, **more})


def runs(operator: Viewer, *names: str, asset: str = "patient portal", **more: Any) -> None:
    listed = [{"name": "x", "purl": f"pkg:pypi/{name}@0.4.3"} for name in names]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed}
    exposure.hand_in(json.dumps(document).encode(), actor=operator, asset=asset, **more)


def tell(vulnerability: Vulnerability, operator: Viewer) -> None:
    Reader.objects.create(vulnerability=vulnerability, organisation_id=operator.organisation_id)


def rank(vulnerability: Vulnerability, hub: Viewer) -> list[Task]:
    exposure.match(vulnerability.id, actor=hub)
    return services.rank(vulnerability.id, actor=hub)


def listed(operator: Viewer) -> list[Task]:
    return queries.tasks(operator, operator.organisation_id)


def kev(data: Any, *cves: str) -> None:
    (data / "risk").mkdir(exist_ok=True)
    catalogue = {"vulnerabilities": [{"cveID": each} for each in cves]}
    (data / "risk" / "known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))


def test_an_operator_is_told_what_by_when_and_why(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse", exposed="yes", service="patients can't see their results")
    tell(found, cast.operator)
    (task,) = rank(found, cast.hub)
    assert task.what == "Update sqlparse from 0.4.3 to 0.5.0 or later on the patient portal"
    assert task.by_when == "by Friday 4 December to be safe, and by Saturday 30 January 2027 at the latest"
    assert task.why.startswith("because it can be reached from the internet, it is not known whether")
    assert "patients can't see their results" in task.why
    assert "to you it is advice" in task.why
    assert task.inputs["in_kev"] == "unknown"
    assert task.decision["forensic_triage"] == "unknown"
    assert (task.due_earliest, task.due_latest) == (
        datetime(2026, 12, 4, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC),
    )
    assert [each.id for each in listed(cast.operator)] == [task.id]


def test_the_day_is_that_of_the_operators_calendar(cast: Any) -> None:
    found = flaw()
    clock.travel_to(datetime(2026, 12, 2, 3, tzinfo=UTC))  # still Tuesday evening in Chicago
    runs(cast.operator, "sqlparse", exposed="yes", time_zone="America/Chicago")
    (task,) = rank(found, cast.hub)
    assert task.by_when.startswith("by Friday 4 December")
    assert task.due_earliest == datetime(2026, 12, 5, 5, 59, 59, tzinfo=UTC)


def test_the_most_urgent_is_first_and_never_more_than_three_are_first(cast: Any, data: Any) -> None:
    names = ["quiet", "open", "attacked", "other"]
    flaws = {name: flaw(name) for name in names}
    flaws["attacked"].beside = [{"id": "GHSA-x", "aliases": ["CVE-2026-1"]}]
    flaws["quiet"].beside = [{"id": "CVE-2026-2", "aliases": []}]
    for each in flaws.values():
        each.save()
        tell(each, cast.operator)
    kev(data, "CVE-2026-1")
    runs(cast.operator, *names, exposed="no")
    for each in flaws.values():
        rank(each, cast.hub)
    ordered = [each.vulnerability.package.rpartition("/")[2] for each in listed(cast.operator)]
    assert ordered[0] == "attacked"  # at most 14 days; the unknown ones may wait for an upgrade
    assert ordered[-1] == "quiet"  # its earliest is 60 days
    assert len(ordered) == 4
    assert len(queries.first_three(cast.operator, cast.operator.organisation_id)) == 3


def test_an_operator_may_not_know_yet_and_its_days_have_not_begun(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse", exposed="yes")
    (draft,) = rank(found, cast.hub)
    assert draft.told_at is None
    assert listed(cast.operator) == []
    clock.travel_to(TUESDAY + timedelta(days=7))
    tell(found, cast.operator)
    (told,) = services.rank(found.id, actor=cast.hub)
    assert told.id == draft.id
    assert told.by_when.startswith("by Friday 11 December")
    assert ledger.entries(cast.operator).filter(kind="task.told").count() == 1
    assert not ledger.entries(cast.another_operator).filter(kind="task.told").exists()


def test_ranking_again_later_moves_no_deadline(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse", exposed="yes")
    tell(found, cast.operator)
    (first,) = rank(found, cast.hub)
    clock.travel_to(TUESDAY + timedelta(days=2))
    (again,) = services.rank(found.id, actor=cast.hub)
    assert (again.id, again.due_earliest, again.by_when) == (first.id, first.due_earliest, first.by_when)


def test_what_becomes_urgent_counts_from_then_and_is_never_due_later_than_before(
    cast: Any, data: Any
) -> None:
    found = flaw(beside=[{"id": "CVE-2026-1", "aliases": []}])
    runs(cast.operator, "sqlparse", exposed="no")
    tell(found, cast.operator)
    kev(data)
    (calm,) = rank(found, cast.hub)
    assert calm.due_earliest == datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC)
    kev(data, "CVE-2026-1")
    clock.travel_to(TUESDAY + timedelta(days=10))
    (urgent,) = services.rank(found.id, actor=cast.hub)
    assert urgent.due_earliest == datetime(2026, 12, 14, 23, 59, 59, tzinfo=UTC)  # 3 days from the 11th
    clock.travel_to(TUESDAY + timedelta(days=11))
    (again,) = services.rank(found.id, actor=cast.hub)
    assert again.due_earliest == urgent.due_earliest
    kev(data)
    (calmer,) = services.rank(found.id, actor=cast.hub)
    assert calmer.due_earliest == calm.due_earliest


def test_what_is_deployed_or_not_affected_leaves_the_list_and_what_is_mitigated_stays(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse", asset="portal")
    runs(cast.operator, "sqlparse", asset="lab")
    tell(found, cast.operator)
    rank(found, cast.hub)
    exposure.report_deployment(found.id, actor=cast.operator, state="deployed", asset="portal")
    exposure.report_deployment(found.id, actor=cast.operator, state="mitigated", asset="lab")
    assert [each.asset for each in listed(cast.operator)] == ["lab"]
    exposure.report_deployment(found.id, actor=cast.operator, state="not affected", reason="not loaded")
    assert listed(cast.operator) == []


def test_a_task_goes_when_its_asset_holds_nothing_affected_any_more(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse")
    rank(found, cast.hub)
    runs(cast.operator, "other")
    assert rank(found, cast.hub) == []
    assert not Task.objects.exists()


def test_nobody_else_sees_an_operators_list(cast: Any) -> None:
    found = flaw(public_at=clock.now())
    runs(cast.operator, "sqlparse")
    rank(found, cast.hub)
    assert len(listed(cast.operator)) == 1
    for viewer in (cast.another_operator, cast.finder, cast.authority, ANYONE):
        with pytest.raises(NotFound) as hidden:
            queries.tasks(viewer, cast.operator.organisation_id)
        with pytest.raises(NotFound) as absent:
            queries.tasks(viewer, "org_absent")
        words = str(hidden.value).replace(cast.operator.organisation_id, "")
        assert words == str(absent.value).replace("org_absent", "")
    with pytest.raises(NotYours):
        services.rank(found.id, actor=cast.operator)


def test_the_coordinators_decision_narrows_the_answer(cast: Any) -> None:
    cases = pytest.importorskip("headstart.cases.models")
    found = flaw(beside=[{"id": "CVE-2026-1", "aliases": []}])
    runs(cast.operator, "sqlparse", exposed="yes")
    case = cases.Case.objects.create(
        vulnerability=found, opened_at=clock.now(), automatable="no", impact="partial"
    )
    exposure.match(found.id, actor=cast.hub)
    (task,) = services.rank_case(case.id, actor=cast.hub)
    assert (task.inputs["automatable"], task.inputs["impact"]) == ("no", "partial")
    assert task.decision["possible"] == ["14D", "60D"]


def test_one_entry_for_each_vulnerability_that_was_ranked_for_the_hub_alone(cast: Any) -> None:
    found = flaw()
    runs(cast.operator, "sqlparse")
    rank(found, cast.hub)
    entry = ledger.entries(cast.hub).get(kind="priority.ranked")
    assert (entry.subject, entry.details) == (found.urn, {"tasks": 1, "operators": 1})
    assert not ledger.entries(cast.operator).filter(kind="priority.ranked").exists()
