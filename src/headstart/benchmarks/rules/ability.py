"""Ability: what right and wrong answers say, with an interval that does not lie.

An answer's chance is a logistic curve of ability - difficulty, where the true difficulty of an item is its dial plus a
residual of its own and an effect of its family: leaving these two out gave 95% intervals that covered 83% in simulation
(EVALUATION.md, rule 4). All of it is summed on a grid (`grid.py`); there is no normal approximation (rule 5).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from headstart.benchmarks.rules.grid import Cell, Floats, Tally, by_family, engine_of
from headstart.benchmarks.rules.scale import SCALE, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """The posterior's mean and deviation, and the interval between its quantiles, in logits."""

    mean: float
    standard_error: float
    low: float
    high: float
    coverage: float
    items: int


def tallied(answers: Iterable[tuple[str, int, bool]]) -> dict[Cell, tuple[int, int]]:
    """The tally of answers: (family, level, solved)."""
    tally: dict[Cell, tuple[int, int]] = {}
    for family, level, solved in answers:
        before = tally.get((family, level), (0, 0))
        tally[family, level] = (before[0] + solved, before[1] + (not solved))
    return tally


def estimate(tally: Tally, scale: Scale = SCALE) -> Ability:
    """The ability that the answers speak for, over all families there might be; with none of them, the prior.

    Raises:
        TallyInvalid: a count that is no count, or a level that is none.
    """
    engine = engine_of(scale)
    weights = engine.posterior(by_family(tally)).sum(axis=0)
    return summary(engine.grid, weights, scale.coverage, _items(tally))


def profile(tally: Tally, scale: Scale = SCALE) -> dict[str, Ability]:
    """The ability in each family that has answers: the ability as a whole and the family's effect.

    Raises:
        TallyInvalid: a count that is no count, or a level that is none.
    """
    engine, counts = engine_of(scale), by_family(tally)
    found = {}
    for family in sorted(counts):
        weights = engine.inside_family(family, counts).sum(axis=0)
        items = _items({cell: held for cell, held in tally.items() if cell[0] == family})
        found[family] = summary(engine.inside, weights, scale.coverage, items)
    return found


def pooled(tally: Tally, scale: Scale, families: Iterable[str]) -> Ability:
    """The ability that the answers of some families speak for, as of one side.

    Raises:
        TallyInvalid: a count that is no count, or a level that is none.
    """
    chosen = set(families)
    return estimate({cell: held for cell, held in tally.items() if cell[0] in chosen}, scale)


def reachable(scale: Scale, families: Sequence[str]) -> float:
    """The lowest standard error that any number of items of these families could reach.

    A family's effect can't be told from ability by its own answers, so it is families that make sure, not items alone.
    """
    precision = len(set(families)) * scale.family_deviation**-2 + scale.prior_deviation**-2
    return math.sqrt(1 / precision)


def summary(grid: Floats, weights: Floats, coverage: float, items: int) -> Ability:
    """Mean, deviation and quantiles of weights over an even grid."""
    mean = float(weights @ grid)
    tail = (1 - coverage) / 2
    # Half of a point's weight lies below it: without this every quantile is half a step too low.
    below = np.cumsum(weights) - weights / 2
    low, high = np.interp((tail, 1 - tail), below, grid)
    return Ability(
        mean=mean,
        # A grid can't say anything finer than its step.
        standard_error=max(
            float(np.sqrt(weights @ (grid - mean) ** 2)), float(grid[1] - grid[0]) / math.sqrt(12)
        ),
        low=float(low),
        high=float(high),
        coverage=coverage,
        items=items,
    )


def _items(tally: Tally) -> int:
    return round(sum(solved + failed for solved, failed in tally.values()))
