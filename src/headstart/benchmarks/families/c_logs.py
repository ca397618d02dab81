"""Crash logs in the words of AddressSanitizer, written without a run: tests compare them with what a run says."""

from collections.abc import Sequence

from headstart.benchmarks.rules.draw import Draw

AFTER = ("__libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58", "_start (target+0x10c0)")


def log(
    draw: Draw, error: str, access: str, frames: Sequence[tuple[str, int]], file: str = "target.c"
) -> str:
    """A log. `frames` are function and line, the innermost first; `access` is empty for a double free."""
    process, code = draw.between(100, 32000), 0x55_0000_0000_00 + draw.below(1 << 28) * 4096
    stack = error.startswith("stack")
    address = (0x7FFC_0000_0000 if stack else 0x6020_0000_0000) + draw.below(1 << 20) * 16
    at = f"{0x7F00_0000_0000 + draw.below(1 << 30):#x}"
    lines = ["=" * 65]
    where = f"on address {address:#014x} at pc {code:#x} bp {at} sp {at}" if access else f"on {address:#014x}"
    lines.append(f"=={process}==ERROR: AddressSanitizer: {error} {where}{'' if access else ' in thread T0:'}")
    if access:
        lines.append(f"{access} at {address:#014x} thread T0")
    calls = [f"{function} {file}:{line}" for function, line in frames] + list(AFTER)
    if not access:
        calls.insert(0, "__interceptor_free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52")
    lines += [f"    #{depth} {code + 97 * depth:#x} in {call}" for depth, call in enumerate(calls)]
    function, line = frames[0]
    lines += [
        "",
        f"SUMMARY: AddressSanitizer: {error.removeprefix('attempting ')} {file}:{line} in {function}",
    ]
    return "\n".join([*lines, f"=={process}==ABORTING", ""])
