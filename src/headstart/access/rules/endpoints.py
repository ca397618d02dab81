"""An endpoint as its developer describes it, and what can't be one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NotRequired, TypedDict

from headstart.access.rules.addresses import why_not
from headstart.access.rules.requests import Dialect
from headstart.access.rules.secrets import LEAST_SECRET
from headstart.reviews.rules import Safeguards

LONGEST_NAME, LONGEST_SECRET, LONGEST_MODEL = 100, 2000, 200
MOST_MODELS = 50
DEAREST = Decimal(100_000)  # USD per million tokens


class EndpointWords(TypedDict):
    """The keywords of `services.add_upstream`: the fields of Endpoint."""

    name: str
    dialect: Dialect
    base_url: str
    secret: str
    models: Sequence[str]
    safeguards: NotRequired[Safeguards]
    price_in: NotRequired[Decimal]
    price_out: NotRequired[Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model answers. Prices are USD per million tokens."""

    name: str
    dialect: Dialect
    base_url: str
    secret: str = field(repr=False)
    models: Sequence[str]
    safeguards: Safeguards = Safeguards.ON
    price_in: Decimal = Decimal(0)
    price_out: Decimal = Decimal(0)


def fault(endpoint: Endpoint, named: Sequence[str]) -> str:
    """What of an endpoint can't be, in words after "because"; empty where all can. Never shows its secret."""
    address = why_not(endpoint.base_url, named)
    secret = LEAST_SECRET <= len(endpoint.secret) <= LONGEST_SECRET and _fits_a_header(endpoint.secret)
    names = all(_is_word(each, LONGEST_MODEL) for each in endpoint.models)
    prices = all(_is_price(each) for each in (endpoint.price_in, endpoint.price_out))
    checks = (
        (
            _is_word(endpoint.name, LONGEST_NAME),
            f"its name has 1 to {LONGEST_NAME} characters that can be seen, on one line",
        ),
        (not address, f"its address {address}"),
        (
            secret,
            f"its secret has {LEAST_SECRET} to {LONGEST_SECRET} visible ASCII characters, without a space",
        ),
        (0 < len(endpoint.models) <= MOST_MODELS, f"it names 1 to {MOST_MODELS} models"),
        (names, f"a model's name has 1 to {LONGEST_MODEL} characters that can be seen, on one line"),
        (prices, f"a price is 0 to {DEAREST:,} USD per million tokens, with at most six decimals"),
    )
    return next((why for holds, why in checks if not holds), "")


def _is_word(text: str, most: int) -> bool:
    return 0 < len(text.strip()) <= most and len(text) <= most and text.isprintable()


def _fits_a_header(secret: str) -> bool:
    """Nothing that could end a header's line and begin another (RFC 9110 5.5)."""
    return secret.isascii() and secret.isprintable() and " " not in secret


def _is_price(price: Decimal) -> bool:
    return price.is_finite() and 0 <= price <= DEAREST and price == round(price, 6)
