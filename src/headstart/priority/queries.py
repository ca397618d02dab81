"""The priority room's reads: an operator's own list, and for the hub, which wrote them, any operator's."""

from headstart.exposure import queries as exposure
from headstart.exposure.rules.states import State
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.priority.errors import TasksNotFound
from headstart.priority.models import Task
from headstart.vulnerabilities import queries as vulnerabilities

DONE = frozenset({State.DEPLOYED, State.NOT_AFFECTED})


def tasks(viewer: Viewer, operator_id: str) -> list[Task]:
    """What an operator has left to do, the most urgent first.

    The operator sees what it may know of by now; the hub also what it will be told.

    Raises:
        TasksNotFound: no such operator, or another organisation's list: the two look alike.
    """
    own = viewer.organisation_id == operator_id and viewer.kind is Kind.OPERATOR
    operator = Organisation.objects.filter(id=operator_id, kind=Kind.OPERATOR).first()
    if operator is None or not (own or viewer.is_hub):
        raise TasksNotFound(operator_id)
    known = vulnerabilities.vulnerabilities(viewer).values("id")
    found = Task.objects.filter(operator=operator, vulnerability__in=known)
    said = exposure.states(operator_id)
    return [
        each
        for each in found.select_related("vulnerability", "operator").order_by("position", "id")
        if said.get((each.vulnerability_id, each.asset), said.get((each.vulnerability_id, ""))) not in DONE
    ]


def first_three(viewer: Viewer, operator_id: str) -> list[Task]:
    """At most three things, first.

    Raises:
        TasksNotFound: as `tasks`.
    """
    return tasks(viewer, operator_id)[:3]
