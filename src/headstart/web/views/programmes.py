"""Programmes: the rules that windows are held under, one by one and side by side; for everyone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.people.rules import Viewer
from headstart.reviews import rules, work
from headstart.reviews.rules import programme_words as words
from headstart.web.doorway import page


@page
def programmes(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Those that ship, and a choice of two to compare."""
    del viewer
    return render(request, "web/programmes.html", {"programmes": work.programmes(), "a": "eo14409", "b": ""})


@page
def programme(request: HttpRequest, viewer: Viewer, programme_id: str) -> HttpResponse:
    """One: its rules, its terms, where it is from, what of it is weak."""
    del viewer
    found = work.shipped(programme_id)
    shown = {"programme": found, "facts": list(words.facts(found)), "programmes": work.programmes()}
    return render(request, "web/programme.html", shown | {"a": found.id, "b": ""})


@page
def compare(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Two side by side, where they part ways."""
    del viewer
    a, b = (work.shipped(request.GET.get(side, "")) for side in ("a", "b"))
    rows = [_row(each) for each in rules.differences(a, b)]
    shown = {"first": a, "second": b, "rows": rows, "programmes": work.programmes(), "a": a.id, "b": b.id}
    return render(request, "web/programme_compare.html", shown)


def _row(found: rules.Difference) -> dict[str, Any]:
    return {"label": words.label(found.field), "first": words.lines(found.a), "second": words.lines(found.b)}
