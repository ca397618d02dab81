"""The parent's side of the process in which Inspect AI runs: start it, ask it, and kill it when it hangs.

Starting one costs seconds (Inspect's imports), so one that is free is kept for a while and lent again.
"""

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from headstart.agents.errors import RunBroke, RunHung

IDLE_SECONDS = 120.0
_DROPPED = ("INSPECT_TELEMETRY", "INSPECT_LOG_DIR", "INSPECT_EVAL_MODEL", "DJANGO_SETTINGS_MODULE")


class Driver:
    """One such process, started at the first request and again after it was killed. One request at a time."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()

    @property
    def is_alive(self) -> bool:
        """Whether the process is there to be asked."""
        return self._process is not None and self._process.poll() is None

    def warm(self) -> None:
        """Start the process, so that it imports while the caller prepares."""
        with self._lock:
            self._alive()

    def ask(
        self,
        request: Mapping[str, Any],
        *,
        environment: Mapping[str, str],
        seconds: float,
        on_attempt: Callable[[Mapping[str, Any]], None],
    ) -> Mapping[str, Any]:
        """Send a request, hand on each attempt as it ends, give what the process says when it is done.

        The run sees this process's variables as they are now, with `environment` on top.

        Raises:
            RunHung: it took longer than `seconds`, and was killed.
            RunBroke: Inspect, or its process, did not come through.
        """
        with self._lock:
            process = self._alive()
            if process.stdin is None:
                raise RunBroke("its process has no input")
            asked = {**request, "environment": {**self._variables(), **environment}}
            with contextlib.suppress(BrokenPipeError):  # its end is read below
                process.stdin.write(json.dumps(asked) + "\n")
                process.stdin.flush()
            until = time.monotonic() + seconds
            while True:
                message = self._next(until, seconds)
                if "attempt" in message:
                    on_attempt(message["attempt"])
                elif "done" in message:
                    done: Mapping[str, Any] = message["done"]
                    return done
                else:
                    raise RunBroke(str(message.get("broke")))

    def close(self) -> None:
        """End the process and whatever it started."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        if folder is not None:
            folder.cleanup()

    def _next(self, until: float, seconds: float) -> Mapping[str, Any]:
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            self.close()
            raise RunHung(seconds) from None
        if line is None:
            why = self._last_words()
            self.close()
            raise RunBroke(f"its process ended: {why}")
        message: Mapping[str, Any] = json.loads(line)
        return message

    def _last_words(self) -> str:
        if self._folder is None:
            return "nothing is known of it"
        lines = (Path(self._folder.name) / "driver.log").read_text(errors="replace").rstrip().splitlines()
        return lines[-1][:500] if lines else "it said nothing"

    def _alive(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="headstart-inspect-", ignore_cleanup_errors=True)
        with (Path(self._folder.name) / "driver.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "headstart.agents.providers.inspect_driver"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=self._variables(),
                start_new_session=True,
            )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        self._process, self._lines = process, lines
        return process

    def _variables(self) -> dict[str, str]:
        """The parent's environment, with Inspect's own files kept in our folder and loopback past any proxy."""
        kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        own = self._folder.name if self._folder else ""
        ours = {
            "XDG_DATA_HOME": own,
            "XDG_CACHE_HOME": own,
            "NO_PROXY": ",".join(filter(None, (kept.get("NO_PROXY"), "127.0.0.1,localhost"))),
            "INSPECT_DISPLAY": "none",
        }
        return {**kept, **ours}


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in process.stdout or ():
            lines.put(line)
    lines.put(None)


class _Shelf:
    """The one driver that is kept while nobody uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._driver: Driver | None = None
        self._timer: threading.Timer | None = None

    def take(self) -> Driver | None:
        """What is kept, if anything is."""
        with self._lock:
            driver, self._driver = self._driver, None
            if self._timer is not None:
                self._timer.cancel()
            return driver

    def put(self, driver: Driver) -> None:
        """Keep a driver for a while, instead of any other."""
        other = self.take()
        if other is not None:
            other.close()
        with self._lock:
            self._driver = driver
            self._timer = threading.Timer(IDLE_SECONDS, self.clear)
            self._timer.daemon = True
            self._timer.start()

    def clear(self) -> None:
        """End what is kept."""
        driver = self.take()
        if driver is not None:
            driver.close()


_shelf = _Shelf()
atexit.register(_shelf.clear)


@contextlib.contextmanager
def lent() -> Iterator[Driver]:
    """A driver, warming up; it is kept for the next caller unless it died."""
    driver = _shelf.take() or Driver()
    driver.warm()
    try:
        yield driver
    except BaseException:
        driver.close()
        raise
    if driver.is_alive:
        _shelf.put(driver)
    else:
        driver.close()
