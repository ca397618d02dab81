"""The scale on its grid: what answers say at each ability, with all that is not known of the items summed out.

For each family the likelihood is a function of the ability *in that family* (ability + effect), so the effect is
integrated out by one sum against its distribution: exact for any number of answers. All of it is worked out in each of
four worlds: the model answers as the scale says, solves some items that it could not, fails some that it could, or
both. How likely each is comes out with the rest, so that the estimate of a model that guesses or slips is wider.
"""

import math
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from headstart.benchmarks.errors import TallyInvalid
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import Scale

Floats = NDArray[np.float64]
Cell = tuple[str, int]
Tally = Mapping[Cell, tuple[float, float]]
"""(family, level) -> (solved, failed): all that an estimate needs, whatever the number of items."""
Counts = tuple[float, ...]
"""Of one family: solved at each level, then failed at each level."""
NOTHING: Counts = (0.0,) * (2 * len(LEVELS))
LEAST = 1e-300


def by_family(tally: Tally) -> dict[str, Counts]:
    """The counts of each family that has any.

    Raises:
        TallyInvalid: a count that is no count, or a level that is none.
    """
    counts: dict[str, list[float]] = {}
    for (family, level), (solved, failed) in tally.items():
        if level not in LEVELS:
            raise TallyInvalid(f"{family} has no level {level}")
        if not (0 <= solved < math.inf and 0 <= failed < math.inf):
            raise TallyInvalid(f"{family} at level {level} can't have {solved} solved and {failed} failed")
        if solved or failed:
            row = counts.setdefault(family, [0.0] * len(NOTHING))
            row[level] += solved
            row[level + len(LEVELS)] += failed
    return {family: tuple(row) for family, row in counts.items()}


@lru_cache(maxsize=16)
def engine_of(scale: Scale) -> "Engine":
    """The scale's tables, made once."""
    return Engine(scale)


class Engine:
    """Tables of one scale; arrays over abilities have a row for each world.

    `grid` is of abilities as a whole, `inside` of abilities in one family (wider, because of the effects); `spread`
    says how likely each of these is (column) at each ability as a whole (row).
    """

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.grid: Floats = np.linspace(scale.low, scale.high, scale.points)
        step = (scale.high - scale.low) / (scale.points - 1)
        beyond = math.ceil(6 * scale.family_deviation / step)
        self.inside: Floats = np.asarray(scale.low + step * np.arange(-beyond, scale.points + beyond), float)
        away = (self.inside[None, :] - self.grid[:, None]) / scale.family_deviation
        weights = np.exp(-0.5 * away**2)
        self.spread: Floats = weights / weights.sum(axis=1, keepdims=True)
        prior = -0.5 * ((self.grid - scale.prior_mean) / scale.prior_deviation) ** 2
        self.prior: Floats = np.log([[each] for each, _, _ in worlds(scale)]) + prior[None, :]
        # Bounded, because a hub lives long; what is cached is a function of its arguments alone.
        self.says = lru_cache(maxsize=1024)(self._says)
        self.likelihood = lru_cache(maxsize=1024)(self._likelihood)
        self.predicts = lru_cache(maxsize=512)(self._predicts)
        self.chances = lru_cache(maxsize=256)(self._chances)
        self.log_chances = lru_cache(maxsize=256)(self._log_chances)

    def log_posterior(self, counts: Mapping[str, Counts]) -> Floats:
        """Log weights by world and ability, up to a constant."""
        log_weights = self.prior.copy()
        for family in sorted(counts):
            log_weights += self.says(family, counts[family])
        return log_weights

    def posterior(self, counts: Mapping[str, Counts]) -> Floats:
        """Weights by world and ability, summing to one."""
        return normalised(self.log_posterior(counts))

    def inside_family(self, family: str, counts: Mapping[str, Counts]) -> Floats:
        """Weights by world and ability in one family, from all answers."""
        own = counts.get(family, NOTHING)
        without = normalised(self.log_posterior(counts) - self.says(family, own))
        weights = self.likelihood(family, own) * (without @ self.spread)
        return np.asarray(weights / max(float(weights.sum()), LEAST))

    def _says(self, family: str, counts: Counts) -> Floats:
        """Log likelihood of one family's answers over the grid, its effect integrated out."""
        mixed = self.likelihood(family, counts) @ self.spread.T
        said: Floats = np.log(np.maximum(mixed, LEAST))
        return said

    def _predicts(self, family: str, counts: Counts) -> Floats:
        """The chance to solve one more item, given a family's answers: by level, world and ability as a whole."""
        likelihood, spread = self.likelihood(family, counts), self.spread
        solving = self.chances(family)[0].transpose(1, 0, 2) * likelihood
        chance: Floats = (solving @ spread.T) / np.maximum(likelihood @ spread.T, LEAST)
        return chance

    def _likelihood(self, family: str, counts: Counts) -> Floats:
        """Likelihood of one family's answers by the ability in that family, its greatest value one."""
        log_likelihood = np.asarray(counts) @ self.log_chances(family)
        most: Floats = np.exp(log_likelihood - log_likelihood.max())
        return most

    def _chances(self, family: str) -> tuple[Floats, Floats]:
        """The chance to solve, and to fail: by world, level, and ability in the family."""
        difficulty = np.array([self.scale.difficulty(family, level) for level in LEVELS])
        logistic = mean_logistic(self.inside[None, :] - difficulty[:, None], self.scale.residual_deviation)
        solving = np.stack([low + (high - low) * logistic for _, low, high in worlds(self.scale)])
        solving = np.clip(solving, 1e-12, 1 - 1e-12)
        return solving, 1 - solving

    def _log_chances(self, family: str) -> Floats:
        """By world, as counts are ordered, and ability in the family."""
        return np.asarray(np.log(np.concatenate(self.chances(family), axis=1)))


def worlds(scale: Scale) -> list[tuple[float, float, float]]:
    """Of each world: prior weight, the chance to solve what is far above one's ability, and what is far below it."""
    low, high, some = scale.lapse, 1 - scale.lapse, scale.stray_prior
    if not some:
        return [(1.0, low, high)]
    return [
        (weight * other, low + guessing, high - slipping)
        for weight, guessing in ((1 - some, 0.0), (some, scale.stray))
        for other, slipping in ((1 - some, 0.0), (some, scale.stray))
    ]


def normalised(log_weights: Floats) -> Floats:
    """Weights that sum to one."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def mean_logistic(distance: Floats, deviation: float) -> Floats:
    """The logistic curve's mean where the distance has a normal error of that deviation."""
    logistic, weights = logistic_nodes(distance, deviation)
    mean: Floats = logistic @ weights
    return mean


def logistic_nodes(distance: Floats, deviation: float) -> tuple[Floats, Floats]:
    """The logistic curve at distances that are off by a normal error's nodes (last axis), and the nodes' weights."""
    nodes, weights = _nodes(15)
    return 1 / (1 + np.exp(-(distance[..., None] + deviation * nodes))), weights


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights for a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return np.asarray(nodes), np.asarray(weights / weights.sum())
