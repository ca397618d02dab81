"""What runs inside an environment of Inspect: one job, held to its limits as far as that goes from within.

Run as `python3 -I -S -c <this text> BASE` by the environment's own Python: only the standard library is here. Standard
input is a line of JSON (argv, env, limits), then a tar with `work`, `mounts`, `bin` and `stdin`, laid out below BASE.
One line of JSON leaves on standard output; what is left in `work` is put into `BASE/left.tar`.

The job runs under the same user id. It can't write this process's output (it is not dumpable, so nobody opens its
descriptors) but it can end it: then no line comes, and the hub knows.
"""

import base64
import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from typing import Any

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
LOOK_SECONDS = 0.05
DISK_SECONDS = 0.5
LAST_WORDS_SECONDS = 3.0
NOT_FOUND = 127
MOST_PACKED_BYTES = 96 << 20  # Inspect reads files of at most 100 MiB
_CHUNK = 1 << 16
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Run:
    """The job while it runs: what it printed and used so far, and why it was stopped."""

    def __init__(self, process: "subprocess.Popen[bytes]", limits: Mapping[str, Any], work: str) -> None:
        self.process = process
        self.limits = limits
        self.work = work
        self.output: dict[int, bytearray] = {}
        self.room = int(limits["output_bytes"])
        self.stopped = ""
        self.truncated = False
        self.cpu_seconds = 0.0
        self.peak_bytes = 0
        self.started = time.monotonic()
        self._next_disk = self.started + DISK_SECONDS

    def to_the_end(self) -> None:
        """Read and look until the job's first process has ended or was stopped; then end all others."""
        streams = [each.fileno() for each in (self.process.stdout, self.process.stderr) if each is not None]
        self.output = {each: bytearray() for each in streams}
        is_open = set(streams)
        for each in streams:
            os.set_blocking(each, False)
        while self.process.poll() is None and not self.stopped:
            for each in select.select(list(is_open), [], [], LOOK_SECONDS)[0]:
                if not self._read(each):
                    is_open.discard(each)
            if not is_open:
                time.sleep(LOOK_SECONDS)
            self.stopped = self._over()
        if self.stopped == "cpu-time" and self.limits["last_words"]:
            self._hear_last_words()
        end_all()
        self.process.wait()
        for each in streams:
            while self._read(each):
                pass

    def _hear_last_words(self) -> None:
        """Let a sanitised program tell its stack."""
        for pid in descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGABRT)
        until = time.monotonic() + LAST_WORDS_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            for each in select.select(list(self.output), [], [], LOOK_SECONDS)[0]:
                self._read(each)

    def _read(self, stream: int) -> bool:
        try:
            data = os.read(stream, _CHUNK)
        except BlockingIOError:
            return bool(self.process.poll() is None)
        self.output[stream] += data[: self.room]
        self.truncated |= len(data) > self.room
        self.room -= min(len(data), self.room)
        return bool(data)

    def _over(self) -> str:
        cpu = memory = 0.0
        for pid in descendants():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = _stat(pid)
                cpu += sum(int(each) for each in fields[11:15]) / _TICKS
                memory += int(fields[21]) * _PAGE
        self.cpu_seconds = max(self.cpu_seconds, cpu)
        self.peak_bytes = max(self.peak_bytes, int(memory))
        now = time.monotonic()
        if self.truncated:
            return "output"
        if self.cpu_seconds >= self.limits["cpu_seconds"]:
            return "cpu-time"
        if self.peak_bytes > self.limits["memory_bytes"]:
            return "memory"
        if now - self.started >= self.limits["wall_seconds"]:
            return "wall-time"
        if now >= self._next_disk:
            self._next_disk = now + DISK_SECONDS
            return "disk" if is_over(self.work, self.limits) else ""
        return ""


def _stat(pid: int) -> list[str]:
    with open(f"/proc/{pid}/stat", errors="replace") as file:  # noqa: PTH123 - only what must be is imported here
        return file.read().rpartition(")")[2].split()


def descendants() -> list[int]:
    """All that this process started, and what those started: orphans come back to it, the nearest subreaper."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - as above
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(name)] = int(_stat(int(name))[1])
    found = [os.getpid()]
    for each in found:
        found += [pid for pid, parent in parents.items() if parent == each]
    return found[1:]


def end_all() -> None:
    """Kill what is left of the job until nothing is."""
    for _ in range(200):
        left = [pid for pid in descendants() if _is_alive(pid)]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _is_alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except (OSError, IndexError):
        return False


def entries(folder: str) -> Iterator["os.DirEntry[str]"]:
    """Everything below a folder, without following a link."""
    folders = [folder]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                yield entry


def is_over(work: str, limits: Mapping[str, Any]) -> bool:
    """Whether the work folder holds more than it may."""
    size = 0
    for files, entry in enumerate(entries(work), start=1):
        with contextlib.suppress(OSError):
            size += entry.stat(follow_symlinks=False).st_blocks * 512
        if size > limits["work_bytes"] or files > limits["work_files"]:
            return True
    return False


def bound(limits: Mapping[str, Any]) -> None:
    """The rlimits of the job, in its own process before it begins."""
    wanted = {
        resource.RLIMIT_FSIZE: int(limits["file_bytes"]),
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(limits["cpu_seconds"]) + 2,
        resource.RLIMIT_NOFILE: 1024,
    }
    if limits["count_processes"]:
        wanted[resource.RLIMIT_NPROC] = int(limits["processes"]) + 2  # this process, and what started it
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lowest, lowest))


def lay(base: str) -> Mapping[str, Any]:
    """Read what was sent and unpack it; the job's own words and limits."""
    asked: Mapping[str, Any] = json.loads(sys.stdin.buffer.readline())
    shutil.rmtree(base, ignore_errors=True)
    for name in ("work", "mounts", "bin", "tmp"):
        os.makedirs(f"{base}/{name}")  # noqa: PTH103 - as above
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as sent:
        if hasattr(tarfile, "fully_trusted_filter"):
            sent.extraction_filter = tarfile.fully_trusted_filter  # it comes from the hub
        sent.extractall(base)  # noqa: S202 - as above
    return asked


def run(base: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run the job to its end; what came of it, for the hub."""
    limits = asked["limits"]
    with open(f"{base}/stdin", "rb") as given:  # noqa: PTH123 - as above
        try:
            process = subprocess.Popen(
                asked["argv"], cwd=f"{base}/work", env=asked["env"], stdin=given, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, start_new_session=True, preexec_fn=lambda: bound(limits),  # noqa: PLW1509 - one thread
            )  # fmt: skip
        except OSError as error:
            said = f"{asked['argv'][0]}: {error.strerror}\n".encode(errors="replace")
            return {"code": NOT_FOUND, "stderr": base64.b64encode(said).decode()}
    running = Run(process, limits, f"{base}/work")
    running.to_the_end()
    wall = time.monotonic() - running.started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    over = is_over(f"{base}/work", limits)
    told = [base64.b64encode(each).decode() for each in running.output.values()]
    return {
        "code": process.returncode,
        "stopped": running.stopped or ("output" if running.truncated else "disk" if over else ""),
        "stdout": told[0],
        "stderr": told[1],
        "truncated": running.truncated,
        "cpu_seconds": max(running.cpu_seconds, used.ru_utime + used.ru_stime),
        "wall_seconds": wall,
        "peak_bytes": max(running.peak_bytes, used.ru_maxrss * 1024),
    }


def pack(base: str, limits: Mapping[str, Any]) -> bool:
    """Put what is left in the work folder into one file; whether it went in."""
    if is_over(f"{base}/work", limits):
        return False
    with tarfile.open(f"{base}/left.tar", "w:gz", compresslevel=1, dereference=False) as packed:
        for entry in entries(f"{base}/work"):
            with contextlib.suppress(OSError):
                packed.add(entry.path, arcname=os.path.relpath(entry.path, f"{base}/work"), recursive=False)
    return os.path.getsize(f"{base}/left.tar") <= MOST_PACKED_BYTES  # noqa: PTH202 - as above


def main(base: str) -> None:
    """One job, from standard input to standard output."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    asked = lay(base)
    told = run(base, asked)
    json.dump({**told, "packed": pack(base, asked["limits"])}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
