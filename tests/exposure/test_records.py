"""Inventories, hits and deployments in the records: whose they are, and who never sees them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from headstart import clock
from headstart.errors import NotFound
from headstart.exposure import queries, services
from headstart.exposure.errors import (
    AssetInvalid,
    AssetNotFound,
    InventoryInvalid,
    InventoryNotFound,
    ReasonMissing,
    StateUnknown,
)
from headstart.exposure.models import Component, Deployment, Hit, Inventory
from headstart.exposure.rules.states import State
from headstart.ledger import queries as ledger
from headstart.ledger.models import Entry
from headstart.people import services as people
from headstart.people.errors import NotYours
from headstart.people.rules import ANYONE, Kind, Viewer
from headstart.vulnerabilities.models import Reader, Vulnerability

pytestmark = pytest.mark.django_db


def sbom(*purls: str, **more: Any) -> bytes:
    listed = [{"name": "x", "purl": each} if each.startswith("pkg:") else {"name": each} for each in purls]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed, **more}).encode()


@pytest.fixture
def hub() -> Viewer:
    return people.found_hub("Hub").as_viewer()


def operator(name: str, hub: Viewer) -> Viewer:
    return people.admit(name, Kind.OPERATOR, actor=hub).as_viewer()


@pytest.fixture
def hospital(hub: Viewer) -> Viewer:
    return operator("Hospital", hub)


@pytest.fixture
def bank(hub: Viewer) -> Viewer:
    return operator("Bank", hub)


@pytest.fixture
def flaw() -> Vulnerability:
    return Vulnerability.objects.create(
        package="pkg:pypi/sqlparse",
        title="Recursion",
        summary="",
        affected_vers="vers:pypi/>=0.1|<0.5.0",
        opened_at=clock.now(),
    )


def tell(flaw: Vulnerability, viewer: Viewer) -> None:
    Reader.objects.create(vulnerability=flaw, organisation_id=viewer.organisation_id)


def test_an_operator_hands_in_what_an_asset_runs(hospital: Viewer) -> None:
    made = services.hand_in(
        sbom("pkg:pypi/a@1", "pkg:pypi/a@1", "pkg:npm/b@2"), actor=hospital, asset="portal", exposed="yes"
    )
    assert (made.component_count, made.format, made.exposed) == (2, "CycloneDX 1.6", "yes")
    found = queries.components(hospital, made.id)
    assert [each.purl for each in found] == ["pkg:pypi/a@1", "pkg:npm/b@2"]


def test_a_component_that_two_operators_run_is_written_once(hospital: Viewer, bank: Viewer) -> None:
    for viewer in (hospital, bank):
        services.hand_in(sbom("pkg:pypi/a@1"), actor=viewer, asset="web")
    assert Component.objects.count() == 1
    assert Inventory.objects.count() == 2


def test_the_newest_inventory_of_an_asset_takes_the_place_of_the_one_before(hospital: Viewer) -> None:
    first = services.hand_in(sbom("pkg:pypi/a@1"), actor=hospital, asset="portal")
    again = services.hand_in(sbom("pkg:pypi/a@1"), actor=hospital, asset="portal")
    second = services.hand_in(sbom("pkg:pypi/a@2"), actor=hospital, asset="portal")
    assert again.id == first.id
    assert list(queries.inventories(hospital)) == [second]
    assert queries.inventory(hospital, first.id).superseded_at is not None


def test_a_broken_inventory_leaves_nothing_behind(hospital: Viewer) -> None:
    entries = Entry.objects.count()
    with pytest.raises(InventoryInvalid):
        services.hand_in(sbom("pkg:pypi/a@1")[:-5], actor=hospital, asset="portal")
    assert (Inventory.objects.count(), Component.objects.count()) == (0, 0)
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    "wrong", [{"asset": " "}, {"asset": "a" * 201}, {"exposed": "maybe"}, {"time_zone": "Mars/Base"}]
)
def test_an_asset_that_can_not_be_is_refused(wrong: dict[str, str], hospital: Viewer) -> None:
    with pytest.raises(AssetInvalid):
        services.hand_in(sbom("pkg:pypi/a@1"), actor=hospital, **{"asset": "portal", **wrong})


def test_only_operators_have_inventories(hub: Viewer) -> None:
    for viewer in (hub, ANYONE):
        with pytest.raises(NotYours):
            services.hand_in(sbom("pkg:pypi/a@1"), actor=viewer, asset="portal")


def test_matching_finds_who_runs_it_and_says_unknown_where_it_does_not_know(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3", "pkg:pypi/b@1"), actor=hospital, asset="portal")
    services.hand_in(sbom("pkg:pypi/sqlparse", "sqlparse"), actor=hospital, asset="lab")
    services.hand_in(sbom("pkg:pypi/sqlparse@0.5.0"), actor=bank, asset="web")
    hits = services.match(flaw.id, actor=hub)
    found = {(each.inventory.asset, str(each.component), each.affected, each.fixed) for each in hits}
    assert found == {
        ("portal", "pkg:pypi/sqlparse@0.4.3", "yes", "0.5.0"),
        ("lab", "pkg:pypi/sqlparse", "unknown", "0.5.0"),
        ("lab", "sqlparse (version unknown)", "unknown", "0.5.0"),
    }


def test_matching_again_changes_nothing_and_a_corrected_range_clears(
    hub: Viewer, hospital: Viewer, flaw: Vulnerability
) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    (first,) = services.match(flaw.id, actor=hub)
    (again,) = services.match(flaw.id, actor=hub)
    assert (again.id, again.found_at, Hit.objects.count()) == (first.id, first.found_at, 1)
    flaw.affected_vers = "vers:pypi/<0.4"
    flaw.save()
    assert services.match(flaw.id, actor=hub) == []
    assert Hit.objects.get().cleared_at is not None
    flaw.affected_vers = ""
    flaw.save()
    (back,) = services.match(flaw.id, actor=hub)
    assert (back.id, back.affected, back.cleared_at) == (first.id, "unknown", None)


def test_a_new_inventory_is_matched_with_everything_known(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=bank, asset="web")
    services.match(flaw.id, actor=hub)
    made = services.hand_in(sbom("pkg:pypi/sqlparse@0.1"), actor=hospital, asset="portal")
    hits = services.match_inventory(made.id, actor=hub)
    assert [each.inventory_id for each in hits] == [made.id]
    assert Hit.objects.filter(cleared_at__isnull=True).count() == 2
    assert len(services.match_inventory(made.id, actor=hospital)) == 1
    with pytest.raises(InventoryNotFound):
        services.match_inventory(made.id, actor=bank)


def test_nobody_but_its_operator_sees_an_inventory_a_component_or_a_hit(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    made = services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    services.match(flaw.id, actor=hub)
    flaw.public_at = clock.now()
    flaw.save()
    assert queries.hits(hospital).count() == 1
    for viewer in (hub, bank, ANYONE):
        assert not queries.inventories(viewer).exists()
        assert not queries.hits(viewer).exists()
        assert not queries.deployments(viewer).exists()
        for read in (queries.inventory, queries.components):
            with pytest.raises(NotFound) as hidden:
                read(viewer, made.id)
            with pytest.raises(NotFound) as absent:
                read(viewer, "inv_absent")
            assert str(hidden.value).replace(made.id, "") == str(absent.value).replace("inv_absent", "")


def test_an_operator_has_no_hits_of_what_it_may_not_know_of_yet(
    hub: Viewer, hospital: Viewer, flaw: Vulnerability
) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    services.match(flaw.id, actor=hub)
    assert not queries.hits(hospital).exists()
    assert queries.unpatched_by_day(hospital, opens=clock.now(), until=clock.now()) == []
    tell(flaw, hospital)
    assert queries.hits(hospital).count() == 1
    assert len(queries.unpatched_by_day(hospital, opens=clock.now(), until=clock.now())) == 1


def test_the_hub_sees_counts(hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    services.hand_in(sbom("pkg:pypi/sqlparse"), actor=bank, asset="web")
    services.match(flaw.id, actor=hub)
    seen = queries.counts(hub, flaw.id)
    assert (seen.operators, seen.assets, seen.affected, seen.unknown) == (2, 2, 1, 1)
    with pytest.raises(NotFound):
        queries.counts(bank, flaw.id)
    tell(flaw, bank)
    own = queries.counts(bank, flaw.id)
    assert (own.operators, own.assets, own.affected, own.unknown) == (1, 1, 0, 1)


def test_the_ledger_tells_an_operators_doings_to_it_and_the_hub_alone(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    services.match(flaw.id, actor=hub)
    tell(flaw, hospital)
    services.report_deployment(flaw.id, actor=hospital, state="deployed")
    kinds = ["inventory.handed_in", "deployment.reported"]
    assert list(ledger.entries(hospital).filter(kind__in=kinds).values_list("kind", flat=True)) == kinds
    for viewer in (bank, ANYONE):
        assert not ledger.entries(viewer).filter(kind__in=[*kinds, "exposure.matched"]).exists()
    matched = ledger.entries(hub).get(kind="exposure.matched")
    assert (matched.subject, matched.details) == (flaw.urn, {"hits": 1, "inventories": 1})
    assert "portal" not in json.dumps([each.details for each in ledger.entries(hub)])


def test_what_was_reported_before_is_kept(hub: Viewer, hospital: Viewer, flaw: Vulnerability) -> None:
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    tell(flaw, hospital)
    for state in ("planned", "deployed", "not yet"):
        services.report_deployment(flaw.id, actor=hospital, state=state, asset="portal")
    assert [each.state for each in queries.deployments(hospital)] == ["planned", "deployed", "not yet"]
    assert queries.states(hospital.organisation_id) == {(flaw.id, "portal"): State.NOT_YET}
    services.report_deployment(flaw.id, actor=hospital, state="mitigated")
    assert queries.states(hospital.organisation_id) == {(flaw.id, ""): State.MITIGATED}


def test_a_report_that_can_not_be_is_refused(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    tell(flaw, hospital)
    with pytest.raises(ReasonMissing):
        services.report_deployment(flaw.id, actor=hospital, state="not affected", reason=" ")
    with pytest.raises(StateUnknown, match="deployed"):
        services.report_deployment(flaw.id, actor=hospital, state="done")
    with pytest.raises(AssetNotFound):
        services.report_deployment(flaw.id, actor=hospital, state="deployed", asset="another's")
    with pytest.raises(NotFound):
        services.report_deployment(flaw.id, actor=bank, state="deployed")
    with pytest.raises(NotYours):
        services.report_deployment(flaw.id, actor=hub, state="deployed")
    assert not Deployment.objects.exists()


def test_the_days_count_down_as_operators_patch(
    hub: Viewer, hospital: Viewer, bank: Viewer, flaw: Vulnerability
) -> None:
    start = clock.now()
    for viewer, asset in ((hospital, "portal"), (hospital, "lab"), (bank, "web")):
        services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3", f"pkg:pypi/{asset}@1"), actor=viewer, asset=asset)
    services.match(flaw.id, actor=hub)
    tell(flaw, hospital)
    Hit.objects.update(found_at=start + timedelta(days=1))
    clock.travel_to(start + timedelta(days=3))
    services.report_deployment(flaw.id, actor=hospital, state="deployed", asset="lab")
    clock.travel_to(start + timedelta(days=5))
    lines = queries.unpatched_by_day(hub, opens=start, until=start + timedelta(days=30))
    days = {each.name: [(point.unpatched, point.of) for point in each.points] for each in lines}
    assert days["Hospital"][:6] == [(0, 0), (2, 2), (2, 2), (2, 2), (1, 2), (1, 2)]
    assert days["Bank"][-1] == (1, 1)
    assert {each.name: each.total for each in lines} == {"Bank": 1, "Hospital": 2}
    assert lines[0].points[-1].at < start + timedelta(days=6)  # nothing is said of days to come


def test_what_a_newer_inventory_no_longer_holds_is_patched(
    hub: Viewer, hospital: Viewer, flaw: Vulnerability
) -> None:
    start = clock.now()
    services.hand_in(sbom("pkg:pypi/sqlparse@0.4.3"), actor=hospital, asset="portal")
    services.match(flaw.id, actor=hub)
    made = services.hand_in(sbom("pkg:pypi/sqlparse@0.5.1"), actor=hospital, asset="portal")
    services.match_inventory(made.id, actor=hub)
    (line,) = queries.unpatched_by_day(hub, opens=start, until=clock.now())
    assert (line.points[-1].unpatched, line.points[-1].of) == (0, 1)
