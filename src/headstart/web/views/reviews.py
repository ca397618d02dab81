"""Reviews: the list, and one window with what was measured in it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.benchmarks import queries as benchmarks
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.web import pictures, progress
from headstart.web.clocks import countdown
from headstart.web.doorway import page
from headstart.web.measures import measure


@page
def reviews(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The windows that the viewer takes part in, newest first."""
    sheet = Paginator(queries.reviews(viewer), 25).get_page(request.GET.get("page"))
    return render(request, "web/reviews.html", {"sheet": sheet})


@page
def review(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """One window."""
    found = queries.review(viewer, review_id)
    rows = progress.steps(viewer, pictures.lines(viewer, found)) if viewer.is_hub else []
    shown: dict[str, Any] = {
        "review": found,
        "programme": found.programme,
        "clock": countdown(found),
        "measures": [measure(each) for each in benchmarks.evaluations_of(viewer, found.urn)],
        "determinations": queries.determinations(viewer, found.id),
        "accesses": queries.accesses(viewer, found.id),
        "partners": queries.partners(viewer, found.id),
        "todo": progress.left_to_do(rows),
    }
    return render(request, "web/review.html", shown)
