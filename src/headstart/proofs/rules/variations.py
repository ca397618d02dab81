"""Small variations of a trigger, to see whether a fix stops the flaw or only the one input."""

import hashlib
from itertools import count

MOST = 8


def variations(trigger: bytes, seed: str) -> tuple[bytes, ...]:
    """Up to eight inputs near to this one, the same for the same seed, none equal to it."""
    numbers = (int.from_bytes(hashlib.sha256(f"{seed} {n}".encode()).digest()[:8]) for n in count())
    middle = len(trigger) // 2
    made = [
        trigger + trigger,
        trigger[:-1],
        trigger[1:],
        trigger + b"\n",
        trigger[:middle] + trigger[middle:] * 2,
        trigger.swapcase(),
        *(_one_byte(trigger, next(numbers), next(numbers)) for _ in range(4)),
    ]
    once = dict.fromkeys(each for each in made if each not in (trigger, b""))
    return tuple(once)[:MOST]


def _one_byte(data: bytes, place: int, other: int) -> bytes:
    """The same data with the byte at one place taken from another."""
    if not data:
        return b""
    at = place % len(data)
    return data[:at] + data[other % len(data) :][:1] + data[at + 1 :]
