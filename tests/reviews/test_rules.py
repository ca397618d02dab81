"""The window never blocks a release."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.reviews import rules
from headstart.reviews.errors import MoveNotAllowed, ProgrammeInvalid, WindowTooLong
from headstart.reviews.rules import MOVES, Move, Stage
from headstart.reviews.work import load_programme

EO = load_programme("eo14409")
NOON = datetime(2027, 3, 14, 12, tzinfo=UTC)


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


def test_the_order_allows_thirty_days_and_is_voluntary() -> None:
    assert (EO.longest_window_days, EO.voluntary) == (30, True)


@given(st.floats(min_value=1, max_value=30))
def test_a_window_is_as_long_as_was_asked_and_counts_down_to_zero(days: float) -> None:
    window = rules.window(EO, opens=NOON, days=days)
    assert window.closes - window.opens == timedelta(days=days)
    assert window.remaining_at(NOON) == timedelta(days=days)
    assert window.remaining_at(window.closes + timedelta(seconds=1)) == timedelta(0)


@pytest.mark.parametrize("days", [0, -1, 30.01, 90, float("inf"), float("nan")])
def test_a_window_that_the_programme_does_not_have_is_refused(days: float) -> None:
    with pytest.raises(WindowTooLong, match="this programme has 1 to 30"):
        rules.window(EO, opens=NOON, days=days)


def test_the_first_day_of_a_window_is_day_one() -> None:
    window = rules.window(EO, opens=NOON)
    assert [window.day_at(NOON + timedelta(days=each)) for each in (-1, 0, 0.9, 1, 29.5)] == [0, 1, 1, 2, 30]


def test_a_programme_with_an_approval_step_is_refused() -> None:
    with pytest.raises(ProgrammeInvalid, match="approval_required"):
        rules.read_programme(open_text("eo14409") + "\napproval_required = true\n", "mine.toml")


def open_text(name: str) -> str:
    from headstart.reviews.work import SHIPPED

    return (SHIPPED / f"{name}.toml").read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = ", "mine.toml: "),
        ('id = "x"', "missing required field"),
        (open_text("eo14409").replace("= 30", '= "thirty"'), "longest_window_days"),
        (open_text("eo14409").replace("= 30", "= 0"), "between 1 and 366"),
    ],
)
def test_a_broken_programme_is_refused_in_a_line(text: str, says: str) -> None:
    with pytest.raises(ProgrammeInvalid, match=says) as caught:
        rules.read_programme(text, "mine.toml")
    assert "\n" not in str(caught.value)


def test_a_programme_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ProgrammeInvalid, match="shipped are eo14409"):
        load_programme("../../etc/passwd")
