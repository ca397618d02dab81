"""Hold a running job to its limits: read what it prints up to a cap, look at what it uses, stop it past either."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from headstart.sandbox.providers import trees
from headstart.sandbox.providers.meters import Meter
from headstart.sandbox.rules.jobs import Ended, Limits

LOOK_SECONDS = 0.02
DISK_SECONDS = 0.25
LAST_WORDS_SECONDS = 3.0
FREE_FLOOR_BYTES = 256 << 20
_CHUNK = 1 << 16


@dataclass(slots=True)
class Seen:
    """What was seen until the end; `stopped` is None where the job ended by itself."""

    stopped: Ended | None = None
    output: dict[int, bytearray] = field(default_factory=dict)
    wall_seconds: float = 0
    truncated: bool = False


@dataclass(slots=True, kw_only=True)
class Watch:
    """One running job: `kill` must end every process of it, `abort` sends each of them SIGABRT."""

    process: subprocess.Popen[bytes]
    limits: Limits
    meter: Meter
    kill: Callable[[], None]
    folders: tuple[Path, ...]  # where it may write
    abort: Callable[[], None]
    _seen: Seen = field(default_factory=Seen)
    _room: int = 0
    _next_disk: float = 0

    def to_the_end(self, started: float) -> Seen:
        """Watch until the process has ended, then kill what is left of the job and read the rest."""
        assert self.process.stdout is not None  # noqa: S101 - both are pipes
        assert self.process.stderr is not None  # noqa: S101
        streams = (self.process.stdout.fileno(), self.process.stderr.fileno())
        self._seen.output = {stream: bytearray() for stream in streams}
        self._room = self.limits.output_bytes
        self._next_disk = started + DISK_SECONDS
        ended = os.pidfd_open(self.process.pid)
        poll = select.poll()
        for each in (ended, *streams):
            if each != ended:
                os.set_blocking(each, False)
            poll.register(each, select.POLLIN)
        try:
            self._until(poll, ended, started)
        finally:
            os.close(ended)
            self.kill()
        self._seen.wall_seconds = time.monotonic() - started
        for stream in streams:
            while self._read(stream):
                pass
        return self._seen

    def _until(self, poll: select.poll, ended: int, started: float) -> None:
        wait = self._wait(0)
        kill_at = 0.0
        while True:
            ready = poll.poll(max(1, wait * 1000))
            for handle, _ in ready:
                if handle == ended:
                    return
                if not self._read(handle):
                    poll.unregister(handle)
            now = time.monotonic()
            if self._seen.stopped is None:
                self._seen.stopped = self._over(now, now - started)
                if self._seen.stopped is Ended.CPU_TIME and self.limits.last_words:
                    self.abort()
                    kill_at = now + LAST_WORDS_SECONDS
                elif self._seen.stopped is not None:
                    self.kill()
            elif now > kill_at:
                self.kill()
            wait = self._wait(now - started)

    def _read(self, stream: int) -> bool:
        """Take in what is there; False at the end, or when there is nothing now."""
        try:
            data = os.read(stream, _CHUNK)
        except BlockingIOError:
            return False
        self._seen.output[stream] += data[: self._room]
        self._seen.truncated |= len(data) > self._room
        self._room -= min(len(data), self._room)
        return bool(data)

    def _over(self, now: float, wall_seconds: float) -> Ended | None:
        if self._seen.truncated:
            return Ended.OUTPUT
        if self.meter.cpu_seconds() >= self.limits.cpu_seconds:
            return Ended.CPU_TIME
        if self.meter.is_out_of_memory():
            return Ended.MEMORY
        if wall_seconds >= self.limits.wall_seconds:
            return Ended.WALL_TIME
        if now >= self._next_disk:
            started = time.monotonic()
            if self.is_disk_over():
                return Ended.DISK
            # looking at a large folder costs time too: spend at most a tenth of it so
            self._next_disk = now + max(DISK_SECONDS, 10 * (time.monotonic() - started))
        return None

    def _wait(self, wall_seconds: float) -> float:
        wall_left = self.limits.wall_seconds - wall_seconds
        return max(0.001, min(LOOK_SECONDS, wall_left))

    def is_disk_over(self) -> bool:
        """Whether the job wrote more than it may, or has all but filled the disk."""
        work, *others = self.folders
        if trees.is_over(work, self.limits.work_bytes, self.limits.work_files):
            return True
        if any(trees.is_over(each, self.limits.tmp_bytes, self.limits.work_files) for each in others):
            return True
        disk = os.statvfs(work)
        return disk.f_bavail * disk.f_frsize < FREE_FLOOR_BYTES


def abort(belongs: Callable[[int], bool], init: int) -> None:
    """Send SIGABRT to every process that `belongs` picks, but for `init`; an id given away meanwhile is spared."""
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == init or not belongs(int(place.name)):
            continue
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(int(place.name))
            try:
                if belongs(int(place.name)):
                    signal.pidfd_send_signal(handle, signal.SIGABRT)
            finally:
                os.close(handle)


def ended_by(seen: Seen, *, meter: Meter, limits: Limits, signal: int | None, disk_over: bool) -> Ended:
    """How it ended, when the kernel's own limits are counted with the watchdog's."""
    if seen.stopped is not None:
        return seen.stopped
    if seen.truncated:
        return Ended.OUTPUT
    if meter.is_out_of_memory():
        return Ended.MEMORY
    if disk_over:
        return Ended.DISK
    if signal is None:
        return Ended.EXITED
    killed_by_rlimit = signal in {9, 24} and meter.cpu_seconds() >= limits.cpu_seconds
    return Ended.CPU_TIME if killed_by_rlimit else Ended.SIGNALLED
