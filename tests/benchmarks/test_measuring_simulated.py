"""Intervals hold what they promise, on simulated models of which a third do not fit (rule 4 of EVALUATION.md)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulators.models import MISFITS, Tally, adaptive, fixed, simulated

from headstart.benchmarks.rules.ability import estimate, pooled, profile, reachable
from headstart.benchmarks.rules.adaptive import Chooser
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import Scale

FAMILIES = tuple("abcdefghijk")
PLAIN = Scale()
QUICK = replace(PLAIN, points=121)


def form(number: int, kind: str | None, times: int) -> tuple[bool, float]:
    """A simulated model on a form over all families and levels: is its interval right, and how wide?"""
    model = simulated(number, FAMILIES, QUICK, kind)
    tally: Tally = {}
    for family in FAMILIES:
        for level in LEVELS:
            hits = sum(model.answer(family, level) for _ in range(times))
            tally[family, level] = (hits, times - hits)
    found = estimate(tally, QUICK)
    return found.low <= model.truth <= found.high, found.high - found.low


def test_the_interval_covers_as_often_as_it_says_where_a_third_do_not_fit() -> None:
    held = [form(number, None, 1)[0] for number in range(600)]
    assert 0.93 <= np.mean(held) <= 0.98


def test_the_interval_covers_models_that_fit() -> None:
    held = [form(number, "fits", 2)[0] for number in range(400)]
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize("kind", sorted(MISFITS))
def test_no_kind_of_misfit_makes_the_interval_worthless(kind: str) -> None:
    held = [form(number, kind, 1)[0] for number in range(80)]
    assert np.mean(held) >= 0.8


def test_an_adaptive_run_covers_and_needs_fewer_items_than_a_bank() -> None:
    ours = [adaptive(simulated(n, FAMILIES, QUICK, "fits"), FAMILIES, 0.5, 200) for n in range(40)]
    bank = [fixed(simulated(n, FAMILIES, QUICK, "fits"), FAMILIES, 0.5, 400) for n in range(40)]
    assert np.mean([each.covers for each in ours]) >= 0.875
    assert all(each.ability.standard_error <= 0.5 or each.items >= 200 for each in ours)
    assert np.median([each.items for each in bank]) > 1.3 * np.median([each.items for each in ours])


cells = st.tuples(st.sampled_from(FAMILIES[:4]), st.sampled_from(LEVELS))
tallies = st.dictionaries(cells, st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12)


@settings(max_examples=40)
@given(tally=tallies, cell=cells)
def test_one_more_success_never_lowers_ability_and_one_more_failure_never_raises_it(
    tally: Tally, cell: tuple[str, int]
) -> None:
    """In the world in which models neither guess nor slip: there, and only there, it is a theorem."""
    sound = replace(QUICK, stray_prior=0.0)
    solved, failed = tally.get(cell, (0, 0))
    lower, middle, higher = (
        estimate({**tally, cell: row}, sound).mean
        for row in ((solved, failed + 1), (solved, failed), (solved + 1, failed))
    )
    assert lower <= middle + 1e-9
    assert middle <= higher + 1e-9


@settings(max_examples=40)
@given(tally=tallies)
def test_no_answers_make_surer_than_the_families_allow(tally: Tally) -> None:
    found = estimate(tally, replace(QUICK, stray_prior=0.0))
    families = [name for (name, _), row in tally.items() if sum(row)]
    # Families that disagree make the prior's weight, and so the floor, what it is: half a percent is the grid's.
    assert found.standard_error >= 0.995 * reachable(QUICK, families) or found.mean > 9 or found.mean < -9
    assert found.low <= found.mean <= found.high
    assert found.items == sum(map(sum, tally.values()))


@settings(max_examples=30)
@given(tally=tallies, pending=st.lists(cells, max_size=4))
def test_a_choice_is_of_the_plan_and_the_same_whatever_the_order_of_what_is_known(
    tally: Tally, pending: list[tuple[str, int]]
) -> None:
    chooser, given_out = Chooser(FAMILIES[:4], QUICK, "m"), dict.fromkeys(tally, 1)
    first = chooser.next(tally, pending, given_out)
    assert first.family in FAMILIES[:4]
    assert first.level in LEVELS
    turned = dict(reversed(list(tally.items())))
    assert Chooser(FAMILIES[:4], QUICK, "m").next(turned, pending, given_out) == first


def test_a_family_of_its_own_kind_shows_in_the_profile_and_the_sides_apart() -> None:
    able = {"a": 6, "b": 5, "c": 2, "d": 1}
    tally = {
        (name, level): (4, 0) if level < most else (0, 4) for name, most in able.items() for level in LEVELS
    }
    found = profile(tally, PLAIN)
    means = [found[name].mean for name in "abcd"]
    assert means == sorted(means, reverse=True)
    whole = estimate(tally, PLAIN)
    assert found["d"].mean < whole.mean < found["a"].mean
    assert pooled(tally, PLAIN, "ab").mean > whole.mean > pooled(tally, PLAIN, "cd").mean
    assert pooled(tally, PLAIN, ()).standard_error > 1.9
    assert found["a"].items == 28
