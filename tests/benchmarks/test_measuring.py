"""Ability, rates, draws and the seal."""

import numpy as np
import pytest

from headstart.benchmarks.rules.ability import estimate, reachable
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.rates import rate
from headstart.benchmarks.rules.scale import SCALE, Scale

FAMILIES = ("a", "b", "c")
PLAIN = Scale()


def test_a_draw_is_the_same_anywhere_and_fair() -> None:
    assert [Draw("x", 1).below(1000) for _ in range(3)] == [Draw("x", 1).below(1000)] * 3
    draw = Draw("x", 1)
    assert [draw.below(1000) for _ in range(5)] == [135, 145, 59, 131, 918]
    counts = np.bincount([draw.below(7) for _ in range(7000)], minlength=7)
    assert counts.min() > 880
    assert sorted(draw.shuffled(range(20))) == list(range(20))


def test_with_no_answers_ability_is_the_prior() -> None:
    nothing = estimate({})
    assert abs(nothing.mean) < 0.01
    assert abs(nothing.standard_error - SCALE.prior_deviation) < 0.05
    assert nothing.low < -3.5
    assert nothing.high > 3.5


def test_more_solved_is_more_able_and_more_items_are_more_sure() -> None:
    def tally(solved: int, times: int = 1) -> dict[tuple[str, int], tuple[int, int]]:
        return {(name, n): (times, 0) if n < solved else (0, times) for n in LEVELS for name in FAMILIES}

    means = [estimate(tally(n)).mean for n in range(8)]
    assert means == sorted(means)
    assert estimate(tally(3, 4)).standard_error < estimate(tally(3)).standard_error


def test_one_family_alone_never_makes_sure() -> None:
    """Its effect can't be told from ability, so the error has a floor."""
    many = estimate({("a", 3): (50_000, 50_000)}, PLAIN)
    lowest = reachable(PLAIN, ["a"])
    assert 0.98 * lowest < many.standard_error < 1.05 * lowest
    assert lowest > reachable(PLAIN, FAMILIES)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (0, 0, 0.0, 1.0)],
)
def test_rates_have_the_exact_interval(hits: int, total: int, low: float, high: float) -> None:
    """Clopper and Pearson's, from published tables."""
    found = rate(hits, total)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
