"""The findings room's reads."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from headstart.errors import HeadstartError
from headstart.findings.errors import FindingNotFound
from headstart.findings.models import Finding
from headstart.people.rules import Kind, Viewer
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.reviews.models import Review


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


def counts_all(viewer: Viewer, review: Review) -> bool:
    """Whether the viewer may count all that was found of a review: the hub, the authority, its developer."""
    return viewer.kind in (Kind.HUB, Kind.AUTHORITY) or viewer.organisation_id == review.developer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was found of some reviews, to be counted and not to be shown: a condition on any table that leads to it."""

    reviews: "QuerySet[Review, Any]"
    seen: QuerySet[Finding] | None = None
    """Only of these, where the viewer may not count all."""

    def where(self, path: str = "") -> Q:
        """The condition; `path` leads to the finding (`finding__`), and is empty on findings themselves."""
        of_reviews = Q(**{f"{path}review__in": self.reviews})
        return (
            of_reviews if self.seen is None else of_reviews & Q(**{f"{path}id__in": self.seen.values("id")})
        )


def counted(viewer: Viewer, review: Review) -> Counted:
    """What was found of a review: all of it for those who may count all; for others what they may see.

    The caller has made sure that the viewer may see the review.
    """
    reviews = Review.objects.filter(id=review.id).values("id")
    return Counted(reviews=reviews, seen=None if counts_all(viewer, review) else findings(viewer))


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
