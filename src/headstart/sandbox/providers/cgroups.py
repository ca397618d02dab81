"""Control groups, version 2 or 1: memory, number of processes and CPU time of a whole job, kept by the kernel."""

import contextlib
import errno
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from headstart.sandbox.rules.jobs import Limits

_turns = itertools.count()
_PREFIX = "headstart-"
SANDBOX_PROCESSES = 2  # bwrap and its init


@dataclass(frozen=True, slots=True)
class Base:
    """Where groups can be made: one folder for version 2, one for each controller of version 1."""

    version: int
    folders: dict[str, Path]  # controller -> folder
    homes: dict[str, Path] | None = (
        None  # version 1: where this process is, if threads can move there and back
    )


@dataclass(slots=True)
class Group:
    """One job's groups; a `Meter` of it."""

    version: int
    folders: dict[str, Path]
    homes: dict[str, Path] | None  # version 1: where this process itself is

    @contextmanager
    def joined(self) -> Iterator[None]:
        """What this thread forks meanwhile is born in the groups, where the kernel lets one thread move alone.

        A thread that moves itself (version 1, `tasks`) takes no global lock; moving another process takes one
        that stops every fork on the machine for an RCU grace period, about 10 ms. With version 2 this does nothing.
        """
        if self.homes is None:
            yield
            return
        try:
            for folder in self.folders.values():
                _write(folder / "tasks", "0")
            yield
        finally:
            for home in self.homes.values():
                _write(home / "tasks", "0")

    def add(self, pid: int) -> None:
        """Move a process in, unless it is in; what it forks from now on is in too."""
        if self.homes is not None:
            return
        for folder in dict.fromkeys(self.folders.values()):
            _write(folder / "cgroup.procs", str(pid))

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        if self.version == 1:
            return int(_read(self.folders["cpuacct"] / "cpuacct.usage")) / 1e9
        return _keyed(self.folders["cpu"] / "cpu.stat").get("usage_usec", 0) / 1e6

    def is_out_of_memory(self) -> bool:
        """Whether the kernel killed one of its processes at the memory limit."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        return _keyed(self.folders["memory"] / name).get("oom_kill", 0) > 0

    def peak_memory_bytes(self) -> int | None:
        """The most it held at once, page cache and its tmpfs included (version 2: Linux 5.19 and newer)."""
        name = "memory.max_usage_in_bytes" if self.version == 1 else "memory.peak"
        try:
            return int(_read(self.folders["memory"] / name))
        except (OSError, ValueError):
            return None

    def kill(self) -> None:
        """Kill every process in it, and those that they fork meanwhile."""
        for _ in range(50):
            pids = set(_read(self.folders["memory"] / "cgroup.procs").split())
            if not pids:
                return
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
            time.sleep(0.001)

    def remove(self) -> None:
        """Take the groups away; a group whose dead are not yet reaped is left to a later `base()`."""
        for folder in dict.fromkeys(self.folders.values()):
            for _ in range(20):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError as error:
                    if error.errno != errno.EBUSY:
                        break
                    time.sleep(0.001)
                else:
                    break


def make(base: Base, limits: Limits) -> Group:
    """Fresh groups with a job's limits; no swap where the kernel counts it.

    Raises:
        OSError: they can't be made (any more).
    """
    name = f"{_PREFIX}{os.getpid()}-{next(_turns)}"
    group = Group(base.version, {what: folder / name for what, folder in base.folders.items()}, base.homes)
    for folder in dict.fromkeys(group.folders.values()):
        folder.mkdir()
    memory, pids = group.folders["memory"], group.folders["pids"]
    processes = str(limits.processes + SANDBOX_PROCESSES)
    try:
        if base.version == 1:
            _write(memory / "memory.limit_in_bytes", str(limits.memory_bytes))
            _write_if_there(memory / "memory.memsw.limit_in_bytes", str(limits.memory_bytes))
        else:
            _write(memory / "memory.max", str(limits.memory_bytes))
            _write_if_there(memory / "memory.swap.max", "0")
            _write_if_there(memory / "memory.oom.group", "1")
        _write(pids / "pids.max", processes)
    except OSError:
        group.remove()
        raise
    return group


@cache
def base() -> Base | None:
    """Where this process can make groups with memory, pids and CPU time; None where it can't.

    Tried once in a process: version 1 where memory is there, else version 2.
    """
    for found in (_version_1(), _version_2()):
        if found is not None:
            _sweep(found)
            return found
    return None


def _version_1() -> Base | None:
    folders: dict[str, Path] = {}
    homes: dict[str, Path] = {}
    for wanted in ("memory", "pids", "cpuacct"):
        mounted = next((point for point, kinds in _mounted("cgroup") if wanted in kinds), None)
        if mounted is None:
            return None
        own = mounted / _own_path(wanted).lstrip("/")
        place = next((each for each in (own, mounted) if _is_usable(each)), None)
        if place is None:
            return None
        folders[wanted] = place
        homes[wanted] = own
    can_return = all(os.access(home / "tasks", os.W_OK) for home in homes.values())
    return Base(1, folders, homes if can_return else None)


def _version_2() -> Base | None:
    for mounted, _ in _mounted("cgroup2"):
        own = mounted / _own_path("").lstrip("/")
        for place in (own, *own.parents):
            if not place.is_relative_to(mounted):
                break
            if _is_usable(place, needs={"memory", "pids"}):
                return Base(2, dict.fromkeys(("memory", "pids", "cpu"), place))
    return None


def _is_usable(place: Path, needs: set[str] | None = None) -> bool:
    """Whether a group can be made here, has the controllers, and takes one of our processes."""
    trial = place / f"{_PREFIX}{os.getpid()}-trial-{next(_turns)}"
    try:
        trial.mkdir()
    except OSError:
        return False
    try:
        if needs is None:
            return True
        return needs <= set(_read(trial / "cgroup.controllers").split()) and os.access(
            place / "cgroup.procs", os.W_OK
        )
    except OSError:
        return False
    finally:
        trial.rmdir()


def _sweep(found: Base) -> None:
    """Take away what processes of ours that died left behind."""
    for folder in dict.fromkeys(found.folders.values()):
        for stale in folder.glob(f"{_PREFIX}*"):
            pid = stale.name.removeprefix(_PREFIX).partition("-")[0]
            if not Path(f"/proc/{pid}").exists():
                with contextlib.suppress(OSError):
                    stale.rmdir()


def _mounted(kind: str) -> list[tuple[Path, set[str]]]:
    """Mount points of a kind of cgroup, with their options."""
    found = []
    for line in _read(Path("/proc/self/mountinfo")).splitlines():
        left, _, right = line.partition(" - ")
        filesystem, _, options = right.split(" ", 2)
        if filesystem == kind:
            found.append((Path(left.split(" ")[4]), set(options.split(","))))
    return found


def _own_path(controller: str) -> str:
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") if controller else number == "0":
            return path
    return "/"


def _keyed(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in _read(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _read(path: Path) -> str:
    handle = os.open(
        path, os.O_RDONLY | os.O_CLOEXEC
    )  # a few of these to each run: half the cost of a text file
    try:
        return b"".join(iter(lambda: os.read(handle, 1 << 16), b"")).decode()
    finally:
        os.close(handle)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _write_if_there(path: Path, text: str) -> None:
    with contextlib.suppress(OSError):
        _write(path, text)
