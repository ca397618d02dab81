"""Advisories: the list, and their files."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.advisories import queries
from headstart.people.rules import Viewer
from headstart.web.documents import files_of, told_of
from headstart.web.doorway import page


@page
def advisories(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What the viewer was told, newest first."""
    sheet = Paginator(queries.advisories(viewer).reverse(), 50).get_page(request.GET.get("page"))
    documents = [told_of(viewer, each) for each in sheet]
    return render(request, "web/advisories.html", {"sheet": sheet, "documents": documents})


@page
def document(request: HttpRequest, viewer: Viewer, advisory_id: str, name: str) -> HttpResponse:  # noqa: ARG001
    """One file of an advisory, byte for byte as it was signed."""
    advisory = queries.advisory(viewer, advisory_id)
    text = files_of(viewer, advisory).get(name)
    if text is None:
        raise Http404
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = (
        f'attachment; filename="{advisory.tracking_id}{name.removeprefix(advisory.tracking_id)}"'
    )
    return answer
