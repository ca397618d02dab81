"""What the gateway asks: what a key is good for, and which keys are over. The key itself says who is looking."""

from collections.abc import Collection, Mapping
from datetime import datetime

from headstart.access.errors import KeyOver, KeyUnknown
from headstart.access.models import Key
from headstart.access.ports import Pass
from headstart.access.queries.standing import Grounds, standings
from headstart.access.queries.upstreams import whole_keys
from headstart.access.rules import (
    Account,
    Budget,
    Dialect,
    Ending,
    can_be_key,
    ending_of,
    is_spent,
    key_digest,
)
from headstart.access.work import Vault

SECRET = "upstream.sealed_key"  # noqa: S105 - the name of a column


def admit(shown: str, at: datetime, vault: Vault, grounds: Grounds | None = None) -> Pass:
    """What a key is good for at a moment, with the developer's own key, unsealed.

    Raises:
        KeyUnknown: never given.
        KeyOver: it was good once.
        VaultShut: the endpoint's secret can't be opened here.
    """
    if not can_be_key(shown):
        raise KeyUnknown
    found = whole_keys().filter(digest=key_digest(shown)).first()
    if found is None:
        raise KeyUnknown
    held = standings([found], at, grounds)[found.id]
    ending = ending_of(held.standing, at)
    if ending is not None:
        raise KeyOver(ending)
    upstream = found.upstream
    return Pass(
        key_id=found.id,
        review_id=upstream.review_id,
        upstream_id=upstream.id,
        dialect=Dialect(upstream.dialect),
        base_url=upstream.base_url,
        secret=vault.unseal(bytes(upstream.sealed_key), what=SECRET, row=upstream.id).decode(),
        models=frozenset(upstream.models_text),
        scopes=held.scopes,
        most_streams=found.most_streams,
        keeps_words=held.keeps_words,
        ends_at=held.ends_at,
    )


def over(key_ids: Collection[str], at: datetime) -> Mapping[str, Ending]:
    """Which of these keys are over at a moment, and why; one that is not there is over too."""
    found = {each.id: each for each in whole_keys().filter(id__in=set(key_ids))}
    held = standings(found.values(), at)
    ended = {each: Ending.REVOKED for each in key_ids if each not in found}
    for key_id, key in found.items():
        ending = ending_of(held[key_id].standing, at)
        if ending is None and is_spent(budget_of(key), account_of(key)):
            ending = Ending.BUDGET
        if ending is not None:
            ended[key_id] = ending
    return ended


def budget_of(key: Key) -> Budget:
    """What a key may spend."""
    return Budget(
        most_tokens=key.most_tokens,
        most_cost=key.most_cost,
        requests_a_minute=key.requests_a_minute,
        most_streams=key.most_streams,
    )


def account_of(key: Key, in_last_minute: int = 0) -> Account:
    """What a key has spent, and what is held back."""
    return Account(
        tokens_spent=key.tokens_spent,
        cost_spent=key.cost_spent,
        tokens_held=key.tokens_held,
        cost_held=key.cost_held,
        under_way=key.under_way,
        in_last_minute=in_last_minute,
    )
