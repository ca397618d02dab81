"""What each person used of the model, as a page and as CSV."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.access import queries as gateway
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.web import review_words as wording
from headstart.web.doorway import page
from headstart.web.review_sheet import sheet

if TYPE_CHECKING:
    from headstart.access.rules import Usage

COLUMNS = (
    "organisation", "person", "keys", "live_keys", "requests", "tokens_in", "tokens_out", "estimated", "cost_usd",
    "last_at", "tokens_left", "cost_left_usd", "endings",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for one


@page
def usage(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """A row for each person, with bars of what is left of the budgets."""
    found = queries.review(viewer, review_id)
    rows = [_row(each) for each in gateway.usage(viewer, found.id)]
    return render(request, "web/review_usage.html", sheet(viewer, found) | {"rows": rows})


def _row(each: "Usage") -> dict[str, Any]:
    tokens = each.tokens_in + each.tokens_out
    return {
        "used": each,
        "tokens": tokens,
        "tokens_of": None if each.tokens_left is None else tokens + each.tokens_left,
        "cost_of": None if each.cost_left is None else each.cost + each.cost_left,
        "endings": ", ".join(
            f"{n} {wording.ENDINGS.get(ending, ending)}" for ending, n in each.endings.items()
        ),
    }


@page
def as_csv(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The same table for a spreadsheet; no cell of it is a formula."""
    found = queries.review(viewer, review_id)
    held = StringIO()
    writer = csv.writer(held)
    writer.writerow(COLUMNS)
    for each in gateway.usage(viewer, found.id):
        writer.writerow(_cell(value) for value in _values(each))
    answer = HttpResponse(held.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="usage-{found.id}.csv"'
    return answer


def _values(each: "Usage") -> Iterator[object]:
    yield from (each.organisation, each.person, each.keys, each.live_keys, each.requests)
    yield from (each.tokens_in, each.tokens_out, each.estimated, each.cost)
    yield each.last_at.isoformat() if each.last_at else ""
    yield "no limit" if each.tokens_left is None else each.tokens_left
    yield "no limit" if each.cost_left is None else each.cost_left
    yield "; ".join(f"{ending}: {n}" for ending, n in each.endings.items())


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
