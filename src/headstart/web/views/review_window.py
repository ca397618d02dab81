"""The developer's alone: who reaches the model, and when the window ends. Nobody else has a button here."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.people.rules import Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import NotTheirs
from headstart.web import review_forms as forms
from headstart.web.clocks import countdown
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import known, sheet
from headstart.web.review_sheet import organisation as named

if TYPE_CHECKING:
    from headstart.reviews.models import Review


def _own(viewer: Viewer, review_id: str, what: str) -> "Review":
    found = queries.review(viewer, review_id)
    if viewer.organisation_id != found.developer_id:
        raise NotTheirs("the developer", what)
    return found


@require_http_methods(["GET", "POST"])
@page
def window(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """Shorten it, withdraw the model, release it: each says what it ends."""
    found = _own(viewer, review_id, "end the window")
    if request.method == "GET":
        return _window(request, viewer, found)
    return kept(
        lambda: _end(request, viewer, found), lambda refused: _window(request, viewer, found, refused)
    )


def _window(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found) | {
        "clock": countdown(viewer, found),
        "released": found.released_at is not None,
        "closes": request.POST.get("closes", ""),
        "refused": refused,
    }
    return render(request, "web/review_window.html", shown)


def _end(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    do = request.POST.get("do", "")
    if do == "shorten":
        closes = forms.moment(request.POST, "closes", "Ends on", found.programme.zone)
        if closes is None:
            raise forms.FieldWrong("Ends on", "say when the window should end")
        services.shorten(found.id, closes, actor=viewer)
        messages.success(request, "The window ends sooner now. Access ends with it, and nothing else.")
        return redirect("web:review", found.id)
    if not request.POST.get("sure"):
        raise forms.FieldWrong("Not done yet", "tick the box to say that you mean it")
    if do == "withdraw":
        services.withdraw(found.id, actor=viewer)
        messages.success(request, "You left the review. Access to the model has ended, and nothing else.")
    elif do == "release":
        services.release(found.id, actor=viewer)
        messages.success(request, "Noted: you released your model. The review is over.")
    else:
        raise forms.FieldWrong("Which", "choose to shorten, withdraw or release")
    return redirect("web:review", found.id)


@require_http_methods(["GET", "POST"])
@page
def access(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """Whom the developer lets reach its model; the first opens the window."""
    found = _own(viewer, review_id, "give access to the model")
    if request.method == "GET":
        return _access(request, viewer, found)
    act = _take_back if request.POST.get("do") == "take-back" else _give
    return kept(lambda: act(request, viewer, found), lambda refused: _access(request, viewer, found, refused))


def _access(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found) | {
        "given": queries.accesses(viewer, found.id),
        "known": known(viewer, found),
        "opens_now": found.opens_at is None,
        "typed": request.POST.dict(),
        "refused": refused,
    }
    return render(request, "web/review_access.html", shown)


def _give(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    days = forms.whole(request.POST, "days", "Days")
    closes = forms.moment(request.POST, "closes", "Ends on", found.programme.zone)
    organisation = named(viewer, request.POST, "organisation", "Organisation")
    services.grant_access(found.id, organisation, actor=viewer, days=days, closes=closes)
    messages.success(request, f"{organisation.name} may reach the model while the window is open.")
    return redirect("web:review-access", found.id)


def _take_back(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    organisation = named(viewer, request.POST, "organisation", "Organisation")
    services.take_back_access(found.id, organisation, actor=viewer)
    messages.success(request, f"{organisation.name} reaches the model no more; its keys ended.")
    return redirect("web:review-access", found.id)
