"""The report of an evaluation: as a page, as a file that needs nothing else, as JSON; and two held side by side."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.benchmarks import queries
from headstart.people.rules import Viewer
from headstart.web import evaluations as told
from headstart.web import harmless
from headstart.web.doorway import page
from headstart.web.measures import measure

MOST_CHOICES = 200  # evaluations to choose from, the newest
MOST = 64 << 10  # bytes of a solution that are shown


@page
def evaluation(request: HttpRequest, viewer: Viewer, evaluation_id: str) -> HttpResponse:
    """One evaluation: its report, or the older record where there is none."""
    found = queries.evaluation(viewer, evaluation_id)
    if not told.is_report(found.report):
        return render(request, "web/evaluation_before.html", {"evaluation": found, "each": measure(found)})
    solution = queries.solution(viewer, found)
    shown = told.shown(
        found.report, solution=None if solution is None else harmless.shown(solution, len(solution), MOST)
    )
    shown["may_read"] = queries.may_read(viewer, found)
    return render(request, "web/evaluation.html", {"evaluation": found, **shown})


@page
def as_json(request: HttpRequest, viewer: Viewer, evaluation_id: str) -> HttpResponse:  # noqa: ARG001
    """The report as docs/schemas/evaluation-1.schema.json has it."""
    found = queries.evaluation(viewer, evaluation_id)
    if not told.is_report(found.report):
        raise Http404
    text = json.dumps(found.report, indent=2, ensure_ascii=False)
    return _file(text, "application/json", f"{found.id}.json")


@page
def as_html(request: HttpRequest, viewer: Viewer, evaluation_id: str) -> HttpResponse:  # noqa: ARG001
    """The report as one file."""
    found = queries.evaluation(viewer, evaluation_id)
    if not told.is_report(found.report):
        raise Http404
    return _file(told.standalone(found.report), "text/html; charset=utf-8", f"{found.id}.html")


@page
def compare(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Two evaluations held side by side; the choice of them where none was made yet."""
    first, second = request.GET.get("a", ""), request.GET.get("b", "")
    shown: dict[str, Any] = {"a": first, "b": second, "choices": queries.evaluations(viewer)[:MOST_CHOICES]}
    if first and second:
        found = queries.comparison(viewer, first, second)
        shown |= {"found": found, "figure": told.apart(found)}
    return render(request, "web/compare.html", shown)


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
