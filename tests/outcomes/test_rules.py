"""Days, spans, figures: pure, and true for whatever happened."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from headstart.outcomes import rules
from headstart.outcomes.rules import Span, Step

FIRST = date(2027, 1, 11)
DAYS = rules.days(FIRST, FIRST + timedelta(days=9))


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def spans() -> st.SearchStrategy[Span]:
    numbers = st.integers(-5, 15)
    until = st.none() | numbers.map(day)
    return st.builds(Span, since=numbers.map(day), until=until, count=st.integers(1, 3))


def is_so(span: Span, at: date) -> bool:
    return span.since <= at and (span.until is None or at < span.until)


@given(st.lists(spans(), max_size=12))
def test_a_count_by_day_is_what_one_counts_by_hand(made: list[Span]) -> None:
    by_hand = tuple(sum(each.count for each in made if is_so(each, at)) for at in DAYS)
    assert rules.count(DAYS, made) == by_hand


@given(spans(), spans())
def test_two_spans_overlap_on_the_days_that_lie_in_both(one: Span, other: Span) -> None:
    both = rules.overlap(one, other)
    every = rules.days(day(-6), day(16))
    assert [at for at in every if both and is_so(both, at)] == [
        at for at in every if is_so(one, at) and is_so(other, at)
    ]
    assert both is None or both.count == one.count


def test_days_run_from_the_first_to_the_last_and_there_is_always_one() -> None:
    assert rules.days(FIRST, day(2)) == (FIRST, day(1), day(2))
    assert rules.days(FIRST, day(-3)) == (FIRST,)


def test_a_step_that_is_not_theirs_to_know_has_no_last_day() -> None:
    assert rules.Series(step=Step.DEPLOYED, points=None).last is None


def test_a_median_says_of_how_many_it_is_known() -> None:
    known = rules.figures([3.04, 9.0, 4.0, 30.0], of=6)
    assert (known.n, known.of, known.median, known.shortest, known.longest) == (4, 6, 6.5, 3.0, 30.0)
    nothing = rules.figures([], of=2)
    assert (nothing.n, nothing.of, nothing.median) == (0, 2, None)
