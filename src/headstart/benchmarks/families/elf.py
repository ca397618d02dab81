"""A static ELF program of x86-64 with one segment: no libraries, no symbols, no section table."""

import struct

BASE = 0x400000
HEADERS = 64 + 2 * 56


def executable(code: bytes, entry: int) -> bytes:
    """The file: `code` (data included) is mapped to be read and run; `entry` is an offset into it."""
    size = HEADERS + len(code)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01" + bytes(9),
        2,  # an executable
        62,  # x86-64
        1,
        BASE + HEADERS + entry,
        64,
        0,
        0,
        64,
        56,
        2,
        0,
        0,
        0,
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 0x1000)
    stack = struct.pack("<IIQQQQQQ", 0x6474E551, 6, 0, 0, 0, 0, 0, 16)  # the stack is no code
    return header + load + stack + code
