"""Choosing the next item, and stopping."""

import numpy as np
import pytest

from headstart.benchmarks.errors import StandardErrorUnreachable
from headstart.benchmarks.rules.ability import estimate, reachable, tallied
from headstart.benchmarks.rules.adaptive import (
    Choice,
    Chooser,
    _explained,
    _with_pending,
    check_reachable,
    enough,
    most_items,
)
from headstart.benchmarks.rules.grid import by_family, engine_of
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import Scale

FAMILIES = tuple("abcdefghijk")
PLAIN = Scale()
Cell = tuple[str, int]


def run(
    able: float, items: int, master: str = "m", families: tuple[str, ...] = FAMILIES
) -> list[tuple[Choice, bool]]:
    """A simulated model of one ability in every family, four items in flight."""
    rng = np.random.default_rng(7)
    chooser = Chooser(families, PLAIN, master)
    done: list[tuple[Choice, bool]] = []
    flying: list[Choice] = []
    given: dict[Cell, int] = {}
    while len(done) < items:
        while len(flying) < 4:
            tally = tallied((each.family, each.level, solved) for each, solved in done)
            chosen = chooser.next(tally, [(each.family, each.level) for each in flying], given)
            given[chosen.family, chosen.level] = given.get((chosen.family, chosen.level), 0) + 1
            flying.append(chosen)
        first = flying.pop(0)
        needs = PLAIN.difficulty(first.family, first.level) + rng.normal(0, PLAIN.residual_deviation)
        done.append((first, bool(rng.random() < 1 / (1 + np.exp(needs - able)))))
    return done


def test_choices_are_the_same_from_the_same_secret_and_others_from_another() -> None:
    first, again, other = run(0.5, 40), run(0.5, 40), run(0.5, 40, "another")
    assert first == again
    assert [each for each, _ in first] != [each for each, _ in other]


def test_one_item_in_five_is_an_anchor_of_any_family_and_level() -> None:
    chooser = Chooser(FAMILIES, PLAIN, "m")
    anchors = [chooser.next({}, (), {("a", 0): n}) for n in range(2000) if chooser.is_anchor(n)]
    assert len(anchors) in (399, 400, 401)
    assert all(each.anchor for each in anchors)
    assert np.bincount([each.level for each in anchors], minlength=7).min() > 35
    assert {each.family for each in anchors} == set(FAMILIES)


@pytest.mark.parametrize("able", [-3.0, 0.0, 3.0])
def test_the_choice_goes_to_where_ability_is_and_no_family_starves(able: float) -> None:
    chosen = [each for each, _ in run(able, 100) if not each.anchor][20:]
    needs = [PLAIN.difficulty(each.family, each.level) for each in chosen]
    assert abs(float(np.median(needs)) - able) < 1
    counts = [sum(each.family == name for each in chosen) for name in FAMILIES]
    assert min(counts) >= 2
    assert max(counts) <= 3 * len(chosen) / len(FAMILIES)


def test_items_in_flight_are_not_asked_again_at_once() -> None:
    chooser = Chooser(FAMILIES, PLAIN, "m", anchors=0)
    pending: list[Cell] = []
    for n in range(len(FAMILIES)):
        chosen = chooser.next({}, pending, {("a", 0): n})
        pending.append((chosen.family, chosen.level))
    assert {family for family, _ in pending} == set(FAMILIES)


def test_what_an_answer_is_expected_to_take_from_the_variance_is_what_it_takes() -> None:
    """Against the plain way: answer the item both ways, and weigh the two variances by their chances."""
    fine = Scale(points=961)
    engine, tally = engine_of(fine), {("a", 3): (2.0, 1.0), ("a", 5): (0.0, 1.0), ("b", 4): (1.0, 0.0)}
    counts = by_family(tally)
    explained = _explained(engine, ("a", "b", "c"), counts).reshape(3, len(LEVELS))
    before = estimate(tally, fine).standard_error ** 2
    for row, family in enumerate("abc"):
        inside = engine.inside_family(family, counts)
        for level in (0, 3, 6):
            solving = float(np.sum(inside * engine.chances(family)[0][:, level]))
            solved, failed = tally.get((family, level), (0.0, 0.0))
            yes, no = (
                estimate({**tally, (family, level): answered}, fine).standard_error ** 2
                for answered in ((solved + 1, failed), (solved, failed + 1))
            )
            left = solving * yes + (1 - solving) * no
            assert explained[row, level] == pytest.approx(before - left, rel=1e-6)


def test_items_in_flight_make_surer_and_move_nothing() -> None:
    fine = Scale()
    engine, counts = engine_of(fine), by_family({(name, 4): (3, 1) for name in FAMILIES})
    flying = [("a", 4), ("b", 5), ("c", 3)]
    before, after = (
        engine.posterior(each).sum(axis=0) for each in (counts, _with_pending(engine, counts, flying))
    )
    means = [float(each @ engine.grid) for each in (before, after)]
    spreads = [
        float(each @ (engine.grid - mean) ** 2) for each, mean in zip((before, after), means, strict=True)
    ]
    assert abs(means[0] - means[1]) < 0.01
    assert spreads[1] < 0.99 * spreads[0]


def test_it_stops_at_the_error_that_was_asked_for_with_every_family_tried() -> None:
    tally = {(name, level): (9 - level, level + 3) for name in FAMILIES for level in LEVELS}
    ability = estimate(tally, PLAIN)
    given = dict.fromkeys(tally, 12)
    assert ability.standard_error < 0.3
    assert enough(ability, given, FAMILIES, 0.3)
    assert not enough(ability, given, (*FAMILIES, "never tried"), 0.3)
    assert not enough(ability, given, FAMILIES, ability.standard_error * 0.99)
    assert not enough(ability, given, FAMILIES, None)


def test_an_error_that_no_number_of_items_reaches_is_refused_with_the_reason() -> None:
    check_reachable(PLAIN, FAMILIES, 0.3)
    with pytest.raises(StandardErrorUnreachable, match=r"with 2 families.*the lowest is 0\.35"):
        check_reachable(PLAIN, FAMILIES[:2], 0.3)
    with pytest.raises(StandardErrorUnreachable):
        check_reachable(PLAIN, FAMILIES, float("nan"))
    assert reachable(PLAIN, FAMILIES) < 0.3 < reachable(PLAIN, FAMILIES[:2])
    assert 100 < most_items(PLAIN, FAMILIES, 0.3) < 400
