"""Simulated models: abilities that are known, answering items as the scale assumes, or in ways that it does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from headstart.benchmarks.rules.ability import Ability, estimate
from headstart.benchmarks.rules.adaptive import Chooser, enough
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import Scale

Cell = tuple[str, int]
Tally = dict[Cell, tuple[int, int]]
ROUGH = 81  # points of a grid that is quick, to see whether it is worth asking the scale's own


@dataclass(kw_only=True)
class Simulated:
    """One model: what it solves is drawn as it is asked. `able` is the truth that an interval should cover."""

    kind: str
    able: float
    effects: Mapping[str, float]
    scale: Scale
    rng: np.random.Generator
    guesses: float = 0.0  # solves so many of the items that it could not solve
    slips: float = 0.0  # fails at so many of those that it could
    drift: float = 0.0  # logits that it gains from an item to the next
    shared: float = 0.0  # deviation of what all items of a family and level have in common
    slopes: Mapping[str, float] = field(default_factory=dict)
    split: str = ""  # a family whose items are half too easy by two logits, half too hard
    asked: int = 0
    cells: dict[Cell, float] = field(default_factory=dict)

    def answer(self, family: str, level: int) -> bool:
        """Whether it solves a fresh item."""
        needs = self.scale.difficulty(family, level) + self.rng.normal(0, self.scale.residual_deviation)
        if self.shared:
            needs += self.cells.setdefault((family, level), self.rng.normal(0, self.shared))
        if family == self.split:
            needs += 2 if self.rng.random() < 0.5 else -2
        distance = self.able + self.drift * self.asked + self.effects[family] - needs
        self.asked += 1
        solving = 1 / (1 + np.exp(-self.slopes.get(family, 1.0) * distance))
        return bool(self.rng.random() < self.guesses + (1 - self.guesses - self.slips) * solving)

    @property
    def truth(self) -> float:
        """The ability that was there on average over the items asked."""
        return self.able + self.drift * max(self.asked - 1, 0) / 2


Maker = Callable[[Simulated, Sequence[str]], None]


def _guesses(model: Simulated, families: Sequence[str]) -> None:
    model.guesses = 0.1


def _slips(model: Simulated, families: Sequence[str]) -> None:
    model.slips = 0.1


def _heavy(model: Simulated, families: Sequence[str]) -> None:
    model.effects = {name: model.scale.family_deviation * model.rng.standard_t(3) for name in families}


def _drifts(model: Simulated, families: Sequence[str]) -> None:
    model.drift = model.rng.choice([-0.01, 0.01])


def _slopes(model: Simulated, families: Sequence[str]) -> None:
    model.slopes = {name: float(np.exp(model.rng.normal(0, 0.35))) for name in families}


def _split(model: Simulated, families: Sequence[str]) -> None:
    model.split = families[model.rng.integers(len(families))]


def _depends(model: Simulated, families: Sequence[str]) -> None:
    model.shared = 0.7


MISFITS: Mapping[str, Maker] = {
    "guesses": _guesses,
    "slips": _slips,
    "heavy-tailed families": _heavy,
    "drifts": _drifts,
    "slopes": _slopes,
    "split family": _split,
    "dependent items": _depends,
}
"""Ways not to fit the scale's assumptions."""


def simulated(number: int, families: Sequence[str], scale: Scale, kind: str | None = None) -> Simulated:
    """The n-th simulated model: every third is one that does not fit, of each kind in turn."""
    rng = np.random.default_rng([20_260_602, number])
    if kind is None:
        kind = list(MISFITS)[number // 3 % len(MISFITS)] if number % 3 == 2 else "fits"
    effects = {name: rng.normal(0, scale.family_deviation) for name in families}
    able = rng.normal(scale.prior_mean, scale.prior_deviation)
    model = Simulated(kind=kind, able=able, effects=effects, scale=scale, rng=rng)
    if kind in MISFITS:
        MISFITS[kind](model, families)
    return model


@dataclass(kw_only=True)
class Replayed:
    """A model that was really run: each answer is drawn from those it gave at that family and level."""

    kind: str
    tally: Tally
    scale: Scale
    rng: np.random.Generator
    able: float = 0.0  # a name for its draws
    asked: int = 0

    def answer(self, family: str, level: int) -> bool:
        """One of its answers, drawn."""
        solved, failed = self.tally[family, level]
        self.asked += 1
        return bool(self.rng.random() * (solved + failed) < solved)

    @property
    def truth(self) -> float:
        """What all of its answers speak for."""
        return estimate(self.tally, self.scale).mean


Model = Simulated | Replayed


@dataclass(frozen=True, kw_only=True)
class Run:
    """A simulated run: how it ended, and whether its interval covers the truth."""

    kind: str
    items: int
    ability: Ability
    truth: float

    @property
    def covers(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.ability.low <= self.truth <= self.ability.high


def adaptive(model: Model, families: Sequence[str], until_se: float, most: int, in_flight: int = 4) -> Run:
    """The adaptive form as a run has it: a fifth of anchors, four items in flight, stopped at the error asked for."""
    chooser = Chooser(families, model.scale, master=f"{model.able}")
    tally: Tally = {}
    given: dict[Cell, int] = {}
    flying: list[Cell] = []
    while True:
        while len(flying) < in_flight:
            chosen = chooser.next(tally, flying, given)
            cell = (chosen.family, chosen.level)
            given[cell] = given.get(cell, 0) + 1
            flying.append(cell)
        _take(model, tally, flying.pop(0))
        found = _is_enough(model, tally, given, families, until_se, last=model.asked >= most)
        if found is not None:
            return Run(kind=model.kind, items=model.asked, ability=found, truth=model.truth)


def fixed(model: Model, families: Sequence[str], until_se: float, most: int) -> Run:
    """A bank spread over all families and levels alike, in random order, until the same error."""
    tally: Tally = {}
    cells = [(family, level) for family in families for level in LEVELS]
    while True:
        for at in model.rng.permutation(len(cells)):
            _take(model, tally, cells[at])
            if model.asked % 4 == 0 and model.asked > 40:
                given = dict.fromkeys(tally, 1)
                found = _is_enough(model, tally, given, families, until_se, last=model.asked >= most)
                if found is not None:
                    return Run(kind=model.kind, items=model.asked, ability=found, truth=model.truth)


def _take(model: Model, tally: Tally, cell: Cell) -> None:
    solved = model.answer(*cell)
    before = tally.get(cell, (0, 0))
    tally[cell] = (before[0] + solved, before[1] + (not solved))


def _is_enough(
    model: Model,
    tally: Tally,
    given: Mapping[Cell, int],
    families: Sequence[str],
    until_se: float,
    *,
    last: bool,
) -> Ability | None:
    rough = estimate(tally, replace(model.scale, points=ROUGH))
    if not last and rough.standard_error > 1.02 * until_se:
        return None
    found = estimate(tally, model.scale)
    return found if last or enough(found, given, families, until_se) else None
