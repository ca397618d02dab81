"""The advisories room's reads."""

from pathlib import Path

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery

from headstart.advisories.errors import AdvisoryNotFound, FileNotPublished
from headstart.advisories.models import Advisory, Release
from headstart.advisories.rules.content import Tier
from headstart.advisories.rules.index import INDEX_NAME, is_name
from headstart.people.models import Organisation
from headstart.people.rules import FIRST_TO_KNOW, Viewer


def may_follow(viewer: Viewer, tier: Tier | str) -> bool:
    """Whether the viewer may have a tier's files: everyone's anyone; the first, who is named, and the hub."""
    return tier == Tier.EVERYONE or viewer.is_hub or viewer.kind in FIRST_TO_KNOW


def advisories(viewer: Viewer) -> QuerySet[Advisory]:
    """What the viewer may see: the hub all; parties their case's, drafts too; others what their tier was told."""
    found = Advisory.objects.select_related("vulnerability")
    if viewer.is_hub:
        return found
    told = Q(releases__tier=Tier.EVERYONE)
    if may_follow(viewer, Tier.FIRST):
        told |= Q(releases__tier=Tier.FIRST)
    if not viewer.is_public:
        told |= Q(vulnerability__case__parties__organisation_id=viewer.organisation_id)
    return found.filter(told).distinct()


def advisory(viewer: Viewer, advisory_id: str) -> Advisory:
    """One advisory, by its id or its tracking id.

    Raises:
        AdvisoryNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = advisories(viewer).filter(Q(id=advisory_id) | Q(tracking_id=advisory_id)).first()
    if found is None:
        raise AdvisoryNotFound(advisory_id)
    return found


def of_vulnerability(viewer: Viewer, vulnerability_id: str) -> Advisory | None:
    """The advisory of a vulnerability, if there is one and the viewer may see it."""
    return advisories(viewer).filter(vulnerability_id=vulnerability_id).first()


def releases(viewer: Viewer, advisory_id: str) -> QuerySet[Release]:
    """When an advisory was released to the tiers that the viewer may follow, oldest first.

    Raises:
        AdvisoryNotFound: absent, or not this viewer's to see.
    """
    seen = advisory(viewer, advisory_id)
    tiers = [tier for tier in Tier if may_follow(viewer, tier)]
    return Release.objects.filter(advisory=seen, tier__in=tiers)


def told(viewer: Viewer, tier: Tier | str) -> QuerySet[Advisory]:
    """Those that a tier was told, of what the viewer may see; none where the viewer may not follow that tier."""
    if not may_follow(viewer, tier):
        return Advisory.objects.none()
    released = Release.objects.filter(tier=tier).values("advisory_id")
    return advisories(viewer).filter(id__in=released)


def first_release(vulnerability: OuterRef, tier: Tier) -> Subquery:
    """When a tier was told of a vulnerability, for a query about many; None where it was not.

    For the house's own rooms (outcomes); not for people.
    """
    released = Release.objects.filter(advisory__vulnerability=vulnerability, tier=tier).order_by("at")
    return Subquery(released.values("at")[:1])


def published_file(viewer: Viewer, tier: Tier | str, name: str) -> Path:
    """A file of a tier as it was published, for a door to hand out byte for byte.

    Raises:
        FileNotPublished: absent, no name of a tier's file, or not this viewer's to have: they look alike.
    """
    known = tier in set(Tier) and (name == INDEX_NAME or is_name(name))
    path = Path(settings.HEADSTART_DATA) / "published" / str(tier) / name
    if not known or not may_follow(viewer, tier) or not path.is_file():
        raise FileNotPublished(str(tier), name)
    return path


def first_to_know() -> list[str]:
    """The organisations of the first tier, for the ledger's audience."""
    return sorted(Organisation.objects.filter(kind__in=FIRST_TO_KNOW).values_list("id", flat=True))
