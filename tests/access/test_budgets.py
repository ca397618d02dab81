"""Requests at the same time can't overspend together, whatever an endpoint says."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import (
    Account,
    Budget,
    Price,
    Refusal,
    Reservation,
    Said,
    charge,
    likely_tokens,
    reserve,
)
from headstart.access.rules.budgets import SLACK, UNSAID_TOKENS
from headstart.access.rules.usage import BESIDE_TOKENS, most_tokens_in

FREE = Price()
PRICE = Price(tokens_in=Decimal("2.5"), tokens_out=Decimal(10))


def test_a_request_under_no_limit_is_never_cut() -> None:
    made = reserve(Budget(), Account(), FREE, size=300, most_out=100)
    assert made == Reservation(tokens_in=364, tokens_out=300, cost=Decimal(0), tokens_left=None)


def test_what_is_reserved_is_the_most_that_its_bytes_can_be_and_room_for_an_estimate() -> None:
    made = reserve(Budget(most_tokens=10_000), Account(), FREE, size=300, most_out=100)
    assert isinstance(made, Reservation)
    assert (made.tokens_in, made.tokens_out, made.tokens_left) == (300 + BESIDE_TOKENS, 100 * SLACK, 300)


def test_an_answer_without_a_cap_gets_room_for_a_long_one_and_no_more() -> None:
    made = reserve(Budget(most_tokens=10**9), Account(), FREE, size=3, most_out=None)
    assert isinstance(made, Reservation)
    assert made.tokens_left == UNSAID_TOKENS


@pytest.mark.parametrize(
    ("budget", "account", "why"),
    [
        (Budget(most_tokens=100), Account(tokens_spent=100), Refusal.TOKENS),
        (Budget(most_tokens=100), Account(tokens_spent=101), Refusal.TOKENS),
        (Budget(most_tokens=100), Account(), Refusal.TOKENS),  # 300 bytes are likely to be 100 tokens
        (Budget(most_cost=Decimal("0.01")), Account(cost_spent=Decimal("0.01")), Refusal.MONEY),
        (Budget(most_cost=Decimal("0.0001")), Account(), Refusal.MONEY),
        (Budget(most_tokens=10**6, most_cost=Decimal("0.0001")), Account(), Refusal.MONEY),
        (Budget(requests_a_minute=5), Account(in_last_minute=5), Refusal.RATE),
        (Budget(most_streams=2), Account(under_way=2), Refusal.STREAMS),
        (Budget(most_tokens=1000), Account(tokens_held=900, under_way=1), Refusal.HELD),
        (Budget(most_tokens=1000), Account(tokens_held=900, tokens_spent=950, under_way=1), Refusal.TOKENS),
    ],
)
def test_a_request_that_does_not_fit_is_refused_and_told_why(
    budget: Budget, account: Account, why: Refusal
) -> None:
    assert reserve(budget, account, PRICE, size=300, most_out=100) is why


def test_the_last_of_a_budget_can_be_used_by_one_request_alone() -> None:
    budget = Budget(most_tokens=1000)
    made = reserve(budget, Account(tokens_spent=850), FREE, size=300, most_out=100)
    assert isinstance(made, Reservation)
    assert (made.tokens, made.tokens_left) == (150, 50)
    beside = Account(tokens_spent=850, tokens_held=10, under_way=1)
    assert reserve(budget, beside, FREE, size=300, most_out=100) is Refusal.HELD


def test_a_request_that_needs_less_than_its_cap_may_begin_beside_another_only_with_room_for_the_cap() -> None:
    account = Account(tokens_held=1000, under_way=1)
    needed = most_tokens_in(300) + 100
    assert isinstance(
        reserve(Budget(most_tokens=1000 + needed), account, FREE, size=300, most_out=100), Reservation
    )
    assert reserve(Budget(most_tokens=999 + needed), account, FREE, size=300, most_out=100) is Refusal.HELD


def test_money_is_exact_and_rounded_up_to_a_millionth() -> None:
    assert PRICE.of(1, 0) == Decimal("0.000003")
    assert PRICE.of(1_000_000, 500_000) == Decimal("7.500000")
    assert sum((PRICE.of(1, 1) for _ in range(10**3)), Decimal(0)) == Decimal("0.013")


@dataclass(frozen=True)
class Wish:
    """A request, and an endpoint that may lie about it and ignore its cap."""

    size: int
    cap: int | None
    answer_bytes: int
    says_in: int | None
    says_out: int | None
    waits: int  # how many others begin before it ends


lies = st.one_of(st.none(), st.integers(-(10**6), 10**12))
wishes = st.builds(
    Wish,
    size=st.integers(0, 5000),
    cap=st.one_of(st.none(), st.integers(-5, 10**9)),
    answer_bytes=st.integers(0, 10**6),
    says_in=lies,
    says_out=lies,
    waits=st.integers(0, 8),
)
money = st.decimals(0, 1000, places=6)
CHUNK = 1000


@given(
    st.lists(wishes, max_size=25),
    st.one_of(st.none(), st.integers(1, 200_000)),
    st.one_of(st.none(), st.decimals("0.0001", 10, places=4)),
    st.builds(Price, tokens_in=money, tokens_out=money),
)
def test_spending_never_passes_the_budget_by_more_than_the_bytes_of_one_request_and_of_last_chunks(
    given_wishes: list[Wish], tokens: int | None, cost: Decimal | None, price: Price
) -> None:
    """Streams are cut as the gateway does it: at the first chunk past `tokens_left`, by an estimate of its bytes."""
    budget = Budget(most_tokens=tokens, most_cost=cost, requests_a_minute=1000, most_streams=8)
    account, open_ones, passed, alone = Account(), [], 0, 0
    for wish in given_wishes:
        made = reserve(budget, account, price, size=wish.size, most_out=wish.cap)
        if isinstance(made, Reservation):
            alone = max(alone, most_tokens_in(wish.size) - made.tokens_in)
            account = replace(
                account,
                tokens_held=account.tokens_held + made.tokens,
                cost_held=account.cost_held + made.cost,
                under_way=account.under_way + 1,
            )
            open_ones.append((wish, made))
        while open_ones and (len(open_ones) > wish.waits or made is Refusal.HELD):
            account, over = settle(account, *open_ones.pop(0), price)
            passed += over
            if made is Refusal.HELD:
                break
    for each in open_ones:
        account, over = settle(account, *each, price)
        passed += over
    assert (account.tokens_held, account.cost_held, account.under_way) == (0, 0, 0)
    if tokens is not None:
        assert account.tokens_spent <= tokens + passed + alone
    if cost is not None:
        rounding = Decimal("0.000001") * 2 * len(given_wishes)
        assert account.cost_spent <= cost + price.of(alone, passed) + rounding


def settle(account: Account, wish: Wish, made: Reservation, price: Price) -> tuple[Account, int]:
    """The account after a request, and by how many tokens its answer passed what was reserved for it."""
    seen = wish.answer_bytes
    if made.tokens_left is not None:
        seen = min(seen, made.tokens_left * 3 + CHUNK)
    said = Said(tokens_in=wish.says_in, tokens_out=wish.says_out, request_bytes=wish.size, answer_bytes=seen)
    charged = charge(said, held_out=made.tokens_out)
    after = replace(
        account,
        tokens_spent=account.tokens_spent + charged.tokens_in + charged.tokens_out,
        cost_spent=account.cost_spent + price.of(charged.tokens_in, charged.tokens_out),
        tokens_held=account.tokens_held - made.tokens,
        cost_held=account.cost_held - made.cost,
        under_way=account.under_way - 1,
    )
    over = max(0, likely_tokens(seen) - made.tokens_out)
    assert over <= likely_tokens(CHUNK) + 1 or made.tokens_left is None
    return after, over


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**6),
    st.one_of(st.none(), st.integers(1, 10**6)),
    st.integers(0, 7),
)
def test_what_is_reserved_always_fits_beside_what_is_held(
    tokens: int, size: int, cap: int | None, under_way: int
) -> None:
    held = tokens // 2 if under_way else 0
    account = Account(tokens_held=held, under_way=under_way)
    made = reserve(Budget(most_tokens=tokens, most_streams=8), account, FREE, size=size, most_out=cap)
    if isinstance(made, Reservation):
        assert made.tokens + held <= tokens
        assert made.tokens_in >= likely_tokens(size)
        assert made.tokens_out >= 1
    else:
        assert made in (Refusal.TOKENS, Refusal.HELD)
        assert (made is Refusal.HELD) <= (under_way > 0)
