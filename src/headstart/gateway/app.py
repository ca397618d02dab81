"""The gateway as an ASGI application: three addresses that pass to the proxy, and one that says it is up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from headstart.access.rules.answers import CHAT, MESSAGES, MODELS, dialect_of, refusal
from headstart.access.rules.headers import Headers, one
from headstart.access.work.limits import Limits
from headstart.access.work.outlet import Outlet
from headstart.access.work.proxying import Call, Proxy
from headstart.access.work.refusing import NotPassed


def application(make: Callable[[], Proxy]) -> Starlette:
    """The application; `make` is called once, in the event loop that serves."""
    door = Door()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        door.proxy = make()
        door.proxy.start()
        yield
        await door.close()

    app = Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route(CHAT, door, methods=["POST"]),
            Route(MESSAGES, door, methods=["POST"]),
            Route(MODELS, door, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _not_here},
        lifespan=lifespan,
    )
    app.state.door = door
    return app


class Door:
    """Translates between ASGI and the proxy."""

    proxy: Proxy | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if self.proxy is None:
            raise RuntimeError("the gateway was not started")
        headers: Headers = scope["headers"]

        async def start(status: int, told: Headers) -> None:
            await send({"type": "http.response.start", "status": status, "headers": list(told)})

        async def body(data: bytes, more: bool) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": more})

        waiting: list[asyncio.Task[None]] = []

        def left() -> asyncio.Future[None]:
            waiting.append(asyncio.create_task(_hang_up(receive)))
            return waiting[0]

        call = Call(
            path=scope["path"],
            query=scope["query_string"],
            headers=headers,
            body=lambda limits: _body(headers, receive, limits),
            left=left,
        )
        try:
            await self.proxy.serve(call, Outlet(start, body))
        finally:
            for each in waiting:
                each.cancel()

    async def close(self) -> None:
        """End what is open. More than once does no more."""
        proxy, self.proxy = self.proxy, None
        if proxy is not None:
            await proxy.close()


async def _body(headers: Headers, receive: Receive, limits: Limits) -> bytes:
    """A request's body, bounded.

    Raises:
        NotPassed: too large, too slow, packed, or broken off.
    """
    most = limits.most_request_bytes
    too_large = NotPassed(413, "too-large", f"a request may have {most:,} bytes")
    if one(headers, b"content-encoding").lower() not in (b"", b"identity"):
        raise NotPassed(415, "packed", "send the request as it is; packed ones can't be read here")
    length = one(headers, b"content-length")
    if length.isdigit() and int(length) > most:
        raise too_large
    taken = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise NotPassed(400, "broken-off", "the request broke off")
                taken += message.get("body", b"")
                if len(taken) > most:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(taken)
    except TimeoutError:
        raise NotPassed(
            408, "too-slow", f"a request has to be here within {limits.body_seconds:g} s"
        ) from None


async def _hang_up(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


async def _healthz(request: Request) -> Response:  # noqa: ARG001 - Starlette's signature
    return PlainTextResponse("ok\n")


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    line = {
        404: f"there is nothing here; ask {CHAT}, {MESSAGES} or {MODELS}",
        405: "this address is not asked that way",
    }.get(status, "this can't be answered")
    dialect = dialect_of(request.url.path, anthropic="anthropic-version" in request.headers)
    headers = error.headers if isinstance(error, HTTPException) else None
    body = refusal(dialect, status, "not-found" if status == 404 else "not-allowed", line)
    return Response(body, status, headers=headers, media_type="application/json")
