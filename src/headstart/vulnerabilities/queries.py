"""The vulnerabilities room's reads."""

from collections.abc import Sequence

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from headstart.findings import queries as findings
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, Range, observed, parse_vers
from headstart.packages.rules.versions import order
from headstart.people.rules import FIRST_TO_KNOW, Viewer
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import rules
from headstart.vulnerabilities.errors import VulnerabilityNotFound
from headstart.vulnerabilities.models import Membership, Vulnerability


def vulnerabilities(viewer: Viewer) -> QuerySet[Vulnerability]:
    """What the viewer may see: the hub all; finders and parties theirs; the first tier
    what it was told; everyone what is public."""
    found = Vulnerability.objects.all()
    if viewer.is_hub:
        return found
    public = Q(public_at__isnull=False)
    if viewer.is_public:
        return found.filter(public)
    if viewer.kind in FIRST_TO_KNOW:
        public |= Q(told_first_at__isnull=False)
    finder = Q(memberships__finding__finder_id=viewer.organisation_id, memberships__undone_at__isnull=True)
    party = Q(readers__organisation_id=viewer.organisation_id)
    return found.filter(public | finder | party).distinct()


def vulnerability(viewer: Viewer, vulnerability_id: str) -> Vulnerability:
    """One vulnerability.

    Raises:
        VulnerabilityNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = vulnerabilities(viewer).filter(id=vulnerability_id).first()
    if found is None:
        raise VulnerabilityNotFound(vulnerability_id)
    return found


def memberships(viewer: Viewer, vulnerability_id: str) -> QuerySet[Membership]:
    """The findings of a vulnerability with their evidence, undone ones too: for the hub, finders and parties.

    The public sees none, also of a public vulnerability: reports stay between those who wrote and got them.

    Raises:
        VulnerabilityNotFound: absent, or not this viewer's to see.
    """
    seen = vulnerability(viewer, vulnerability_id)
    found = Membership.objects.filter(vulnerability=seen).select_related("finding", "finding__finder")
    if viewer.is_hub or seen.readers.filter(organisation_id=viewer.organisation_id).exists():
        return found
    return found.filter(finding__finder_id=viewer.organisation_id)


def of_finding(viewer: Viewer, finding_id: str) -> Vulnerability | None:
    """The vulnerability that a finding belongs to, if it does and the viewer may see it."""
    return (
        vulnerabilities(viewer)
        .filter(memberships__finding_id=finding_id, memberships__undone_at__isnull=True)
        .first()
    )


def homes(counted: findings.Counted) -> QuerySet[Vulnerability]:
    """The vulnerabilities of what is counted, with `.known_at` (its first finding joined) and `.left_at` (the last one
    was taken out; None: one is in it today).

    For the house's own rooms (outcomes), which have asked who is looking; not for people.
    """
    members = Membership.objects.filter(counted.where("finding__"))
    here = members.filter(vulnerability=OuterRef("pk"))
    last = here.order_by(F("undone_at").desc(nulls_first=True))
    return Vulnerability.objects.filter(id__in=members.values("vulnerability_id")).annotate(
        known_at=Subquery(here.order_by("since").values("since")[:1]),
        left_at=Subquery(last.values("undone_at")[:1]),
    )


def ranged(viewer: Viewer) -> QuerySet[Vulnerability]:
    """Those whose affected releases are known."""
    return vulnerabilities(viewer).exclude(affected_vers="")


def readers_of(vulnerability: Vulnerability) -> list[str]:
    """The organisations that a ledger entry about this vulnerability may be shown to."""
    finders = vulnerability.memberships.filter(undone_at__isnull=True).values_list(
        "finding__finder_id", flat=True
    )
    parties = vulnerability.readers.values_list("organisation_id", flat=True)
    return sorted({*finders, *parties})


def seen_range(viewer: Viewer, vulnerability: Vulnerability) -> Range | None:
    """Which releases are affected, as it was seen: what did not run stays unknown, which a `vers` can't say.

    None where nothing is known yet.
    """
    runs = releases_run(viewer, vulnerability)
    if runs:
        return observed(parse(vulnerability.package).ecosystem, runs)
    return parse_vers(vulnerability.affected_vers) if vulnerability.affected_vers else None


def releases_run(viewer: Viewer, vulnerability: Vulnerability) -> dict[str, Affected]:
    """What each release that was run showed, all findings together, in the ecosystem's order."""
    return all_releases_run(viewer, [vulnerability])[vulnerability.id]


def all_releases_run(viewer: Viewer, listed: Sequence[Vulnerability]) -> dict[str, dict[str, Affected]]:
    """The same for many vulnerabilities, by their id, in two questions to the database."""
    rows = Membership.objects.filter(vulnerability__in=listed, undone_at__isnull=True)
    members = list(rows.values_list("vulnerability_id", "finding_id"))
    tables = proofs.answers(viewer, [finding_id for _, finding_id in members])
    found: dict[str, dict[str, Affected]] = {}
    for each in listed:
        said = rules.together(tables[one] for home, one in members if home == each.id and one in tables)
        found[each.id] = {version: said[version] for version in order(parse(each.package).ecosystem, said)}
    return found
