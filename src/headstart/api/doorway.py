"""The doorway of every endpoint: who holds the token, how a body is read, and what a refusal looks like."""

import re
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.security import HttpBearer

from headstart.api import schemas
from headstart.errors import Conflict, Forbidden, HeadstartError, Invalid, NotFound, Unable
from headstart.people import queries as people
from headstart.people.errors import TokenUnknown
from headstart.people.rules import ANYONE, Viewer

PROBLEMS: dict[int, Any] = {404: schemas.Problem, 422: schemas.Problem}
ASKING: dict[int, Any] = {403: schemas.Problem, 409: schemas.Problem, **PROBLEMS}
STATUS: tuple[tuple[type[HeadstartError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Unable, 503),
)
DEEPEST = 64  # levels of a body
MOST_SAID = 3  # faults of a body that one line names


class Token(HttpBearer):
    """A token of `headstart admit`, as a bearer."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        """Who holds it; None answers 401."""
        del request
        try:
            return people.viewer_with(token)
        except TokenUnknown:
            return None


PUBLIC = [Token(), lambda _: ANYONE]


def viewer(request: HttpRequest) -> Viewer:
    """Who is looking: the token's person or organisation, or the public."""
    found = getattr(request, "auth", None)
    return found if isinstance(found, Viewer) else ANYONE


class BodyUnreadable(Invalid):
    """A body that no schema is asked about."""

    code = "unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the body {why}")


class Strict(Parser):
    """JSON as RFC 8259 has it, in UTF-8: no NaN, no lone surrogates, no NUL, no more than `DEEPEST` levels."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value.

        Raises:
            BodyUnreadable: it is not such JSON. (Ninja wraps it; `routes.refuse_requests` takes it out again.)
        """
        body = request.body
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BodyUnreadable("is not JSON (RFC 8259) in UTF-8") from None
        if b"\\u0000" in body or body.count(b"[") + body.count(b"{") > DEEPEST:
            _look_through(value)
        return value


def _look_through(value: Any) -> None:
    """Refuse NUL, which PostgreSQL can't keep, and depth, which costs a stack."""
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(each, str) and "\0" in each for each in level):
            raise BodyUnreadable("holds a NUL character")
        level = [below for each in level for below in _below(each)]
        if not level:
            return
    raise BodyUnreadable(f"is nested deeper than {DEEPEST} levels")


def _below(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def faults(errors: list[dict[str, Any]]) -> str:
    """What is wrong with a body or an address, in one line: never the value itself, which may be a secret."""
    told = [
        f"{'.'.join(str(each) for each in error.get('loc', ())[-3:])}: {error.get('msg', 'is wrong')}"
        for error in errors[:MOST_SAID]
    ]
    more = f" (and {len(errors) - MOST_SAID} more)" if len(errors) > MOST_SAID else ""
    return " ".join(f"{'; '.join(told)}{more}".split())[:500]


def download(held: bytes, kind: str, name: str) -> HttpResponse:
    """A file to be saved, under a name of ours."""
    answer = HttpResponse(held, content_type=kind)
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
