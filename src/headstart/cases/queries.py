"""The cases room's reads."""

from django.db.models import QuerySet

from headstart.cases.errors import CaseNotFound
from headstart.cases.models import Case
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


def readers_of(case: Case) -> list[str]:
    """The organisations that a ledger entry about this case may be shown to: its parties."""
    return sorted(case.parties.values_list("organisation_id", flat=True))
