"""The ledger: what the viewer may read of it, its last signed checkpoint, and whether it verifies."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.ledger import queries, work
from headstart.ledger.errors import LedgerBroken
from headstart.people.rules import Viewer
from headstart.web.doorway import page
from headstart.web.happenings import told


@page
def ledger(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The newest entries first."""
    sheet = Paginator(queries.entries(viewer).reverse(), 50).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {
        "sheet": sheet,
        "events": told(viewer, sheet),
        "checkpoint": queries.last_checkpoint(),
        "size": queries.size(),
    }
    return render(request, "web/ledger.html", shown)


@page
def checkpoint(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - it is everyone's
    """The last signed checkpoint, as it was published (C2SP tlog-checkpoint)."""
    last = queries.last_checkpoint()
    if last is None:
        raise Http404
    return HttpResponse(last.note, content_type="text/plain; charset=utf-8")


@require_POST
@page
def verify(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - it tells nobody's secret
    """Work every leaf out again and hold the log against each signed checkpoint."""
    key = work.load_public(work.public_path(work.hub_key_path(settings.HEADSTART_DATA)))
    try:
        checked = queries.verify(key)
    except LedgerBroken as broken:
        messages.error(request, str(broken))
    else:
        messages.success(request, f"It verifies: all {checked} entries were worked out again.")
    return redirect("web:ledger")
