"""Tokens and money: what a request may use, what it is charged, and what a person has used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from headstart.access.rules.requests import Ending

BYTES_A_TOKEN = (
    3  # fewer than in plain English (about 4), so that an estimate is rather too high than too low
)
BESIDE_TOKENS = 64  # what a dialect puts around a request of its own
MILLION = Decimal(1_000_000)
SMALLEST_COST = Decimal("0.000001")


def likely_tokens(size: int) -> int:
    """An estimate of the tokens in `size` bytes of text: at least one where there is any byte."""
    return -(-max(size, 0) // BYTES_A_TOKEN)


def most_tokens_in(size: int) -> int:
    """How many tokens a request of `size` bytes can be: a token is one byte at least."""
    return max(size, 0) + BESIDE_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens."""

    tokens_in: Decimal = Decimal(0)
    tokens_out: Decimal = Decimal(0)

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost, in USD, rounded up to a millionth."""
        exact = (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / MILLION
        return exact.quantize(SMALLEST_COST, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the endpoint said that a request used, and the bytes that went by; None: it said nothing."""

    tokens_in: int | None
    tokens_out: int | None
    request_bytes: int
    answer_bytes: int
    refused: bool = False  # no byte of it went out, or the endpoint answered with an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a request is charged.

    `estimated`: the endpoint did not say, or said what can't be (below one); `bounded`: it said more than the bytes
    and the request's own cap allow.
    """

    tokens_in: int
    tokens_out: int
    estimated: bool = False
    bounded: bool = False


def charge(said: Said, *, held_out: int) -> Charge:
    """What a request is charged: what the endpoint said, within what is possible; else an estimate, never zero.

    `held_out` is what was held back for the answer: reasoning that is not shown is charged up to there.
    A request that did not reach the model, or was refused there without a word of tokens, used none.
    """
    if said.refused and said.tokens_in is None and said.tokens_out is None:
        return Charge(tokens_in=0, tokens_out=0)
    bound_in = most_tokens_in(said.request_bytes)
    bound_out = max(held_out, likely_tokens(said.answer_bytes))
    tokens_in, guessed_in = _believed(said.tokens_in, said.request_bytes, least=1)
    tokens_out, guessed_out = _believed(said.tokens_out, said.answer_bytes, least=min(said.answer_bytes, 1))
    return Charge(
        tokens_in=min(tokens_in, bound_in),
        tokens_out=min(tokens_out, bound_out),
        estimated=guessed_in or guessed_out,
        bounded=tokens_in > bound_in or tokens_out > bound_out,
    )


def _believed(said: int | None, size: int, *, least: int) -> tuple[int, bool]:
    """What was said, or an estimate from the bytes; and whether it is one."""
    if said is None or said < least:
        return max(likely_tokens(size), least), True
    return said, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one person used of a review's model, over all their keys. Money in USD.

    `tokens_left` and `cost_left` are what their live keys have left together; None: a live key has no such limit.
    `endings` counts requests by how they ended (`under way` among them); their sum is `requests`.
    """

    member_id: str
    person: str
    organisation_id: str
    organisation: str
    keys: int = 0
    live_keys: int = 0
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    estimated: int = 0
    bounded: int = 0
    last_at: datetime | None = None
    tokens_left: int | None = 0
    cost_left: Decimal | None = Decimal(0)
    endings: Mapping[Ending, int] = field(default_factory=dict)
