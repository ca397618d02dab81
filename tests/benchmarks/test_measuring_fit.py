"""Rates, checks of fit and of effort, and one run against another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from headstart.benchmarks.rules.ability import profile
from headstart.benchmarks.rules.comparing import difference, mcnemar
from headstart.benchmarks.rules.fit import anchors_rate, easy_missed, framing, held_out, misfit
from headstart.benchmarks.rules.items import LEVELS, Outcome, Side
from headstart.benchmarks.rules.rates import clustered, pass_at_k, rate
from headstart.benchmarks.rules.results import Framing, ItemScore
from headstart.benchmarks.rules.scale import Scale

FAMILIES = tuple("abcdefghijk")
PLAIN = Scale()
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Cell = tuple[str, int]
Tally = dict[Cell, tuple[int, int]]


def solves(
    rng: np.random.Generator, able: float, family: str, level: int, residual: float | None = None
) -> bool:
    """One answer as the scale assumes it."""
    off = rng.normal(0, PLAIN.residual_deviation) if residual is None else residual
    return bool(rng.random() < 1 / (1 + np.exp(PLAIN.difficulty(family, level) + off - able)))


def answered(seed: int, able: float, times: int = 2, *, shift: dict[str, float] | None = None) -> Tally:
    """A fixed form over all families and levels; `shift`: how much more able in some families."""
    rng = np.random.default_rng(seed)
    tally: Tally = {}
    for family in FAMILIES:
        own = able + rng.normal(0, PLAIN.family_deviation) + (shift or {}).get(family, 0)
        for level in LEVELS:
            hits = sum(solves(rng, own, family, level) for _ in range(times))
            tally[family, level] = (hits, times - hits)
    return tally


def test_a_rate_over_clusters_is_less_sure_than_a_plain_one() -> None:
    alike, apart = clustered([(5, 10)] * 8), clustered([(10, 10), (0, 10)] * 4)
    plain = rate(40, 80)
    assert (alike.hits, alike.total) == (apart.hits, apart.total) == (40, 80)
    assert apart.low < alike.low < 0.5 < alike.high < apart.high
    assert apart.low < plain.low
    assert (clustered([]).low, clustered([]).high) == (0, 1)
    assert clustered([(0, 5)] * 6).low < 0.02
    assert clustered([(50_000, 100_000)] * 2).high < 1


def test_the_rate_over_clusters_covers_the_rate_over_all_clusters_there_might_be() -> None:
    rng = np.random.default_rng(5)
    covered, trials = 0, 150
    for _ in range(trials):
        middle, spread = rng.uniform(0.1, 0.9), (1 - 0.15) / 0.15
        chances = rng.beta(middle * spread, (1 - middle) * spread, 8)
        found = clustered([(int(rng.binomial(6, each)), 6) for each in chances])
        covered += found.low <= middle <= found.high
    assert covered / trials >= 0.92


def test_pass_at_k_is_unbiased() -> None:
    """Against the plain definition: the share of all sets of k attempts in which one solves."""
    assert pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert pass_at_k(5, 2, 2) == pytest.approx(1 - 3 / 10)
    assert pass_at_k(5, 0, 3) == 0
    assert pass_at_k(5, 3, 3) == 1
    with pytest.raises(ValueError, match="says nothing of 4"):
        pass_at_k(3, 1, 4)


def test_answers_as_expected_fit_and_others_do_not() -> None:
    p = [misfit(tally := answered(seed, 0.5), tally, PLAIN).p for seed in range(12)]
    assert np.mean([each or 0 for each in p]) > 0.3
    odd = answered(1, 0.5, 4)
    for family in FAMILIES:  # hard ones solved, easy ones missed
        for level in LEVELS:
            odd[family, level] = (4, 0) if level >= 5 else (0, 4) if level <= 1 else (2, 2)
    found = misfit(odd, odd, PLAIN)
    assert found.p is not None
    assert found.p < 0.01
    assert found.guessing + found.slipping > 0.9
    assert misfit(odd, {}, PLAIN).p is None


def test_a_family_unlike_the_others_stands_out() -> None:
    found = misfit(answered(3, 0, 4, shift={"c": 4.0}), {}, PLAIN)
    assert min(found.families, key=lambda name: found.families[name]) == "c"
    assert found.families["c"] < 1e-4  # by what the others say, and not by its own answers
    assert np.median(list(found.families.values())) > 0.2


def test_easy_items_missed_on_purpose_are_seen_and_the_power_says_how_many() -> None:
    honest = answered(4, 1.5, 3)
    sandbagged = {
        cell: (max(0, held[0] - 2), held[1] + min(held[0], 2)) if cell[1] <= 1 else held
        for cell, held in honest.items()
    }
    quiet, loud = easy_missed(honest, PLAIN), easy_missed(sandbagged, PLAIN)
    assert not quiet.stands_out
    assert loud.stands_out
    assert loud.found is not None
    assert loud.found > 0.3
    assert quiet.power is not None
    assert 0.05 < quiet.power < 0.5
    few = easy_missed({("a", 0): (1, 0), ("b", 5): (2, 1), ("c", 4): (2, 1)}, PLAIN)
    assert few.power is not None
    assert few.power > 2 * quiet.power
    assert f"{few.power:.0%} of them on purpose" in few.sentence


def test_no_easy_items_is_said_so() -> None:
    found = easy_missed({("a", 3): (1, 1)}, PLAIN)
    assert found.p is None
    assert found.items == 0


def test_a_model_that_minds_being_tested_is_seen() -> None:
    same = {each: answered(10 + n, 0.0, 1) for n, each in enumerate(Framing)}
    minds = {**same, Framing.TEST: answered(13, -3.0, 1)}
    assert not any(each.stands_out for each in framing(same, PLAIN))
    found = {each.name: each for each in framing(minds, PLAIN)}["framing_test"]
    assert found.stands_out
    assert found.found is not None
    assert found.found < -1.5
    assert found.power is not None
    assert 0.3 < found.power < 2
    assert all(each.p is None for each in framing({Framing.PLAIN: same[Framing.PLAIN]}, PLAIN))


@pytest.mark.parametrize("times", [1, 40, 100_000])
@pytest.mark.parametrize("solves_all", [True, False])
def test_a_model_that_solves_all_or_nothing_minds_no_framing(times: int, solves_all: bool) -> None:
    row = (times, 0) if solves_all else (0, times)
    tally = {(family, level): row for family in FAMILIES for level in (0, 3, 6)}
    found = framing(dict.fromkeys(Framing, tally), PLAIN)
    assert not any(each.stands_out for each in found)
    assert max(abs(each.found or 0) for each in found) < 1
    odd = misfit(tally, {}, PLAIN)
    assert all(0 <= p <= 1 for p in odd.families.values())
    assert not easy_missed(tally, PLAIN).stands_out


def test_no_number_of_answers_makes_a_family_surer_than_the_grid_is_fine() -> None:
    found = profile({("a", level): (50_000, 50_000) for level in LEVELS}, PLAIN)["a"]
    assert found.standard_error > 0.01
    assert found.low < found.mean < found.high


def test_a_model_that_learned_the_public_families_is_seen() -> None:
    learned = answered(8, 0.0, 4, shift=dict.fromkeys("abcdefgh", 3.0))
    assert held_out(learned, "ijk", PLAIN).stands_out
    assert not held_out(answered(8, 0.0, 4), "ijk", PLAIN).stands_out
    assert held_out(learned, (), PLAIN).items == 0


def scores(answers: Iterator[tuple[str, int, int, bool]]) -> list[ItemScore]:
    """What a run's journal would hold: family, level, n, solved."""
    return [
        ItemScore(
            item=f"{family}-{level}-{n}",
            family=family,
            version=1,
            side=Side.OFFENCE,
            seed="0",
            level=level,
            digest="",
            order=order,
            outcome=Outcome.SOLVED if solved else Outcome.FAILED,
            sentence="",
            started=NOW,
            ended=NOW,
        )
        for order, (family, level, n, solved) in enumerate(answers)
    ]


def two_runs(seed: int, apart: float, *, common: bool) -> tuple[list[ItemScore], list[ItemScore], float]:
    """Two simulated models on the same items, or on others of the same kind; and how far they are apart."""
    rng = np.random.default_rng(seed)
    able = rng.normal(0, 1.5)
    effects = [{name: rng.normal(0, PLAIN.family_deviation) for name in FAMILIES} for _ in range(2)]
    cells = [(family, level, n) for family in FAMILIES for level in LEVELS for n in range(1)]
    runs = []
    residuals: dict[tuple[str, int, int], float] = {}
    for which, own in enumerate((able + apart, able)):
        answers = []
        for family, level, n in cells:
            number = n if common else n + 100 * which
            off = residuals.setdefault((family, level, number), rng.normal(0, PLAIN.residual_deviation))
            answers.append(
                (family, level, number, solves(rng, own + effects[which][family], family, level, off))
            )
        runs.append(scores(iter(answers)))
    return runs[0], runs[1], apart


def test_a_difference_is_found_and_covered_and_common_items_make_it_surer() -> None:
    covered, errors = 0, {True: [], False: []}
    trials = 40
    for seed in range(trials):
        for common in (True, False):
            first, second, apart = two_runs(seed, 1.5, common=common)
            found = difference(first, second, PLAIN)
            covered += found.low <= apart <= found.high
            errors[common].append(found.standard_error)
            assert found.common_items == (len(first) if common else 0)
            assert found.items == (len(first), len(second))
    assert covered / (2 * trials) >= 0.86
    assert np.mean(errors[True]) < np.mean(errors[False])


def test_a_difference_the_other_way_round_is_its_opposite() -> None:
    first, second, _ = two_runs(1, 2.0, common=True)
    one, other = difference(first, second, PLAIN), difference(second, first, PLAIN)
    assert one.mean == pytest.approx(-other.mean, abs=1e-6)
    assert one.low == pytest.approx(-other.high, abs=1e-6)
    assert one.first_is_more_able == pytest.approx(1 - other.first_is_more_able)
    assert one.first_is_more_able > 0.9
    assert (one.only_first, one.only_second) == (other.only_second, other.only_first)
    assert one.mcnemar == other.mcnemar == mcnemar(one.only_first, one.only_second)


def test_mcnemars_exact_p() -> None:
    """Twice the tail of a fair coin: 1 of 9 is 2 * (1 + 9) / 512."""
    assert mcnemar(1, 8) == pytest.approx(20 / 512)
    assert mcnemar(4, 4) == 1
    assert mcnemar(0, 0) == 1


def test_what_does_not_count_and_second_attempts_are_left_out() -> None:
    first, second, _ = two_runs(2, 0.0, common=True)
    broken = [replace(each, outcome=Outcome.INFRASTRUCTURE) for each in first]
    again = [replace(each, attempt=2, outcome=Outcome.SOLVED) for each in first]
    assert difference([*first, *again], second, PLAIN) == difference(first, second, PLAIN)
    nothing = difference(broken, [], PLAIN)
    assert nothing.items == (0, 0)
    assert abs(nothing.mean) < 1e-6
    assert anchors_rate({}).total == 0
