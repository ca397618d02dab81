"""Confine this very process with Landlock and seccomp, then become the job: what the weak provider starts.

Run as `python -I -S -c <this text> CONFIG REPORT` by a plain Python: only the standard library is here. CONFIG is a
file descriptor with JSON (user, argv, env, cwd, read, write, filter); REPORT gets one line if the job can't be
started, and closes silently if it can.
"""

import ctypes
import json
import os
import signal
import struct
import sys
from collections.abc import Iterable, Mapping
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
RULE_PATH_BENEATH = 1

# linux/landlock.h, in the order of the ABIs that brought them
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_ALL = {1: REFER - 1, 2: TRUNCATE - 1, 3: IOCTL_DEV - 1, 5: (IOCTL_DEV << 1) - 1}
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_TCP_BIND_CONNECT = 0b11
_ABSTRACT_SOCKETS_SIGNALS = 0b11

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def abi() -> int:
    """The kernel's Landlock ABI; 0 where it has none."""
    return max(
        0, int(_libc.syscall(ctypes.c_long(CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(1)))
    )


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def restrict(read: Iterable[str], write: Iterable[str]) -> None:
    """Let this process and its children read and run what is below `read`, and all below `write`."""
    version = abi()
    if version < 1:
        raise OSError("the kernel has no Landlock")
    everything = _ALL[max(each for each in _ALL if each <= version)]
    attributes = struct.pack("=Q", everything)
    if version >= 4:
        attributes += struct.pack("=Q", _TCP_BIND_CONNECT)
    if version >= 6:
        attributes += struct.pack("=Q", _ABSTRACT_SOCKETS_SIGNALS)
    ruleset = _checked(
        _libc.syscall(
            ctypes.c_long(CREATE_RULESET), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)
        ),
        "landlock_create_ruleset",
    )
    for path in read:
        _allow(ruleset, path, EXECUTE | READ_FILE | READ_DIR)
    for path in write:
        _allow(ruleset, path, everything)
    _checked(
        _libc.syscall(ctypes.c_long(RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint(0)),
        "landlock_restrict_self",
    )
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):  # noqa: PTH112 - nothing more is imported here than must be
        access &= _OF_FILES
    rule = struct.pack("=Qi", access, handle)
    _checked(
        _libc.syscall(
            ctypes.c_long(ADD_RULE),
            ctypes.c_int(ruleset),
            ctypes.c_int(RULE_PATH_BENEATH),
            rule,
            ctypes.c_uint(0),
        ),
        f"landlock_add_rule {path}",
    )
    os.close(handle)


def filter_calls(program: bytes) -> None:
    """Load a BPF program as seccomp filter, for this process and its children."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _prctl(PR_SET_SECCOMP, 2, header)


def _prctl(option: int, value: int, pointer: bytes | None = None) -> None:
    zero = ctypes.c_ulong(0)
    given = zero if pointer is None else pointer
    _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), given, zero, zero), f"prctl {option}")


def become(config: Mapping[str, Any]) -> None:
    """Confine this process and execute the job in its place; it has the user id that was lent to it, or none was."""
    if config["user"] is not None and {*os.getresuid(), *os.getresgid(), *os.getgroups()} != {config["user"]}:
        raise OSError(f"it runs as {os.getuid()}, not as the user id lent to it")
    with open(config["filter"], "rb") as file:  # noqa: PTH123 - as above
        program = file.read()
    os.chdir(config["cwd"])
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    restrict(config["read"], config["write"])
    filter_calls(program)
    os.execvpe(config["argv"][0], config["argv"], config["env"])  # noqa: S606 - no shell is the point


def main(config_handle: int, report_handle: int) -> None:
    """Read the configuration (this waits for the hub), then start; a failure is reported and exits 127."""
    os.set_inheritable(report_handle, False)
    with os.fdopen(config_handle, "rb") as file:
        config = json.load(file)
    try:
        become(config)
    except FileNotFoundError as error:
        os.write(2, f"{config['argv'][0]}: {error.strerror}\n".encode(errors="replace"))
    except (OSError, ValueError, KeyError) as error:
        os.write(report_handle, f"{error}\n".encode(errors="replace"))
    os._exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
