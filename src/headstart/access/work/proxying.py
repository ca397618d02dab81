"""The proxy: whose request it is, what it asks for, whether it may pass; then the exchange."""

import asyncio
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from headstart.access.errors import KeyUnknown, ModelNotOffered, ScopeMissing, TooManyRequests
from headstart.access.ports import Asked, Books, Endpoint, Pass
from headstart.access.rules import Dialect, Ending
from headstart.access.rules.answers import MODELS, PATHS, dialect_of, list_of_models, refusal
from headstart.access.rules.asking import read_wish
from headstart.access.rules.headers import Headers, address, one, shown_key, to_endpoint
from headstart.access.work.admitting import Admission
from headstart.access.work.exchange import Exchange
from headstart.access.work.limits import Limits
from headstart.access.work.outlet import Outlet
from headstart.access.work.pumping import Errand
from headstart.access.work.refusing import ENDINGS, NotPassed, Told, told
from headstart.access.work.watching import Watch
from headstart.errors import HeadstartError
from headstart.reviews.rules import Scope

log = logging.getLogger("headstart.gateway")
SCOPES = {Dialect.OPENAI: Scope.CHAT, Dialect.ANTHROPIC: Scope.MESSAGES}
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came. `body` reads it; `left` begins to wait for the person to hang up (both once)."""

    path: str
    query: bytes
    headers: Headers
    body: Callable[[Limits], Awaitable[bytes]]
    left: Callable[[], asyncio.Future[None]]


@dataclass(eq=False, slots=True)
class _Place:
    """One of the requests that a key may have in flight; `freed` once the books have its end."""

    freed: asyncio.Future[None]
    is_answered: bool = False


class Proxy:
    """Passes requests on. `start` and `close` in the event loop that serves."""

    def __init__(self, books: Books, endpoint: Endpoint, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._books = books
        self._endpoint = endpoint
        self._admission = Admission(books, self.limits)
        self._watch = Watch(books, self.limits)
        self._places: defaultdict[str, set[_Place]] = defaultdict(set)
        self._is_closing = False

    def start(self) -> None:
        """Begin to watch over what is open."""
        self._watch.start()

    async def close(self) -> None:
        """End what is open, as ended by the gateway; nothing more is taken."""
        self._is_closing = True
        self._watch.cut_all(Ending.GATEWAY)
        under_way = [each.freed for places in self._places.values() for each in places]
        if under_way:
            await asyncio.wait(under_way, timeout=CLOSE_SECONDS)
        await self._watch.stop()
        await self._endpoint.close()

    async def serve(self, call: Call, outlet: Outlet) -> None:
        """Answer one request, whatever it is."""
        arrived = time.monotonic()
        try:
            if call.path == MODELS:
                await self._list_models(call, outlet)
            else:
                await self._pass_on(call, outlet, arrived)
        except NotPassed as error:
            await self._refuse(call, outlet, error.told)
        except HeadstartError as error:
            await self._refuse(call, outlet, told(error))
        except Exception as error:  # noqa: BLE001 - its words may be the person's, or a secret's: its name will do
            log.error("a request ended by a fault of the gateway's own: %s", type(error).__name__)  # noqa: TRY400
            await self._refuse(call, outlet, ENDINGS[Ending.GATEWAY])

    async def _refuse(self, call: Call, outlet: Outlet, why: Told) -> None:
        if outlet.status is None:
            dialect = dialect_of(call.path, anthropic=bool(one(call.headers, b"anthropic-version")))
            await outlet.whole(why.status, refusal(dialect, why.status, why.code, why.line), why.headers)

    async def _list_models(self, call: Call, outlet: Outlet) -> None:
        holder = await self._admission.asked(self._key(call))
        _needs(holder, Scope.MODELS)
        await outlet.whole(200, list_of_models(holder.dialect, holder.models))

    async def _pass_on(self, call: Call, outlet: Outlet, arrived: float) -> None:
        holder = await self._admission.remembered(self._key(call))
        if call.path != PATHS[holder.dialect]:
            raise NotPassed(404, "not-found", f"this key's endpoint answers at {PATHS[holder.dialect]}")
        _needs(holder, SCOPES[holder.dialect])
        place = await self._place(holder)
        try:
            errand = await self._errand(call, holder, arrived)
            exchange = Exchange(
                errand, books=self._books, endpoint=self._endpoint, outlet=outlet, limits=self.limits
            )
            self._watch.enter(exchange)
            try:
                await exchange.run(call.left(), lambda: _answered(place))
            finally:
                self._watch.leave(exchange)
        finally:
            self._free(holder, place)

    def _key(self, call: Call) -> str:
        if self._is_closing:
            raise NotPassed(503, "gateway", "the gateway stops here, for now; try again in a while")
        key = shown_key(call.headers)
        if key is None:
            raise KeyUnknown
        return key

    async def _errand(self, call: Call, holder: Pass, arrived: float) -> Errand:
        """What will be passed on, once it has been read and may be."""
        body = await call.body(self.limits)
        try:
            wish = read_wish(body, holder.dialect)
            where = address(holder.base_url, call.path, call.query)
        except ValueError as error:
            raise NotPassed(400, "invalid", str(error)) from None
        if wish.tools:
            _needs(holder, Scope.TOOLS)
        if wish.model not in holder.models:
            raise ModelNotOffered(", ".join(sorted(holder.models)))
        asked = Asked(
            path=call.path,
            model=wish.model,
            digest=hashlib.sha256(body).hexdigest(),
            size=len(body),
            most_tokens=wish.most_tokens,
            streams=wish.streams,
            tools=wish.tools,
        )
        headers = to_endpoint(call.headers, holder.dialect, holder.secret)
        return Errand(holder=holder, asked=asked, address=where, headers=headers, body=body, arrived=arrived)

    async def _place(self, holder: Pass) -> _Place:
        """One of the places that this key has; one whose answer is through is waited for until it is written down."""
        taken = self._places[holder.key_id]
        if len(taken) >= holder.most_streams and (
            answered := [each.freed for each in taken if each.is_answered]
        ):
            await asyncio.wait(
                answered, timeout=self.limits.books_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            taken = self._places[holder.key_id]
        if len(taken) >= holder.most_streams:
            raise TooManyRequests(
                f"this key has {len(taken)} requests open, and may have {holder.most_streams}"
            )
        if sum(map(len, self._places.values())) >= self.limits.most_open:
            raise TooManyRequests("the gateway has as many requests open as it can take", 5)
        place = _Place(asyncio.get_running_loop().create_future())
        taken.add(place)
        return place

    def _free(self, holder: Pass, place: _Place) -> None:
        place.freed.set_result(None)
        self._places[holder.key_id].discard(place)
        if not self._places[holder.key_id]:
            del self._places[holder.key_id]


def _needs(holder: Pass, scope: Scope) -> None:
    if scope not in holder.scopes:
        raise ScopeMissing(scope.value)


def _answered(place: _Place) -> None:
    place.is_answered = True
