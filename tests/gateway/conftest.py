"""A gateway on granian, in front of an endpoint that behaves as a test wants, with books in memory."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.simulators import upstream as endpoints
from tests.simulators.books import MemoryBooks
from tests.simulators.upstream import Upstream

from headstart.access.providers.endpoint import HttpEndpoint
from headstart.access.work.limits import Limits
from headstart.access.work.proxying import Proxy
from headstart.gateway.server import serve

KEY = "hsg_a-person's-own-key-0123456789"
BODY = {"model": "model-a", "messages": [{"role": "user", "content": "the person's own words"}]}


@dataclass
class Gateway:
    """A gateway that answers on 127.0.0.1."""

    port: int
    books: MemoryBooks
    upstream: Upstream
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def in_its_loop(self, act: Callable[[], None]) -> None:
        """Do something where the gateway runs, and wait for it."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(10)

    def ask(
        self, body: Any = BODY, *, path: str = "/v1/chat/completions", key: str = KEY, **headers: str
    ) -> "Heard":
        """POST, and hear all of it."""
        with self.asking(body, path=path, key=key, **headers) as answer:
            return Heard(answer.status, dict(answer.getheaders()), answer.read())

    @contextmanager
    def asking(
        self, body: Any = BODY, *, path: str = "/v1/chat/completions", key: str = KEY, **headers: str
    ) -> Iterator[http.client.HTTPResponse]:
        """POST, and hear what one wants to."""
        with self.asking_soon(body, path=path, key=key, **headers) as answer:
            yield answer()

    @contextmanager
    def asking_soon(
        self, body: Any = BODY, *, path: str = "/v1/chat/completions", key: str = KEY, **headers: str
    ) -> Iterator[Callable[[], http.client.HTTPResponse]]:
        """POST, and wait for the answer when it is called."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"content-type": "application/json", "authorization": f"Bearer {key}", **headers}
        connection.request(
            "POST", path, sent, {name.replace("_", "-"): value for name, value in told.items() if value}
        )
        with contextlib.closing(connection):
            yield connection.getresponse


@dataclass
class Heard:
    """An answer, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """It, read."""
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """Its error."""
        return dict(self.said["error"])


def eventually(holds: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.005)


@contextmanager
def running(upstream: Upstream, books: MemoryBooks, limits: Limits) -> Iterator[Gateway]:
    """A gateway on a free port, in a thread of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loop, until = asyncio.new_event_loop(), asyncio.Event()
    gateway = Gateway(port, books, upstream, loop, lambda: loop.call_soon_threadsafe(until.set) and None)

    def make() -> Proxy:
        return Proxy(
            books, HttpEndpoint(connect_seconds=limits.connect_seconds, named_hosts=["127.0.0.1"]), limits
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve("127.0.0.1", port, make, until))
        finally:
            left = asyncio.all_tasks(loop)
            for each in left:
                each.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()
            gateway.stopped.set()

    thread = threading.Thread(target=run, daemon=True, name="gateway")
    thread.start()
    eventually(lambda: _answers(port))
    try:
        yield gateway
    finally:
        if not gateway.stopped.is_set():
            gateway.stop()
        thread.join(20)
        assert not thread.is_alive(), "the gateway did not stop"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return probe.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


@pytest.fixture(scope="session")
def _upstream() -> Iterator[Upstream]:
    with endpoints.serving() as upstream:
        yield upstream


@pytest.fixture
def upstream(_upstream: Upstream) -> Iterator[Upstream]:
    """The endpoint, with nothing asked of it yet."""
    _upstream.seen.clear()
    _upstream.go.clear()
    _upstream.pause, _upstream.chunks = 0.0, len(endpoints.WORDS)
    yield _upstream
    _upstream.go.set()


@pytest.fixture
def books() -> MemoryBooks:
    """Books in memory."""
    return MemoryBooks()


@pytest.fixture
def limits() -> Limits:
    """Short ones; a test may have its own."""
    return Limits(
        pass_seconds=0,
        admit_seconds=2,
        connect_seconds=2,
        first_byte_seconds=10,
        idle_seconds=10,
        whole_seconds=60,
    )


@pytest.fixture
def gateway(upstream: Upstream, books: MemoryBooks, limits: Limits) -> Iterator[Gateway]:
    """A gateway whose `KEY` reaches an endpoint that talks."""
    books.give(KEY, upstream.at("talk"))
    with running(upstream, books, limits) as gateway:
        yield gateway
