"""The watch over open requests: within a second of its key's end, each is cut."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol, TypeVar

from headstart.access.errors import BooksSilent, KeyOver
from headstart.access.ports import Books
from headstart.access.rules import Ending
from headstart.access.work.limits import Limits, SteadyClock

T = TypeVar("T")


class Open(Protocol):
    """A request in flight."""

    key_id: str
    ends_at: datetime | None

    def cut(self, ending: Ending) -> None:
        """End it now; more than once does no more."""
        ...


class Watch:
    """Asks the books, a few times a second and for all open keys in one question, who may no longer.

    Where they give no answer for `books_seconds`, everything open is cut: what can't be taken back must not go on.
    """

    def __init__(self, books: Books, limits: Limits) -> None:
        self.clock = SteadyClock()
        self._books = books
        self._limits = limits
        self._open: defaultdict[str, set[Open]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch, in the event loop that runs."""
        self._tasks = [
            asyncio.create_task(each) for each in (self._ask_over_and_over(), self._look_at_the_clock())
        ]

    async def stop(self) -> None:
        """Stop watching."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def enter(self, each: Open) -> None:
        """Watch over a request.

        Raises:
            KeyOver: its time is over.
        """
        if each.ends_at is not None and each.ends_at <= self.clock.now():
            raise KeyOver(Ending.EXPIRED)
        self._open[each.key_id].add(each)

    def leave(self, each: Open) -> None:
        """It has ended."""
        self._open[each.key_id].discard(each)
        if not self._open[each.key_id]:
            del self._open[each.key_id]

    def cut_all(self, ending: Ending) -> None:
        """End everything that is open."""
        for each in [each for group in self._open.values() for each in group]:
            each.cut(ending)

    async def _ask_over_and_over(self) -> None:
        silent_since: float | None = None
        while True:
            await asyncio.sleep(self._limits.poll_seconds)
            if not self._open:
                silent_since = None
                continue
            asked = time.monotonic()
            try:
                over = await patiently(self._books.over(list(self._open)), self._limits.books_seconds)
            except Exception:  # noqa: BLE001 - whatever it is, the books did not say that these may go on
                silent_since = asked if silent_since is None else silent_since
                if time.monotonic() - silent_since >= self._limits.books_seconds:
                    self.cut_all(Ending.GATEWAY)
                continue
            silent_since = None
            for key_id, ending in over.items():
                for each in list(self._open.get(key_id, ())):
                    each.cut(ending)

    async def _look_at_the_clock(self) -> None:
        while True:
            await asyncio.sleep(self._limits.poll_seconds)
            now = self.clock.now()
            for each in [each for group in self._open.values() for each in group]:
                if each.ends_at is not None and each.ends_at <= now:
                    each.cut(Ending.EXPIRED)


async def patiently(answer: Awaitable[T], seconds: float) -> T:
    """What the books say.

    Raises:
        BooksSilent: nothing within so many seconds.
        Exception: what they raised.
    """
    task = asyncio.ensure_future(answer)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            await asyncio.sleep(0)  # a loop that stood still has both at once: the answer goes first
        if not task.done():
            raise BooksSilent
        return task.result()
    finally:
        task.cancel()
