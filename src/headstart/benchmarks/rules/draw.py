"""Random choices that are the same on every machine and every version of Python."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of choices fixed by its material: SHA-256 in counter mode, no modulo bias."""

    def __init__(self, *material: str | int) -> None:
        self._key = hashlib.sha256("\x1f".join(map(str, material)).encode()).digest()
        self._counter = 0

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1, for a bound of at most 2**63."""
        limit = (1 << 64) - (1 << 64) % bound
        while True:
            block = hashlib.sha256(self._key + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
            value = int.from_bytes(block[:8], "big")
            if value < limit:
                return value % bound

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in another order (Fisher and Yates)."""
        mixed = list(options)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones of the options."""
        return self.shuffled(options)[:count]

    def bytes(self, count: int) -> bytes:
        """`count` bytes."""
        return bytes(self.below(256) for _ in range(count))
