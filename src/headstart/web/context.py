"""What every page is told: who is looking, where they can go, and whether this is an exercise."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from headstart.people.rules import Kind, Viewer
from headstart.web.doorway import viewer_of
from headstart.web.urls_reviews import REVIEWS

EVERYONE = frozenset(Kind)
IN_A_REVIEW = frozenset({Kind.HUB, Kind.DEVELOPER, Kind.EVALUATOR, Kind.AUTHORITY, Kind.PARTNER})
MEMBERS = EVERYONE - {Kind.PUBLIC}
OUTCOMES = {
    "review-outcomes",
    "read-report",
    "reply-report",
    "hand-report",
    "together",
    "summaries",
    "summary",
}
IN_REVIEWS = (
    frozenset(str(each.name) for each in REVIEWS)
    | OUTCOMES
    | {"programmes", "programme", "compare-programmes"}
)
EVALUATIONS = frozenset(
    {
        "evaluations",
        "evaluation",
        "compare-evaluations",
        "start-evaluation",
        "run",
        "transcripts",
        "transcript",
    }
)
# name, route, the routes that belong to it, for whom
PLACES: tuple[tuple[str, str, frozenset[str], frozenset[Kind]], ...] = (
    ("Overview", "overview", frozenset({"overview"}), EVERYONE),
    ("Your list", "my-list", frozenset({"my-list", "operator"}), frozenset({Kind.OPERATOR})),
    ("Reviews", "reviews", IN_REVIEWS, IN_A_REVIEW),
    (
        "Evaluations",
        "evaluations",
        EVALUATIONS,
        frozenset({Kind.HUB, Kind.DEVELOPER, Kind.EVALUATOR, Kind.AUTHORITY}),
    ),
    ("Findings", "findings", frozenset({"findings", "finding"}), MEMBERS - {Kind.OPERATOR}),
    ("Vulnerabilities", "vulnerabilities", frozenset({"vulnerabilities", "vulnerability"}), EVERYONE),
    ("Operators", "operators", frozenset({"operators", "operator"}), frozenset({Kind.HUB})),
    ("Advisories", "advisories", frozenset({"advisories"}), EVERYONE),
    ("Ledger", "ledger", frozenset({"ledger"}), EVERYONE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A link of the navigation."""

    name: str
    url: str
    here: bool


def shared(request: HttpRequest) -> dict[str, Any]:
    """The viewer, the navigation, the exercise flag; a request that never met a session goes without a viewer."""
    told: dict[str, Any] = {"exercise": settings.HEADSTART_EXERCISE, "api_docs": _api_docs()}
    if hasattr(request, "user"):
        viewer = viewer_of(request)
        told |= {"viewer": viewer, "places": places(request, viewer)}
    return told


def places(request: HttpRequest, viewer: Viewer) -> list[Place]:
    """Where this viewer can go, and where it is."""
    match = request.resolver_match
    here = match.url_name if match else None
    return [
        Place(name=name, url=reverse(f"web:{route}"), here=here in routes)
        for name, route, routes, whose in PLACES
        if viewer.kind in whose
    ]


def _api_docs() -> str:
    try:
        return reverse("api:openapi-json")
    except NoReverseMatch:
        return ""
