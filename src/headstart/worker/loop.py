"""A worker: hands over what the ledger calls for, and works, until it is told to stop."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.db import DatabaseError, close_old_connections

from headstart.errors import Unable
from headstart.worker import queries, services
from headstart.worker.ports import Jobs

AWAY_SECONDS = 5.0
LOOK_SECONDS = 5.0  # between two looks at the reviews' ends
log = logging.getLogger(__name__)


class TookTooLong(Unable):
    """The jobs did not end within the time that was given."""

    code = "took-too-long"

    def __init__(self, waiting: int, seconds: float) -> None:
        super().__init__(f"{waiting} jobs had not ended after {seconds:.0f} s; run it again to go on")


def database_url(records_url: str, data: Path) -> str:
    """Where jobs are kept: beside the records on PostgreSQL, in a file of their own otherwise."""
    if records_url.startswith(("postgres://", "postgresql://")):
        return records_url.replace("postgres://", "postgresql://", 1)
    return f"sqlite:///{quote(str(data / 'jobs.sqlite3'))}"


class Worker:
    """One worker in this process."""

    def __init__(self, jobs: Jobs, *, tick_seconds: float = 0.2) -> None:
        self._jobs = jobs
        self._tick_seconds = tick_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="headstart-worker", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._jobs.start(services.run, services.gave_up)
        self._thread.start()

    def stop(self) -> None:
        """Let running jobs end."""
        self._stopping.set()
        self._thread.join()
        self._jobs.stop()

    def drain(self, *, seconds: float = 600, progress: Callable[[int, int], None] | None = None) -> None:
        """Wait until nothing is left to do; `progress` gets (ended, known so far).

        Raises:
            TookTooLong: it did not end in time.
        """
        deadline = time.monotonic() + seconds
        most = 0
        while time.monotonic() < deadline:
            behind = queries.behind()
            waiting = self._jobs.waiting()
            most = max(most, waiting)
            if progress:
                progress(most - waiting, most)
            if not behind and waiting == 0 and not queries.behind():
                return
            time.sleep(self._tick_seconds)
        raise TookTooLong(self._jobs.waiting(), seconds)

    def _loop(self) -> None:
        next_look = 0.0
        while not self._stopping.is_set():
            try:
                services.hand_over(self._jobs)
                if time.monotonic() >= next_look:
                    services.keep_time()
                    next_look = time.monotonic() + LOOK_SECONDS
            except DatabaseError as error:  # the database is away: what is in the ledger waits for it
                log.warning("the database did not answer, trying again: %s", error)
                self._stopping.wait(AWAY_SECONDS)
            close_old_connections()
            self._stopping.wait(self._tick_seconds)


def open_worker(slot: str = "0") -> Worker:
    """A worker on this instance's own queues (Django must be set up)."""
    from django.conf import settings

    from headstart.worker.providers.dbos import DbosJobs

    url = database_url(os.environ.get("HEADSTART_DATABASE_URL", ""), settings.HEADSTART_DATA)
    return Worker(DbosJobs(url, slot=slot))
