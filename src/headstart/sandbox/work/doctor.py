"""Really try the ways out of a sandbox, from inside, and say which held."""

import contextlib
import inspect
import json
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from headstart.errors import HeadstartError
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.examination import Try
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Outcome, Trust
from headstart.sandbox.work import reach

_MIB = 1 << 20

_REACHES = {
    "kernel_settings": "write the kernel's settings, core_pattern among them",
    "devices": "open the machine's disks and memory",
    "files_of_others": "read other users' files, the data folder, keys",
    "writing": "write outside its work folder",
    "network": "reach the network",
    "host_services": "connect to services of this machine",
    "nested_namespace": "make a user namespace of its own",
    "kernel_calls": "use system calls that reach deep into the kernel",
    "new_privileges": "gain rights by a setuid program",
    "ptrace_of_a_neighbour": "look into another process",
    "kill_of_a_neighbour": "kill another process",
}


def reaches(sandbox: Sandbox, folder: Path) -> tuple[Try, ...]:
    """Try what a job could reach: one job, a tenth of a second. `folder` is the hub's data folder."""
    with ExitStack() as stack:
        targets, survives = stack.enter_context(_targets(folder))
        told = _run(sandbox, stack, inspect.getsource(reach), json.dumps(targets))
        try:
            found = json.loads(told.stdout)
        except ValueError:
            why = told.stderr.decode(errors="replace").strip().splitlines()[-1:] or [
                f"it ended: {told.ended}"
            ]
            return tuple(
                Try(name=name, sentence=f"could it {what}? Not known: {why[0]}", held=None)
                for name, what in _REACHES.items()
            )
        if survives():
            found["kill_of_a_neighbour"] = ""  # the id named another process inside
    return tuple(_said(name, what, found.get(name, "not tried")) for name, what in _REACHES.items())


def _said(name: str, what: str, reached: str) -> Try:
    if reached:
        return Try(name=name, sentence=f"a job can {what}: {reached}", held=False)
    return Try(name=name, sentence=f"a job can't {what}", held=True)


@contextmanager
def _targets(folder: Path) -> Iterator[tuple[dict[str, object], Callable[[], bool]]]:
    """Things on the host that a job must not reach: secrets, services, a neighbour."""
    with ExitStack() as stack:
        place = Path(
            stack.enter_context(tempfile.TemporaryDirectory(dir=folder if folder.is_dir() else None))
        )
        place.chmod(0o755)
        secret, open_secret = place / "secret", place / "open-secret"
        for path, mode in ((secret, 0o600), (open_secret, 0o644)):
            path.write_text(secrets.token_hex())
            path.chmod(mode)
        loopback = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = "headstart-" + secrets.token_hex(8)
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hs-")))
        sockets.chmod(0o755)
        named = str(
            sockets / "socket"
        )  # a socket's path has room for 107 bytes, which a data folder may exceed
        for address in ("\0" + abstract, named):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        Path(named).chmod(0o777)
        neighbour = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, env={})
        stack.callback(neighbour.wait)
        stack.callback(neighbour.kill)
        keys = [str(each) for each in (Path.home() / ".ssh", Path.home()) if each.exists()]
        yield (
            {
                "secrets": [str(secret), str(open_secret), *keys],
                "folders": [str(place), str(folder)],
                "port": loopback.getsockname()[1],
                "abstract": abstract,
                "socket": named,
                "neighbour": neighbour.pid,
            },
            lambda: neighbour.poll() is None,
        )


def limits(sandbox: Sandbox) -> tuple[Try, ...]:
    """Try to use more than a job may: two seconds."""
    return tuple(_tried(sandbox, attempt) for attempt in (
        _fork_bomb, _memory, _disk, _one_file, _output, _cpu, _wall, _outlive
    ))  # fmt: skip


def _tried(sandbox: Sandbox, attempt: Callable[[Sandbox, ExitStack], tuple[str, bool, str]]) -> Try:
    name = attempt.__name__.strip("_")
    with ExitStack() as stack:
        try:
            what, held, seen = attempt(sandbox, stack)
        except HeadstartError as error:
            return Try(name=name, sentence=f"not known: {error}", held=None)
    can = "can't" if held else "can"
    return Try(name=name, sentence=f"a job {can} {what}: {seen}", held=held)


def _fork_bomb(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    script = (
        "import os, time\nn = 0\n"
        "for _ in range(300):\n"
        "    try:\n        pid = os.fork()\n    except OSError:\n        break\n"
        "    if pid == 0:\n        time.sleep(20)\n        os._exit(0)\n"
        "    n += 1\nprint(n)"
    )
    told = _run(sandbox, stack, script, limits=Limits(processes=24, wall_seconds=10))
    made = int(told.stdout or b"300")
    return "start more processes than it may", made <= 24, f"{made} of 24"


def _memory(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    told = _run(
        sandbox,
        stack,
        "x = bytearray(256 << 20)\nimport time\ntime.sleep(2)",  # it stays, so that looking now and then sees it
        limits=Limits(memory_bytes=64 * _MIB, wall_seconds=10),
    )
    return "use more memory than it may", told.ended is Ended.MEMORY, told.ended


def _disk(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    script = (
        "import os\nblock = os.urandom(1 << 20)\n"
        "for i in range(2000):\n"
        "    with open(f'file{i}', 'wb') as f:\n        f.write(block)\n        os.fsync(f.fileno())\n"
    )
    told = _run(sandbox, stack, script, limits=Limits(work_bytes=16 * _MIB, wall_seconds=10))
    return "fill the disk", told.ended is Ended.DISK, told.ended


def _one_file(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    script = "f = open('big', 'wb')\nf.seek(64 << 20)\nf.write(b'x')\nf.flush()\nprint('wrote')"
    told = _run(sandbox, stack, script, limits=Limits(file_bytes=_MIB))
    return "write a file larger than it may", b"wrote" not in told.stdout, told.ended


def _output(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    script = "import os\nwhile True: os.write(1, b'x' * 65536)"
    told = _run(sandbox, stack, script, limits=Limits(output_bytes=_MIB, wall_seconds=10))
    held = told.ended is Ended.OUTPUT and len(told.stdout) <= _MIB
    return "print more than it may", held, f"{len(told.stdout)} bytes kept"


def _cpu(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    told = _run(sandbox, stack, "while True: pass", limits=Limits(cpu_seconds=0.2, wall_seconds=10))
    return "compute longer than it may", told.ended is Ended.CPU_TIME, told.ended


def _wall(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    told = _run(sandbox, stack, "import time\ntime.sleep(20)", limits=Limits(wall_seconds=0.2))
    return "stay longer than it may", told.ended is Ended.WALL_TIME, told.ended


def _outlive(sandbox: Sandbox, stack: ExitStack) -> tuple[str, bool, str]:
    token = secrets.token_hex(12)
    script = (
        "import os, signal, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        try:\n            os.setsid()\n        except OSError:\n            pass\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        os.fork()\n        time.sleep(20)\n"
    )
    _run(sandbox, stack, script, token)
    left = [pid for pid in os.listdir("/proc") if pid.isdigit() and token.encode() in _command(pid)]  # noqa: PTH208
    return "leave a process behind", not left, f"{len(left)} left"


def _command(pid: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _run(
    sandbox: Sandbox, stack: ExitStack, script: str, *argv: str, limits: Limits | None = None
) -> Outcome:
    scratch = stack.enter_context(sandbox.scratch())
    work = scratch / "work"
    work.mkdir()
    job = Job(
        argv=("python", "-I", "-S", "-c", script, *argv),
        work=work,
        limits=limits or Limits(wall_seconds=10),
        trust=Trust.SHIPPED,
    )
    return sandbox.run(job)
