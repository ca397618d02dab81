"""What a job tries, to get out: run inside a sandbox as `python -I -S -c <this text> TARGETS`.

TARGETS is JSON about the host (see `headstart.sandbox.work.doctor`). One JSON object is printed: for each way out
an empty string where it stayed shut, or what was reached. Nothing is harmed where a way is open.
"""

import ctypes
import json
import os
import platform
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

CLONE_NEWUSER = 0x10000000
PTRACE_ATTACH, PTRACE_DETACH = 16, 17
_CLONE = {"x86_64": 56, "aarch64": 220}
_KERNEL_CALLS = {"io_uring_setup": 425, "x86_64": {"bpf": 321, "keyctl": 250, "perf_event_open": 298}}

_libc = ctypes.CDLL(None, use_errno=True)


def first_opened(paths: Iterable[str], flags: int) -> str:
    """The first of the paths that could be opened."""
    for path in paths:
        try:
            os.close(os.open(path, flags | os.O_NONBLOCK))
        except OSError:
            continue
        return path
    return ""


def kernel_settings(_: Any) -> str:
    """Settings of the host's kernel, of which core_pattern runs a program as root."""
    return first_opened(
        (
            "/proc/sys/kernel/core_pattern",
            "/proc/sys/kernel/modprobe",
            "/proc/sysrq-trigger",
            "/sys/kernel/uevent_helper",
        ),
        os.O_WRONLY,
    )


def devices(_: Any) -> str:
    """The host's disks and memory."""
    return first_opened(
        ("/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/kvm"), os.O_RDWR
    )


def files_of_others(targets: Any) -> str:
    """Files of other users, and of the hub."""
    return first_opened((*targets["secrets"], "/etc/shadow", "/root/.ssh", "/root"), os.O_RDONLY)


def writing(targets: Any) -> str:
    """Folders outside the work folder in which a file can be made."""
    own: list[str] = targets["folders"]
    for folder in ("/", "/usr", "/usr/bin", "/etc", "/opt", "/var/tmp", "/run", "/dev", *own):  # noqa: S108
        path = f"{folder}/headstart-was-here"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            continue
        os.unlink(path)  # noqa: PTH108 - nothing more is imported here than must be
        return folder
    return ""


def network(_: Any) -> str:
    """A route to an address that is not this machine (no packet is sent)."""
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((address, 9))
        except OSError:
            continue
        return address
    return ""


def host_services(targets: Any) -> str:
    """Services that listen on the host: on loopback, on an abstract and on a named socket."""
    wanted = [(socket.AF_INET, ("127.0.0.1", targets["port"]))]
    wanted += [(socket.AF_UNIX, name) for name in ("\0" + targets["abstract"], targets["socket"])]
    for family, address in wanted:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.settimeout(2)
                sock.connect(address)
        except OSError:
            continue
        return repr(address)
    return ""


def nested_namespace(_: Any) -> str:
    """A user namespace in which it would be root."""
    if _libc.unshare(ctypes.c_int(CLONE_NEWUSER)) == 0:
        return "unshare"
    number = _CLONE.get(platform.machine())
    if number is None:
        return ""
    flags = ctypes.c_ulong(CLONE_NEWUSER | signal.SIGCHLD)
    zero = ctypes.c_ulong(0)
    child = _libc.syscall(ctypes.c_long(number), flags, zero, zero, zero, zero)
    if child == 0:
        os._exit(0)
    if child > 0:
        os.waitpid(child, 0)
        return "clone"
    return ""


def kernel_calls(_: Any) -> str:
    """System calls that reach deep into the kernel."""
    calls = {"io_uring_setup": 425, **_KERNEL_CALLS.get(platform.machine(), {})}  # type: ignore[dict-item]
    zero = ctypes.c_ulong(0)
    for name, number in calls.items():
        ctypes.set_errno(0)
        done = _libc.syscall(ctypes.c_long(number), zero, zero, zero, zero, zero)
        if done >= 0 or ctypes.get_errno() not in {1, 38}:  # EPERM, ENOSYS
            return name
    return ""


def ptrace_of_a_neighbour(targets: Any) -> str:
    """The memory of a process of the hub's user."""
    pid = targets["neighbour"]
    zero = ctypes.c_void_p(0)
    if _libc.ptrace(ctypes.c_long(PTRACE_ATTACH), ctypes.c_int(pid), zero, zero) == 0:
        os.waitpid(pid, 0)
        _libc.ptrace(ctypes.c_long(PTRACE_DETACH), ctypes.c_int(pid), zero, zero)
        return f"process {pid}"
    return first_opened((f"/proc/{pid}/mem", f"/proc/{pid}/environ"), os.O_RDONLY)


def kill_of_a_neighbour(targets: Any) -> str:
    """A process of the hub's user; 9 is sent for real, the doctor's own neighbour is there for it."""
    try:
        os.kill(targets["neighbour"], signal.SIGKILL)
    except OSError:
        return ""
    return f"process {targets['neighbour']}"


def new_privileges(_: Any) -> str:
    """Programs that give their user more rights (setuid)."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - as above
        return "" if "NoNewPrivs:\t1" in status.read() else "NoNewPrivs is 0"


WAYS: dict[str, Callable[[Any], str]] = {
    way.__name__: way
    for way in (
        kernel_settings,
        devices,
        files_of_others,
        writing,
        network,
        host_services,
        kernel_calls,
        new_privileges,
        ptrace_of_a_neighbour,
        kill_of_a_neighbour,
        nested_namespace,
    )
}
"""In this order: the neighbour is looked into before it is killed, and a namespace would take root's rights away."""


def main(targets: Any) -> None:
    """Try every way, and print what came of each."""
    json.dump({name: way(targets) for name, way in WAYS.items()}, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
