"""Dialects, endings, endpoints, keys, budgets, usage: values and pure functions."""

from headstart.access.rules.addresses import allowed_address, is_named, why_not
from headstart.access.rules.budgets import Account, Budget, Refusal, Reservation, is_spent, reserve
from headstart.access.rules.endpoints import Endpoint, EndpointWords
from headstart.access.rules.grants import Grant, GrantWords
from headstart.access.rules.keys import Standing, can_be_key, covers, ending_of, key_digest, new_key
from headstart.access.rules.requests import Dialect, Ending
from headstart.access.rules.usage import Charge, Price, Said, Usage, charge, likely_tokens

__all__ = [
    "Account",
    "Budget",
    "Charge",
    "Dialect",
    "Ending",
    "Endpoint",
    "EndpointWords",
    "Grant",
    "GrantWords",
    "Price",
    "Refusal",
    "Reservation",
    "Said",
    "Standing",
    "Usage",
    "allowed_address",
    "can_be_key",
    "charge",
    "covers",
    "ending_of",
    "is_named",
    "is_spent",
    "key_digest",
    "likely_tokens",
    "new_key",
    "reserve",
    "why_not",
]  # fmt: skip
