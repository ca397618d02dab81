"""Speed of the gateway: what it adds to each chunk with 100 open streams, and how soon a revocation is in force.

The endpoint, the gateway (`headstart gateway` on SQLite, with the real books) and this client are processes of their
own. The endpoint writes into each event when it said it, by the monotonic clock that all processes of a machine share.
"""

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from figures import ROOT, Row, say

sys.path.insert(0, str(ROOT))
from tests.simulators.instance import environment, gateway_command, instance

STREAMS = 100
PAUSE_SECONDS = 0.05  # between the chunks of one stream: 2,000 a second in all
LISTEN_SECONDS = 5.0
FIRSTS = 40  # requests whose first event is timed beside the open streams, one after the other with a pause
BODY = json.dumps(
    {"model": "model-a", "stream": True, "messages": [{"role": "user", "content": "go on"}]}
).encode()
STAMP = re.compile(rb'"content": "(\d{6,}) "')


@dataclass
class Listening:
    """What one stream has shown."""

    delays: list[float] = field(default_factory=list)  # from the endpoint's saying to our hearing, each chunk
    first_seconds: float = 0.0  # from asking to the first event
    ended_at: float = 0.0
    told: bytes = b""


@dataclass(frozen=True)
class Door:
    """Where to ask, and with which key."""

    port: int
    path: str
    key: str = "none"


def rows(scratch: Path) -> list[Row]:
    """What is added to a chunk and to a first event, and the seconds to a revocation in force."""
    scratch.mkdir(parents=True, exist_ok=True)
    with _endpoint() as upstream, instance(scratch) as ask:
        world = ask("prepare", f"http://127.0.0.1:{upstream}/endless", {"most_streams": 2 * STREAMS})
        with _gateway(scratch) as port:
            direct = Door(upstream, "/endless/v1/chat/completions")
            through = Door(port, "/v1/chat/completions", world["key"])
            asyncio.run(_heard(through, 5))  # warm
            bare, bare_first, _ = asyncio.run(_heard(direct, FIRSTS))
            ours, ours_first, _ = asyncio.run(_heard(through, FIRSTS))
            revoked = asyncio.run(_revoked(through, lambda: ask("revoke", world["key_id"])))
    added, added_first = 1000 * (ours - bare), 1000 * (ours_first - bare_first)
    beside = f"with {STREAMS} open streams"
    return [
        Row(name=f"gateway: added to a chunk {beside}", value=added, unit="ms, median", goal="< 10",
            peer=f"direct: {1000 * bare:.2f} ms", ratio=ours / bare, holds=added < 10),
        Row(name=f"gateway: added to the first event {beside}", value=added_first, unit="ms, median", goal="< 10",
            peer=f"direct: {1000 * bare_first:.2f} ms", ratio=ours_first / bare_first, holds=added_first < 10),
        Row(name=f"gateway: a revocation in force on {STREAMS} streams", value=revoked, unit="s, the last", goal="< 1",
            holds=revoked < 1),
    ]  # fmt: skip


async def _heard(door: Door, firsts: int) -> tuple[float, float, list[Listening]]:
    """The median delay of a chunk, and of a first event, with the streams open."""
    async with asyncio.TaskGroup() as group:
        streams = [Listening() for _ in range(STREAMS)]
        tasks = [group.create_task(_listen(door, each)) for each in streams]
        await _until(lambda: all(each.delays for each in streams))
        for each in streams:
            each.delays.clear()
        times = []
        for _ in range(firsts):
            one = Listening()
            task = asyncio.create_task(_listen(door, one))
            await _until(lambda one=one: one.first_seconds > 0)
            task.cancel()
            times.append(one.first_seconds)
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(LISTEN_SECONDS)
        for task in tasks:
            task.cancel()
    delays = [delay for each in streams for delay in each.delays]
    return statistics.median(delays), statistics.median(times), streams


async def _revoked(door: Door, revoke: Callable[[], float]) -> float:
    """Seconds from the revocation's being recorded to the end of the last stream."""
    streams = [Listening() for _ in range(STREAMS)]
    tasks = [asyncio.create_task(_listen(door, each)) for each in streams]
    await _until(lambda: all(each.delays for each in streams))
    recorded = await asyncio.to_thread(revoke)
    await asyncio.wait_for(asyncio.gather(*tasks), 30)
    if not all(b'"code":"revoked"' in each.told for each in streams):
        raise RuntimeError("a stream ended without saying why")
    return max(each.ended_at for each in streams) - recorded


async def _listen(door: Door, heard: Listening) -> None:
    asked = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    head = (
        f"POST {door.path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {door.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + BODY)
        while data := await reader.read(65536):
            now = time.monotonic()
            stamps = STAMP.findall(data)
            if stamps and not heard.first_seconds:
                heard.first_seconds = now - asked
            heard.delays += [now - int(each) / 1e9 for each in stamps]
            heard.told = (heard.told + data)[-1000:]
            if heard.told.endswith(b"0\r\n\r\n"):
                break
        heard.ended_at = time.monotonic()
    finally:
        writer.close()


async def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError("the streams did not open")
        await asyncio.sleep(0.002)


@contextmanager
def _endpoint() -> Iterator[int]:
    argv = [sys.executable, "-m", "tests.simulators.upstream", str(PAUSE_SECONDS)]
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()


@contextmanager
def _gateway(data: Path) -> Iterator[int]:
    port, argv = gateway_command(data)
    with subprocess.Popen(argv, env=environment(data), stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the gateway did not start")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="headstart-gateway-", dir="/var/tmp") as scratch:
        say(
            rows(Path(scratch) / "data"),
            f"The gateway, on {os.cpu_count()} cores",
            ROOT / "var" / "gateway.json",
        )


if __name__ == "__main__":
    main()
