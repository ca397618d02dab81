"""The exposure room's reads: an operator sees its own alone; the hub sees counts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from headstart import clock
from headstart.exposure.errors import InventoryNotFound
from headstart.exposure.models import Component, Deployment, Hit, Inventory
from headstart.exposure.rules.days import Point, Report, Spell, by_day
from headstart.exposure.rules.states import State
from headstart.packages.rules.ranges import Affected
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities.models import Vulnerability


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far a vulnerability reaches, without saying whom."""

    operators: int
    assets: int
    affected: int
    unknown: int
    """Hits of which only more knowledge can say whether they are affected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One operator's days: for each, how many of its hits were still unpatched."""

    operator_id: str
    name: str
    points: tuple[Point, ...]
    total: int
    """Pairs of vulnerability and asset at the last of the days."""


def inventories(viewer: Viewer) -> QuerySet[Inventory]:
    """The viewer's own current inventories."""
    return Inventory.objects.filter(operator_id=viewer.organisation_id, superseded_at__isnull=True)


def inventory(viewer: Viewer, inventory_id: str) -> Inventory:
    """One of the viewer's own inventories, older ones too.

    Raises:
        InventoryNotFound: absent, or another organisation's: the two look alike.
    """
    found = Inventory.objects.filter(operator_id=viewer.organisation_id, id=inventory_id).first()
    if found is None:
        raise InventoryNotFound(inventory_id)
    return found


def components(viewer: Viewer, inventory_id: str) -> QuerySet[Component]:
    """What one of the viewer's own inventories holds.

    Raises:
        InventoryNotFound: absent, or another organisation's.
    """
    return inventory(viewer, inventory_id).components.order_by("name", "version", "id")


def hits(viewer: Viewer, *, vulnerability_id: str | None = None) -> QuerySet[Hit]:
    """The viewer's own hits that stand today, of vulnerabilities that it may know of by now."""
    known = vulnerabilities.vulnerabilities(viewer).values("id")
    found = standing().filter(inventory__operator_id=viewer.organisation_id, vulnerability__in=known)
    if vulnerability_id is not None:
        found = found.filter(vulnerability_id=vulnerability_id)
    return found.select_related("vulnerability", "inventory", "component")


def standing() -> QuerySet[Hit]:
    """Every hit that stands today, whoever's: for the house's own rooms (ranking), not for people."""
    return Hit.objects.filter(cleared_at__isnull=True, inventory__superseded_at__isnull=True)


def deployments(viewer: Viewer, *, vulnerability_id: str | None = None) -> QuerySet[Deployment]:
    """All that the viewer itself has reported, oldest first."""
    found = Deployment.objects.filter(operator_id=viewer.organisation_id)
    return found.filter(vulnerability_id=vulnerability_id) if vulnerability_id is not None else found


def states(operator_id: str) -> dict[tuple[str, str], State]:
    """What an operator last said of each (vulnerability, asset); asset `""`: of all that it says nothing newer of.

    For the house's own rooms (ranking), not for people.
    """
    said: dict[tuple[str, str], State] = {}
    for each in Deployment.objects.filter(operator_id=operator_id).order_by("reported_at", "id"):
        if not each.asset:
            said = {pair: state for pair, state in said.items() if pair[0] != each.vulnerability_id}
        said[each.vulnerability_id, each.asset] = State(each.state)
    return said


def counts(viewer: Viewer, vulnerability_id: str) -> Counts:
    """How many operators and assets a vulnerability reaches: for the hub; an operator counts its own.

    Raises:
        VulnerabilityNotFound: absent, or not this viewer's to see.
    """
    seen = vulnerabilities.vulnerability(viewer, vulnerability_id)
    found = standing().filter(vulnerability=seen)
    if not viewer.is_hub:
        found = found.filter(inventory__operator_id=viewer.organisation_id)
    rows = list(found.values_list("inventory__operator_id", "inventory_id", "affected"))
    return Counts(
        operators=len({operator for operator, _, _ in rows}),
        assets=len({asset for _, asset, _ in rows}),
        affected=sum(affected == Affected.YES for _, _, affected in rows),
        unknown=sum(affected == Affected.UNKNOWN for _, _, affected in rows),
    )


def unpatched_by_day(viewer: Viewer, *, opens: datetime, until: datetime) -> list[Line]:
    """For each operator, a point a day: its hits (vulnerability x asset) that are unpatched, of those known by then.

    The days end today where `until` is later: nothing is said of days to come. The hub sees every operator that has
    hits, as counts; an operator its own line, of what it may know; anyone else nothing.
    """
    operators = Organisation.objects.filter(kind=Kind.OPERATOR).order_by("name")
    found = Hit.objects.filter(cleared_at__isnull=True)
    if not viewer.is_hub:
        operators = operators.filter(id=viewer.organisation_id)
        known = vulnerabilities.vulnerabilities(viewer).values("id")
        found = found.filter(inventory__operator_id=viewer.organisation_id, vulnerability__in=known)
    spells: dict[str, list[Spell]] = {}
    for row in found.annotate(
        operator=F("inventory__operator_id"), asset=F("inventory__asset"), end=F("inventory__superseded_at")
    ).values("operator", "vulnerability_id", "asset", "found_at", "end"):
        spell = Spell(
            vulnerability=row["vulnerability_id"], asset=row["asset"], since=row["found_at"], until=row["end"]
        )
        spells.setdefault(row["operator"], []).append(spell)
    end = max(opens, min(until, clock.now()))
    return [_line(each, spells[each.id], opens=opens, until=end) for each in operators if each.id in spells]


def pairs(known: QuerySet[Vulnerability]) -> QuerySet[Hit]:
    """Every hit of those vulnerabilities, whoever's, corrected and superseded ones too, to be counted.

    For the house's own rooms (outcomes), which have asked who is looking; not for people.
    """
    return Hit.objects.filter(vulnerability__in=known.values("id"))


def said(known: QuerySet[Vulnerability]) -> QuerySet[Deployment]:
    """All that operators said that they had done about those vulnerabilities, oldest first. As `pairs`."""
    return Deployment.objects.filter(vulnerability__in=known.values("id")).order_by("reported_at", "id")


def _line(operator: Organisation, spells: list[Spell], *, opens: datetime, until: datetime) -> Line:
    reports = [
        Report(
            vulnerability=each.vulnerability_id,
            asset=each.asset,
            state=State(each.state),
            at=each.reported_at,
        )
        for each in Deployment.objects.filter(operator=operator)
    ]
    points = by_day(opens, until, spells, reports)
    return Line(operator_id=operator.id, name=operator.name, points=points, total=points[-1].of)
