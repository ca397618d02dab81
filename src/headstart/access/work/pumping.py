"""From the endpoint to the person: what may pass of an answer, as it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from headstart.access.errors import EndpointFailed
from headstart.access.ports import Answer, Asked, Endpoint, Pass, Slip
from headstart.access.rules.headers import Headers, one, to_person
from headstart.access.rules.reading import AnswerReader
from headstart.access.rules.secrets import SecretSearch
from headstart.access.work.limits import Limits
from headstart.access.work.outlet import Outlet

PIECE = 256 << 10
REFUSES_ITS_KEY = (401, 403, 407)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be passed on: `address` and `headers` as the endpoint will see them."""

    holder: Pass
    asked: Asked
    address: str
    headers: list[tuple[str, str]]
    body: bytes
    arrived: float  # of the monotonic clock


class BudgetReached(Exception):
    """The stream has used what was left of the tokens."""


class NotTaken(Exception):
    """The person stopped taking what comes."""


class Pump:
    """One answer's way. `run` once; what it finds out is there to read while it runs, and after it was cancelled.

    It implements ports.Body: the request's bytes go out once `durable` has the slip, and the first byte of an answer
    comes through after that.
    """

    def __init__(self, errand: Errand, *, endpoint: Endpoint, outlet: Outlet, limits: Limits) -> None:
        self.size = len(errand.body)
        self.durable: asyncio.Future[Slip] = asyncio.get_running_loop().create_future()
        self.reader = AnswerReader(errand.holder.dialect, events=False)
        self.events = False  # the answer is a stream of events: a last one can be said
        self.is_sending = False  # a chunk is on its way out: whether it arrived is not known
        self.first_byte: float | None = None
        self.reached = False  # bytes of the request went out, and the endpoint did not refuse it
        self._errand = errand
        self._endpoint = endpoint
        self._outlet = outlet
        self._limits = limits
        self._size = 0
        self._search = SecretSearch(errand.holder.secret)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The request's bytes, once it is written down."""
        await asyncio.shield(self.durable)
        self.reached = True
        for at in range(0, self.size, PIECE):
            yield self._errand.body[at : at + PIECE]

    async def run(self) -> None:
        """From the question to the last byte of the answer.

        Raises:
            EndpointFailed: it hung, broke off, flooded, showed its key, or answered with what can't be passed on.
            BudgetReached, NotTaken: see there.
        """
        answer = await self._asked()
        try:
            headers = self._what_may_pass(answer)
            slip = await asyncio.shield(self.durable)
            await self._hand_on(answer, headers, slip.tokens_left)
        finally:
            answer.close()

    async def _hand_on(self, answer: Answer, headers: Headers, tokens_left: int | None) -> None:
        """All of the answer, as long as neither side lets the other wait too long."""
        seconds, loop = self._limits.idle_seconds, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds) as patience, aclosing(answer.chunks()) as chunks:
                # A document is looked at before its headers pass, so that a refusal can still take its place.
                first = b"" if self.events else self._looked_through(await anext(chunks, b""))
                await self._outlet.start(answer.status, headers)
                await self._send(first)
                async for chunk in chunks:
                    await self._send(self._looked_through(chunk))
                    if self.events and tokens_left is not None and self.reader.likely_out > tokens_left:
                        raise BudgetReached
                    patience.reschedule(loop.time() + seconds)
                await self._send(self._search.rest())
                self.reader.close()
                await self._outlet.send(b"", last=True)
        except TimeoutError:
            if self.is_sending:
                raise NotTaken from None
            raise EndpointFailed(f"said nothing for {seconds:g} s", status=504) from None

    async def _asked(self) -> Answer:
        seconds = self._limits.first_byte_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._endpoint.ask(self._errand.address, self._errand.headers, self)
        except TimeoutError:
            raise EndpointFailed(f"did not begin to answer within {seconds:g} s", status=504) from None

    def _what_may_pass(self, answer: Answer) -> Headers:
        """The headers for the person, unless the answer can't be passed on at all."""
        self.reached = self.reached and answer.status < 400
        if answer.status in REFUSES_ITS_KEY:
            raise EndpointFailed("refuses the key that it was given here; its developer has to see to it")
        if answer.status != 200 and not 400 <= answer.status <= 599:
            raise EndpointFailed(f"answered with status {answer.status}, which is not passed on")
        if one(answer.headers, b"content-encoding").lower() not in (b"", b"identity"):
            raise EndpointFailed("sent a packed answer, though it was asked not to")
        headers = to_person(answer.headers, self._errand.holder.secret)
        length = one(answer.headers, b"content-length")
        if length.isdigit() and int(length) > self._limits.most_answer_bytes:
            raise EndpointFailed(f"would send {int(length):,} bytes, which is too much")
        self.events = one(answer.headers, b"content-type").lower().startswith(b"text/event-stream")
        self.reader = AnswerReader(self._errand.holder.dialect, events=self.events)
        # An event stream may have to say a last word of ours; anything else is held to its length.
        framed = [] if self.events or not length.isdigit() else [(b"content-length", length)]
        return [*headers, *framed, (b"x-content-type-options", b"nosniff")]

    def _looked_through(self, chunk: bytes) -> bytes:
        """What may pass of a chunk."""
        self._size += len(chunk)
        if self._size > self._limits.most_answer_bytes:
            raise EndpointFailed(f"sent more than {self._limits.most_answer_bytes:,} bytes")
        passed = self._search.feed(chunk)
        if passed is None:
            raise EndpointFailed("sent its own key back; its answer ends here")
        return passed

    async def _send(self, data: bytes) -> None:
        if not data:
            return
        if self.first_byte is None:
            self.first_byte = asyncio.get_running_loop().time()
        self.is_sending = True
        await self._outlet.send(data)
        self.is_sending = False
        self.reader.feed(data)
