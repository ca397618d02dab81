"""The overview: the countdown, the picture, the steps with their counts, what happened last."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from headstart.benchmarks.work.disclosing import SAMPLE
from headstart.ledger import queries as ledger
from headstart.people.rules import Kind, Viewer
from headstart.priority import queries as priority
from headstart.reviews import queries as reviews
from headstart.web import pictures, progress
from headstart.web.clocks import countdown
from headstart.web.doorway import page
from headstart.web.happenings import told
from headstart.web.views.operators import headline
from headstart.web.views.seats import has_sat_down

LAST = 8


@page
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How it stands today, for this viewer; in an exercise where nobody sat down yet, the seats."""
    if settings.HEADSTART_EXERCISE and not has_sat_down(request, viewer):
        return redirect("web:seats")
    review = reviews.reviews(viewer).first()
    last = ledger.entries(viewer).exclude(kind=SAMPLE).reverse()[:LAST]  # one for each transcript: too many
    shown: dict[str, Any] = {"events": told(viewer, last)}
    if review is not None:
        lines = pictures.lines(viewer, review)
        shown |= {"clock": countdown(viewer, review), "numbers": pictures.numbers(lines)}
        if lines:
            shown["picture"] = pictures.drawn(viewer, review)
        if viewer.is_hub:
            shown["steps"] = progress.steps(viewer, lines)
    elif not viewer.is_public:
        shown["steps"] = progress.steps(viewer, [])
    if viewer.kind is Kind.OPERATOR:
        tasks = priority.tasks(viewer, viewer.organisation_id)
        shown |= {"tasks": tasks, "headline": headline(len(tasks))}
    return render(request, "web/overview.html", shown)


@page
def window(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The countdown alone, which the pages fetch anew each minute."""
    review = reviews.review(viewer, request.GET.get("review", ""))
    return render(request, "web/parts/window.html", {"clock": countdown(viewer, review)})


@page
def picture(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Of what has been found, how much is unpatched at each operator, by day: as SVG."""
    chosen = request.GET.get("review")
    review = reviews.review(viewer, chosen) if chosen else reviews.reviews(viewer).first()
    if review is None:
        raise Http404
    return HttpResponse(pictures.drawn(viewer, review), content_type="image/svg+xml")
