"""The developers' endpoints over HTTP/1.1, by aiohttp.

Nothing of the machine's environment is used (no proxies, no .netrc), no redirect is followed, no cookie kept, nothing
unpacked. What comes back is bounded by the proxy that asks; its lines, headers and read buffer are bounded here.
"""

import socket
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Sequence
from contextlib import suppress

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.helpers import is_ip_address
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

from headstart.access.errors import EndpointFailed
from headstart.access.ports import Answer, Body
from headstart.access.rules.addresses import allowed_address
from headstart.access.rules.headers import Headers

IDLE_SECONDS = 4.0  # between requests; many endpoints hang up after five
READ_BUFFER = 64 << 10
MOST_LINE = 8 << 10
MOST_HEADERS = 100
RUSH = 32  # chunks in a row that were there already, after which they are joined


class HttpEndpoint:
    """Implements access.ports.Endpoint. One for a process, made where its event loop runs."""

    def __init__(self, *, connect_seconds: float = 10.0, named_hosts: Iterable[str] = ()) -> None:
        """`named_hosts` may be, and resolve to, addresses that are not public; no other host may."""
        self._named = frozenset(named_hosts)
        connector = _Connector(
            limit=0,  # the proxy bounds what is open
            keepalive_timeout=IDLE_SECONDS,
            resolver=_PublicResolver(self._named),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=READ_BUFFER,
            max_line_size=MOST_LINE,
            max_field_size=MOST_LINE,
            max_headers=MOST_HEADERS,
        )

    async def ask(self, address: str, headers: Sequence[tuple[str, str]], body: Body) -> Answer:
        """Ask, and wait for the answer's headers."""
        url = URL(address, encoded=True)
        if is_ip_address(url.host) and url.host not in self._named and not allowed_address(url.host or ""):
            raise EndpointFailed("is not on the public internet")
        told = CIMultiDict([*headers, ("content-length", str(body.size))])
        sending = _Sending(body)
        try:
            answer = await self._session.post(url, headers=told, data=sending.pieces(), allow_redirects=False)
        except (aiohttp.ServerTimeoutError, TimeoutError):
            raise EndpointFailed("can't be reached in time", status=504) from None
        except aiohttp.ClientConnectorError:
            raise EndpointFailed("can't be reached") from None
        except (aiohttp.ClientError, OSError, ValueError):
            # what these say may hold the address, headers and bytes of the answer: none of it goes further
            raise EndpointFailed("broke off, or answered with what is no HTTP") from None
        return _HttpAnswer(answer, sending)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()


class _Sending:
    """A body on its way, and whether all of it has left."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.is_over = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """What aiohttp sends."""
        async for piece in self._body.pieces():
            yield piece
        self.is_over = True


class _HttpAnswer:
    """Implements access.ports.Answer."""

    def __init__(self, answer: aiohttp.ClientResponse, sending: _Sending) -> None:
        self._answer = answer
        self._sending = sending
        self._read = 0
        self.status = answer.status
        self.headers: Headers = [(name.lower(), value) for name, value in answer.raw_headers]

    async def chunks(self) -> AsyncGenerator[bytes]:
        """One at a time; joined where the endpoint is faster than they can be handed on one by one."""
        content, at_once = self._answer.content, 0
        try:
            while not content.at_eof():
                at_once = 0 if content.total_bytes == self._read else at_once + 1
                chunk, _ = await content.readchunk()
                if at_once > RUSH:
                    chunk += content.read_nowait()
                self._read += len(chunk)
                if chunk:
                    yield chunk
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError):
            raise EndpointFailed("broke off in the middle of its answer") from None

    def close(self) -> None:
        """Let go at once; a connection on which all was sent and all was read is kept for the next request."""
        if self._answer.content.at_eof() and self._sending.is_over:
            self._answer.release()
        else:
            self._answer.close()


class _Connector(aiohttp.TCPConnector):
    """Never reuses a connection on which more came than its last answer: that would be the next person's answer."""

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> Connection:
        """A connection that is as good as new."""
        while True:
            connection = await super().connect(req, traces, timeout)
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()


class _PublicResolver(AbstractResolver):
    """Refuses names that resolve to this machine or its network, unless they were named: they may change overnight."""

    def __init__(self, named: Collection[str]) -> None:
        self._resolver = aiohttp.ThreadedResolver()
        self._named = named

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a host.

        Raises:
            OSError: it has none.
        """
        found = await self._resolver.resolve(host, port, family)
        if host not in self._named:
            found = [each for each in found if allowed_address(each["host"])]
        if not found:
            raise OSError("the host has no public address")
        return found

    async def close(self) -> None:
        """Nothing is open."""
        with suppress(Exception):
            await self._resolver.close()
