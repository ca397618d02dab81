"""Landlock: for ordinary containers, where namespaces are refused. It runs only what ships with Headstart.

The job shares the host's process table, network stack and file tree; Landlock bounds which files it reaches,
seccomp takes every socket away, and it stays in one process group for good (setsid and setpgid are refused), by
which it is killed. Nothing can be put at a chosen place: mounts and the work folder are seen at their own paths.
"""

import contextlib
import inspect
import json
import os
import signal
import subprocess
import time
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from io import FileIO
from pathlib import Path

from headstart.sandbox.errors import NotShipped, SandboxBroke, Unfit
from headstart.sandbox.providers import cgroups, launch, meters, seccomp, trees, uids, watch
from headstart.sandbox.providers.ground import ENVIRONMENT, Ground, chain, check, programs, spawn
from headstart.sandbox.rules.jobs import Applied, Ended, Job, Mount, Outcome, Trust

READ = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/proc")
READ_ETC = (
    "alternatives",
    "group",
    "hosts",
    "ld.so.cache",
    "localtime",
    "nsswitch.conf",
    "passwd",
    "ssl/openssl.cnf",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Landlock:
    """The weak provider: refuses untrusted jobs, and says in every outcome that it is weaker.

    Raises:
        Unfit: the kernel has no Landlock, or libseccomp, chroot or prlimit is missing.
    """

    name = "landlock"
    weaker = True

    def __init__(self, ground: Ground, *, with_cgroups: bool = True, instead: str | None = None) -> None:
        """`instead`: why the strong provider is not in use, for the receipts."""
        self.ground = ground
        self.root = ground.root
        self.tools = ground.tools
        self.instead = instead
        self.abi = launch.abi()
        if self.abi < 1:
            raise Unfit("the kernel has no Landlock (Linux 5.13 or newer, switched on)")
        self._base = cgroups.base() if with_cgroups else None
        self._programs = programs("chroot", "prlimit")
        self._filter = seccomp.filter_file(ground.support, namespaces=False)
        self._script = inspect.getsource(launch)

    def scratch(self) -> AbstractContextManager[Path]:
        """A fresh empty host folder to make work folders in; removed at the end."""
        return self.ground.scratch()

    def path_of(self, mount: Mount) -> str:
        """Mounts are seen at their own place on the host."""
        return str(mount.source.resolve())

    def path_of_work(self, work: Path) -> str:
        """The work folder is seen at its own place on the host."""
        return str(work)

    def run(self, job: Job) -> Outcome:
        """Run a job to its end; every process of it is gone when this returns."""
        if job.trust is not Trust.SHIPPED:
            raise NotShipped
        check(job)
        with ExitStack() as stack:
            temporary = stack.enter_context(self.ground.scratch())
            uid = stack.enter_context(uids.JOBS.lent()) if self.ground.others else None
            if uid is not None:
                trees.hand_over(job.work, uid)
                stack.callback(trees.take_back, job.work)
                trees.hand_over(temporary, uid)
            group = None if self._base is None else cgroups.make(self._base, job.limits)
            if group is not None:
                stack.callback(group.remove)
            return self._run(job, temporary, uid, group, stack)

    def _run(
        self, job: Job, temporary: Path, uid: int | None, group: cgroups.Group | None, stack: ExitStack
    ) -> Outcome:
        config, give, told, tell = (stack.enter_context(each) for each in (*_pipe(), *_pipe()))
        counted = job.limits.processes + (0 if uid is not None else _threads_of(os.geteuid()))
        argv = chain(self._programs, job.limits, uid, processes=counted)
        argv += [self.tools.python, "-I", "-S", "-c", self._script, str(config.fileno()), str(tell.fileno())]
        process = spawn(argv, job.stdin, [config.fileno(), tell.fileno()], group)
        config.close()
        tell.close()
        running = _Running(process)
        stack.callback(running.put_away)
        meter: meters.Meter = (
            group if group is not None else meters.Sampler(running.belongs, job.limits.memory_bytes)
        )
        if group is not None:
            group.add(process.pid)
        started = time.monotonic()
        with contextlib.suppress(BrokenPipeError):
            give.write(self._config(job, temporary, uid))
        give.close()
        watching = watch.Watch(
            process=process,
            limits=job.limits,
            meter=meter,
            kill=running.kill,
            abort=partial(watch.abort, running.belongs, 0),
            folders=(job.work, temporary),
        )
        seen = watching.to_the_end(started)
        return self._outcome(job, watching, seen, running, told)

    def _config(self, job: Job, temporary: Path, uid: int | None) -> bytes:
        names = f"{self.ground.support}/bin:/usr/local/bin:/usr/bin:/bin"
        env = {**ENVIRONMENT, "PATH": names, "HOME": str(temporary), "TMPDIR": str(temporary), **job.env}
        read = [*READ, *(f"/etc/{name}" for name in READ_ETC), str(self.ground.support), *self.tools.prefixes]
        read += [self.path_of(mount) for mount in job.mounts]
        write = [str(job.work), str(temporary), *DEVICES]
        content = {"argv": job.argv, "env": env, "cwd": str(job.work), "read": read, "write": write}
        return json.dumps({**content, "user": uid, "filter": str(self._filter)}).encode()

    def _outcome(
        self, job: Job, watching: watch.Watch, seen: watch.Seen, running: "_Running", told: FileIO
    ) -> Outcome:
        code, used = running.reap()
        trouble = told.read(4096) or b""
        if trouble:
            raise SandboxBroke(self.name, trouble.decode(errors="replace").strip())
        sent = -code if code < 0 else None
        ended = watch.ended_by(
            seen, meter=watching.meter, limits=job.limits, signal=sent, disk_over=watching.is_disk_over()
        )
        stdout, stderr = (bytes(each) for each in seen.output.values())
        return Outcome(
            ended=ended,
            status=code if ended is Ended.EXITED else None,
            signal=sent if ended is Ended.SIGNALLED else None,
            stdout=stdout,
            stderr=stderr,
            cpu_seconds=max(watching.meter.cpu_seconds(), used),
            wall_seconds=seen.wall_seconds,
            peak_memory_bytes=watching.meter.peak_memory_bytes(),
            truncated=seen.truncated,
            applied=self.applied(),
        )

    def applied(self) -> Applied:
        """Which limits come from what on this machine, and what does not hold here."""
        kept = f"cgroup v{self._base.version}" if self._base else "watchdog that samples"
        signals = "landlock" if self.abi >= 6 else "its user id" if self.ground.others else "nothing"
        return Applied(
            provider=self.name,
            weaker=True,
            by=(
                "weaker: no namespaces; runs only what ships with Headstart",
                *([f"not bubblewrap: {self.instead}"] if self.instead else []),
                "user: its own unprivileged id" if self.ground.others else "user: the caller's",
                f"files seen: landlock ABI {self.abi}",
                f"signals to others kept in by: {signals}",
                "system calls: seccomp allow-list",
                "network: seccomp without sockets",
                f"memory: {kept}",
                f"processes: {'cgroup, ' if self._base else ''}rlimit",
                f"cpu: {kept}, rlimit",
                "wall: watchdog",
                "output: cut at its limit",
                "files: rlimit, watchdog on the work folder",
            ),
        )


class _Running:
    """The job and all that it forked: one process group, whose leader is not reaped before all are gone."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.belongs = meters.has_group(process.pid)

    def kill(self) -> None:
        """Kill the group; wait until none but the unreaped leader is left."""
        if self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self._others() and time.monotonic() < deadline:
            time.sleep(0.002)

    def _others(self) -> bool:
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and int(place.name) != self.process.pid and self.belongs(int(place.name)):
                fields = meters.stat_fields(int(place.name))
                if fields is not None and fields[0] not in "ZX":
                    return True
        return False

    def reap(self) -> tuple[int, float]:
        """The job's status (negative: the signal), and the CPU seconds of it and of all it waited for."""
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode, used.ru_utime + used.ru_stime

    def put_away(self) -> None:
        """Leave nothing behind."""
        if self.process.returncode is None:
            self.kill()
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def _pipe() -> tuple[FileIO, FileIO]:
    reader, writer = os.pipe()
    return FileIO(reader, "rb"), FileIO(writer, "wb")


def _threads_of(uid: int) -> int:
    """How many threads a user runs now: the kernel counts them all against RLIMIT_NPROC."""
    belongs = meters.has_uid(uid)
    found = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    stats = (meters.stat_fields(pid) for pid in found if belongs(pid))
    return sum(int(fields[17]) for fields in stats if fields is not None)
