"""What a key is given for, and what can't be given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NotRequired, TypedDict

from headstart.access.rules.budgets import Budget
from headstart.reviews.rules import Scope

MOST_TOKENS = 10**15
MOST_COST = Decimal(10_000_000)  # USD
MOST_A_MINUTE, MOST_STREAMS = 100_000, 1_000


class GrantWords(TypedDict):
    """The keywords of `services.give_key`: the fields of Grant."""

    scopes: NotRequired[Collection[Scope]]
    most_tokens: NotRequired[int | None]
    most_cost: NotRequired[Decimal | None]
    requests_a_minute: NotRequired[int]
    most_streams: NotRequired[int]
    expires_at: NotRequired[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a key may be used for, how much, and until when; None: no limit but the window's end."""

    scopes: Collection[Scope] = tuple(Scope)
    most_tokens: int | None = None
    most_cost: Decimal | None = None
    requests_a_minute: int = 60
    most_streams: int = 8
    expires_at: datetime | None = None

    @property
    def budget(self) -> Budget:
        """What it may spend."""
        return Budget(
            most_tokens=self.most_tokens,
            most_cost=self.most_cost,
            requests_a_minute=self.requests_a_minute,
            most_streams=self.most_streams,
        )


def fault(grant: Grant, now: datetime) -> str:
    """What of a grant can't be, in words after "because"; empty where all can."""
    tokens = grant.most_tokens is None or 0 < grant.most_tokens <= MOST_TOKENS
    cost = grant.most_cost is None or _is_cost(grant.most_cost)
    ends = grant.expires_at
    zoned = ends is None or ends.tzinfo is not None
    checks = (
        (bool(grant.scopes), f"it is given for one of {', '.join(Scope)} at least"),
        (tokens, f"its tokens are 1 to {MOST_TOKENS:,}, or without a limit"),
        (cost, f"its money is 0.0001 to {MOST_COST:,} USD with at most four decimals, or without a limit"),
        (0 < grant.requests_a_minute <= MOST_A_MINUTE, f"its requests a minute are 1 to {MOST_A_MINUTE:,}"),
        (0 < grant.most_streams <= MOST_STREAMS, f"its requests at the same time are 1 to {MOST_STREAMS:,}"),
        (zoned, "the time of its end has no time zone"),
        (ends is None or not zoned or ends > now, "its end has passed already"),
    )
    return next((why for holds, why in checks if not holds), "")


def _is_cost(cost: Decimal) -> bool:
    return cost.is_finite() and 0 < cost <= MOST_COST and cost == round(cost, 4)
