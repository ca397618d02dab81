"""The gateway's server: granian in this process, in front of the application; everything open ends before it stops."""

import asyncio
import logging
import resource
import signal
from collections.abc import Callable
from contextlib import suppress

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from headstart.access.work.proxying import Proxy
from headstart.gateway.app import application

HEADER_SECONDS = 15
MOST_WAITING = 1024
DRAIN_SECONDS = 10.0


async def serve(host: str, port: int, make: Callable[[], Proxy], until: asyncio.Event) -> None:
    """Serve until `until` is set; then end what is open, each request as ended by the gateway."""
    logging.getLogger("_granian").setLevel(logging.ERROR)
    app = application(make)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        websockets=False,
        backlog=MOST_WAITING,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(until.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await app.state.door.close()
    server.stop()  # type: ignore[no-untyped-call]
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, DRAIN_SECONDS)


def serve_until_told(host: str, port: int, make: Callable[[], Proxy]) -> None:
    """Serve in this process until SIGINT or SIGTERM."""

    async def main() -> None:
        until = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, until.set)
        await serve(host, port, make, until)

    _as_many_files_as_may_be()
    asyncio.run(main())


def _as_many_files_as_may_be() -> None:
    """Two sockets for each stream: more than the usual 1024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
