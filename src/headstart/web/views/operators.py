"""Operators: for the hub who they are, for each its own list, and how it says what it did."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart import clock
from headstart.exposure import queries as exposure
from headstart.exposure import services as deploying
from headstart.people import queries as people
from headstart.people.errors import NotYours
from headstart.people.rules import Kind, Viewer
from headstart.priority import queries as priority
from headstart.priority.errors import TasksNotFound
from headstart.web.doorway import page

if TYPE_CHECKING:
    from headstart.exposure.models import Deployment
    from headstart.priority.models import Task

SAID = {
    "deployed": "Noted: it is done. Thank you.",
    "mitigated": "Noted: something stands in the way, and the flaw is still there.",
    "planned": "Noted: it is planned.",
    "not affected": "Noted: it is not affected, and why.",
    "not yet": "Noted: it is not done yet.",
}
FIRST = 3
NUMBERS = ("No", "One", "Two", "Three")


@page
def operators(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """For the hub: who they are, and how far each is."""
    if not viewer.is_hub:
        raise NotYours("see who the operators are", "the hub")
    rows = [
        {"id": each.id, "name": each.name, "tasks": len(priority.tasks(viewer, each.id))}
        for each in people.organisations(viewer)
        if each.kind == Kind.OPERATOR
    ]
    return render(request, "web/operators.html", {"rows": rows})


@page
def my_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The viewer's own list."""
    return _list(request, viewer, viewer.organisation_id)


@page
def operator(request: HttpRequest, viewer: Viewer, operator_id: str) -> HttpResponse:
    """One operator's list: its own, or for the hub that wrote it."""
    return _list(request, viewer, operator_id)


def _list(request: HttpRequest, viewer: Viewer, operator_id: str) -> HttpResponse:
    tasks = priority.tasks(viewer, operator_id)
    own = viewer.organisation_id == operator_id
    said = _newest_said(viewer) if own else {}
    now = clock.now()
    shown = {
        "operator": people.organisation(viewer, operator_id),
        "first": [_row(each, said, now) for each in tasks[:FIRST]],
        "then": [_row(each, said, now) for each in tasks[FIRST:]],
        "finished": [each for each in said.values() if each.state in priority.DONE],
        "headline": headline(len(tasks)),
        "today": now,
        "own": own,
    }
    return render(request, "web/operator.html", shown)


def _newest_said(viewer: Viewer) -> dict[tuple[str, str], "Deployment"]:
    """What the viewer last said of each vulnerability and asset; `""` is every asset, and outdates what was before."""
    said: dict[tuple[str, str], Deployment] = {}
    for each in exposure.deployments(viewer).select_related("vulnerability"):
        if not each.asset:
            said = {key: value for key, value in said.items() if key[0] != each.vulnerability_id}
        said[each.vulnerability_id, each.asset] = each
    return said


def _row(task: "Task", said: dict[tuple[str, str], "Deployment"], now: datetime) -> dict[str, Any]:
    own_word = said.get((task.vulnerability_id, task.asset)) or said.get((task.vulnerability_id, ""))
    return {"task": task, "said": own_word, "late": late(task.due_earliest, task.due_latest, now)}


def late(earliest: datetime | None, latest: datetime | None, now: datetime) -> str:
    """What to say of days that have passed; nothing while both are ahead."""
    if latest is not None and latest < now:
        return "The last day for this has passed. Do it today."
    if earliest is not None and earliest < now:
        return "The safe day has passed. Do it as soon as you can."
    return ""


def headline(count: int) -> str:
    """`Two things to do`; `Three things first, of 7 to do`."""
    if not count:
        return "Nothing to do today"
    if count > FIRST:
        return f"{NUMBERS[FIRST]} things first, of {count} to do"
    return f"{NUMBERS[count]} thing{'s' * (count != 1)} to do"


@require_POST
@page
def done(request: HttpRequest, viewer: Viewer, operator_id: str) -> HttpResponse:
    """The operator says what it did about a vulnerability."""
    if viewer.organisation_id != operator_id:
        raise TasksNotFound(operator_id)
    state = request.POST.get("state", "")
    deploying.report_deployment(
        request.POST.get("vulnerability", ""),
        actor=viewer,
        state=state,
        asset=request.POST.get("asset", ""),
        reason=request.POST.get("reason", "")[:2000],
    )
    messages.success(request, SAID.get(state, "Noted."))
    return redirect("web:my-list")
