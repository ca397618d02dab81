"""How many requests a second the gateway's books take: begun and ended, durable, each twice in the ledger.

python scripts/books_speed.py [--requests 3000] [--at-once 100] [--database postgresql://…]
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figures import Row

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]


def rows() -> list[Row]:
    """On SQLite, in a process of its own."""
    command = [sys.executable, __file__, "--requests", "2000", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    rate, median = found["requests_a_second"], found["begin_median_ms"]
    return [
        Row(name="gateway's books: requests begun and ended", value=rate, unit="a second", goal="100",
            peer=f"100 at once; a beginning takes {median:.0f} ms", holds=rate >= 100),
    ]  # fmt: skip


def measure(requests: int, at_once: int, database: str, data: Path) -> dict[str, float]:
    """Begin and end `requests`, `at_once` at the same time, over ten persons' keys; while another thread polls."""
    os.environ |= {"HEADSTART_DATA": str(data), "HEADSTART_DATABASE_URL": database}
    from headstart.site.start import open_instance

    open_instance()
    shown = _world()
    from headstart.gateway.books import DjangoBooks

    with DjangoBooks(data) as books:
        before = time.process_time()
        took, begins, polls = asyncio.run(_run(books, shown, requests, at_once))
        spent = time.process_time() - before
    return {
        "requests_a_second": requests / took,
        "cpu_ms_a_request": spent / requests * 1000,
        "begin_median_ms": statistics.median(begins) * 1000,
        "begin_p99_ms": sorted(begins)[int(len(begins) * 0.99)] * 1000,
        "over_median_ms": statistics.median(polls) * 1000,
        "over_worst_ms": max(polls) * 1000,
    }


def _world() -> list[str]:
    from tests.conftest import Cast
    from tests.simulators.reached import Reached

    world = Reached(Cast())
    wide: dict[str, Any] = {"requests_a_minute": 100_000, "most_streams": 1000, "most_tokens": 10**12}
    return [world.give(**wide)[1] for _ in range(10)]


async def _run(
    books: Any, shown: list[str], requests: int, at_once: int
) -> tuple[float, list[float], list[float]]:
    from tests.simulators.reached import asked, ended

    passes = [await books.admit(each) for each in shown]
    begins: list[float] = []
    polls: list[float] = []
    left = iter(range(requests))

    async def person() -> None:
        for each in left:
            began = time.perf_counter()
            slip = await books.begin(passes[each % len(passes)], asked())
            begins.append(time.perf_counter() - began)
            await books.end(slip, ended())

    async def poll() -> None:
        while True:
            await asyncio.sleep(0.25)
            began = time.perf_counter()
            await books.over([each.key_id for each in passes])
            polls.append(time.perf_counter() - began)

    polling = asyncio.create_task(poll())
    began = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(at_once)))
    took = time.perf_counter() - began
    polling.cancel()
    return took, begins, polls or [0.0]


def main() -> None:
    """Print what was measured."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--requests", type=int, default=3000)
    asks.add_argument("--at-once", type=int, default=100)
    asks.add_argument(
        "--database", default="", help="an empty one of its own; SQLite in a scratch folder without"
    )
    asks.add_argument("--json", action="store_true")
    given = asks.parse_args()
    with tempfile.TemporaryDirectory(prefix="headstart-books-") as folder:
        found = measure(given.requests, given.at_once, given.database, Path(folder))
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:20} {value:10.1f}")


if __name__ == "__main__":
    main()
