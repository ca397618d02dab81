"""Seccomp filters as BPF programs, built with libseccomp once and kept in a file."""

import contextlib
import errno
import hashlib
import inspect
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from headstart.sandbox.errors import Unfit
from headstart.sandbox.rules import syscalls

_OPTIMIZE = 8  # SCMP_FLTATR_CTL_OPTIMIZE
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_TYPE_MASK = 1, 2, 0xF
INTERNET_PROTOCOLS = (0, 6, 17)  # default, TCP, UDP: no SCTP or DCCP, which would load modules


def available() -> bool:
    """Whether libseccomp is on this machine."""
    try:
        import pyseccomp  # noqa: F401 - only whether it loads
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def filter_file(folder: Path, *, namespaces: bool) -> Path:
    """The path of the BPF program below `folder`, made if it is not there.

    `namespaces`: whether the job has a network and IPC of its own. With them it may open Unix and internet
    sockets (which reach nothing but itself); without, no socket at all but a pair of its own.

    Raises:
        Unfit: libseccomp is missing.
    """
    what = f"{os.uname().machine} {namespaces} {inspect.getsource(syscalls)} {inspect.getsource(sys.modules[__name__])}"
    path = folder / f"seccomp-{hashlib.sha256(what.encode()).hexdigest()[:16]}.bpf"
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            build(file, namespaces=namespaces)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    return path


def build(file: Any, *, namespaces: bool) -> None:
    """Write the BPF program of the allow-list to an open file.

    Raises:
        Unfit: libseccomp is missing.
    """
    if not available():
        raise Unfit("libseccomp is missing, so system calls can't be filtered")
    import pyseccomp as library

    rules = library.SyscallFilter(library.ERRNO(errno.ENOSYS))
    taken = frozenset() if namespaces else syscalls.WITHOUT_NAMESPACES
    for name in sorted(syscalls.ALLOWED - taken):
        if library.resolve_syscall(library.Arch.NATIVE, name) >= 0:
            rules.add_rule(library.ALLOW, name)
    _clone(library, rules)
    _sockets(library, rules, namespaces=namespaces)
    for value in syscalls.PERSONALITIES:
        rules.add_rule(library.ALLOW, "personality", library.Arg(0, library.EQ, value))
    for name in ("setsid", "setpgid"):
        # one process group for good is what the weak provider kills by
        rules.add_rule(library.ALLOW if namespaces else library.ERRNO(errno.EPERM), name)
    with contextlib.suppress(
        OSError
    ):  # libseccomp 2.5: a tree of comparisons loads in half the time of a list
        rules.set_attr(_OPTIMIZE, 2)
    rules.export_bpf(file)


def _clone(library: Any, rules: Any) -> None:
    flags = 1 if os.uname().machine == "s390x" else 0
    rules.add_rule(library.ALLOW, "clone", library.Arg(flags, library.MASKED_EQ, syscalls.NEW_NAMESPACES, 0))


def _sockets(library: Any, rules: Any, *, namespaces: bool) -> None:
    rules.add_rule(library.ALLOW, "socketpair", library.Arg(0, library.EQ, AF_UNIX))
    if not namespaces:
        rules.add_rule(library.ERRNO(errno.EPERM), "socket")
        return
    rules.add_rule(library.ALLOW, "socket", library.Arg(0, library.EQ, AF_UNIX))
    for family in (AF_INET, AF_INET6):
        for kind in (SOCK_STREAM, SOCK_DGRAM):
            for protocol in INTERNET_PROTOCOLS:
                rules.add_rule(
                    library.ALLOW,
                    "socket",
                    library.Arg(0, library.EQ, family),
                    library.Arg(1, library.MASKED_EQ, SOCK_TYPE_MASK, kind),
                    library.Arg(2, library.EQ, protocol),
                )
