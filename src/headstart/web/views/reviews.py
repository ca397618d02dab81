"""Reviews: the list, asking for one, and one window with everything in it that the viewer may see."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from headstart.benchmarks import queries as benchmarks
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, rules, services
from headstart.reviews.errors import NotTheirs
from headstart.reviews.rules import Marking, Role, Tlp
from headstart.reviews.work import calendar_file, programmes, shipped
from headstart.web import pictures, progress, standing
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web.clocks import countdown
from headstart.web.deeds import deeds, terms_to_sign
from headstart.web.doorway import kept, page
from headstart.web.measures import measure
from headstart.web.review_sheet import FIELDS, documents, fields, sheet, stage

MEASURING = (Role.EVALUATOR, Role.HUB)


@page
def reviews(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The windows that the viewer takes part in, newest first."""
    sheet = Paginator(queries.reviews(viewer), 25).get_page(request.GET.get("page"))
    rows = []
    for each in sheet:
        clock = countdown(viewer, each)
        left = clock.left if clock.running else "not open yet" if each.closes_at is None else "nothing"
        rows.append(
            {
                "review": each,
                "name": clock.model,
                "stage": stage(each),
                "left": left,
                "running": clock.running,
            }
        )
    shown = {"sheet": sheet, "rows": rows, "may_ask": viewer.kind is Kind.DEVELOPER}
    shown["deeds"] = [terms_to_sign(viewer, each) for each in queries.to_sign(viewer)]
    return render(request, "web/reviews.html", shown)


@require_http_methods(["GET", "POST"])
@page
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A developer asks for a review of its model."""
    if viewer.kind is not Kind.DEVELOPER:
        raise NotTheirs("a model developer", "ask for a review of its model")
    if request.method == "GET":
        return _new(request)
    return kept(lambda: _enquire(request, viewer), lambda refused: _new(request, refused))


def _new(request: HttpRequest, refused: str = "") -> HttpResponse:
    said = request.POST
    shown = {
        "programmes": [each for each in programmes() if each.status != "withdrawn"],
        "typed": said.dict() or {"programme": "eo14409"},
        "labels": wording.LABELS.items(),
        "fields": [
            {"name": name, "label": label, "value": said.get(name, ""), "tlp": said.get(f"tlp-{name}", "")}
            for name, label in (FIELDS | {"description": "What you say of it"}).items()
        ],
        "refused": refused,
    }
    return render(request, "web/review_new.html", shown)


def _enquire(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    said = request.POST
    labels = {
        name: forms.chosen(Tlp, said, f"tlp-{name}", f"Marking of {label}")
        for name, label in FIELDS.items()
        if said.get(f"tlp-{name}")
    }
    with transaction.atomic():
        made = services.enquire(
            forms.line(said, "model_name", FIELDS["model_name"], needed=True),
            shipped(said.get("programme", "")),
            actor=viewer,
            description=forms.text(said, "description", FIELDS["description"]),
            planned_release_on=forms.day(said, "planned_release_on", FIELDS["planned_release_on"]),
        )
        for name, label in labels.items():
            services.mark_field(made.id, name, Marking(tlp=label), actor=viewer)
    messages.success(
        request, "Asked. The authority sees it now; nobody reaches the model before you give access."
    )
    return redirect("web:review", made.id)


@page
def review(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """One window."""
    found = queries.review(viewer, review_id)
    rows = progress.steps(viewer, pictures.lines(viewer, found)) if viewer.is_hub else []
    shown = sheet(viewer, found)
    shown |= {
        "role_words": wording.ROLES.get(shown["role"], shown["role"]),
        "deeds": deeds(viewer, found),
        "clock": countdown(viewer, found),
        "remaining": [
            {"one": each, "fits": wording.FITS[each.fits]} for each in queries.remaining(viewer, found.id)
        ],
        "measures": [measure(each) for each in benchmarks.evaluations_of(viewer, found.urn)],
        "may_measure": shown["role"] in MEASURING and queries.is_running(found),
        "determinations": queries.determinations(viewer, found.id),
        "agreements": [each for each in queries.agreements(viewer, found.id) if each.superseded_at is None],
        "accesses": queries.accesses(viewer, found.id),
        "partners": _partners(viewer, found.id),
        "fields": fields(viewer, found),
        "documents": documents(viewer, found),
        "ships": any(each.id == found.programme.id for each in programmes()),
        "todo": progress.left_to_do(rows),
    }
    return render(request, "web/review.html", shown | standing.shown(viewer, found))


def _partners(viewer: Viewer, review_id: str) -> list[dict[str, Any]]:
    """Defenders of critical infrastructure first."""
    found = rules.in_order(queries.partners(viewer, review_id))
    return [{"one": each, "tier": wording.TIERS.get(each.tier, each.tier)} for each in found]


@page
def calendar(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The window for a calendar (RFC 5545)."""
    found = queries.review(viewer, review_id)
    window = found.window
    if window is None:
        return redirect("web:review", found.id)
    held = calendar_file(
        title=f"Pre-release window: {queries.name_for(viewer, found)}",
        window=window,
        url=request.build_absolute_uri(reverse("web:review", args=[found.id])),
        moments=rules.moments(found.programme, window),
    )
    answer = HttpResponse(held, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.id}.ics"'
    return answer
