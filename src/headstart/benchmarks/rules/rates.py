"""Plain rates with an honest interval."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`hits` of `total`, and the interval in which the true rate lies."""

    hits: int
    total: int
    low: float
    high: float


def rate(hits: int, total: int, coverage: float = 0.95) -> Rate:
    """The exact interval of Clopper and Pearson; with nothing counted, all of 0 to 1."""
    from scipy.special import betaincinv

    tail = (1 - coverage) / 2
    low = float(betaincinv(hits, total - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 1 - tail)) if hits < total else 1.0
    return Rate(hits=hits, total=total, low=low, high=high)
