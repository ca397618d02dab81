"""Django's own errors, as pages with one clear line."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from headstart.web.doorway import TITLES, refusal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400."""
    return refusal(request, 400, "go back, and try again")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403."""
    return refusal(request, 403, "this belongs to another seat; sign in with the one that it belongs to")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404."""
    return refusal(request, 404, "no page has this address, or it is not yours to see")


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403 of a form that did not come from these pages, or came too late."""
    return refusal(
        request, 403, "the form did not come from this page, or the page was too old; load it again"
    )


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """500: written without asking the database anything, for that may be what went wrong."""
    told = {"title": TITLES[500], "sentence": "It is written to the server's log; nothing was half done."}
    return HttpResponse(render_to_string("web/refusal.html", told), status=500)
