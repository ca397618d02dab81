"""Median and range of a few numbers, with how many there are."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of `of` things the number is known of `n`: their median, shortest and longest, in days; None where n is 0."""

    n: int
    of: int
    median: float | None
    shortest: float | None
    longest: float | None


def figures(known: Iterable[float], *, of: int) -> Figures:
    """The figures of what is known, in days to a tenth; of how many in all."""
    numbers = sorted(known)
    if not numbers:
        return Figures(n=0, of=of, median=None, shortest=None, longest=None)
    return Figures(
        n=len(numbers),
        of=of,
        median=round(statistics.median(numbers), 1),
        shortest=round(numbers[0], 1),
        longest=round(numbers[-1], 1),
    )
