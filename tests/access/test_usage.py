"""What a request is charged: what the endpoint says, within what can be; never nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import Charge, Ending, Said, Usage, charge, likely_tokens
from headstart.access.work import usage_csv


def said(tokens_in: int | None, tokens_out: int | None, refused: bool = False) -> Said:
    return Said(
        tokens_in=tokens_in, tokens_out=tokens_out, request_bytes=300, answer_bytes=900, refused=refused
    )


def test_an_honest_endpoint_is_believed() -> None:
    assert charge(said(70, 250), held_out=300) == Charge(tokens_in=70, tokens_out=250)


def test_reasoning_that_is_not_shown_is_charged_up_to_the_requests_own_cap() -> None:
    shown_little = Said(tokens_in=70, tokens_out=5000, request_bytes=300, answer_bytes=30)
    assert charge(shown_little, held_out=6000) == Charge(tokens_in=70, tokens_out=5000)


def test_where_nothing_is_said_an_estimate_is_charged_and_marked() -> None:
    assert charge(said(None, None), held_out=300) == Charge(tokens_in=100, tokens_out=300, estimated=True)


@pytest.mark.parametrize("lie", [10**6, 10**18])
def test_an_endpoint_that_says_too_much_is_held_to_what_its_bytes_allow(lie: int) -> None:
    assert charge(said(lie, lie), held_out=200) == Charge(tokens_in=364, tokens_out=300, bounded=True)


@pytest.mark.parametrize("lie", [0, -1, -(10**18)])
def test_an_endpoint_that_says_what_can_not_be_is_charged_an_estimate(lie: int) -> None:
    assert charge(said(lie, lie), held_out=200) == Charge(tokens_in=100, tokens_out=300, estimated=True)


def test_a_request_that_the_endpoint_refused_used_nothing_unless_it_says_so() -> None:
    assert charge(said(None, None, refused=True), held_out=200) == Charge(tokens_in=0, tokens_out=0)
    assert charge(said(10, None, refused=True), held_out=200).tokens_in == 10


def test_a_person_who_hangs_up_before_the_answer_is_charged_for_the_request() -> None:
    left = Said(tokens_in=None, tokens_out=None, request_bytes=300, answer_bytes=0)
    assert charge(left, held_out=200) == Charge(tokens_in=100, tokens_out=0, estimated=True)


numbers = st.one_of(st.none(), st.integers(-(10**20), 10**20))


@given(numbers, numbers, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6))
def test_no_request_is_free_and_none_costs_more_than_its_bytes_and_its_cap(
    tokens_in: int | None, tokens_out: int | None, asked: int, answered: int, held: int
) -> None:
    told = Said(tokens_in=tokens_in, tokens_out=tokens_out, request_bytes=asked, answer_bytes=answered)
    made = charge(told, held_out=held)
    assert 1 <= made.tokens_in <= asked + 64
    assert min(answered, 1) <= made.tokens_out <= max(held, likely_tokens(answered))


def test_a_table_for_a_spreadsheet_runs_no_formula_and_says_where_there_is_no_limit() -> None:
    row = Usage(
        member_id="mbr_1", person="=cmd()", organisation_id="org_1", organisation='A "lab", Ltd', requests=3,
        cost=Decimal("1.25"), tokens_left=None, cost_left=Decimal("0.5"), endings={Ending.DONE: 2, Ending.LEFT: 1},
    )  # fmt: skip
    head, line, rest = usage_csv([row]).split("\r\n")
    assert rest == ""
    assert line.startswith('"A ""lab"", Ltd",\'=cmd(),')
    cells = dict(
        zip(head.split(",")[2:], line.removeprefix('"A ""lab"", Ltd",\'=cmd(),').split(","), strict=True)
    )
    assert (cells["requests"], cells["cost_usd"], cells["tokens_left"]) == ("3", "1.25", "no limit")
    assert (cells["ended_done"], cells["ended_left"], cells["ended_gateway"]) == ("2", "1", "0")
