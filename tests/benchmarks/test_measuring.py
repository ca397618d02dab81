"""Ability, rates, draws and the seal."""

import copy

import numpy as np
import pytest

from headstart.benchmarks import work
from headstart.benchmarks.errors import PlanInvalid, SealBroken
from headstart.benchmarks.rules.ability import SCALE, Response, estimate
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import difficulty
from headstart.benchmarks.rules.rates import rate
from headstart.benchmarks.rules.sealing import check

FAMILIES = ("a", "b", "c")


def test_a_draw_is_the_same_anywhere_and_fair() -> None:
    assert [Draw("x", 1).below(1000) for _ in range(3)] == [Draw("x", 1).below(1000)] * 3
    draw = Draw("x", 1)
    assert [draw.below(1000) for _ in range(5)] == [135, 145, 59, 131, 918]
    counts = np.bincount([draw.below(7) for _ in range(7000)], minlength=7)
    assert counts.min() > 880
    assert sorted(draw.shuffled(range(20))) == list(range(20))


def test_with_no_responses_ability_is_the_prior() -> None:
    nothing = estimate([])
    assert abs(nothing.mean) < 0.01
    assert abs(nothing.standard_error - SCALE.prior_deviation) < 0.05
    assert nothing.low < -3.5
    assert nothing.high > 3.5


def test_more_solved_is_more_able_and_more_items_are_more_sure() -> None:
    def responses(solved: int, times: int = 1) -> list[Response]:
        each = [Response(difficulty=0.5 * n, family=FAMILIES[n % 3], solved=n < solved) for n in range(-3, 4)]
        return each * times

    means = [estimate(responses(n)).mean for n in range(-3, 5)]
    assert means == sorted(means)
    assert estimate(responses(0, 4)).standard_error < estimate(responses(0)).standard_error


def test_one_family_alone_never_makes_sure() -> None:
    """Its effect can't be told from ability, so the error has a floor."""
    many = [Response(difficulty=0.0, family="a", solved=n % 2 == 0) for n in range(2000)]
    assert estimate(many).standard_error > 0.8 * SCALE.family_deviation


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Simulated models with residuals of the dial and effects of families: rule 4 of EVALUATION.md."""
    rng = np.random.default_rng(20260602)
    covered, trials = 0, 600
    for _ in range(trials):
        ability = rng.normal(0, SCALE.prior_deviation)
        effects = rng.normal(0, SCALE.family_deviation, len(FAMILIES))
        dials = rng.uniform(-2.4, 2.4, 15)
        true = dials + rng.normal(0, SCALE.residual_deviation, 15)
        chance = 1 / (1 + np.exp(-(ability + effects[np.arange(15) % 3] - true)))
        solved = rng.random(15) < chance
        found = estimate(
            [
                Response(difficulty=float(dial), family=FAMILIES[n % 3], solved=bool(solved[n]))
                for n, dial in enumerate(dials)
            ]
        )
        covered += found.low <= ability <= found.high
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (0, 0, 0.0, 1.0)],
)
def test_rates_have_the_exact_interval(hits: int, total: int, low: float, high: float) -> None:
    """Clopper and Pearson's, from published tables."""
    found = rate(hits, total)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_plan_spreads_levels_over_every_family_and_never_twice_the_same() -> None:
    first, second = (work.plan(sorted(work.families()), 12) for _ in range(2))
    assert first.commitment != second.commitment
    for name in work.families():
        levels = {each.level for each in first.items if each.family == name}
        assert len(levels) >= 4
        assert {0, 6} <= levels
    assert {each.seed for each in first.items}.isdisjoint(each.seed for each in second.items)


def test_the_seal_holds_and_breaks_at_any_change() -> None:
    plan = work.plan(sorted(work.families()), 12)
    opened = plan.as_dict()
    check(opened, plan.commitment)
    for change in ("seed", "level", "scale", "stopping", "salt"):
        other = copy.deepcopy(opened)
        match change:
            case "seed":
                other["items"][0][2] = "1"
            case "level":
                other["items"][0][3] += 1
            case "scale":
                other["scale"]["prior_mean"] = 0.5
            case _:
                other[change] += "0"
        with pytest.raises(SealBroken):
            check(other, plan.commitment)


def test_a_plan_without_items_is_refused() -> None:
    with pytest.raises(PlanInvalid):
        work.plan([], 12)
    with pytest.raises(PlanInvalid):
        work.plan(sorted(work.families()), 1)


def test_the_dial_is_centred() -> None:
    assert difficulty(3) == 0
    assert difficulty(6) == -difficulty(0)
