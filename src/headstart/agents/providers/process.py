"""The parent's side of the process in which Inspect AI runs: start it, ask it, and kill it when it hangs.

Starting one costs seconds (Inspect's imports), so one that is free is kept for a while and lent again.
"""

import atexit
import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from headstart.agents.rules.secrets import one_line, redacted, secrets_of

IDLE_SECONDS = 120.0
EAR_SECONDS = 5.0
MOST_MEMORY_BYTES = 3 << 30
MOST_WORDS, LONGEST_WORD = 50, 4000  # lines of its standard error that are kept, and characters of one
_DROPPED = re.compile(r"^(INSPECT_(?!HTTP_)|DJANGO_SETTINGS_MODULE$)")  # where Inspect logs is ours to say


class DriverLost(Exception):
    """The process is gone, or was ended because it hung or took too much: `str()` is one line without a secret."""


class Driver:
    """One such process, started when it is first needed and again after it was killed. One run at a time."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._words: deque[str] = deque(maxlen=MOST_WORDS)
        self._ear: threading.Thread | None = None
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    @property
    def is_alive(self) -> bool:
        """Whether the process is there to be asked."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process is not None and self.is_alive else None

    def warm(self) -> None:
        """Start the process, so that it imports while the caller prepares."""
        with self._lock:
            self._alive()

    def begin(self, request: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        """Begin a run. It sees this process's variables as they are now, with `environment` on top.

        Raises:
            DriverLost: the process is gone.
        """
        self.warm()
        self._secrets = secrets_of({**os.environ, **environment})
        self.send({"run": {**request, "environment": {**self._variables(), **environment}}})

    def send(self, message: Mapping[str, Any]) -> None:
        """Say something to it; that it is gone is found out by `hear`."""
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                process.stdin.write(json.dumps(message) + "\n")
                process.stdin.flush()

    def hear(self, seconds: float) -> Mapping[str, Any] | None:
        """The next thing it says; None if it says nothing for so long.

        Raises:
            DriverLost: the process is gone, or took more memory than it may and was killed.
        """
        try:
            line = self._lines.get(timeout=max(0.0, seconds))
        except queue.Empty:
            self._check_memory()
            return None
        if line is None:
            why = self._last_words()
            raise DriverLost(f"the process of the run ended: {why}")
        message: Mapping[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """End the process and whatever it started."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        if folder is not None:
            folder.cleanup()

    def _check_memory(self) -> None:
        if self.pid is None:
            return
        with contextlib.suppress(OSError, IndexError, ValueError):
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
            if pages * os.sysconf("SC_PAGE_SIZE") > MOST_MEMORY_BYTES:
                self.close()
                raise DriverLost(
                    f"the process of the run took more than {MOST_MEMORY_BYTES >> 20} MiB and was killed"
                )

    def _last_words(self) -> str:
        """Close it; which signal ended it, or what it said last."""
        process = self._process
        status = None if process is None else process.wait()
        if self._ear is not None:
            self._ear.join(EAR_SECONDS)  # what it said last may still be on its way
        self.close()
        if status is not None and status < 0:
            return f"signal {-status}"
        lines = [line for line in self._words if line.strip()]
        return one_line(redacted(lines[-1], self._secrets)) if lines else "it said nothing"

    def _alive(self) -> None:
        if self.is_alive:
            return
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="headstart-inspect-", ignore_cleanup_errors=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "headstart.agents.providers.inspect_driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=self._variables(),
            start_new_session=True,
        )
        # What it prints is kept in memory alone, and little of it: a traceback may hold a key.
        self._secrets = secrets_of(os.environ)
        self._lines, self._words = queue.Queue(), deque(maxlen=MOST_WORDS)
        threading.Thread(target=_read, args=(process, self._lines), daemon=True).start()
        self._ear = threading.Thread(target=_keep, args=(process, self._words), daemon=True)
        self._ear.start()
        self._process = process

    def _variables(self) -> dict[str, str]:
        """The parent's environment, with Inspect's own files kept in our folder and loopback past any proxy."""
        kept = {name: value for name, value in os.environ.items() if not _DROPPED.match(name)}
        own = self._folder.name if self._folder else ""
        ours = {
            "XDG_DATA_HOME": own,
            "XDG_CACHE_HOME": own,
            "NO_PROXY": ",".join(filter(None, (kept.get("NO_PROXY"), "127.0.0.1,localhost"))),
            "INSPECT_DISPLAY": "none",
            "INSPECT_TRACE_LEVEL": "CRITICAL",  # its traces hold requests, keys and all
        }
        return {**kept, **ours}


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in process.stdout or ():
            lines.put(line)
    lines.put(None)


def _keep(process: subprocess.Popen[str], words: "deque[str]") -> None:
    with contextlib.suppress(ValueError):
        while process.stderr is not None and (line := process.stderr.readline(LONGEST_WORD)):
            words.append(line)


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
