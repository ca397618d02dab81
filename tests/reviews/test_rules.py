"""The window never blocks a release."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.reviews import rules
from headstart.reviews.errors import MoveNotAllowed, WindowTooLong
from headstart.reviews.rules import MOVES, Move, Stage
from headstart.reviews.work import load_programme

EO = load_programme("eo14409")
NOON = datetime(2027, 3, 14, 12, tzinfo=UTC)
SUMMER = datetime(2027, 6, 14, 12, tzinfo=UTC)


def test_nothing_in_a_review_can_stop_a_release() -> None:
    assert {"approve", "deny", "block", "delay"}.isdisjoint(map(str, Move))
    assert all(rules.can_release(stage) for stage in Stage)


def test_a_closed_review_goes_nowhere_but_to_a_release() -> None:
    assert {move for stage, move in MOVES if stage is Stage.CLOSED} == {Move.RELEASE}


def test_the_developer_may_leave_before_and_during_the_window() -> None:
    assert all(rules.after(stage, Move.WITHDRAW) is Stage.CLOSED for stage in (Stage.ENQUIRED, Stage.OPEN))


def test_a_move_that_the_table_does_not_have_is_refused_in_a_line() -> None:
    with pytest.raises(MoveNotAllowed, match="a review that is closed can't grant access"):
        rules.after(Stage.CLOSED, Move.GRANT_ACCESS)


@given(st.integers(min_value=1, max_value=30))
def test_a_window_is_as_long_as_was_asked_and_counts_down_to_zero(days: int) -> None:
    window = rules.window(EO, opens=SUMMER, days=days)
    assert window.closes - window.opens == timedelta(days=days)
    assert window.remaining_at(SUMMER) == timedelta(days=days)
    assert window.remaining_at(window.closes + timedelta(seconds=1)) == timedelta(0)


@pytest.mark.parametrize("days", [0, -1, 1.5, 30.01, 90, float("inf"), float("nan")])
def test_a_window_that_the_programme_does_not_have_is_refused(days: float) -> None:
    with pytest.raises(WindowTooLong, match="this programme has 1 to 30"):
        rules.window(EO, opens=NOON, days=days)


def test_the_first_day_of_a_window_is_day_one() -> None:
    window = rules.window(EO, opens=NOON)
    assert [window.day_at(NOON + timedelta(days=each)) for each in (-1, 0, 0.9, 1, 29.5)] == [0, 1, 1, 2, 30]
