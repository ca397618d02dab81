"""The scans room's reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from headstart import clock
from headstart.people.rules import Viewer
from headstart.scans.errors import ClaimNotFound
from headstart.scans.models import Claim
from headstart.scans.rules.claims import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much one package was looked at. Names nobody."""

    package: str
    claims: int
    claimed_until: datetime | None  # None: nobody is looking now
    last_until: datetime


def claims(viewer: Viewer) -> QuerySet[Claim]:
    """What the viewer may see: the hub all; an organisation its own."""
    found = Claim.objects.select_related("claimant")
    return found if viewer.is_hub else found.filter(claimant_id=viewer.organisation_id)


def claim(viewer: Viewer, claim_id: str) -> Claim:
    """One claim.

    Raises:
        ClaimNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = claims(viewer).filter(id=claim_id).first()
    if found is None:
        raise ClaimNotFound(claim_id)
    return found


def on_package(package: str) -> QuerySet[Claim]:
    """Claims on a package that are active as written, for deconfliction; who they belong to is told to nobody."""
    return Claim.objects.filter(package=package, state=State.ACTIVE)


def coverage(viewer: Viewer) -> Iterator[Coverage]:
    """Which packages were looked at: for the hub all, for others those that they claimed themselves."""
    now = clock.now()
    by_package: dict[str, list[Claim]] = {}
    for each in claims(viewer).order_by("package", "since"):
        by_package.setdefault(each.package, []).append(each)
    for package, held in by_package.items():
        active = [each.until for each in held if each.state_at(now) is State.ACTIVE]
        yield Coverage(
            package=package,
            claims=len(held),
            claimed_until=max(active, default=None),
            last_until=max(each.until for each in held),
        )
