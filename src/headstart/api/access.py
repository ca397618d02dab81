"""The gateway's books: endpoints whose secret goes in and never comes out, keys shown once, usage."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.pagination import LimitOffsetPagination, paginate

from headstart.access import queries, services, work
from headstart.api import schemas_access as told
from headstart.api.doorway import ASKING, PROBLEMS, viewer

router = Router()


@router.get(
    "/reviews/{review_id}/upstreams",
    response={200: list[told.UpstreamOut], **PROBLEMS},
    summary="Endpoints of a review's model",
)
def list_upstreams(request: HttpRequest, review_id: str) -> Any:
    """For the developer and the hub all of them; for others those that they hold a key to, without the address."""
    return list(queries.upstreams(viewer(request), review_id))


@router.post(
    "/reviews/{review_id}/upstreams", response={201: told.UpstreamOut, **ASKING}, summary="Add an endpoint"
)
def add_upstream(request: HttpRequest, review_id: str, asked: told.UpstreamIn) -> Any:
    """The developer names where its model answers. The secret is kept encrypted, and is in no answer ever."""
    made = services.add_upstream(review_id, actor=viewer(request), **asked.dict())
    return Status(201, queries.upstream(viewer(request), made.id))


@router.post(
    "/upstreams/{upstream_id}/remove",
    response={200: told.UpstreamOut, **ASKING},
    summary="Remove an endpoint",
)
def remove_upstream(request: HttpRequest, upstream_id: str) -> Any:
    """The developer takes it away: every key to it is over at once, and its secret is deleted."""
    services.remove_upstream(upstream_id, actor=viewer(request))
    return queries.upstream(viewer(request), upstream_id)


@router.get(
    "/reviews/{review_id}/keys", response={200: list[told.KeyOut], **PROBLEMS}, summary="Keys to the gateway"
)
def list_keys(request: HttpRequest, review_id: str) -> Any:
    """For the developer and the hub all of them; for others their own organisation's."""
    return list(queries.keys(viewer(request), review_id))


@router.post("/keys", response={201: told.NewKeyOut, **ASKING}, summary="Give a person a key")
def give_key(request: HttpRequest, asked: told.KeyIn) -> Any:
    """By the developer, to a person whose organisation reaches the model by signed terms. No other answer shows it."""
    named = asked.dict()
    upstream_id, member = named.pop("upstream_id"), named.pop("member")
    made, shown = services.give_key(upstream_id, member, actor=viewer(request), **named)
    return Status(201, {"id": made.id, "key": shown, "hint": made.hint, "scopes": made.scopes})


@router.post("/keys/{key_id}/revoke", response={200: told.KeyOut, **ASKING}, summary="Take a key back")
def revoke_key(request: HttpRequest, key_id: str) -> Any:
    """In force within a second, on open streams too. For the developer, the person's organisation and the hub."""
    services.revoke_key(key_id, actor=viewer(request))
    return queries.key(viewer(request), key_id)


@router.get(
    "/reviews/{review_id}/usage", response={200: list[told.UsageOut], **PROBLEMS}, summary="Usage per person"
)
def list_usage(request: HttpRequest, review_id: str) -> Any:
    """Requests, tokens, money, endings, and what is left. For the developer and the hub all; for others their own."""
    return queries.usage(viewer(request), review_id)


@router.get(
    "/reviews/{review_id}/usage.csv", response={200: str, **PROBLEMS}, summary="Usage per person, as CSV"
)
def usage_table(request: HttpRequest, review_id: str) -> HttpResponse:
    """The same, for a spreadsheet."""
    table = work.usage_csv(queries.usage(viewer(request), review_id))
    answer = HttpResponse(table, content_type="text/csv; charset=utf-8; header=present")
    answer["Content-Disposition"] = 'attachment; filename="usage.csv"'
    return answer


@router.get(
    "/reviews/{review_id}/requests", response=list[told.RequestOut], summary="Requests through the gateway"
)
@paginate(LimitOffsetPagination)
def list_requests(request: HttpRequest, review_id: str) -> Any:
    """The newest first: how each ended, with digests, sizes, times and tokens."""
    return queries.requests(viewer(request), review_id)


@router.post(
    "/requests/{request_id}/words", response={200: Any, **ASKING}, summary="Read the words of a request"
)
def read_words(request: HttpRequest, request_id: str) -> HttpResponse:
    """Byte for byte, where the agreement let them be kept. For its two sides; each reading is in the ledger."""
    held = services.read_words(request_id, actor=viewer(request))
    answer = HttpResponse(held, content_type="application/octet-stream")
    answer["Content-Disposition"] = 'attachment; filename="words.bin"'
    return answer
