"""What goes out to the person: counted, hashed, and kept where the agreement says so."""

import hashlib
from collections.abc import Awaitable, Callable

from headstart.access.rules.headers import Headers

Start = Callable[[int, Headers], Awaitable[None]]
Send = Callable[[bytes, bool], Awaitable[None]]


class Outlet:
    """The way out of one request. What it was not given in time it leaves unfinished: the connection then breaks."""

    def __init__(self, start: Start, send: Send) -> None:
        self.status: int | None = None
        self.size = 0
        self.kept = bytearray()
        self.most_kept = 0
        self._digest = hashlib.sha256()
        self._start = start
        self._send = send

    @property
    def digest(self) -> str:
        """SHA-256 of the body as it went out."""
        return self._digest.hexdigest()

    async def start(self, status: int, headers: Headers) -> None:
        """Begin an answer."""
        self.status = status
        await self._start(status, headers)

    async def send(self, data: bytes, *, last: bool = False) -> None:
        """A piece of the body, at once."""
        self.size += len(data)
        self._digest.update(data)
        if len(self.kept) < self.most_kept:
            self.kept += data[: self.most_kept - len(self.kept)]
        await self._send(data, not last)

    async def whole(self, status: int, body: bytes, headers: Headers = ()) -> None:
        """An answer of our own."""
        framed = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *headers,
        ]
        await self.start(status, framed)
        await self.send(body, last=True)
