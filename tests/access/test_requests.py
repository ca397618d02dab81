"""Requests are written down before they go out, and charged when they have ended."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from tests.simulators.reached import Reached, asked, ended

from headstart import clock
from headstart.access import queries, services
from headstart.access.errors import (
    BudgetSpent,
    KeyOver,
    ModelNotOffered,
    RequestNotFound,
    ScopeMissing,
    TooManyRequests,
)
from headstart.access.models import Key, Request
from headstart.access.ports import Slip
from headstart.access.rules import Dialect, Ending
from headstart.access.services import Begin, Finish
from headstart.ledger import queries as ledger
from headstart.ledger import services as signing
from headstart.ledger.work import load_or_make_key
from headstart.people.rules import ANYONE
from headstart.reviews.errors import ReviewNotFound
from headstart.reviews.rules import Scope

pytestmark = pytest.mark.django_db


def begin(key: Key, **words: Any) -> Slip:
    (slip,) = services.write([Begin(key_id=key.id, asked=asked(**words))], at=clock.now())
    if isinstance(slip, Exception):
        raise slip
    assert slip is not None
    return slip


def finish(slip: Slip, **words: Any) -> Request:
    assert services.write([Finish(request_id=slip.request_id, ended=ended(**words))], at=clock.now()) == [
        None
    ]
    return Request.objects.get(id=slip.request_id)


def books_agree() -> None:
    """Each key's account is the sum of its requests."""
    for key in Key.objects.all():
        done = key.requests.filter(ended_at__isnull=False).aggregate(Sum("tokens_in"), Sum("tokens_out"))
        assert key.tokens_spent == sum(each or 0 for each in done.values())
        left = key.requests.filter(ended_at__isnull=True)
        assert key.under_way == left.count()
        assert key.tokens_held == sum(each.reserved_tokens for each in left)
        assert key.cost_held == sum((each.reserved_cost for each in left), Decimal(0))
        spent = sum((each.cost for each in key.requests.all()), Decimal(0))
        assert key.cost_spent == spent


def test_a_request_is_written_before_it_goes_out_and_charged_when_it_has_ended(world: Reached) -> None:
    key, _ = world.give(
        upstream=world.endpoint(price_in=Decimal("2.5"), price_out=Decimal(10)), most_tokens=10_000
    )
    slip = begin(key)
    row = Request.objects.get()
    assert (row.ending, row.request_digest, row.request_bytes, row.ended_at) == (
        "under way",
        "a" * 64,
        300,
        None,
    )
    assert slip.tokens_left == 300
    books_agree()
    row = finish(slip)
    assert (row.ending, row.tokens_in, row.tokens_out, row.cost) == ("done", 60, 40, Decimal("0.000550"))
    books_agree()


def test_both_are_in_the_ledger_for_the_developer_and_the_persons_organisation(
    world: Reached, data: Any
) -> None:
    key, _ = world.give()
    slip = begin(key)
    finish(slip)
    for who in (world.cast.developer, world.cast.evaluator, world.cast.hub):
        told = [each for each in ledger.about(who, key.urn) if each.kind.startswith("gateway.") and
                each.kind != "gateway.key_given"]  # fmt: skip
        assert [each.kind for each in told] == ["gateway.requested", "gateway.ended"]
        assert told[0].details == {
            "review": world.review.id, "member": key.member_id, "request": slip.request_id,
            "path": "/v1/chat/completions", "model": "model-a", "digest": "a" * 64, "size": 300,
        }  # fmt: skip
        assert told[1].details["digest"] == "b" * 64
        assert (told[1].details["tokens_in"], told[1].details["tokens_out"]) == (60, 40)
    for who in ("authority", "finder", "another_evaluator"):
        assert not ledger.about(getattr(world.cast, who), key.urn).exists()
    signer = load_or_make_key(data / "keys" / "hub.pem")
    signing.checkpoint(origin="test/log", key=signer)
    assert ledger.verify(signer.public_key()) == ledger.size()


def test_many_lines_are_one_transaction_and_each_has_its_own_answer(world: Reached) -> None:
    key, _ = world.give(most_streams=2)
    lines = [Begin(key_id=key.id, asked=asked()) for _ in range(3)]
    lines.insert(1, Begin(key_id="gky_000000000000", asked=asked()))
    lines.append(Begin(key_id=key.id, asked=asked(model="model-z")))
    answers = services.write(lines, at=clock.now())
    kinds = [type(each) for each in answers]
    assert kinds == [Slip, KeyOver, Slip, TooManyRequests, ModelNotOffered]
    assert Request.objects.count() == 2
    books_agree()


def test_an_end_frees_a_place_for_a_beginning_in_the_same_transaction(world: Reached) -> None:
    key, _ = world.give(most_streams=1)
    slip = begin(key)
    lines = [Finish(request_id=slip.request_id, ended=ended()), Begin(key_id=key.id, asked=asked())]
    assert isinstance(services.write(lines, at=clock.now())[1], Slip)
    books_agree()


def test_a_hundred_lines_cost_few_statements(world: Reached, django_assert_max_num_queries: Any) -> None:
    key, _ = world.give(most_streams=1000, requests_a_minute=1000)
    with django_assert_max_num_queries(30):
        slips = services.write([Begin(key_id=key.id, asked=asked())] * 100, at=clock.now())
    lines = [Finish(request_id=each.request_id, ended=ended()) for each in slips if isinstance(each, Slip)]
    with django_assert_max_num_queries(30):
        assert services.write(lines, at=clock.now()) == [None] * 100
    books_agree()


def test_an_end_that_is_told_twice_counts_once_and_one_of_nobody_changes_nothing(world: Reached) -> None:
    key, _ = world.give()
    slip = begin(key)
    finish(slip)
    again = finish(slip, tokens_in=1, tokens_out=1, ending=Ending.UPSTREAM)
    assert (again.tokens_in, again.ending) == (60, "done")
    size = ledger.size()
    assert services.write([Finish(request_id="grq_000000000000", ended=ended())], at=clock.now()) == [None]
    assert ledger.size() == size
    books_agree()


@pytest.mark.parametrize(
    ("given", "wish", "error"),
    [
        ({"scopes": [Scope.MODELS]}, {}, ScopeMissing),
        ({"scopes": [Scope.MESSAGES]}, {}, ScopeMissing),
        ({"scopes": [Scope.CHAT]}, {"tools": True}, ScopeMissing),
        ({}, {"model": "model-z"}, ModelNotOffered),
        ({}, {"model": ""}, ModelNotOffered),
        ({"most_tokens": 100}, {}, BudgetSpent),
    ],
)
def test_what_a_key_was_not_given_for_does_not_begin(
    world: Reached, given: dict[str, Any], wish: dict[str, Any], error: type[Exception]
) -> None:
    key, _ = world.give(**given)
    with pytest.raises(error):
        begin(key, **wish)
    assert not Request.objects.exists()


def test_a_messages_endpoint_needs_the_scope_of_messages(world: Reached) -> None:
    upstream = world.endpoint(dialect=Dialect.ANTHROPIC)
    key, _ = world.give(upstream=upstream, scopes=[Scope.MESSAGES])
    begin(key, path="/v1/messages")
    chat, _ = world.give(upstream=upstream, scopes=[Scope.CHAT])
    with pytest.raises(ScopeMissing, match="messages"):
        begin(chat, path="/v1/messages")


def test_no_minute_has_more_requests_than_the_key_allows(world: Reached) -> None:
    key, _ = world.give(requests_a_minute=3)
    for _ in range(3):
        finish(begin(key))
        clock.set_shift(clock.shift() + timedelta(seconds=10))
    with pytest.raises(TooManyRequests, match="3 requests of a minute"):
        begin(key)
    clock.set_shift(clock.shift() + timedelta(seconds=31))
    finish(begin(key))  # two of the three lie within the last minute
    with pytest.raises(TooManyRequests):
        begin(key)


def test_a_clock_that_was_ahead_and_is_put_right_stops_nobody(world: Reached) -> None:
    key, _ = world.give(requests_a_minute=1)
    clock.set_shift(timedelta(hours=3))
    finish(begin(key))
    clock.set_shift(timedelta(0))
    finish(begin(key))


def test_a_second_request_waits_where_the_first_holds_what_is_left(world: Reached) -> None:
    key, _ = world.give(most_tokens=1000)
    first = begin(key)
    with pytest.raises(TooManyRequests, match="held back for requests under way"):
        begin(key)
    finish(first)
    finish(begin(key))
    books_agree()


def test_a_lying_endpoint_is_bounded_and_marked(world: Reached) -> None:
    key, _ = world.give(most_tokens=10_000)
    row = finish(begin(key), tokens_in=10**15, tokens_out=10**15)
    assert (row.tokens_in, row.tokens_out, row.bounded) == (364, 300, True)
    row = finish(begin(key), tokens_in=-5, tokens_out=None)
    assert (row.tokens_in, row.tokens_out, row.estimated, row.bounded) == (100, 300, True, False)
    books_agree()
    (used,) = queries.usage(world.cast.developer, world.review.id)
    assert (used.estimated, used.bounded) == (1, 1)


def test_an_endpoint_that_is_down_spends_nobodys_budget(world: Reached) -> None:
    key, _ = world.give(most_tokens=10_000)
    nothing = {
        "tokens_in": None,
        "tokens_out": None,
        "seen_bytes_out": 0,
        "status": 502,
        "ending": Ending.UPSTREAM,
    }
    row = finish(begin(key), **nothing, reached=False)
    assert (row.tokens_in, row.tokens_out, row.estimated, row.ending) == (0, 0, False, "upstream")
    row = finish(begin(key), **nothing)  # it went out, and what came of it nobody knows
    assert (row.tokens_in, row.tokens_out, row.estimated) == (100, 0, True)
    row = finish(begin(key), status=429, tokens_in=7, tokens_out=1, reached=False)
    assert (row.tokens_in, row.tokens_out) == (7, 1)  # refused, and says what it used
    books_agree()


def test_what_a_dead_gateway_left_is_charged_for_all_it_may_have_used(world: Reached) -> None:
    key, _ = world.give(most_tokens=10_000)
    dead = services.start_gateway("host", at=clock.now())
    alive = services.start_gateway("host", at=clock.now())
    lines = [Begin(key_id=key.id, asked=asked(most_tokens=200))]
    (left,) = services.write(lines, at=clock.now(), gateway_id=dead.id)
    (running,) = services.write(lines, at=clock.now(), gateway_id=alive.id)
    assert isinstance(left, Slip)
    assert isinstance(running, Slip)
    assert set(queries.left_under_way("gwy_of_this")) == {dead.id, alive.id}
    assert services.recover([dead.id], at=clock.now()) == 1
    row = Request.objects.get(id=left.request_id)
    assert (row.ending, row.tokens_in, row.tokens_out, row.estimated) == ("gateway", 100, 200, True)
    assert Request.objects.get(id=running.request_id).ended_at is None
    assert services.recover([dead.id], at=clock.now()) == 0
    books_agree()
    assert finish(left).ending == "gateway"  # it was not dead after all: what is charged stands
    books_agree()


def test_a_gateway_that_stops_leaves_nothing_under_way(world: Reached) -> None:
    key, _ = world.give()
    mine = services.start_gateway("host", at=clock.now())
    services.write([Begin(key_id=key.id, asked=asked(most_tokens=None))], at=clock.now(), gateway_id=mine.id)
    assert services.stop_gateway(mine.id, at=clock.now()) == 1
    assert not Request.objects.filter(ended_at__isnull=True).exists()
    books_agree()


def test_usage_is_per_person_with_what_is_left_and_how_requests_ended(world: Reached) -> None:
    limited, _ = world.give(most_tokens=1000, most_cost=Decimal("0.5"))
    second, _ = world.give(most_tokens=500, most_cost=Decimal("0.25"))
    finish(begin(limited))
    finish(begin(second, most_tokens=10), ending=Ending.LEFT)
    begin(limited)
    (used,) = queries.usage(world.cast.evaluator, world.review.id)
    assert (used.person, used.organisation, used.keys, used.live_keys) == (
        "evaluator-person",
        "evaluator",
        2,
        2,
    )
    assert used.endings == {Ending.DONE: 1, Ending.LEFT: 1, Ending.UNDER_WAY: 1}
    assert sum(used.endings.values()) == used.requests == 3
    assert used.tokens_left == 1500 - used.tokens_in - used.tokens_out
    assert used.cost_left == Decimal("0.75")
    assert used.last_at == Request.objects.latest("at").at
    services.revoke_key(limited.id, actor=world.cast.developer)
    (used,) = queries.usage(world.cast.evaluator, world.review.id)
    assert (used.keys, used.live_keys, used.tokens_left) == (2, 1, 500 - 100)
    world.give()
    (used,) = queries.usage(world.cast.evaluator, world.review.id)
    assert (used.tokens_left, used.cost_left) == (None, None)


def test_usage_of_others_is_for_the_developer_and_the_hub(world: Reached) -> None:
    finish(begin(world.give()[0]))
    world.partner()
    world.agree("partner")
    finish(begin(world.give("partner")[0]))
    people = {
        who: [each.organisation for each in queries.usage(getattr(world.cast, who), world.review.id)]
        for who in ("developer", "hub", "evaluator", "partner", "authority")
    }
    assert people == {
        "developer": ["evaluator", "partner"], "hub": ["evaluator", "partner"], "evaluator": ["evaluator"],
        "partner": ["partner"], "authority": [],
    }  # fmt: skip
    counts = {who: queries.requests(getattr(world.cast, who), world.review.id).count() for who in people}
    assert counts == {"developer": 2, "hub": 2, "evaluator": 1, "partner": 1, "authority": 0}
    for who in (world.cast.finder, world.cast.another_developer, ANYONE):
        with pytest.raises(ReviewNotFound):
            queries.usage(who, world.review.id)
        with pytest.raises(RequestNotFound):
            queries.request(who, Request.objects.all()[0].id)
