"""Bubblewrap: fresh namespaces for every run, a system-call allow-list, control groups, a user id of its own.

The chain is chroot (as root only: another user id, no groups, the same root), prlimit, bwrap, the job. bwrap is held
before it starts the job (`--block-fd`) until its init is seen to have that user id and is in the job's control
groups. It is never started as the machine's root: even without capabilities such a process could write
/proc/sys/kernel/core_pattern.
"""

import contextlib
import json
import os
import resource
import select
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path

from headstart.sandbox.errors import SandboxBroke, Unfit
from headstart.sandbox.providers import cgroups, meters, seccomp, trees, uids, watch
from headstart.sandbox.providers.ground import (
    ENVIRONMENT,
    START_SECONDS,
    Ground,
    chain,
    check,
    check_user,
    programs,
    spawn,
)
from headstart.sandbox.rules.jobs import Applied, Ended, Job, Limits, Mount, Outcome

WORK = "/work"
TMP = "/tmp"  # noqa: S108 - the job's own
TOOLS = "/opt/headstart"
PATH = f"{TOOLS}/bin:/usr/local/bin:/usr/bin:/bin"
SHM_BYTES = 32 << 20
NOT_FOUND = 127
_INIT = 1000  # the job's user and group id as it sees them itself
_OWN_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class Bubblewrap:
    """The strong provider: runs anything.

    Raises:
        Unfit: bwrap, chroot, prlimit or libseccomp is missing, or bwrap is too old or has rights of its own.
    """

    name = "bubblewrap"
    weaker = False

    def __init__(self, ground: Ground, *, with_cgroups: bool = True) -> None:
        self.ground = ground
        self.root = ground.root
        self.tools = ground.tools
        self._base = cgroups.base() if with_cgroups else None
        self._programs = programs("bwrap", "chroot", "prlimit")
        _plain(self._programs["bwrap"])
        self._filter = seccomp.filter_file(ground.support, namespaces=True)
        can = _abilities(self._programs["bwrap"])
        self._nests = "--disable-userns" not in can  # before 0.8
        self._sized = "--size" in can  # before 0.7 a tmpfs is bounded as memory alone
        if not self._sized and self._base is None:
            raise Unfit(
                "bubblewrap is too old to bound /tmp (0.7 or newer), and there are no control groups to do it"
            )
        self._view = (*_isolation(nests=self._nests), *self._system())

    def scratch(self) -> AbstractContextManager[Path]:
        """A fresh empty host folder to make work folders in; removed at the end."""
        return self.ground.scratch()

    def path_of(self, mount: Mount) -> str:
        """Mounts are seen where they ask to be."""
        return mount.at

    def path_of_work(self, work: Path) -> str:  # noqa: ARG002 - the same for each
        """The work folder is `/work`."""
        return WORK

    def run(self, job: Job) -> Outcome:
        """Run a job to its end; every process of it is gone when this returns."""
        check(job)
        with ExitStack() as stack:
            uid = stack.enter_context(uids.JOBS.lent()) if self.ground.others else None
            if uid is not None:
                trees.hand_over(job.work, uid)
                stack.callback(trees.take_back, job.work)
            group = self._group(job.limits)
            if group is not None:
                stack.callback(group.remove)
            with self._started(job, uid, group) as running:
                return self._finish(job, running, uid, group)

    def _group(self, limits: Limits) -> cgroups.Group | None:
        return None if self._base is None else cgroups.make(self._base, limits)

    @contextmanager
    def _started(self, job: Job, uid: int | None, group: cgroups.Group | None) -> "Iterator[_Running]":
        """bwrap, held before the job; all of it is killed at the end whatever happens."""
        timed = group is None
        with ExitStack() as stack:
            told, tell = _pipe(stack)
            hold, release = _pipe(stack)
            times, time_in = _pipe(stack) if timed else (None, None)
            rules = stack.enter_context(self._filter.open("rb", buffering=0))
            handles = [each.fileno() for each in (tell, hold, rules, time_in) if each is not None]
            counted = job.limits.processes + 3 if timed and uid is not None else None
            argv = chain(self._programs, job.limits, uid, processes=counted)
            argv += [self._programs["bwrap"], *self._view]
            argv += self._inner(job, handles)
            process = spawn(argv, job.stdin, handles, group)
            for theirs in (tell, hold, time_in):
                if theirs is not None:
                    theirs.close()
            running = _Running(process=process, told=told, release=release, times=times)
            stack.callback(running.put_away)
            running.wait_for_init(self.name)
            check_user(running.init, uid, self.name)
            yield running

    def _system(self) -> list[str]:
        """The read-only view: /usr, a made-up /etc, the tools, /proc, a small /dev."""
        argv = ["--ro-bind", "/usr", "/usr", "--ro-bind", str(self.ground.support / "etc"), "/etc"]
        for name in _OWN_FOLDERS:
            place = Path("/") / name
            if place.is_symlink():
                argv += ["--symlink", str(place.readlink()), str(place)]
            elif place.exists():
                argv += ["--ro-bind", str(place), str(place)]
        for name, tool in self.ground.tools.links.items():
            argv += ["--symlink", tool, f"{TOOLS}/bin/{name}"]
        for prefix in self.ground.tools.prefixes:
            argv += ["--ro-bind", prefix, prefix]
        return [
            *argv,
            *("--proc", "/proc", "--dev", "/dev"),
            *self._tmpfs("/dev/shm", SHM_BYTES),  # noqa: S108 - the job's own
            *("--remount-ro", "/dev"),
        ]

    def _tmpfs(self, place: str, size_bytes: int) -> list[str]:
        return [*(("--size", str(size_bytes)) if self._sized else ()), "--tmpfs", place]

    def _inner(self, job: Job, handles: list[int]) -> list[str]:
        tell, hold, rules, *time_in = handles
        argv = self._tmpfs(TMP, job.limits.tmp_bytes)
        argv += ["--bind", str(job.work), WORK, "--chdir", WORK]
        for mount in job.mounts:
            argv += ["--ro-bind", str(mount.source), mount.at]
        argv += ["--remount-ro", "/"]
        env = {**ENVIRONMENT, "PATH": PATH, "HOME": TMP, "TMPDIR": TMP, **job.env}
        for name, value in env.items():
            argv += ["--setenv", name, value]
        argv += ["--json-status-fd", str(tell), "--block-fd", str(hold), "--seccomp", str(rules), "--"]
        return [*argv, *_timed(*time_in), *job.argv]

    def _finish(self, job: Job, running: "_Running", uid: int | None, group: cgroups.Group | None) -> Outcome:
        limits = job.limits
        meter: meters.Meter
        if group is not None:
            group.add(running.init)
            meter = group
        else:
            belongs = meters.has_uid(uid) if uid is not None else meters.has_pid_namespace_of(running.init)
            meter = meters.Sampler(belongs, limits.memory_bytes)
            if uid is None:
                _count_in_namespace(running.init, limits.processes)
        started = running.let_go()
        watching = watch.Watch(
            process=running.process,
            limits=limits,
            meter=meter,
            kill=running.kill,
            abort=partial(watch.abort, meters.has_pid_namespace_of(running.init), running.init),
            folders=(job.work,),
        )
        seen = watching.to_the_end(started)
        code = running.exit_code()
        if code is None and seen.stopped is None and not meter.is_out_of_memory():
            code = _not_started(self.name, bytes(seen.output[running.stderr]))
        sent = code - 128 if code is not None and 128 < code <= 128 + signal.SIGRTMAX else None
        ended = watch.ended_by(
            seen, meter=meter, limits=limits, signal=sent, disk_over=watching.is_disk_over()
        )
        return Outcome(
            ended=ended,
            status=code if ended is Ended.EXITED else None,
            signal=sent if ended is Ended.SIGNALLED else None,
            stdout=bytes(seen.output[running.stdout]),
            stderr=bytes(seen.output[running.stderr]),
            cpu_seconds=max(meter.cpu_seconds(), running.own_times()),
            wall_seconds=seen.wall_seconds,
            peak_memory_bytes=meter.peak_memory_bytes(),
            truncated=seen.truncated,
            applied=self.applied(),
        )

    def applied(self) -> Applied:
        """Which limits come from what on this machine."""
        kept = f"cgroup v{self._base.version}" if self._base else "watchdog that samples"
        counted = f"cgroup v{self._base.version}" if self._base else "rlimit"
        return Applied(
            provider=self.name,
            weaker=False,
            by=(
                "user: its own unprivileged id"
                if self.ground.others
                else "user: the caller's, in a user namespace",
                "namespaces: user, mount, pid, network, ipc, uts, cgroup",
                "nested user namespaces: " + ("refused by seccomp" if self._nests else "disabled"),
                "system calls: seccomp allow-list",
                "network: its own loopback alone",
                f"memory: {kept}",
                f"processes: {counted}",
                f"cpu: {kept}, rlimit",
                "wall: watchdog",
                "output: cut at its limit",
                "files: rlimit, watchdog on the work folder",
            ),
        )


@dataclass(slots=True, kw_only=True)
class _Running:
    """bwrap outside, its init inside."""

    process: subprocess.Popen[bytes]
    told: FileIO
    release: FileIO
    times: FileIO | None
    init: int = 0
    stdout: int = -1
    stderr: int = -1
    _init_handle: int = -1
    _status: bytes = b""

    def wait_for_init(self, provider: str) -> None:
        """Read bwrap's first words: the id of the init process, which waits for `let_go`."""
        assert self.process.stdout is not None  # noqa: S101 - both are pipes
        assert self.process.stderr is not None  # noqa: S101
        self.stdout, self.stderr = self.process.stdout.fileno(), self.process.stderr.fileno()
        deadline = time.monotonic() + START_SECONDS
        while b"\n" not in self._status:
            ready = select.select([self.told], [], [], max(0, deadline - time.monotonic()))[0]
            data = os.read(self.told.fileno(), 4096) if ready else b""
            if not data:
                self.process.kill()
                words = self.process.stderr.read(4096).decode(errors="replace").strip().splitlines()
                raise SandboxBroke(provider, words[-1] if words else "it did not start in time")
            self._status += data
        first, _, self._status = self._status.partition(b"\n")
        self.init = int(json.loads(first)["child-pid"])
        self._init_handle = os.pidfd_open(self.init)

    def let_go(self) -> float:
        """Start the job; the moment it started."""
        started = time.monotonic()
        self.release.write(b"x")
        return started

    def kill(self) -> None:
        """Kill the init, with which the kernel kills all of its namespace; wait until they are gone."""
        if self._init_handle < 0:
            self.process.kill()
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init_handle, signal.SIGKILL)
        select.select([self._init_handle], [], [], 10)

    def exit_code(self) -> int | None:
        """The job's status as bwrap tells it; None where it told none."""
        self.process.wait()
        self._status += _rest(self.told)
        for line in self._status.splitlines():
            with contextlib.suppress(ValueError, KeyError):
                return int(json.loads(line)["exit-code"])
        return None

    def own_times(self) -> float:
        """User and system seconds as the shell around the job counted them; 0 where it did not."""
        if self.times is None:
            return 0
        with contextlib.suppress(ValueError, IndexError):
            words = _rest(self.times).decode().split()[-2:]
            return sum(int(each.split("m")[0]) * 60 + float(each.split("m")[1][:-1]) for each in words)
        return 0

    def put_away(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        if self._init_handle >= 0:
            os.close(self._init_handle)


def _isolation(*, nests: bool) -> tuple[str, ...]:
    return (
        "--unshare-all",
        "--unshare-user",
        *(() if nests else ("--disable-userns",)),
        "--uid",
        str(_INIT),
        "--gid",
        str(_INIT),
        "--hostname",
        "sandbox",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    )


def _timed(time_in: int | None = None) -> list[str]:
    """A shell around the job that tells its CPU time, where no control group does."""
    if time_in is None or not Path("/usr/bin/bash").exists():
        return []
    script = (
        'exec 8>&2 2>/dev/null; type -P -- "$1" >&2 || { echo "$1: No such file or directory" >&8; exit 127; }; '
        f'"$@" 2>&8 8>&- {time_in}>&-; s=$?; times >&{time_in}; exit $s'
    )
    return ["/usr/bin/bash", "-c", script, "bash"]


def _plain(bwrap: str) -> None:
    """See that bwrap has no rights of its own: with them it would run as the machine's root.

    Raises:
        Unfit: it is setuid or setgid, or has capabilities.
    """
    mode = Path(bwrap).stat().st_mode
    if mode & (stat.S_ISUID | stat.S_ISGID) or "security.capability" in os.listxattr(bwrap):
        raise Unfit(
            f"{bwrap} has rights of its own, which must go: sudo chmod ug-s {bwrap}; sudo setcap -r {bwrap}"
        )


def _count_in_namespace(init: int, processes: int) -> None:
    """Bound the processes of a user namespace: the kernel counts them apart since Linux 5.14."""
    resource.prlimit(init, resource.RLIMIT_NPROC, (processes + 2, processes + 2))


def _pipe(stack: ExitStack) -> tuple[FileIO, FileIO]:
    reader, writer = os.pipe()
    return stack.enter_context(FileIO(reader, "rb")), stack.enter_context(FileIO(writer, "wb"))


def _not_started(provider: str, stderr: bytes) -> int:
    """The shell's status for a program that is not there; anything else is the sandbox's own failure."""
    if stderr.startswith(b"bwrap: execvp "):
        return NOT_FOUND
    words = stderr.decode(errors="replace").strip().splitlines()
    raise SandboxBroke(provider, words[-1] if words else "it ended without a word")


def _rest(pipe: FileIO) -> bytes:
    os.set_blocking(pipe.fileno(), False)
    return pipe.read(4096) or b""


def _abilities(bwrap: str) -> str:
    told = subprocess.run([bwrap, "--help"], capture_output=True, text=True, timeout=10, check=False).stdout
    for needed in ("--json-status-fd", "--clearenv", "--die-with-parent", "--block-fd"):
        if needed not in told:
            raise Unfit(f"bubblewrap is too old: it has no {needed} (0.5 or newer, 0.8 is best)")
    return told
