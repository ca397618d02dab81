"""The ledger: what the viewer may read of it, its last signed checkpoint, and whether it verifies."""

import threading
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.ledger import queries, work
from headstart.ledger.errors import LedgerBroken
from headstart.people.rules import Viewer
from headstart.web.doorway import page
from headstart.web.happenings import told

ANSWER_SECONDS = 60
_one_at_a_time = threading.Lock()


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
    """Work every leaf out again and hold the log against each signed checkpoint.

    Anyone may ask, so one is done at a time, and its answer holds for a minute while nothing was added.
    """
    name = f"ledger-verified-{queries.size()}"
    answer = cache.get(name)
    if answer is None:
        if not _one_at_a_time.acquire(blocking=False):
            messages.info(request, "It is being verified just now; try again in a minute.")
            return redirect("web:ledger")
        try:
            answer = _verified()
            cache.set(name, answer, ANSWER_SECONDS)
        finally:
            _one_at_a_time.release()
    level, sentence = answer
    messages.add_message(request, level, sentence)
    return redirect("web:ledger")


def _verified() -> tuple[int, str]:
    """What came of it, as a message."""
    key = work.load_public(work.public_path(work.hub_key_path(settings.HEADSTART_DATA)))
    try:
        checked = queries.verify(key)
    except LedgerBroken as broken:
        return messages.ERROR, str(broken)
    return messages.SUCCESS, f"It verifies: all {checked} entries were worked out again."
