"""The scale: what a level of a family needs, in logits, and how far that may be off. Sealed with the plan."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from headstart.benchmarks.errors import ScaleInvalid
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.shipped_scale import (
    FAMILIES,
    FAMILY_DEVIATION,
    RESIDUAL_DEVIATION,
    SOURCE,
)

MIDDLE = LEVELS[len(LEVELS) // 2]
STEP = 1.5  # of a family that no answers have been seen of: seven levels from -4.5 to 4.5 logits


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyScale:
    """Where one family lies on the scale."""

    offset: float = 0.0  # the middle level's difficulty, in logits
    step: float = STEP  # from a level to the next
    error: float = (
        0.0  # standard error of the offset: of every model alike, so it matters between families alone
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scale's fixed numbers, in logits: sealed with the plan, so nobody chooses them afterwards.

    What an item needs is offset + step * (level - 3) of its family, plus a residual of the item (`residual_deviation`),
    minus what this model has for this family over its ability (`family_deviation`). A `lapse` is an answer against all
    that. Some models solve a `stray` share of what is above them (guessing), or fail that share of what is below them
    (slipping): `stray_prior` is how many do the one, and how many the other.
    """

    prior_mean: float = 0.0
    prior_deviation: float = 2.0
    family_deviation: float = 0.5
    residual_deviation: float = 0.8
    lapse: float = 0.005
    stray: float = 0.12
    stray_prior: float = 0.05
    low: float = -12.0
    high: float = 12.0
    points: int = 481
    coverage: float = 0.95
    families: Mapping[str, FamilyScale] = field(default_factory=dict, hash=False)
    source: str = "default numbers: fitted to nothing"

    def __post_init__(self) -> None:
        for name in ("prior_deviation", "family_deviation", "residual_deviation"):
            _within(name, getattr(self, name), 0.01, 20)
        _within("prior_mean", self.prior_mean, self.low, self.high)
        _within("lapse", self.lapse, 0, 0.2)
        _within("stray", self.stray, 0, 0.25)
        _within("stray_prior", self.stray_prior, 0, 0.5)
        _within("low", self.low, -100, self.high - 1)
        _within("high", self.high, self.low + 1, 100)
        _within("points", self.points, 31, 10_001)
        _within("coverage", self.coverage, 0.01, 0.999)
        for name, each in self.families.items():
            _within(f"offset of {name}", each.offset, -50, 50)
            _within(f"step of {name}", each.step, 0.01, 20)
            _within(f"error of {name}", each.error, 0, 20)

    def of_family(self, family: str) -> FamilyScale:
        """A family's place; the default's where the scale knows nothing of it."""
        return self.families.get(family, UNKNOWN)

    def difficulty(self, family: str, level: int) -> float:
        """What a level is taken to need, in logits."""
        found = self.of_family(family)
        return found.offset + found.step * (level - MIDDLE)

    def between_families(self) -> "Scale":
        """For holding families against each other: how far their own places may be off is added to the effects.

        An estimate of ability leaves it out: an offset that is off is off for every model on the scale, and for the
        thresholds that were set on it.
        """
        errors = [each.error**2 for each in self.families.values()]
        off = sum(errors) / len(errors) if errors else 0.0
        return replace(self, family_deviation=math.sqrt(self.family_deviation**2 + off))

    def as_dict(self) -> dict[str, Any]:
        """For the sealed plan, and for files."""
        return asdict(self)

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "Scale":
        """A scale as `as_dict` gave it.

        Raises:
            ScaleInvalid: a name that a scale has not, a number that is none, or out of its bounds.
        """
        given = dict(mapping)
        families = given.pop("families", {})
        try:
            return cls(
                **{name: _number(name, value) for name, value in given.items()},
                families={
                    str(name): FamilyScale(**{part: _number(part, value) for part, value in each.items()})
                    for name, each in families.items()
                },
            )
        except (TypeError, AttributeError) as error:
            raise ScaleInvalid(f"it has not the form of a scale ({error})") from None


def _number(name: str, value: Any) -> Any:
    if name == "source":
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScaleInvalid(f"{name} is no number")
    return int(value) if name == "points" else float(value)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # NaN is within nothing
        raise ScaleInvalid(f"{name} is {value:g}, and must be from {low:g} to {high:g}")


UNKNOWN = FamilyScale()
SCALE = Scale(
    family_deviation=FAMILY_DEVIATION,
    residual_deviation=RESIDUAL_DEVIATION,
    families={
        name: FamilyScale(offset=at, step=step, error=error) for name, (at, step, error) in FAMILIES.items()
    },
    source=SOURCE,
)
"""The one that ships: families that it does not know have the default's step."""
