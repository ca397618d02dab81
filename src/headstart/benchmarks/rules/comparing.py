"""Two runs against each other: the difference in ability, and the items that both were given.

Two models that were given the same item share its residual: their difference is surer than two intervals side by side.
The posterior is over both abilities at once, on a grid; each in the world (`grid.py`) that its own answers speak for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from headstart.benchmarks.rules.ability import summary
from headstart.benchmarks.rules.grid import (
    LEAST,
    NOTHING,
    Cell,
    Counts,
    Engine,
    Floats,
    by_family,
    engine_of,
    logistic_nodes,
    normalised,
    worlds,
)
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.scale import SCALE, Scale

POINTS = 97  # of the grid of each of the two abilities
PATTERNS = ((True, True), (True, False), (False, True), (False, False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Ability of the first minus that of the second, in logits; and how the items went that both were given."""

    mean: float
    standard_error: float
    low: float
    high: float
    coverage: float
    first_is_more_able: float  # its probability
    items: tuple[int, int]  # that count, of each
    common_items: int
    both: int
    only_first: int
    only_second: int
    neither: int
    mcnemar: float  # exact, two-sided; 1 where no common item was solved by one of them alone

    @property
    def discordant(self) -> int:
        """Common items that one of them solved and the other did not."""
        return self.only_first + self.only_second


@dataclass(slots=True)
class _Pairs:
    """What each was given alone, by cell, and what both were given, by cell and pattern."""

    first: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    second: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    common: dict[Cell, list[int]] = field(default_factory=dict)


def difference(first: Iterable[ItemScore], second: Iterable[ItemScore], scale: Scale = SCALE) -> Difference:
    """The posterior of the first's ability minus the second's, from first attempts at items that count."""
    pairs = _paired(first, second)
    joint = _joint(pairs, replace(scale, points=POINTS))
    apart = np.linspace(scale.low - scale.high, scale.high - scale.low, 2 * POINTS - 1)
    weights = np.array([np.trace(joint, offset=-n) for n in range(-POINTS + 1, POINTS)])
    alone = [sum(map(sum, tally.values())) for tally in (pairs.first, pairs.second)]
    counts = [sum(row[n] for row in pairs.common.values()) for n in range(len(PATTERNS))]
    found = summary(apart, weights, scale.coverage, sum(counts))
    return Difference(
        mean=found.mean,
        standard_error=found.standard_error,
        low=found.low,
        high=found.high,
        coverage=scale.coverage,
        first_is_more_able=float(np.tril(joint, -1).sum() + np.trace(joint) / 2),
        items=(alone[0] + sum(counts), alone[1] + sum(counts)),
        common_items=sum(counts),
        both=counts[0],
        only_first=counts[1],
        only_second=counts[2],
        neither=counts[3],
        mcnemar=mcnemar(counts[1], counts[2]),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p of McNemar's test: that of as uneven a split of the discordant items, by a fair coin."""
    from scipy.special import bdtr

    total = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), total, 0.5))) if total else 1.0


def _paired(first: Iterable[ItemScore], second: Iterable[ItemScore]) -> _Pairs:
    waiting = {each.item: (_cell(each), each.solved) for each in first if each.counts and each.attempt == 1}
    pairs = _Pairs()
    for each in second:
        if not (each.counts and each.attempt == 1):
            continue
        before = waiting.pop(each.item, None)
        if before is None:
            _add(pairs.second, _cell(each), solved=each.solved)
        else:
            row = pairs.common.setdefault(_cell(each), [0] * len(PATTERNS))
            row[PATTERNS.index((before[1], each.solved))] += 1
    for cell, solved in waiting.values():
        _add(pairs.first, cell, solved=solved)
    return pairs


def _cell(score: ItemScore) -> Cell:
    return score.family, score.level


def _add(tally: dict[Cell, tuple[int, int]], cell: Cell, *, solved: bool) -> None:
    before = tally.get(cell, (0, 0))
    tally[cell] = (before[0] + solved, before[1] + (not solved))


def _joint(pairs: _Pairs, scale: Scale) -> Floats:
    """Weights over (ability of the first, ability of the second), summing to one."""
    engine = engine_of(scale)
    alone = by_family(pairs.first), by_family(pairs.second)
    names = sorted({*alone[0], *alone[1], *(family for family, _ in pairs.common)})
    common = [by_family(_side(pairs.common, n)) for n in range(2)]
    pair = _world(engine, (alone[0], common[0])), _world(engine, (alone[1], common[1]))
    log_weights = engine.prior[pair[0]][:, None] + engine.prior[pair[1]][None, :]
    for name in names:
        own = (alone[0].get(name, NOTHING), alone[1].get(name, NOTHING))
        log_weights = log_weights + _says(engine, name, pair, own, pairs.common)
    return normalised(log_weights)


def _side(common: Mapping[Cell, list[int]], which: int) -> dict[Cell, tuple[int, int]]:
    """The tally of one of the two over the common items."""
    solved = {
        cell: sum(n for n, said in zip(row, PATTERNS, strict=True) if said[which])
        for cell, row in common.items()
    }
    return {cell: (hits, sum(common[cell]) - hits) for cell, hits in solved.items()}


def _world(engine: Engine, parts: Sequence[Mapping[str, Counts]]) -> int:
    """The world that a run's answers speak for most."""
    names = {name for part in parts for name in part}
    rows = {name: tuple(np.sum([part.get(name, NOTHING) for part in parts], axis=0)) for name in names}
    return int(engine.posterior(rows).sum(axis=1).argmax())


def _says(
    engine: Engine,
    family: str,
    pair: tuple[int, int],
    own: tuple[Counts, Counts],
    common: Mapping[Cell, list[int]],
) -> Floats:
    """Log likelihood of one family's answers by both abilities, both effects integrated out."""
    log_chances = engine.log_chances(family)
    log_likelihood = (np.asarray(own[0]) @ log_chances[pair[0]])[:, None] + np.asarray(own[1]) @ log_chances[
        pair[1]
    ]
    for level in LEVELS:
        row = common.get((family, level))
        if row is not None:
            log_likelihood += _together(engine, family, level, pair, row)
    most = log_likelihood.max()
    both = engine.spread @ np.exp(log_likelihood - most) @ engine.spread.T
    said: Floats = most + np.log(np.maximum(both, LEAST))
    return said


def _together(engine: Engine, family: str, level: int, pair: tuple[int, int], row: Sequence[int]) -> Floats:
    """Log likelihood of answers to common items by both abilities in the family: an item's residual is shared."""
    at = engine.inside - engine.scale.difficulty(family, level)
    logistic, weights = logistic_nodes(at, engine.scale.residual_deviation)
    solving = []
    for world in pair:
        _, low, high = worlds(engine.scale)[world]
        solving.append(np.clip(low + (high - low) * logistic, 1e-12, 1 - 1e-12))
    total = np.zeros((engine.inside.size, engine.inside.size))
    for count, (one, other) in zip(row, PATTERNS, strict=True):
        if count:
            sides = (solving[0] if one else 1 - solving[0], solving[1] if other else 1 - solving[1])
            total += count * np.log((sides[0] * weights) @ sides[1].T)
    return total
