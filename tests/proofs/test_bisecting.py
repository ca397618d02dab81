"""Bisecting alone: held beside what a sweep of everything would have said."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.rules.ranges import Affected
from headstart.proofs.rules.bisecting import CHEAP_SECONDS, FEW, Budget, How, budget, is_cheap, next_to_run

YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN
Truth = list[Affected]


def bisected(
    truth: Truth,
    *,
    known_bad: int | None,
    limit: Budget,
    at_once: int = 1,
    known: Mapping[str, Affected] | None = None,
) -> dict[str, Affected]:
    """Every answer that was asked for, in the order of asking."""
    ordered = [f"1.{place}" for place in range(len(truth))]
    all_of_it = dict(zip(ordered, truth, strict=True))
    said = dict(known or {})
    anchor = None if known_bad is None else ordered[known_bad]
    while todo := next_to_run(ordered, said, known_bad=anchor, budget=limit, at_once=at_once):
        assert len(todo) == len(set(todo)) <= at_once
        assert not set(todo) & set(said), "nothing is run twice"
        said |= {version: all_of_it[version] for version in todo}
    return said


def changes(answers: Sequence[tuple[int, Affected]]) -> set[tuple[int, int]]:
    """Both sides of every change among the answers that are known."""
    known = [each for each in answers if each[1] is not UNKNOWN]
    return {(a, b) for (a, x), (b, y) in pairwise(known) if x is not y}


def places(said: Mapping[str, Affected]) -> list[tuple[int, Affected]]:
    return sorted((int(version.removeprefix("1.")), answer) for version, answer in said.items())


@st.composite
def one_flaw(draw: st.DrawFn, *, with_unknown: bool = False) -> tuple[Truth, int]:
    """Releases of which one stretch is affected, and one of it that is known to be."""
    before, bad, after = draw(st.integers(0, 90)), draw(st.integers(1, 90)), draw(st.integers(0, 90))
    truth = [NO] * before + [YES] * bad + [NO] * after
    known_bad = before + draw(st.integers(0, bad - 1))
    if with_unknown:
        for place in draw(st.sets(st.integers(0, len(truth) - 1), max_size=len(truth))):
            truth[place] = UNKNOWN if place != known_bad else YES
    return truth, known_bad


@given(one_flaw(), st.integers(1, 3))
def test_both_ends_of_a_flaw_are_found_in_few_runs(case: tuple[Truth, int], at_once: int) -> None:
    truth, known_bad = case
    limit = budget(len(truth), How.BISECT)
    said = bisected(truth, known_bad=known_bad, limit=limit, at_once=at_once)
    assert changes(places(said)) == changes(list(enumerate(truth)))
    assert len(said) <= limit.look <= 4 * len(truth).bit_length()


@given(one_flaw(with_unknown=True), st.integers(1, 3))
def test_what_does_not_build_hides_no_change_that_a_sweep_would_show(
    case: tuple[Truth, int], at_once: int
) -> None:
    truth, known_bad = case
    whole = len(truth)
    said = bisected(truth, known_bad=known_bad, limit=Budget(look=0, most=whole), at_once=at_once)
    known = {place for place, _ in places(said)}
    for before, after in changes(places(said)):
        assert set(range(before, after + 1)) <= known, "nothing between the two sides was left out"
        assert all(truth[place] is UNKNOWN for place in range(before + 1, after))


@given(st.lists(st.sampled_from(list(Affected)), min_size=1, max_size=60), st.data(), st.integers(1, 4))
def test_with_time_enough_a_bisect_says_what_a_sweep_says(
    truth: Truth, data: st.DataObject, at_once: int
) -> None:
    known_bad = data.draw(st.none() | st.integers(0, len(truth) - 1))
    whole = Budget(look=len(truth), most=len(truth))
    said = bisected(truth, known_bad=known_bad, limit=whole, at_once=at_once)
    assert [answer for _, answer in places(said)] == truth


@given(
    st.lists(st.sampled_from(list(Affected)), min_size=1, max_size=200), st.integers(1, 4), st.integers(0, 60)
)
def test_no_more_is_run_than_the_budget(truth: Truth, at_once: int, most: int) -> None:
    said = bisected(truth, known_bad=0, limit=Budget(look=most // 2, most=most), at_once=at_once)
    assert len(said) <= most


@given(one_flaw(with_unknown=True), st.data())
def test_a_bisect_that_was_stopped_goes_on_to_the_same_end(
    case: tuple[Truth, int], data: st.DataObject
) -> None:
    truth, known_bad = case
    limit = budget(len(truth), How.BISECT)
    whole = bisected(truth, known_bad=known_bad, limit=limit)
    kept = dict(list(whole.items())[: data.draw(st.integers(0, len(whole)))])
    assert bisected(truth, known_bad=known_bad, limit=limit, known=kept) == whole


def test_a_flaw_that_went_and_came_back_is_looked_for() -> None:
    truth = [NO] * 100 + [YES] * 100 + [NO] * 100 + [YES] * 100 + [NO] * 100
    said = bisected(truth, known_bad=120, limit=budget(len(truth), How.BISECT))
    assert changes(places(said)) == {(99, 100), (199, 200), (299, 300), (399, 400)}
    assert len(said) < 60


def test_a_block_that_does_not_build_is_left_after_few_tries() -> None:
    truth = [NO] * 300 + [UNKNOWN] * 40 + [YES] * 300
    limit = budget(len(truth), How.BISECT)
    said = bisected(truth, known_bad=600, limit=limit)
    assert changes(places(said)) == {(299, 340)}
    truth[320] = YES
    assert changes(places(bisected(truth, known_bad=600, limit=limit))) == {(299, 320)}


def test_ends_that_do_not_build_are_looked_into_no_further_than_the_budget_for_looking() -> None:
    truth = [UNKNOWN] * 500 + [YES] * 10 + [UNKNOWN] * 500
    limit = budget(len(truth), How.BISECT)
    assert len(bisected(truth, known_bad=505, limit=limit)) == limit.look < limit.most


def test_without_a_known_bad_one_the_longest_stretches_are_halved_until_one_is_found() -> None:
    truth = [NO] * 40 + [YES] * 30 + [NO] * 40
    assert changes(places(bisected(truth, known_bad=None, limit=budget(110, How.BISECT)))) == {
        (39, 40),
        (69, 70),
    }


def test_the_first_to_run_are_the_known_bad_one_and_both_ends() -> None:
    ordered = [str(place) for place in range(9)]
    limit = budget(9, How.BISECT)
    assert next_to_run(ordered, {}, known_bad="6", budget=limit, at_once=3) == ("6", "0", "8")
    assert next_to_run(ordered, {"6": YES, "0": NO, "8": YES}, known_bad="6", budget=limit) == ("3",)
    assert next_to_run([], {}, known_bad="6", budget=limit) == ()


def test_a_sweep_runs_everything_and_is_chosen_where_it_is_cheap() -> None:
    assert budget(500, How.SWEEP) == Budget(look=500, most=500)
    assert is_cheap(FEW, CHEAP_SECONDS)
    assert is_cheap(1000, CHEAP_SECONDS / 1000)
    assert not is_cheap(1001, CHEAP_SECONDS / 1000)
