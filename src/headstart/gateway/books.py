"""The gateway's books over Django: many requests in one transaction, and questions that wait for no writer.

One thread writes. Whatever waits when it is free (beginnings and endings) goes into the records together, each with
its entry in the ledger, in one transaction: so a beginning is durable when `begin` returns, and a hundred cost little
more than one. (As everywhere in the house, SQLite survives a kill at once and a power cut but for its last moments;
PostgreSQL survives both.) Questions are asked by other threads, outside any transaction: on SQLite (WAL) and on
PostgreSQL they never wait for whoever writes.

A gateway beats while it lives and holds a lock in the data folder. What one left under way that is gone (its lock is
free; or, where its lock is in no folder that we see, it has not beaten for `DEAD_SECONDS` of our own monotonic clock)
is completed by the next that starts or looks.
"""

import asyncio
import itertools
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from django.db import InterfaceError, OperationalError, connection

from headstart.access import queries, services, work
from headstart.access.ports import Asked, Ended, Pass, Slip
from headstart.access.rules import Ending
from headstart.access.services import Begin, Finish
from headstart.access.work import alive
from headstart.access.work.limits import SteadyClock

MOST_AT_ONCE = 256  # lines of one transaction
BEAT_SECONDS = 5.0
DEAD_SECONDS = 60.0
FRESH_SECONDS = 0.25  # of what organisations stand on: as often as open requests are looked over
READERS = 2
AWAY = (OperationalError, InterfaceError)
log = logging.getLogger("headstart.gateway")
T = TypeVar("T")
Answer = services.Answer


class _Waiting(NamedTuple):
    """A line that waits to be written, and who waits for the answer."""

    line: Begin | Finish
    answer: Callable[[Answer | Exception], None]


class DjangoBooks:
    """Implements access.ports.Books. `with DjangoBooks(data) as books:` around the event loop that serves."""

    def __init__(
        self, data: Path, *, beat_seconds: float = BEAT_SECONDS, dead_seconds: float = DEAD_SECONDS
    ) -> None:
        self._data = data
        self._marks = data / "gateways"
        self._clock = SteadyClock()
        self._beat_seconds = beat_seconds
        self._dead_seconds = dead_seconds
        self._lines: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._admitting = [ThreadPoolExecutor(1, f"books-admit-{each}") for each in range(READERS)]
        self._turns = itertools.cycle(self._admitting)
        self._watching = ThreadPoolExecutor(1, "books-over")
        # other gateways: how often they have beaten, and since when that is so
        self._seen: dict[str, tuple[int, float]] = {}
        self._looked = 0.0
        self._grounds = queries.Grounds(fresh_seconds=FRESH_SECONDS)
        self._writer = threading.Thread(target=self._write, name="books-write", daemon=True)
        self._is_open = False

    def __enter__(self) -> Self:
        """Begin: this gateway's own mark first, then what others left."""
        self.gateway_id = services.start_gateway(socket.gethostname(), at=self._clock.now()).id
        self._mark = alive.Alive(self._marks, self.gateway_id)
        self._recover()
        connection.close()  # of the thread that opens; each thread of ours has its own
        self._is_open = True
        self._writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what still waits, and let go."""
        self._is_open = False
        self._lines.put(None)
        self._writer.join()
        for readers in (*self._admitting, self._watching):
            readers.submit(_let_go).result()
            readers.shutdown()
        self._mark.release()

    async def admit(self, key: str) -> Pass:
        """What this key is good for."""
        return await self._ask(next(self._turns), lambda: self._admit(key))

    async def over(self, key_ids: Collection[str]) -> Mapping[str, Ending]:
        """Which of these keys are over now, and why."""
        return await self._ask(self._watching, lambda: queries.over(key_ids, self._clock.now()))

    async def begin(self, holder: Pass, asked: Asked) -> Slip:
        """Write a request down; durable when this returns."""
        found = await self._written(Begin(key_id=holder.key_id, asked=asked))
        if found is None:
            raise RuntimeError("a beginning was answered by nothing")
        return found

    async def end(self, slip: Slip, ended: Ended) -> None:
        """Complete what was begun; a second time changes nothing."""
        await self._written(Finish(request_id=slip.request_id, ended=ended))

    def _admit(self, key: str) -> Pass:
        return queries.admit(key, self._clock.now(), work.open_vault(self._data), self._grounds)

    async def _ask(self, readers: ThreadPoolExecutor, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(readers, _anew, question)

    async def _written(self, line: Begin | Finish) -> Slip | None:
        if not self._is_open:
            raise BooksClosed
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Slip | None] = loop.create_future()

        def settle(answer: Answer | Exception) -> None:
            if told.done():  # nobody waits any more
                return
            if isinstance(answer, Exception):
                told.set_exception(answer)
            else:
                told.set_result(answer)

        def tell(answer: Answer | Exception) -> None:
            try:
                loop.call_soon_threadsafe(settle, answer)
            except RuntimeError:  # that event loop is closed: nobody waits there
                log.debug("an answer came too late")

        self._lines.put(_Waiting(line, tell))
        return await told

    def _write(self) -> None:
        """The thread that writes, until it is told to stop."""
        beaten = time.monotonic()
        while True:
            batch, is_last = self._batch(max(0.0, beaten + self._beat_seconds - time.monotonic()))
            if batch:
                self._commit(batch)
            if is_last:
                break
            if time.monotonic() - beaten >= self._beat_seconds:
                beaten = time.monotonic()
                self._look_after()
        self._quietly(lambda: services.stop_gateway(self.gateway_id, at=self._clock.now()))
        connection.close()

    def _batch(self, seconds: float) -> tuple[list[_Waiting], bool]:
        """Everything that waits, once something does or so many seconds have passed; and whether it is the last."""
        batch: list[_Waiting] = []
        try:
            each = self._lines.get(timeout=seconds)
            while each is not None and len(batch) < MOST_AT_ONCE - 1:
                batch.append(each)
                each = self._lines.get_nowait()
        except queue.Empty:
            return batch, False
        if each is None:
            return batch, True
        return [*batch, each], False

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch; where one line can't be written, the others are, each alone."""
        try:
            answers = services.write(
                [each.line for each in batch],
                at=self._clock.now(),
                gateway_id=self.gateway_id,
                grounds=self._grounds,
            )
        except AWAY as error:
            connection.close()
            self._refuse(batch, error)
        except Exception as error:  # noqa: BLE001 - the thread must live, and who waits must know
            if len(batch) == 1:
                self._refuse(batch, error)
            else:
                for each in batch:
                    self._commit([each])
        else:
            for each, answer in zip(batch, answers, strict=True):
                each.answer(answer)

    def _refuse(self, batch: Sequence[_Waiting], error: Exception) -> None:
        log.warning("%d lines could not be written (%s)", len(batch), type(error).__name__)
        for each in batch:
            each.answer(error)

    def _look_after(self) -> None:
        """Show that this gateway lives, and look whether the others do."""
        self._quietly(lambda: services.beat(self.gateway_id))
        self._quietly(self._recover)

    def _recover(self) -> int:
        """Complete what gateways left that are gone."""
        now = time.monotonic()
        there = queries.left_under_way(self.gateway_id)
        before = (
            self._seen if now - self._looked < 3 * self._beat_seconds else {}
        )  # we slept, or were cut off
        self._looked = now
        self._seen = {
            each: seen if (seen := before.get(each)) and seen[0] == beats else (beats, now)
            for each, beats in there.items()
        }
        gone = [each for each, (_, since) in self._seen.items() if self._is_gone(each, now - since)]
        done = services.recover(gone, at=self._clock.now()) if gone else 0
        for each in gone:
            alive.forget(self._marks, each)
        if done:
            log.warning("%d requests that another gateway left under way were completed", done)
        return done

    def _is_gone(self, gateway_id: str, silent_seconds: float) -> bool:
        gone = alive.is_gone(self._marks, gateway_id)
        return silent_seconds >= self._dead_seconds if gone is None else gone

    def _quietly(self, verb: Callable[[], object]) -> None:
        """Do what the thread that writes must survive."""
        try:
            verb()
        except AWAY as error:
            connection.close()
            log.warning("the records did not answer (%s)", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - without this thread nothing is written any more
            log.error("looking after gateways failed (%s)", type(error).__name__)  # noqa: TRY400 - no words of it


class BooksClosed(RuntimeError):
    """The gateway stops; nothing more is written."""


def _let_go() -> None:
    """Close the connection of the thread that this runs in."""
    connection.close()


def _anew(question: Callable[[], T]) -> T:
    """Ask; and once more on a fresh connection, where the one that was open has been lost."""
    try:
        return question()
    except AWAY:
        connection.close()
        return question()
