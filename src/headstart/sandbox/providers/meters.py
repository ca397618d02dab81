"""What a running job uses: read from cgroups where this process may make them, else sampled from /proc."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os import sysconf
from pathlib import Path
from typing import Protocol

TICKS = sysconf("SC_CLK_TCK")
PAGE = sysconf("SC_PAGE_SIZE")


class Meter(Protocol):
    """Looks at one running job."""

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""

    def is_out_of_memory(self) -> bool:
        """Whether it used more memory than its limit."""

    def peak_memory_bytes(self) -> int | None:
        """The most memory it held at once."""


@dataclass(slots=True)
class Sampler:
    """Adds up the processes that `belongs` picks, whenever it is asked: what is short or quick may slip by."""

    belongs: Callable[[int], bool]
    memory_bytes: int
    _cpu: float = 0
    _peak: int = field(default=0)

    def cpu_seconds(self) -> float:
        """User and system time as last seen."""
        ticks = resident = 0
        for fields in self._stats():
            ticks += sum(int(each) for each in fields[11:15])  # proc(5): utime, stime, cutime, cstime
            resident += int(fields[21]) * PAGE
        self._cpu = max(self._cpu, ticks / TICKS)
        self._peak = max(self._peak, resident)
        return self._cpu

    def is_out_of_memory(self) -> bool:
        """Whether any sample was over the limit."""
        return self._peak > self.memory_bytes

    def peak_memory_bytes(self) -> int | None:
        """The largest sample of resident memory."""
        return self._peak or None

    def _stats(self) -> Iterator[list[str]]:
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and self.belongs(int(process.name)):
                fields = stat_fields(int(process.name))
                if fields is not None:
                    yield fields


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the third (the state) on; None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def has_uid(uid: int) -> Callable[[int], bool]:
    """Picks the processes of a user id."""

    def belongs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}").stat().st_uid == uid
        except OSError:
            return False

    return belongs


def has_group(group: int) -> Callable[[int], bool]:
    """Picks the processes of a process group."""

    def belongs(pid: int) -> bool:
        fields = stat_fields(pid)
        return fields is not None and int(fields[2]) == group

    return belongs


def has_pid_namespace_of(init: int) -> Callable[[int], bool]:
    """Picks the processes in the PID namespace of `init`."""
    namespace = _pid_namespace(init)

    def belongs(pid: int) -> bool:
        return namespace is not None and _pid_namespace(pid) == namespace

    return belongs


def _pid_namespace(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None
