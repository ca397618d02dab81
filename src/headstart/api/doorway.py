"""The doorway of every endpoint: who holds the token, and what a refusal looks like."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from headstart.api import schemas
from headstart.errors import Conflict, Forbidden, HeadstartError, Invalid, NotFound, Unable
from headstart.people import queries as people
from headstart.people.errors import TokenUnknown
from headstart.people.rules import ANYONE, Viewer

PROBLEMS: dict[int, Any] = {404: schemas.Problem, 422: schemas.Problem}
STATUS: tuple[tuple[type[HeadstartError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Unable, 503),
)


class Token(HttpBearer):
    """A token of `headstart admit`, as a bearer."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        """Who holds it; None answers 401."""
        del request
        try:
            return people.viewer_with(token)
        except TokenUnknown:
            return None


def viewer(request: HttpRequest) -> Viewer:
    """Who is looking: the token's organisation, or the public."""
    found = getattr(request, "auth", None)
    return found if isinstance(found, Viewer) else ANYONE
