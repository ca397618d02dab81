"""What both providers stand on: the folder they keep their things in, scratch folders, the tools."""

import fcntl
import math
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from headstart.sandbox.errors import JobInvalid, SandboxBroke, Unfit
from headstart.sandbox.providers import cgroups, toolbox, trees, uids
from headstart.sandbox.rules.jobs import Job, Limits
from headstart.sandbox.rules.tools import Tools

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # LeakSanitizer needs ptrace, which no job has; without this every sanitised program would fail at its end
    "ASAN_OPTIONS": "detect_leaks=0",
}
"""What every job's environment starts from, besides PATH, HOME and TMPDIR."""

START_SECONDS = 20
SWEEP_SECONDS = 3600  # a folder that nobody holds is left for so long: it may be about to be held


_IDS = re.compile(rb"^(?:Uid|Gid|Groups):(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`others`: jobs run under user ids of their own, as this process is root."""

    root: Path
    support: Path
    tools: Tools
    others: bool

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A fresh folder that jobs' users can pass through; removed at the end, whatever is in it."""
        parent = self.root / "scratch"
        parent.mkdir(mode=0o711, exist_ok=True)
        parent.chmod(0o711)
        folder = Path(tempfile.mkdtemp(dir=parent))
        folder.chmod(0o711)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # in use while this process lives: `sweep`
            yield folder
        finally:
            os.close(held)
            trees.remove(folder)


def sweep(parent: Path) -> None:
    """Remove the scratch folders of processes that were killed: nobody holds them, and they are old."""
    for folder in parent.iterdir() if parent.is_dir() else ():
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if time.time() - os.fstat(held).st_mtime > SWEEP_SECONDS:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    trees.remove(folder)
            finally:
                os.close(held)


def lay(root: Path) -> Ground:
    """Find the tools and lay out the folders below `root`."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    others = os.geteuid() == 0
    if others:
        uids.JOBS.reclaim()
    sweep(root / "scratch")
    tools = toolbox.find(root, others=others)
    return Ground(root=root, support=toolbox.support(root, tools.links.items()), tools=tools, others=others)


def programs(*names: str) -> dict[str, str]:
    """The paths of system programs.

    Raises:
        Unfit: one is not installed.
    """
    found = {name: shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin") for name in names}
    for name, path in found.items():
        if path is None:
            raise Unfit(f"{name} is not installed")
    return {name: path for name, path in found.items() if path is not None}


def chain(paths: dict[str, str], limits: Limits, uid: int | None, *, processes: int | None) -> list[str]:
    """What comes before the sandbox's own program: another user and group id and no other groups (as root alone),
    and the rlimits.

    `chroot` to `/` changes no root: it is the program that costs least for this and looks no name up.
    `processes` bounds RLIMIT_NPROC, which counts everything of the user id; None where a control group does.
    """
    argv = [] if uid is None else [paths["chroot"], f"--userspec=+{uid}:+{uid}", "--groups=", "/"]
    argv += [paths["prlimit"], f"--fsize={limits.file_bytes}", "--core=0", "--nofile=1024"]
    argv += [f"--cpu={math.ceil(limits.cpu_seconds) + 1}", "--msgqueue=0", "--memlock=65536"]
    if processes is not None:
        argv.append(f"--nproc={processes}")
    return [*argv, "--"]


def check(job: Job) -> None:
    """The work folder and the sources of the mounts are there.

    Raises:
        JobInvalid: one is not.
    """
    if not job.work.is_dir() or job.work.is_symlink():
        raise JobInvalid(f"its work folder {job.work} is not a folder")
    for mount in job.mounts:
        if not mount.source.exists():
            raise JobInvalid(f"what it mounts is not there: {mount.source}")


def check_user(pid: int, uid: int | None, provider: str) -> None:
    """See that a process runs under the user and group ids that it was given, and has no others.

    Raises:
        SandboxBroke: it has others.
    """
    if uid is None:
        return
    told = Path(f"/proc/{pid}/status").read_bytes()
    held = {each for line in _IDS.findall(told) for each in line.split()}
    if held != {b"%d" % uid}:
        raise SandboxBroke(
            provider, f"it runs as {b', '.join(sorted(held)).decode()}, not as the user id lent to it"
        )


PIPE_BYTES = 1 << 16  # what a pipe holds unless more was asked for


def spawn(
    argv: list[str], stdin: bytes, handles: list[int], group: cgroups.Group | None
) -> "subprocess.Popen[bytes]":
    """Start a program with an empty environment in a session of its own, born in the group where that can be."""
    source = given(stdin) if stdin else subprocess.DEVNULL
    try:
        with nullcontext() if group is None else group.joined():
            return subprocess.Popen(
                argv,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=handles,
                env={},
                cwd="/",
            )
    finally:
        if source >= 0:
            os.close(source)


def given(data: bytes) -> int:
    """A file descriptor to read `data` from, once: what was read can't be had again.

    The sandbox's init keeps standard input open, and any process inside may open it anew (/proc/1/fd/0): a witness's
    key or a judge's nonce must be gone by then. So it is a pipe, filled beforehand and open to nobody for writing. What
    is larger than a pipe can hold is no secret of ours.
    """
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if len(data) > PIPE_BYTES:
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, len(data))
        if os.write(writer, data) == len(data):
            os.fchmod(reader, 0o444)
            os.set_blocking(reader, True)
            return os.dup(reader)
    except OSError:
        pass  # larger than this user's pipes may be
    finally:
        os.close(reader)
        os.close(writer)
    return sealed(data)


def sealed(data: bytes) -> int:
    """A file descriptor to read `data` from that nobody can write to."""
    handle = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.lseek(handle, 0, os.SEEK_SET)
    fcntl.fcntl(
        handle,
        fcntl.F_ADD_SEALS,
        fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL,
    )
    return handle
