"""Taking a seat in an exercise. Outside an exercise none of this is there."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.people import queries
from headstart.people.rules import Kind, Viewer
from headstart.web.doorway import page

COMES_FOR = {
    Kind.HUB: "The queue, the clocks, the parties: the coordinator's desk.",
    Kind.OPERATOR: "What to do, by when, and why: for what it really runs.",
    Kind.DEVELOPER: "Its review: who has access, what was measured, how long the window runs.",
    Kind.EVALUATOR: "Measures what the model can do.",
    Kind.AUTHORITY: "Signs its answer to the developer's enquiry. It can block nothing.",
    Kind.PARTNER: "Early access to the model, agreed by two signatures.",
    Kind.FINDER: "What became of each of its reports.",
    Kind.MAINTAINER: "Few, proved, merged reports, with what was seen.",
}
ORDER = [*map(str, COMES_FOR), str(Kind.PUBLIC)]
AS_THE_PUBLIC = "looks_as_the_public"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def _in_an_exercise() -> None:
    if not settings.HEADSTART_EXERCISE:
        raise Http404


@page
def seats(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The cast, a button each."""
    _in_an_exercise()
    cast = [
        {"member": seat, "comes_for": COMES_FOR.get(Kind(seat.organisation.kind), "")}
        for seat in sorted(queries.seats(), key=lambda each: ORDER.index(each.organisation.kind))
    ]
    shown = {"cast": cast, "seated": viewer.member_id, "as_the_public": has_sat_down(request, viewer)}
    return render(request, "web/seats.html", shown)


def has_sat_down(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether someone took a seat, or chose to look as the public."""
    return not viewer.is_public or bool(request.session.get(AS_THE_PUBLIC))


@require_POST
@page
def take(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - anyone may, in an exercise
    """Look as the person that the form names."""
    _in_an_exercise()
    wanted = request.POST.get("member", "")
    seat = next((each for each in queries.seats() if each.id == wanted), None)
    if seat is None:
        raise Http404
    login(request, seat.user, backend=BACKEND)
    return redirect("web:overview")


@require_POST
@page
def leave(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001 - anyone may
    """Look as the public."""
    _in_an_exercise()
    logout(request)
    request.session[AS_THE_PUBLIC] = True
    return redirect("web:overview")
