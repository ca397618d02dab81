"""Budgets: what a key may spend, and what is held back from it while requests run.

A request is begun only when what it may use at most fits into what is left beside all that runs; so requests at the
same time can't overspend together. What it did not use is given back when it has ended. The last request of a budget
is begun when it alone is under way and is likely to fit: it can pass the budget by what its own bytes allow, no more.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from headstart.access.rules.usage import MILLION, Price, likely_tokens, most_tokens_in

UNSAID_TOKENS = 131_072  # of an answer whose request does not cap it
LEAST_TOKENS = 4_096  # an answer without a cap is not begun beside others with room for less
SLACK = 3  # answers are measured by an estimate from bytes: one that keeps its cap must not be cut
LARGEST_CAP = 10_000_000


class Refusal(StrEnum):
    """Why a request is not begun."""

    TOKENS = "tokens"  # spent, or not enough left for it
    MONEY = "money"
    RATE = "rate"
    STREAMS = "streams"
    HELD = "held"  # what is left is held back for requests under way: wait for one to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a key may spend; None: no limit. Tokens in and out together; money in USD."""

    most_tokens: int | None = None
    most_cost: Decimal | None = None
    requests_a_minute: int = 60
    most_streams: int = 8

    @property
    def is_limited(self) -> bool:
        """Whether tokens or money can run out."""
        return self.most_tokens is not None or self.most_cost is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a key has spent, and what is held back for its requests under way."""

    tokens_spent: int = 0
    cost_spent: Decimal = Decimal(0)
    tokens_held: int = 0
    cost_held: Decimal = Decimal(0)
    under_way: int = 0
    in_last_minute: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What is held back for one request. `tokens_left`: past it the answer is cut; None: nothing is limited."""

    tokens_in: int
    tokens_out: int
    cost: Decimal
    tokens_left: int | None

    @property
    def tokens(self) -> int:
        """In and out together."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What can still be spent; None: no limit."""

    tokens: int | None
    cost: Decimal | None
    price: Price

    def out_beside(self, tokens_in: int) -> tuple[int, Refusal]:
        """The most tokens of an answer that fit beside so many of the request, and which limit says so."""
        by_tokens = LARGEST_CAP if self.tokens is None else self.tokens - tokens_in
        by_cost = self._bought(self.price.tokens_in * tokens_in, self.price.tokens_out)
        return (by_tokens, Refusal.TOKENS) if by_tokens <= by_cost else (by_cost, Refusal.MONEY)

    def in_beside(self, tokens_out: int) -> int:
        """The most tokens of a request that fit beside so many of the answer."""
        by_tokens = LARGEST_CAP if self.tokens is None else self.tokens - tokens_out
        return min(by_tokens, self._bought(self.price.tokens_out * tokens_out, self.price.tokens_in))

    def _bought(self, beside: Decimal, price: Decimal) -> int:
        """How many tokens at a price fit beside a cost (both times a million); below zero: not even the cost."""
        if self.cost is None:
            return LARGEST_CAP
        rest = self.cost * MILLION - beside
        if rest < 0:
            return -1
        return LARGEST_CAP if price == 0 else min(int(rest / price), LARGEST_CAP)


def is_spent(budget: Budget, account: Account) -> bool:
    """Whether nothing is left of tokens or of money."""
    tokens = budget.most_tokens is not None and account.tokens_spent >= budget.most_tokens
    return tokens or (budget.most_cost is not None and account.cost_spent >= budget.most_cost)


def reserve(
    budget: Budget, account: Account, price: Price, *, size: int, most_out: int | None
) -> Reservation | Refusal:
    """What to hold back for a request of `size` bytes whose answer it caps at `most_out` tokens; or why not."""
    if account.under_way >= budget.most_streams:
        return Refusal.STREAMS
    if account.in_last_minute >= budget.requests_a_minute:
        return Refusal.RATE
    cap = None if most_out is None else min(max(most_out, 1), LARGEST_CAP)
    wanted = UNSAID_TOKENS if cap is None else cap * SLACK
    least = LEAST_TOKENS if cap is None else cap
    left = _room(budget, account, price, beside_held=False)
    likely, limit = left.out_beside(likely_tokens(size))
    if likely < 1 or is_spent(budget, account):
        return limit
    if account.under_way == 0:
        tokens_out = min(wanted, likely)
        tokens_in = min(most_tokens_in(size), left.in_beside(tokens_out))
    else:
        tokens_in = most_tokens_in(size)
        free, _ = _room(budget, account, price, beside_held=True).out_beside(tokens_in)
        if free < least:
            return Refusal.HELD
        tokens_out = min(wanted, free)
    return Reservation(
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=price.of(tokens_in, tokens_out),
        tokens_left=tokens_out if budget.is_limited else None,
    )


def _room(budget: Budget, account: Account, price: Price, *, beside_held: bool) -> _Room:
    tokens, cost = budget.most_tokens, budget.most_cost
    if tokens is not None:
        tokens -= account.tokens_spent + (account.tokens_held if beside_held else 0)
    if cost is not None:
        cost -= account.cost_spent + (account.cost_held if beside_held else 0)
    return _Room(tokens=tokens, cost=cost, price=price)
