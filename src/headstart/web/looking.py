"""Who is looking at a page."""

from django.http import HttpRequest

from headstart.people import queries
from headstart.people.rules import Viewer


def viewer(request: HttpRequest) -> Viewer:
    """The viewer behind a request, asked once."""
    found: Viewer | None = getattr(request, "viewer", None)
    if found is None:
        found = queries.viewer_of(request.user)
        request.viewer = found  # type: ignore[attr-defined]
    return found
