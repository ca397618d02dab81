"""Evaluations: the list, the form that starts one, and a run while it lasts."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from headstart.benchmarks import queries, services
from headstart.benchmarks.errors import MayNotRecord, SealedNotFound
from headstart.benchmarks.rules.runs import ACCESS_LEVELS, Safeguards
from headstart.benchmarks.work.kept import plan as plan_of
from headstart.benchmarks.work.planning import is_held_out
from headstart.errors import Forbidden, Refusal
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.web import running, starting, wording
from headstart.web.doorway import page

MOST_RUNS = 12
MOST_SEALED = 20


@page
def evaluations(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was measured, newest first; the runs and the plans of those who measure."""
    sheet = Paginator(queries.evaluations(viewer), 25).get_page(request.GET.get("page"))
    shown = {
        "sheet": sheet,
        "may_measure": queries.may_measure(viewer),
        "runs": [running.shown(each) for each in queries.runs(viewer)[:MOST_RUNS]],
        "sealed": queries.sealed(viewer)[:MOST_SEALED],
    }
    return render(request, "web/evaluations.html", shown)


@require_http_methods(["GET", "POST"])
@page
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form; what can't be asked for is said above it, and what was typed stays."""
    if not queries.may_measure(viewer):
        raise MayNotRecord
    if request.method != "POST":
        return _form(request, viewer, None, "")
    try:
        return _started(request, viewer, request.POST)
    except Forbidden:
        raise
    except Refusal as error:
        return _form(request, viewer, request.POST, str(error))


def _started(request: HttpRequest, viewer: Viewer, said: QueryDict) -> HttpResponse:
    named = {name: str(value) for name, value in said.items()}
    begins = said.get("do") != "seal"
    review_id = said.get("review", "")
    review = None
    if review_id:
        review = (reviews.to_measure if begins else reviews.review)(viewer, review_id)
    subject = review.urn if review else queries.own(viewer.organisation_id)
    wish = queries.askable(viewer, starting.wish(named)) if begins else None
    commitment = said.get("plan", "")
    if not commitment:
        plan = queries.fresh_plan(viewer, said.getlist("families") or [], starting.terms(named))
        commitment = services.seal(plan, actor=viewer, subject=subject)
    if wish is None:
        messages.success(request, f"Sealed: {commitment}. The commitment is in the public ledger.")
        return redirect("web:evaluations")
    developer = review.developer if review else None
    run = services.ask_run(commitment, wish, actor=viewer, subject=subject, developer=developer)
    return redirect("web:run", run.id)


def _form(request: HttpRequest, viewer: Viewer, said: QueryDict | None, refused: str) -> HttpResponse:
    offered = queries.battery(viewer)
    values: dict[str, Any] = starting.defaults(offered)
    if said is None:
        values["review"] = request.GET.get("review", "")
    else:
        values = {**said.dict(), "families": said.getlist("families")}
    mine = queries.sealed(viewer).filter(sealer_id=viewer.organisation_id, opened_at=None)
    shown = {
        "values": values,
        "refused": refused[:1].upper() + refused[1:],
        "reviews": [
            (each.id, reviews.name_for(viewer, each)) for each in reviews.reviews(viewer).filter(stage="open")
        ],
        "models": queries.models(viewer),
        "plans": [
            {
                "commitment": each.commitment,
                "words": f"Sealed {each.sealed_at:%d %B %Y, %H:%M} UTC: {each.commitment[:16]}…",
            }
            for each in mine.filter(plan__isnull=False)[:MOST_SEALED]
        ],
        "families": [
            {
                "name": each.family.name,
                "title": each.family.name.replace("-", " ").capitalize(),
                "side": str(each.family.side),
                "summary": each.family.summary,
                "needs": [wording.NEEDS.get(need, need) for need in sorted(each.family.needs)],
                "lacks": [wording.NEEDS.get(need, need) for need in each.lacks],
                "held_out": is_held_out(each.family.name),
                "chosen": each.family.name in values["families"],
            }
            for each in offered
        ],
        "access_levels": [each for each in ACCESS_LEVELS if each],
        "safeguards": wording.SAFEGUARDS.items(),
        "unknown": Safeguards.UNKNOWN.value,
    }
    return render(request, "web/evaluation_start.html", shown, status=422 if refused else 200)


@page
def run(request: HttpRequest, viewer: Viewer, run_id: str) -> HttpResponse:
    """One run, for who asked for it and the hub."""
    found = queries.run(viewer, run_id)
    try:
        plan = plan_of(queries.plan_of(viewer, found.sealed.commitment))
    except SealedNotFound:
        plan = None  # the hub looks on without it
    shown = {
        "shown": running.shown(found),
        "run": found,
        "plan": plan,
        "mine": found.asked_by_id == viewer.organisation_id,
        "may_take_up": running.may_take_up(found),
    }
    return render(request, "web/run.html", shown)


@page
def progress(request: HttpRequest, viewer: Viewer, run_id: str) -> HttpResponse:
    """How far it is: the part of the page that is fetched anew; nothing where it stands as it did."""
    found = queries.run(viewer, run_id)
    if not getattr(request, "htmx", False):
        return redirect("web:run", found.id)
    shown = running.shown(found)
    if request.GET.get("seen") == shown.fingerprint:
        return HttpResponse(status=204)
    return render(request, "web/parts/run.html", {"shown": shown, "run": found, "fresh": True})


@require_POST
@page
def cancel(request: HttpRequest, viewer: Viewer, run_id: str) -> HttpResponse:
    """End it before its time."""
    services.cancel(run_id, actor=viewer)
    messages.success(request, "It was ended. What it had finished is not recorded.")
    return redirect("web:run", run_id)


@require_POST
@page
def again(request: HttpRequest, viewer: Viewer, run_id: str) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Take up a run that failed."""
    services.ask_again(run_id, actor=viewer)
    return redirect("web:run", run_id)


@require_POST
@page
def open_plan(request: HttpRequest, viewer: Viewer, commitment: str) -> HttpResponse:
    """Its sealer shows a plan to everyone."""
    services.open_plan(commitment, actor=viewer)
    messages.success(request, "The plan is open: everyone can hold it against its commitment.")
    return redirect("web:evaluations")
