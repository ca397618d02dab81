"""Embargoes: the shortest proposal wins, and there is a way out of every state but the end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.cases import rules
from headstart.cases.errors import EmbargoInvalid, NoEmbargo
from headstart.cases.rules import MOVES, EmbargoMove, EmbargoState

NOW = datetime(2027, 1, 20, tzinfo=UTC)


@given(st.lists(st.integers(min_value=1, max_value=180), min_size=1))
def test_the_shortest_proposal_wins(days: list[int]) -> None:
    assert rules.until([NOW + timedelta(days=each) for each in days], now=NOW) == NOW + timedelta(
        days=min(days)
    )


@pytest.mark.parametrize("days", [0, -1, 181])
def test_an_embargo_ends_in_the_future_and_within_half_a_year(days: int) -> None:
    with pytest.raises(EmbargoInvalid):
        rules.until([NOW + timedelta(days=days)], now=NOW)


def test_an_embargo_that_ended_does_not_come_back() -> None:
    assert not [move for state, move in MOVES if state is EmbargoState.EXITED]


def test_no_move_lengthens_an_active_embargo() -> None:
    assert {move for state, move in MOVES if state is EmbargoState.ACTIVE} == {
        EmbargoMove.SHORTEN,
        EmbargoMove.EXIT,
    }


def test_agreeing_to_nothing_is_refused() -> None:
    with pytest.raises(NoEmbargo, match="no embargo to accept"):
        rules.after(EmbargoState.NONE, EmbargoMove.ACCEPT)


def test_the_first_letter_is_plain_text_with_the_summary_first_and_the_way_to_run_it() -> None:
    letter = rules.first_letter(
        title="Hang in a parser",
        package="pkg:pypi/x",
        summary="Parsing takes for ever.",
        sentence="3 of 3 runs hung.",
        affected="vers:pypi/<2",
        until="4 February 2027",
    )
    assert letter.text.startswith("Parsing takes for ever.")
    assert "headstart prove" in letter.text
    assert not set("*#`") & set(letter.text)
