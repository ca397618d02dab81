"""Which item next, and when it is enough: the choice is a function of the plan's secret and what is known so far.

The next item is the one after which the posterior of ability is expected to be narrowest. About one in five is an
anchor instead: family and level at random, so that a plain rate and a check of fit remain that no choice has bent
(EVALUATION.md, rule 4).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from headstart.benchmarks.errors import StandardErrorUnreachable
from headstart.benchmarks.rules.ability import Ability, reachable
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.grid import (
    NOTHING,
    Cell,
    Counts,
    Engine,
    Floats,
    Tally,
    by_family,
    engine_of,
)
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import MIDDLE, Scale

LEAST_ITEMS = 12
COARSE = 81  # points of the grid that choices are made on; estimates are made on the scale's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The next item's family and level; the plan says its seed."""

    family: str
    level: int
    anchor: bool


class Chooser:
    """Chooses items for one plan: `master` is the plan's secret, from which all that is random here derives."""

    def __init__(self, families: Sequence[str], scale: Scale, master: str, anchors: float = 0.2) -> None:
        self._families = tuple(sorted(set(families)))
        self._scale = replace(scale, points=min(scale.points, COARSE))
        self._master = master
        self._anchors = anchors
        # Where two are as informative as each other, a secret order decides and not the alphabet.
        self._order = {name: n for n, name in enumerate(Draw("order", master).shuffled(self._families))}

    def next(self, tally: Tally, pending: Sequence[Cell], given: Mapping[Cell, int]) -> Choice:
        """The next item, after `given` were given out: those that count are in `tally`, those in flight in `pending`.

        Raises:
            TallyInvalid: a count that is no count, or a level that is none.
        """
        number = sum(given.values())
        if self.is_anchor(number):
            return self._anchor(number)
        family, level = self._most_informative(tally, pending)
        return Choice(family=family, level=level, anchor=False)

    def is_anchor(self, number: int) -> bool:
        """Whether the n-th item (from 0) is an anchor: evenly among the others, from a start nobody knows."""
        start = Draw("anchors", self._master).below(1 << 32) / (1 << 32)
        return math.floor((number + 1) * self._anchors + start) > math.floor(number * self._anchors + start)

    def _anchor(self, number: int) -> Choice:
        draw = Draw("anchor", self._master, number)
        return Choice(family=draw.choice(self._families), level=draw.choice(LEVELS), anchor=True)

    def _most_informative(self, tally: Tally, pending: Sequence[Cell]) -> Cell:
        engine = engine_of(self._scale)
        explained = _explained(engine, self._families, _with_pending(engine, by_family(tally), pending))
        cells = [(family, level) for family in self._families for level in LEVELS]
        best = {cell: round(float(part), 9) for cell, part in zip(cells, explained, strict=True)}
        return min(
            cells, key=lambda cell: (-best[cell], self._order[cell[0]], abs(cell[1] - MIDDLE), cell[1])
        )


def _explained(engine: Engine, families: Sequence[str], counts: Mapping[str, Counts]) -> Floats:
    """For each family and level: how much narrower the posterior is expected to be after one more answer.

    An answer is a yes or a no, so what knowing it takes from the variance of ability is exactly the square of its
    covariance with ability over its own variance.
    """
    known = engine.posterior(counts)
    ability = np.broadcast_to(engine.grid - known.sum(axis=0) @ engine.grid, known.shape)
    predicted = [engine.predicts(family, counts.get(family, NOTHING)) for family in families]
    by_cell = np.concatenate([each.reshape(len(LEVELS), -1) for each in predicted])
    solving, together = (by_cell @ np.stack((known, known * ability), axis=-1).reshape(-1, 2)).T
    narrower: Floats = together**2 / np.maximum(solving * (1 - solving), 1e-12)
    return narrower


def _with_pending(engine: Engine, counts: dict[str, Counts], pending: Sequence[Cell]) -> dict[str, Counts]:
    """As if each item in flight had been answered by its chance: it makes surer and moves next to nothing."""
    if not pending:
        return counts
    known, more = engine.posterior(counts), dict(counts)
    for family, level in pending:
        solving = float(np.sum(known * engine.predicts(family, counts.get(family, NOTHING))[level]))
        row = list(more.get(family, NOTHING))
        row[level] += round(solving, 2)
        row[level + len(LEVELS)] += 1 - round(solving, 2)
        more[family] = tuple(row)
    return more


def enough(
    ability: Ability, given: Mapping[Cell, int], families: Sequence[str], until_se: float | None
) -> bool:
    """Whether to stop: the standard error fixed beforehand is reached, every family was tried, 12 items count."""
    if until_se is None or ability.items < max(LEAST_ITEMS, len(families)):
        return False
    tried = {family for (family, _), count in given.items() if count}
    return tried.issuperset(families) and ability.standard_error <= until_se


def check_reachable(scale: Scale, families: Sequence[str], until_se: float) -> None:
    """Refuse a standard error that no number of items of these families could reach.

    Raises:
        StandardErrorUnreachable: it is below what the families' effects leave.
    """
    lowest = reachable(scale, families)
    if not until_se > lowest:  # NaN is above nothing
        raise StandardErrorUnreachable(until_se, lowest, len(set(families)))


def most_items(scale: Scale, families: Sequence[str], until_se: float) -> int:
    """A cap for a plan: three times what items at just the right level would need to reach the standard error.

    Raises:
        StandardErrorUnreachable: no number of items would.
    """
    check_reachable(scale, families, until_se)
    engine = engine_of(replace(scale, points=min(scale.points, COARSE)))
    solving, failing = (each[0, MIDDLE] for each in engine.chances(families[0]))
    information = float(np.max(np.gradient(solving, engine.inside) ** 2 / (solving * failing)))

    def error(items: float) -> float:
        each = len(set(families)) / (items * information)
        precision = len(set(families)) / (scale.family_deviation**2 + each) + scale.prior_deviation**-2
        return math.sqrt(1 / precision)

    items = float(max(LEAST_ITEMS, len(families)))
    while error(items) > until_se and items < 1e6:
        items *= 1.05
    return math.ceil(3 * items)
