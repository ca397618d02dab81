"""The cases room's reads."""

from django.db.models import OuterRef, QuerySet, Subquery

from headstart.cases.errors import CaseNotFound
from headstart.cases.models import Case, Message, Party
from headstart.cases.rules import Role
from headstart.people.rules import Viewer


def cases(viewer: Viewer) -> QuerySet[Case]:
    """The cases that the viewer coordinates or is a party to."""
    found = Case.objects.select_related("vulnerability")
    if viewer.is_hub:
        return found
    if viewer.is_public:
        return found.none()
    return found.filter(parties__organisation_id=viewer.organisation_id).distinct()


def case(viewer: Viewer, case_id: str) -> Case:
    """One case.

    Raises:
        CaseNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = cases(viewer).filter(id=case_id).first()
    if found is None:
        raise CaseNotFound(case_id)
    return found


def case_of(viewer: Viewer, vulnerability_id: str) -> Case | None:
    """The case of a vulnerability, if there is one and the viewer may see it."""
    return cases(viewer).filter(vulnerability_id=vulnerability_id).first()


def parties(viewer: Viewer, case_id: str) -> QuerySet[Party]:
    """Who is in a case, in the order in which they joined.

    Raises:
        CaseNotFound: absent, or not this viewer's to see.
    """
    return Party.objects.filter(case=case(viewer, case_id)).select_related("organisation")


def messages(viewer: Viewer, case_id: str) -> QuerySet[Message]:
    """What the parties wrote to each other, oldest first.

    Raises:
        CaseNotFound: absent, or not this viewer's to see.
    """
    return Message.objects.filter(case=case(viewer, case_id)).select_related("sender")


def told_a_maintainer(viewer: Viewer) -> QuerySet[Case]:
    """The cases in which a maintainer is a party."""
    told = Party.objects.filter(role=Role.MAINTAINER).values("case_id")
    return cases(viewer).filter(id__in=told)


def first_told(vulnerability: OuterRef) -> Subquery:
    """When a maintainer first became a party to a vulnerability's case, for a query about many.

    For the house's own rooms (outcomes); not for people.
    """
    told = Party.objects.filter(case__vulnerability=vulnerability, role=Role.MAINTAINER).order_by("joined_at")
    return Subquery(told.values("joined_at")[:1])


def readers_of(case: Case) -> list[str]:
    """The organisations that a ledger entry about this case may be shown to: its parties."""
    return sorted(case.parties.values_list("organisation_id", flat=True))
