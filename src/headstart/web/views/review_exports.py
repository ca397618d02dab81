"""A marked document leaves the hub: one person asks, another agrees, the asker takes a marked copy."""

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from headstart.people.rules import Viewer
from headstart.reviews import queries, services
from headstart.web import review_forms as forms
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import documents, sheet

if TYPE_CHECKING:
    from headstart.reviews.models import Review


@require_http_methods(["GET", "POST"])
@page
def exports(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """What was asked for, who agreed, what may be taken now."""
    found = queries.review(viewer, review_id)
    if request.method == "GET":
        return _exports(request, viewer, found)
    act = _agree if request.POST.get("do") == "agree" else _ask
    return kept(
        lambda: act(request, viewer, found), lambda refused: _exports(request, viewer, found, refused)
    )


def _exports(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found) | {
        "exports": queries.exports(viewer, found.id),
        "documents": documents(viewer, found),
        "chosen": request.POST.get("document", "") or request.GET.get("document", ""),
        "reason": request.POST.get("reason", ""),
        "me": viewer.member_id,
        "refused": refused,
    }
    return render(request, "web/review_exports.html", shown)


def _ask(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    reason = forms.line(request.POST, "reason", "Reason", needed=True)
    services.ask_export(request.POST.get("document", ""), reason, actor=viewer)
    messages.success(request, "Asked. You can take your copy once another person who may read it has agreed.")
    return redirect("web:review-exports", found.id)


def _agree(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    services.agree_export(request.POST.get("export", ""), actor=viewer)
    messages.success(request, "You agreed: who asked may take a marked copy now.")
    return redirect("web:review-exports", found.id)


@require_POST
@page
def take(request: HttpRequest, viewer: Viewer, review_id: str, export_id: str) -> HttpResponse:  # noqa: ARG001
    """The copy, with who, when and its mark on every page; each taking is written down."""
    queries.review(viewer, review_id)
    name, held = services.take_export(export_id, actor=viewer)
    answer = HttpResponse(held, content_type="application/pdf")
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    answer["Cache-Control"] = "no-store"
    return answer
