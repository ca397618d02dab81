"""A job, its limits, and how it ended: values only.

Where things are inside: a job runs with its work folder as the current directory, so relative paths are the
simplest. Absolute paths differ between providers (without mount namespaces nothing can be put at a chosen
place), so ask the sandbox before making the job:

* `sandbox.path_of(mount)`: where a mount is seen: `mount.at` in bubblewrap, its own source in landlock;
* `sandbox.path_of_work(work)`: where the work folder is seen: `/work` in bubblewrap, itself in landlock.

`TMPDIR` and `HOME` name a fresh private folder in both; `PATH` finds `python`, `node`, `cc`, `c++`, `make` and
`cmake` where the machine has them. LANG is C.UTF-8, and ASAN_OPTIONS says detect_leaks=0 (LeakSanitizer needs
ptrace, which no job has): who sets another ASAN_OPTIONS keeps that in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath

from headstart.sandbox.errors import JobInvalid


class Trust(StrEnum):
    """Whose code it is."""

    UNTRUSTED = "untrusted"  # anything that came from outside: needs a fit sandbox
    SHIPPED = "shipped"  # Headstart's own examples and generated items: all that the weak provider runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a job may use before it is stopped."""

    cpu_seconds: float = 10  # of all its processes together
    wall_seconds: float = 30
    memory_bytes: int = 512 << 20  # of all its processes together, its /tmp included; no address-space limit
    processes: int = 64  # threads count
    file_bytes: int = 64 << 20  # of one file
    output_bytes: int = 1 << 20  # of standard output and error together
    work_bytes: int = 256 << 20  # of the work folder as a whole, what the caller put there included
    work_files: int = 20_000
    tmp_bytes: int = 64 << 20
    last_words: bool = (
        False  # at the end of its CPU time it is sent SIGABRT first: a sanitised program tells its stack
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A host file or folder that the job may read and not change.

    `source` must be readable by every user of the machine (folders 0755, files 0644) all the way down from
    `/`, as the job runs under a user id of its own. `at` is an absolute path of the caller's choice; ask
    `sandbox.path_of` for where it is really seen.
    """

    source: Path
    at: str

    def __post_init__(self) -> None:
        place = PurePosixPath(self.at)
        if not place.is_absolute() or ".." in place.parts or str(place) != self.at:
            raise JobInvalid(f"a mount needs a plain absolute path, not {self.at!r}")
        if place == PurePosixPath("/") or place.parts[1] in RESERVED:
            raise JobInvalid(f"{self.at} is the sandbox's own; mount elsewhere")
        if not self.source.is_absolute():
            raise JobInvalid(f"the source of a mount needs an absolute path, not {self.source}")


RESERVED = frozenset(
    {"bin", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "tmp", "usr", "work"}
)
"""First parts of a path that no mount may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program to run.

    `work` is a host folder that the caller made fresh (see `Sandbox.scratch`): the job may write in it and
    nowhere else, it is the current directory, and afterwards it holds what the job left. What was left is
    hostile: read it with `headstart.sandbox.work.left`, which follows no link.
    """

    argv: tuple[str, ...]
    work: Path
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)  # on top of PATH, HOME, TMPDIR, LANG, ASAN_OPTIONS
    limits: Limits = Limits()
    stdin: bytes = b""
    trust: Trust = Trust.UNTRUSTED

    def __post_init__(self) -> None:
        if not self.argv:
            raise JobInvalid("it names no program")
        words = (*self.argv, *self.env, *self.env.values())
        if any("\0" in word for word in words) or any("=" in name or not name for name in self.env):
            raise JobInvalid("its words or variables hold a NUL, or a variable's name is not one")
        if not self.work.is_absolute():
            raise JobInvalid(f"its work folder needs an absolute path, not {self.work}")


class Ended(StrEnum):
    """How a job ended."""

    EXITED = "exited"  # by itself: see `status`
    SIGNALLED = "signalled"  # a signal that the sandbox did not send: see `signal`
    CPU_TIME = "cpu-time"
    WALL_TIME = "wall-time"
    MEMORY = "memory"
    OUTPUT = "output"
    DISK = "disk"  # more in the work folder than `work_bytes` or `work_files`


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Which sandbox it was, and where each limit came from, in words for a receipt."""

    provider: str
    weaker: bool
    by: tuple[str, ...]  # "memory: cgroup v1", "processes: cgroup v1", "system calls: seccomp allow-list", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job.

    In bubblewrap a signal is told by the status 128 + n that its init reports, so a program that itself exits
    with 129 to 192 reads as signalled.
    """

    ended: Ended
    status: int | None  # where it exited
    signal: int | None  # where it was signalled
    stdout: bytes
    stderr: bytes
    cpu_seconds: float  # user and system, all processes
    wall_seconds: float
    peak_memory_bytes: int | None  # None: nothing on this machine could tell
    truncated: bool  # output went past its limit and was cut
    applied: Applied
