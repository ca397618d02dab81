"""Ability: what a set of right and wrong answers says, with an interval that does not lie.

A response's chance is a logistic curve of ability - difficulty, where the true difficulty of an item is its dial plus
a residual of its own and an effect of its family: leaving these two out gave 95% intervals that covered 83% in
simulation (EVALUATION.md, rule 4). The posterior is worked out on a grid; there is no normal approximation (rule 5).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scale's fixed numbers, in logits: sealed with the plan, so nobody chooses them afterwards."""

    prior_mean: float = 0.0
    prior_deviation: float = 2.0
    family_deviation: float = 0.5
    residual_deviation: float = 0.8
    low: float = -9.0
    high: float = 9.0
    points: int = 361
    coverage: float = 0.95

    def as_dict(self) -> dict[str, Any]:
        """For the sealed plan."""
        return asdict(self)


SCALE = Scale()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One item that says something of ability."""

    difficulty: float
    family: str
    solved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """The posterior's mean and deviation, and the interval between its quantiles."""

    mean: float
    standard_error: float
    low: float
    high: float
    coverage: float
    items: int


def estimate(responses: Sequence[Response], scale: Scale = SCALE) -> Ability:
    """The ability that the responses speak for; with none of them, the prior."""
    grid = np.linspace(scale.low, scale.high, scale.points)
    log_posterior = -0.5 * ((grid - scale.prior_mean) / scale.prior_deviation) ** 2
    for family in sorted({each.family for each in responses}):
        log_posterior += _family(grid, [each for each in responses if each.family == family], scale)
    weights = np.exp(log_posterior - log_posterior.max())
    weights /= weights.sum()
    mean = float(weights @ grid)
    tail = (1 - scale.coverage) / 2
    low, high = np.interp((tail, 1 - tail), np.cumsum(weights), grid)
    return Ability(
        mean=mean,
        standard_error=float(np.sqrt(weights @ (grid - mean) ** 2)),
        low=float(low),
        high=float(high),
        coverage=scale.coverage,
        items=len(responses),
    )


def _family(grid: Floats, responses: Sequence[Response], scale: Scale) -> Floats:
    """Log likelihood of one family's responses over the grid, its effect integrated out."""
    nodes, weights = _nodes(11)
    shifted = grid[None, :] + scale.family_deviation * nodes[:, None]
    log_likelihood = np.zeros_like(shifted)
    for each in responses:
        chance = success(shifted - each.difficulty, scale.residual_deviation)
        log_likelihood += np.log(chance if each.solved else 1 - chance)
    most = log_likelihood.max(axis=0)
    mixed: Floats = most + np.log(weights @ np.exp(log_likelihood - most))
    return mixed


def success(distance: Floats, residual_deviation: float) -> Floats:
    """The chance of success at a distance (ability - difficulty), the item's residual integrated out."""
    nodes, weights = _nodes(9)
    shifted = distance[..., None] + residual_deviation * nodes
    mean: Floats = (1 / (1 + np.exp(-shifted))) @ weights
    return np.clip(mean, 1e-9, 1 - 1e-9)


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights for a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()
