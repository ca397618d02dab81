"""Plain rates with an honest interval."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

import numpy as np


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


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that one of k attempts solves an item, from c of n that did: unbiased (Chen et al. 2021).

    Raises:
        ValueError: fewer than k attempts say nothing of k.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"{c} of {n} says nothing of {k} attempts")
    return 1.0 - comb(n - c, k) / comb(n, k)


def clustered(groups: Iterable[tuple[int, int]], coverage: float = 0.95) -> Rate:
    """The rate over all groups there might be, from (hits, total) of some: items of one family are like each other.

    Beta-binomial: each group has a rate of its own; how like each other they are is summed out, not assumed. The prior
    of the rate is even from 0 to 1, that of the share of variance between groups even from 0 to 0.6.
    """
    from scipy.special import betaln

    held = sorted((hits, total) for hits, total in groups if total)
    middle = (np.arange(400) + 0.5) / 400
    between = (np.arange(24) + 0.5) / 40
    spread = (1 - between) / between
    first, second = middle[:, None] * spread, (1 - middle[:, None]) * spread
    log_weights = np.zeros_like(first)
    for hits, total in held:
        log_weights += betaln(hits + first, total - hits + second) - betaln(first, second)
    weights = np.exp(log_weights - log_weights.max()).sum(axis=1)
    below = np.concatenate(([0.0], np.cumsum(weights / weights.sum())))
    tail = (1 - coverage) / 2
    low, high = np.interp((tail, 1 - tail), below, np.linspace(0, 1, 401))
    return Rate(
        hits=sum(hits for hits, _ in held),
        total=sum(total for _, total in held),
        low=float(low) if held else 0.0,
        high=float(high) if held else 1.0,
    )
