"""The exposure room's writes: hand in an inventory, match, report what was deployed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from headstart import clock
from headstart.exposure import queries, work
from headstart.exposure.errors import AssetInvalid, AssetNotFound, ReasonMissing, StateUnknown
from headstart.exposure.models import Component, Deployment, Hit, Inventory
from headstart.exposure.rules.components import Component as Value
from headstart.exposure.rules.components import identity, lookup, unnamed
from headstart.exposure.rules.documents import Inventory as Document
from headstart.exposure.rules.documents import parse
from headstart.exposure.rules.hits import Interest
from headstart.exposure.rules.states import NEEDS_REASON, Exposed, State
from headstart.ledger import services as ledger
from headstart.packages.errors import RangeInvalid
from headstart.packages.rules import purl as purls
from headstart.packages.rules.ranges import Range
from headstart.people import queries as people
from headstart.people.errors import NotYours
from headstart.people.rules import Kind, Viewer
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities.models import Vulnerability

BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """An inventory's components, as far as a matching needs them; named by the inventory's id."""

    name: str
    components: Sequence[Value]


def hand_in(
    document: Path | bytes,
    *,
    actor: Viewer,
    asset: str,
    exposed: str = Exposed.UNKNOWN,
    service: str = "",
    time_zone: str = "UTC",
) -> Inventory:
    """Take an operator's inventory of one asset; it takes the place of the one before.

    The very same again changes nothing, and gives the inventory that is here.

    Raises:
        NotYours: the actor is no operator.
        AssetInvalid: no name for the asset, or a word for its reach or time zone that there is not.
        InventoryInvalid: one of its subclasses; nothing is stored.
    """
    if actor.kind is not Kind.OPERATOR:
        raise NotYours("hand in an inventory", "an operator")
    _check(asset, exposed, time_zone)
    read = parse(document, name="the inventory") if isinstance(document, bytes) else work.read(document)
    said = {"exposed": Exposed(exposed), "service": service, "time_zone": time_zone}
    with transaction.atomic():
        before = queries.inventories(actor).select_for_update().filter(asset=asset).first()
        if before is not None and _says(before, digest=read.digest, **said):
            return before
        now = clock.now()
        if before is not None:
            before.superseded_at = now
            before.save(update_fields=["superseded_at"])
        made = Inventory.objects.create(
            operator_id=actor.organisation_id,
            asset=asset,
            format=read.format,
            digest=read.digest,
            component_count=len(read.components),
            received_at=now,
            **said,
        )
        _hold(made, read)
        ledger.append(
            actor=actor.organisation_id,
            kind="inventory.handed_in",
            subject=made.urn,
            details={"format": read.format, "digest": read.digest, "components": made.component_count},
            audience=[actor.organisation_id],
        )
    return made


def _check(asset: str, exposed: str, time_zone: str) -> None:
    if not asset.strip() or len(asset) > 200:
        raise AssetInvalid("its name has 1 to 200 characters")
    if exposed not in set(Exposed):
        raise AssetInvalid(f"exposed is yes, no or unknown, not {exposed!r}")
    if not work.is_zone(time_zone):
        raise AssetInvalid(f"{time_zone!r} is no time zone such as America/Chicago")


def _says(inventory: Inventory, **fields: str) -> bool:
    return all(getattr(inventory, name) == value for name, value in fields.items())


def _hold(inventory: Inventory, read: Document) -> None:
    """Write an inventory's components; one that any inventory holds already is not written again."""
    rows = [
        Component(
            id=identity(each),
            package=each.package,
            lookup=lookup(each),
            ecosystem=each.ecosystem,
            name=each.name,
            version=each.version,
        )
        for each in read.components
    ]
    Component.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    through = Inventory.components.through
    held = dict.fromkeys(each.id for each in rows)
    through.objects.bulk_create(
        (through(inventory_id=inventory.id, component_id=each) for each in held), batch_size=BATCH
    )


@transaction.atomic
def match(vulnerability_id: str, *, actor: Viewer) -> list[Hit]:
    """Find every asset that holds what a vulnerability affects, or may affect. Again, it finds what has changed since.

    Raises:
        NotYours: the actor is not the hub.
        VulnerabilityNotFound: there is none.
    """
    if not actor.is_hub:
        raise NotYours("match the inventories", "the hub")
    vulnerability = vulnerabilities.vulnerability(actor, vulnerability_id)
    interest = _interest(vulnerability)
    hits = _write(vulnerability, interest, _shelves([interest]), only=None)
    _record(vulnerability, hits, actor)
    return hits


@transaction.atomic
def match_inventory(inventory_id: str, *, actor: Viewer) -> list[Hit]:
    """Find what one inventory, newly handed in, holds of everything that is known.

    Raises:
        NotYours: the actor is neither the hub nor the operator.
        InventoryNotFound: absent, or not this actor's to see.
    """
    found = Inventory.objects.filter(id=inventory_id).first() if actor.is_hub else None
    inventory = found or queries.inventory(actor, inventory_id)
    held = set(inventory.components.values_list("lookup", flat=True))
    hits: list[Hit] = []
    for vulnerability in Vulnerability.objects.all():
        interest = _interest(vulnerability)
        if held.isdisjoint(_lookups(interest)):
            continue
        shelves = _shelves([interest], inventory)
        written = _write(vulnerability, interest, shelves, only=inventory)
        _record(vulnerability, written, actor)
        hits += written
    return hits


def _interest(vulnerability: Vulnerability) -> Interest:
    return Interest(
        id=vulnerability.id,
        purl=purls.parse(vulnerability.package),
        range=_range(vulnerability),
    )


def _range(vulnerability: Vulnerability) -> Range | None:
    """What is affected; None, which is unknown and not "nothing", where the records don't say or can't be read."""
    try:
        return vulnerabilities.seen_range(people.hub(), vulnerability)
    except RangeInvalid:
        return None


def _lookups(interest: Interest) -> set[str]:
    return {interest.package, *map(unnamed, interest.bare_names)}


def _shelves(interests: Iterable[Interest], inventory: Inventory | None = None) -> list[_Shelf]:
    """The current inventories that hold something of these packages' names, and of each only that."""
    through = Inventory.components.through
    names = set().union(*map(_lookups, interests))
    where = Q(component__lookup__in=names, inventory__superseded_at__isnull=True)
    if inventory is not None:
        where &= Q(inventory=inventory)
    rows = through.objects.filter(where).select_related("component").order_by("inventory_id", "component_id")
    return [
        _Shelf(name=name, components=tuple(row.component.as_value() for row in group))
        for name, group in groupby(rows, key=lambda row: row.inventory_id)
    ]


def _write(
    vulnerability: Vulnerability, interest: Interest, shelves: list[_Shelf], *, only: Inventory | None
) -> list[Hit]:
    """Write the hits of a vulnerability that stand now; one that was here keeps the day on which it was found."""
    now = clock.now()
    before = Hit.objects.filter(vulnerability=vulnerability, inventory__superseded_at__isnull=True)
    here = before if only is None else before.filter(inventory=only)
    known = {(each.inventory_id, each.component_id): each for each in here}
    made: list[Hit] = []
    kept: list[Hit] = []
    for found in work.match(shelves, [interest]):
        place = (found.inventory, identity(found.component))
        if place in known:
            kept.append(hit := known.pop(place))
        else:
            hit = Hit(vulnerability=vulnerability, inventory_id=place[0], component_id=place[1], found_at=now)
            made.append(hit)
        hit.affected, hit.fixed, hit.cleared_at = found.affected, found.fixed or "", None
    gone = [each for each in known.values() if each.cleared_at is None]
    for each in gone:
        each.cleared_at = now
    Hit.objects.bulk_create(made, batch_size=BATCH)
    Hit.objects.bulk_update(kept + gone, ["affected", "fixed", "cleared_at"], batch_size=200)
    return made + kept


def _record(vulnerability: Vulnerability, hits: Sequence[Hit], actor: Viewer) -> None:
    """How many, for the hub alone: an operator is told by its own list, once it may know."""
    ledger.append(
        actor=actor.organisation_id,
        kind="exposure.matched",
        subject=vulnerability.urn,
        details={"hits": len(hits), "inventories": len({each.inventory_id for each in hits})},
    )


@transaction.atomic
def report_deployment(
    vulnerability_id: str, *, actor: Viewer, state: str, reason: str = "", asset: str = ""
) -> Deployment:
    """Say what was done about a vulnerability, on one asset or on all (`asset` empty); what was said before is kept.

    Raises:
        NotYours: the actor is no operator.
        VulnerabilityNotFound: absent, or not this actor's to see.
        AssetNotFound: the actor has no asset of that name.
        StateUnknown: no such state.
        ReasonMissing: "not affected" without a reason.
    """
    if actor.kind is not Kind.OPERATOR:
        raise NotYours("report a deployment", "an operator")
    vulnerability = vulnerabilities.vulnerability(actor, vulnerability_id)
    if state not in set(State):
        raise StateUnknown(state, ", ".join(State))
    if state in NEEDS_REASON and not reason.strip():
        raise ReasonMissing(state)
    if asset and not queries.inventories(actor).filter(asset=asset).exists():
        raise AssetNotFound(asset)
    made = Deployment.objects.create(
        operator_id=actor.organisation_id,
        vulnerability=vulnerability,
        asset=asset,
        state=state,
        reason=reason,
        reported_at=clock.now(),
    )
    ledger.append(
        actor=actor.organisation_id,
        kind="deployment.reported",
        subject=vulnerability.urn,
        details={"state": state, "deployment": made.id},
        audience=[actor.organisation_id],
    )
    return made
