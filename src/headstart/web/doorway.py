"""The doorway of every page: who is looking goes in, a refusal comes out as a page with one clear line."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.errors import Conflict, Forbidden, HeadstartError, Invalid, NotFound, Refusal, Unable
from headstart.people import queries
from headstart.people.rules import Viewer

P = ParamSpec("P")
STATUS: tuple[tuple[type[HeadstartError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Unable, 503),
)
TITLES = {
    400: "That request can't be read",
    403: "You may not do this",
    404: "There is nothing here",
    409: "Not now",
    422: "Something in it is not right",
    500: "Something went wrong here",
    503: "It can't be done here",
}


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer behind a request, asked once."""
    found: Viewer | None = getattr(request, "viewer", None)
    if found is None:
        found = queries.viewer_of(request.user)
        request.viewer = found  # type: ignore[attr-defined]
    return found


def page(
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give a view its viewer, and turn the house's refusals into pages."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, viewer_of(request), *args, **kwargs)
        except HeadstartError as error:
            return refusal(request, status_of(error), str(error))

    return door


def refusal(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page of an error: its title, and one clear line."""
    shown = {"title": TITLES[status], "sentence": in_full(sentence)}
    return render(request, "web/refusal.html", shown, status=status)


def kept(act: Callable[[], HttpResponse], again: Callable[[str], HttpResponse]) -> HttpResponse:
    """Do what a form asks; where that is refused, `again` shows the form with one clear line and what was typed."""
    try:
        return act()
    except NotFound:
        raise
    except Refusal as error:
        answer = again(in_full(str(error)))
        answer.status_code = status_of(error)
        return answer


def in_full(line: str) -> str:
    """One clear line as a sentence."""
    return line[:1].upper() + line[1:] + ("" if line[-1:] in (".", "!", "?", "") else ".")


def status_of(error: HeadstartError) -> int:
    """The HTTP status of a refusal."""
    return next((code for root, code in STATUS if isinstance(error, root)), 500)
