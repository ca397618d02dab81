"""For everyone: the public summaries of reviews that have ended, and all reviews together."""

import json
from typing import Any

import msgspec
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.outcomes import queries
from headstart.outcomes.rules import aggregates, summaries
from headstart.outcomes.rules.figures import Figures
from headstart.people.rules import Viewer
from headstart.web.doorway import page

ENDED = {
    "release": "its developer released the model",
    "withdraw": "its developer left the review",
    "expire": "its time was over",
    "unknown": "not known",
}


@page
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - they are everyone's
    """The newest summary of each review that has one."""
    sheet = Paginator(queries.summaries(), 25).get_page(request.GET.get("page"))
    rows = [{"summary": each, "content": summaries.read(each.content)} for each in sheet]
    return render(request, "web/outcome_summaries.html", {"sheet": sheet, "rows": rows})


@page
def summary(request: HttpRequest, viewer: Viewer, summary_id: str) -> HttpResponse:  # noqa: ARG001
    """One summary."""
    found = queries.summary(summary_id)
    content = summaries.read(found.content)
    shown: dict[str, Any] = {
        "summary": found,
        "content": content,
        "ended": ENDED.get(content.ended_by, ENDED["unknown"]),
    }
    return render(request, "web/outcome_summary.html", shown)


@page
def as_json(request: HttpRequest, viewer: Viewer, summary_id: str) -> HttpResponse:  # noqa: ARG001
    """One summary for machines; its SHA-256 in canonical JSON (RFC 8785) is in the ledger."""
    content = queries.summary(summary_id).content
    return _file(json.dumps(content, indent=2), "application/json", f"{summary_id}.json")


@page
def together(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - it is everyone's
    """All reviews: how many, how long, how they ended, what came of those that have."""
    found = queries.aggregate()
    shown: dict[str, Any] = {
        "found": found,
        "groups": [_group(each) for each in found.programmes],
        "all": _group(found.together),
        "until": [
            {"name": aggregates.UNTIL[key], "figures": each, "days": in_days(each)}
            for key, each in found.days_until.items()
        ],
    }
    return render(request, "web/outcome_together.html", shown)


@page
def together_csv(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001
    """The same, one measure a line."""
    return _file(aggregates.as_csv(queries.aggregate()), "text/csv; charset=utf-8", "reviews-together.csv")


@page
def together_json(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001
    """The same for machines."""
    content = msgspec.json.format(msgspec.json.encode(queries.aggregate()), indent=2).decode()
    return _file(content, "application/json", "reviews-together.json")


def _group(group: aggregates.Group) -> dict[str, Any]:
    ended = [{"how": ENDED[how], "n": n} for how, n in group.ended_by.items()]
    return {"group": group, "ended": ended, "window": in_days(group.window)}


def in_days(figures: Figures) -> str:
    """`12.5 days at the median, 3 to 30`; or that it is not known."""
    if figures.median is None:
        return "not known of any"
    return f"{figures.median:g} days at the median, from {figures.shortest:g} to {figures.longest:g}"


def _file(content: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
