"""Whatever a key hangs by: when it is gone the books say so at once, and refuse what would begin."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.reached import Reached, asked, ended

from headstart import clock
from headstart.access import queries, services, work
from headstart.access.errors import KeyOver
from headstart.access.models import Key
from headstart.access.rules import Ending
from headstart.access.services import Begin, Finish
from headstart.people.models import Organisation
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Safeguards, Scope

pytestmark = pytest.mark.django_db


def later(**by: float) -> None:
    clock.set_shift(clock.shift() + timedelta(**by))


def take_back(world: Reached, key: Key) -> None:
    reviewing.take_back_access(world.review.id, key.organisation, actor=world.cast.developer)


def leave(world: Reached, key: Key) -> None:
    key.member.user.is_active = False
    key.member.user.save()


def move_on(world: Reached, key: Key) -> None:
    key.member.organisation = Organisation.objects.get(id=world.cast.another_evaluator.organisation_id)
    key.member.save()


def shorten(world: Reached, key: Key) -> None:
    closes = clock.now() + timedelta(hours=1)
    reviewing.shorten(world.review.id, closes, actor=world.cast.developer)
    later(hours=1)


ENDS: dict[str, tuple[Callable[[Reached, Key], Any], Ending]] = {
    "the developer revokes it": (
        lambda world, key: services.revoke_key(key.id, actor=world.cast.developer), Ending.REVOKED),
    "the person gives it back": (
        lambda world, key: services.revoke_key(key.id, actor=world.person("evaluator")), Ending.REVOKED),
    "the hub revokes it": (lambda world, key: services.revoke_key(key.id, actor=world.cast.hub), Ending.REVOKED),
    "its own time is over": (lambda world, key: later(days=2), Ending.EXPIRED),
    "the window's time is over": (lambda world, key: later(days=31), Ending.EXPIRED),
    "the window was shortened": (shorten, Ending.EXPIRED),
    "the developer withdraws": (
        lambda world, key: reviewing.withdraw(world.review.id, actor=world.cast.developer), Ending.EXPIRED),
    "the developer releases": (
        lambda world, key: reviewing.release(world.review.id, actor=world.cast.developer), Ending.EXPIRED),
    "the developer takes access back": (take_back, Ending.REVOKED),
    "the endpoint is removed": (
        lambda world, key: services.remove_upstream(key.upstream_id, actor=world.cast.developer), Ending.REVOKED),
    "the terms in force now say less": (
        lambda world, key: world.agree("evaluator", safeguards=Safeguards.ON), Ending.REVOKED),
    "the person may no longer sign in": (leave, Ending.REVOKED),
    "the person sits somewhere else": (move_on, Ending.REVOKED),
}  # fmt: skip


@pytest.fixture
def key(world: Reached) -> Key:
    """An evaluator's, to a model without its safeguards, for a day."""
    world.agree("evaluator", safeguards=Safeguards.OFF, notes="without safeguards")
    bare = world.endpoint(safeguards=Safeguards.OFF)
    made, _ = world.give(upstream=bare, expires_at=clock.now() + timedelta(days=1))
    return made


@pytest.mark.parametrize("what", ENDS)
def test_a_key_is_over_at_once_and_nothing_more_begins(world: Reached, key: Key, what: str) -> None:
    act, ending = ENDS[what]
    (slip,) = services.write([Begin(key_id=key.id, asked=asked())], at=clock.now())
    assert queries.over([key.id], clock.now()) == {}
    act(world, key)
    assert queries.over([key.id], clock.now()) == {key.id: ending}
    (refused,) = services.write([Begin(key_id=key.id, asked=asked())], at=clock.now())
    assert isinstance(refused, KeyOver)
    assert refused.ending is ending
    assert slip is not None
    assert not isinstance(slip, Exception)
    services.write([Finish(request_id=slip.request_id, ended=ended(ending=ending))], at=clock.now())
    spent = Key.objects.get(id=key.id)
    assert (spent.tokens_spent, spent.under_way) == (100, 0)  # what had begun is charged all the same


@pytest.mark.parametrize("what", ENDS)
def test_a_key_that_is_over_admits_nobody(world: Reached, data: Path, what: str) -> None:
    world.agree("evaluator", safeguards=Safeguards.OFF, notes="without safeguards")
    bare = world.endpoint(safeguards=Safeguards.OFF)
    made, shown = world.give(upstream=bare, expires_at=clock.now() + timedelta(days=1))
    act, ending = ENDS[what]
    act(world, made)
    with pytest.raises(KeyOver) as refused:
        queries.admit(shown, clock.now(), work.open_vault(data))
    assert refused.value.ending is ending


PARTNER_ENDS: dict[str, tuple[Callable[[Reached, Any], Any], Ending]] = {
    "the developer revokes it": (
        lambda world, row: reviewing.revoke_partner(row.id, actor=world.cast.developer, reason="over"),
        Ending.REVOKED,
    ),
    "the authority revokes it": (
        lambda world, row: reviewing.revoke_partner(row.id, actor=world.cast.authority, reason="over"),
        Ending.REVOKED,
    ),
    "its time is over": (lambda world, row: later(days=5), Ending.EXPIRED),
    "the window's time is over": (lambda world, row: later(days=31), Ending.EXPIRED),
}


@pytest.mark.parametrize("what", PARTNER_ENDS)
def test_a_partners_key_ends_with_its_partnership(world: Reached, what: str) -> None:
    row = world.partner(expires_at=clock.now() + timedelta(days=4))
    world.agree("partner")
    key, _ = world.give("partner")
    assert queries.over([key.id], clock.now()) == {}
    act, ending = PARTNER_ENDS[what]
    act(world, row)
    assert queries.over([key.id], clock.now()) == {key.id: ending}


def test_a_partner_that_is_signed_for_anew_with_less_has_less(world: Reached, data: Path) -> None:
    row = world.partner()
    world.agree("partner")
    _, shown = world.give("partner")
    reviewing.revoke_partner(row.id, actor=world.cast.developer, reason="narrower")
    world.partner(scopes=(Scope.MODELS,))
    assert queries.admit(shown, clock.now(), work.open_vault(data)).scopes == {Scope.MODELS}


def test_a_key_that_is_not_there_is_over(world: Reached) -> None:
    assert queries.over(["gky_000000000000"], clock.now()) == {"gky_000000000000": Ending.REVOKED}


def test_a_budget_that_is_spent_ends_what_runs(world: Reached) -> None:
    key, _ = world.give(most_tokens=1000)
    first, _ = services.write([Begin(key_id=key.id, asked=asked(most_tokens=10))] * 2, at=clock.now())
    assert first is not None
    assert not isinstance(first, Exception)
    lie = ended(tokens_in=10**9, tokens_out=10**9, seen_bytes_out=30_000)
    services.write([Finish(request_id=first.request_id, ended=lie)], at=clock.now())
    assert queries.over([key.id], clock.now()) == {key.id: Ending.BUDGET}


def test_a_clock_that_jumps_and_is_put_right_ends_no_key_for_good(world: Reached, key: Key) -> None:
    later(days=40)
    assert queries.over([key.id], clock.now()) == {key.id: Ending.EXPIRED}
    later(days=-40)
    assert queries.over([key.id], clock.now()) == {}


def test_one_question_about_many_keys_costs_little_more_than_about_one(
    world: Reached, django_assert_max_num_queries: Any
) -> None:
    keys = [world.give()[0].id for _ in range(12)]
    with django_assert_max_num_queries(4):
        assert queries.over(keys, clock.now()) == {}
