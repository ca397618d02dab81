"""The findings room's reads."""

from django.db.models import Q, QuerySet

from headstart.errors import HeadstartError
from headstart.findings.errors import FindingNotFound
from headstart.findings.models import Finding
from headstart.people.rules import Viewer
from headstart.reports import work as reports
from headstart.reports.work import Folder


def findings(viewer: Viewer) -> QuerySet[Finding]:
    """What the viewer may see: the hub all; an organisation its own and what was shared with it."""
    found = Finding.objects.select_related("finder", "review")
    if viewer.is_hub:
        return found
    if viewer.is_public:
        return found.none()
    mine = Q(finder_id=viewer.organisation_id)
    shared = Q(readers__organisation_id=viewer.organisation_id)
    return found.filter(mine | shared).distinct()


def finding(viewer: Viewer, finding_id: str) -> Finding:
    """One finding.

    Raises:
        FindingNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = findings(viewer).filter(id=finding_id).first()
    if found is None:
        raise FindingNotFound(finding_id)
    return found


def report(viewer: Viewer, finding_id: str) -> Folder | None:
    """The report itself, as it is kept; None where its files are not on this machine, or not whole.

    Raises:
        FindingNotFound: absent, or not this viewer's to see.
    """
    try:
        return reports.read(finding(viewer, finding_id).folder)
    except FindingNotFound:
        raise
    except HeadstartError:
        return None


def readers_of(finding: Finding) -> list[str]:
    """The organisations that a ledger entry about this finding may be shown to."""
    shared = finding.readers.values_list("organisation_id", flat=True)
    return sorted({finding.finder_id, *shared})
