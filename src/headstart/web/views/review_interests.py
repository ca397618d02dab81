"""What a person of an evaluator says of their interests in the developer or its competitors."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.people.rules import Viewer
from headstart.reviews import queries, services
from headstart.reviews.rules import Role
from headstart.web import review_forms as forms
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import sheet

if TYPE_CHECKING:
    from headstart.reviews.models import Review


@require_http_methods(["GET", "POST"])
@page
def interests(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The form, and what was declared as far as the viewer may see it."""
    found = queries.review(viewer, review_id)
    if request.method == "GET":
        return _interests(request, viewer, found)
    return kept(
        lambda: _declare(request, viewer, found), lambda refused: _interests(request, viewer, found, refused)
    )


def _interests(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found)
    shown |= {
        "declarations": queries.declarations(viewer, found.id),
        "may_declare": shown["role"] is Role.EVALUATOR and viewer.member_id is not None,
        "declared": viewer.member_id is not None and queries.has_declared(found, viewer.member_id),
        "typed": request.POST.dict(),
        "refused": refused,
    }
    return render(request, "web/review_interests.html", shown)


def _declare(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    says_none = request.POST.get("has") == "none"
    said = "" if says_none else forms.text(request.POST, "interests", "Interests")
    if not says_none and not said:
        raise forms.FieldWrong("Interests", "say which, or that there are none")
    services.declare(found.id, said, actor=viewer)
    messages.success(request, "Declared. The developer sees it; you can declare anew when something changes.")
    return redirect("web:review", found.id)
