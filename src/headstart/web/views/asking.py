"""Asking the hub to run something for a finding, and how far it is."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.findings import queries as findings
from headstart.people.rules import Viewer
from headstart.proofs import queries, services
from headstart.web import wording
from headstart.web.doorway import page
from headstart.web.evidence import asked

MOST_TASKS = 8


@require_POST
@page
def ask(request: HttpRequest, viewer: Viewer, finding_id: str) -> HttpResponse:
    """Queue what the form names."""
    task = services.ask(
        finding_id,
        request.POST.get("verb", ""),
        actor=viewer,
        patch=request.POST.get("patch", "").replace("\r\n", "\n"),
        release=request.POST.get("release", ""),
    )
    messages.success(request, f"{wording.VERBS[task.verb]}: it {wording.STATES[task.state]}.")
    return redirect("web:finding", finding_id)


@page
def tasks(request: HttpRequest, viewer: Viewer, finding_id: str) -> HttpResponse:
    """How far what was asked for is: the part of the page that is fetched anew; nothing where it stands as it did."""
    found = findings.finding(viewer, finding_id)
    if not getattr(request, "htmx", False):
        return redirect("web:finding", found.id)
    shown = asked_of(viewer, found.id)
    if request.GET.get("seen") == shown["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "web/parts/asked.html", {"finding": found, **shown, "fresh": True})


def asked_of(viewer: Viewer, finding_id: str) -> dict[str, Any]:
    """What was asked for a finding, the newest first, and a fingerprint of how it stands."""
    rows = list(queries.tasks(viewer, finding_id)[:MOST_TASKS])
    stand = "|".join(f"{each.id} {each.state} {each.done} {each.total}" for each in rows)
    return {
        "asked": [asked(each) for each in rows],
        "under_way": [each.verb for each in rows if each.is_under_way],
        "fingerprint": hashlib.sha256(stand.encode()).hexdigest()[:16],
    }
