"""One request on its way: begun in the books, asked of the endpoint, its answer handed on, ended in the books."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from headstart.access.errors import BooksSilent, EndpointFailed
from headstart.access.ports import Books, Ended, Endpoint, Slip
from headstart.access.rules import Ending
from headstart.access.rules.answers import last_event, refusal
from headstart.access.work.limits import Limits
from headstart.access.work.outlet import Outlet
from headstart.access.work.pumping import BudgetReached, Errand, NotTaken, Pump
from headstart.access.work.refusing import ENDINGS, Told, told
from headstart.access.work.watching import patiently
from headstart.errors import HeadstartError

log = logging.getLogger("headstart.gateway")
LAST_WORD_SECONDS = 1.0
LATE_SECONDS = 30.0  # for the books to say whether what nobody waits for any more was begun
AGAIN_SECONDS = (0.0, 0.25, 1.0, 4.0)  # before each try to write down how it ended


class Exchange:
    """Implements watching.Open. `run` once.

    The connection to the endpoint is made while the books write the request down; the request's body goes out, and
    the first byte of an answer comes through, only once they have.
    """

    def __init__(
        self, errand: Errand, *, books: Books, endpoint: Endpoint, outlet: Outlet, limits: Limits
    ) -> None:
        self.key_id = errand.holder.key_id
        self.ends_at: datetime | None = errand.holder.ends_at
        self._errand = errand
        self._books = books
        self._outlet = outlet
        self._limits = limits
        self._cut: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._pump = Pump(errand, endpoint=endpoint, outlet=outlet, limits=limits)
        outlet.most_kept = limits.most_kept_bytes if errand.holder.keeps_words else 0

    def cut(self, ending: Ending) -> None:
        """End it now."""
        if not self._cut.done():
            self._cut.set_result(ending)

    async def run(self, left: asyncio.Future[None], answered: Callable[[], None]) -> None:
        """From beginning to end, whatever happens.

        `left` is done when the person hangs up; `answered` is called when the person has all there is to have, and
        the books have yet to be told.
        """
        begin = asyncio.ensure_future(self._books.begin(self._errand.holder, self._errand.asked))
        pump = asyncio.create_task(self._pump.run())
        try:
            ending, said = await self._course(begin, pump, left)
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            self._pump.durable.cancel()
        if said is not None:
            with suppress(Exception):  # the person may have gone
                await asyncio.wait_for(self._last_word(said), LAST_WORD_SECONDS)
        answered()
        await asyncio.wait({begin}, timeout=LATE_SECONDS)
        if begin.done() and begin.exception() is None:
            await self._write_down(begin.result(), ending)

    async def _course(
        self, begin: asyncio.Future[Slip], pump: asyncio.Task[None], left: asyncio.Future[None]
    ) -> tuple[Ending, Told | None]:
        """How it ended, and what is left to say of it."""
        first = asyncio.FIRST_COMPLETED
        outside: set[asyncio.Future[Any]] = {left, self._cut}
        await asyncio.wait({begin, *outside}, timeout=self._limits.admit_seconds, return_when=first)
        if not begin.done():
            await asyncio.sleep(0)  # a loop that stood still has all at once: the books go first
        if not begin.done():
            return self._ended_from_outside(left) or (Ending.GATEWAY, told(BooksSilent()))
        if (error := begin.exception()) is not None:
            return Ending.GATEWAY, told(error if isinstance(error, HeadstartError) else BooksSilent())
        self._pump.durable.set_result(begin.result())
        await asyncio.wait({pump, *outside}, timeout=self._limits.whole_seconds, return_when=first)
        if pump.done():
            return self._as_pumped(pump)
        late = EndpointFailed(f"was not done within {self._limits.whole_seconds:g} s", status=504)
        return self._ended_from_outside(left) or (Ending.UPSTREAM, told(late))

    def _ended_from_outside(self, left: asyncio.Future[None]) -> tuple[Ending, Told | None] | None:
        if left.done():
            return Ending.LEFT, None
        if self._cut.done():
            return self._cut.result(), ENDINGS[self._cut.result()]
        return None

    def _as_pumped(self, pump: asyncio.Task[None]) -> tuple[Ending, Told | None]:
        match pump.exception():
            case None:
                return Ending.DONE, None
            case EndpointFailed() as error:
                return Ending.UPSTREAM, told(error)
            case BudgetReached():
                return Ending.BUDGET, ENDINGS[Ending.BUDGET]
            case NotTaken():
                return Ending.LEFT, None
            case error:
                log.error("a request ended by a fault of the gateway's own: %s", type(error).__name__)
                return Ending.GATEWAY, ENDINGS[Ending.GATEWAY]

    async def _last_word(self, said: Told) -> None:
        """A refusal where nothing was said yet; an event where events were; else the connection breaks."""
        dialect = self._errand.holder.dialect
        if self._outlet.status is None:
            body = refusal(dialect, said.status, said.code, said.line)
            await self._outlet.whole(said.status, body, said.headers)
        elif self._pump.events:
            begun = self._pump.is_sending or not self._pump.reader.between_events
            word = last_event(dialect, said.status, said.code, said.line)
            await self._outlet.send(b"\n\n" + word if begun else word, last=True)

    async def _write_down(self, slip: Slip, ending: Ending) -> None:
        ended = self._ended(ending)
        for seconds in AGAIN_SECONDS:
            await asyncio.sleep(seconds)
            try:
                await patiently(self._books.end(slip, ended), 5 * self._limits.books_seconds)
            except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
                why = type(error).__name__
            else:
                return
        log.error("request %s could not be completed in the books (%s)", slip.request_id, why)

    def _ended(self, ending: Ending) -> Ended:
        reader, outlet, arrived = self._pump.reader, self._outlet, self._errand.arrived
        first = self._pump.first_byte
        words = b"%d\n%b%b" % (len(self._errand.body), self._errand.body, bytes(outlet.kept))
        return Ended(
            ending=ending,
            status=outlet.status,
            digest=outlet.digest,
            size=outlet.size,
            tokens_in=reader.tokens_in,
            tokens_out=reader.tokens_out,
            seen_bytes_in=len(self._errand.body),
            seen_bytes_out=reader.word_bytes,
            first_byte_ms=None if first is None else (first - arrived) * 1000,
            wall_seconds=time.monotonic() - arrived,
            reached=self._pump.reached,
            words=words if self._errand.holder.keeps_words else None,
        )
