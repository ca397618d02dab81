"""Look at the binary's strings and tables: a key that was hidden with one operation for all its bytes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

OPERATIONS: tuple[Callable[[int, int, int], int], ...] = (
    lambda byte, k, _: byte ^ k,
    lambda byte, k, _: byte + k,
    lambda byte, k, _: byte << (k & 7) | byte >> (8 - (k & 7)),
    lambda byte, k, _: k - byte,
    lambda byte, k, n: byte ^ n + k,
    lambda byte, k, n: byte + n + k,
    lambda byte, k, n: byte - n + k,
)
TRIES = 300
COMPARED = re.compile(rb"[\x81\x83][\xf8-\xff](.)", re.DOTALL)  # cmp register, number


def main(sheet: dict[str, str], _turn: int) -> None:
    """Try each run of key characters that an operation uncovers."""
    shutil.copy(sheet["source"], "candidate")
    Path("candidate").chmod(0o755)
    if sheet["reads"] != "key":
        sys.stdout.write("it wants a serial for a name\n")
        return
    held = Path(sheet["source"]).read_bytes()[64:]
    size, digits = len(sheet["form"]), frozenset(sheet["digits"].encode())
    numbers = b"".join(COMPARED.findall(held))
    for tried, key in enumerate(chain(uncovered(numbers, size, digits), uncovered(held, size, digits))):
        if tried > TRIES:
            break
        ran = subprocess.run(["./candidate"], input=key + b"\n", capture_output=True, check=False)
        if ran.returncode == 0:
            text = f"import sys\n\nfor _ in sys.stdin:\n    print({key.decode()!r})\n"
            Path(sheet["answer"]).write_text(text)
            sys.stdout.write(f"HANDED IN: {sheet['answer']}, the key {key.decode()}\n")
            return
    sys.stdout.write("no simple operation uncovers a key\n")


def uncovered(held: bytes, size: int, digits: frozenset[int]) -> Iterator[bytes]:
    """Windows that are all key characters after one operation; those with an operation by place come first."""
    for operation in OPERATIONS[4:]:
        for at in range(len(held) - size):
            plain = bytes(operation(byte, 0, n) & 255 for n, byte in enumerate(held[at : at + size]))
            if digits.issuperset(plain):
                yield plain
    for operation in OPERATIONS[:4]:
        for k in range(256):
            mapped = bytes(operation(byte, k, 0) & 255 for byte in range(256))
            plain = held.translate(mapped)
            run = 0
            for at, byte in enumerate(plain):
                run = run + 1 if byte in digits else 0
                if run >= size:
                    yield plain[at - size + 1 : at + 1]
