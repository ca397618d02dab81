"""The parent's side of the process in which Inspect AI runs: start it, ask it, and kill it when it hangs."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from headstart.agents.errors import RunBroke, RunHung

_DROPPED = ("INSPECT_TELEMETRY", "INSPECT_LOG_DIR", "INSPECT_EVAL_MODEL", "DJANGO_SETTINGS_MODULE")


class Driver:
    """One such process, started at the first request and again after it was killed. One request at a time."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start the process, so that it imports while the caller prepares."""
        with self._lock:
            self._alive()

    def ask(
        self,
        request: Mapping[str, Any],
        *,
        seconds: float,
        on_attempt: Callable[[Mapping[str, Any]], None],
    ) -> Mapping[str, Any]:
        """Send a request, hand on each attempt as it ends, give what the process says when it is done.

        Raises:
            RunHung: it took longer than `seconds`, and was killed.
            RunBroke: Inspect, or its process, did not come through.
        """
        with self._lock:
            process = self._alive()
            if process.stdin is None:
                raise RunBroke("its process has no input")
            process.stdin.write(json.dumps(request) + "\n")
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
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _next(self, until: float, seconds: float) -> Mapping[str, Any]:
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            self.close()
            raise RunHung(seconds) from None
        if line is None:
            self.close()
            raise RunBroke(f"its process ended; {self._folder / 'driver.log'} says why")
        message: Mapping[str, Any] = json.loads(line)
        return message

    def _alive(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "driver.log").open("ab") as log:
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
        ours = {
            "XDG_DATA_HOME": str(self._folder / "inspect"),
            "XDG_CACHE_HOME": str(self._folder / "inspect"),
            "NO_PROXY": ",".join(filter(None, (kept.get("NO_PROXY"), "127.0.0.1,localhost"))),
            "INSPECT_DISPLAY": "none",
        }
        return {**kept, **ours, **self._environment}


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in process.stdout or ():
            lines.put(line)
    lines.put(None)
