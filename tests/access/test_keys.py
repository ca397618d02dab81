"""Endpoints and keys: the developer names and gives, every side takes back, and nobody sees the secret."""

import logging
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.simulators.reached import ADDRESS, SECRET, WORDS, Reached

from headstart import clock
from headstart.access import queries, rules, services, work
from headstart.access.errors import (
    KeyInvalid,
    KeyNotFound,
    KeyUnknown,
    MayNotReach,
    NotYours,
    ReviewOver,
    UpstreamInvalid,
    UpstreamNotFound,
    VaultShut,
)
from headstart.access.models import Key, Upstream
from headstart.ledger import queries as ledger
from headstart.ledger.models import Entry
from headstart.people.rules import ANYONE
from headstart.reviews import services as reviewing
from headstart.reviews.errors import ReviewNotFound
from headstart.reviews.rules import Safeguards, Scope

pytestmark = pytest.mark.django_db
OUTSIDERS = ("authority", "another_developer", "another_evaluator", "finder", "maintainer", "operator")


def admit(shown: str, data: Path) -> Any:
    return queries.admit(shown, clock.now(), work.open_vault(data))


def test_a_key_opens_the_endpoint_with_the_developers_own_secret(world: Reached, data: Path) -> None:
    key, shown = world.give(scopes=[Scope.CHAT, Scope.MODELS])
    holder = admit(shown, data)
    assert (holder.secret, holder.base_url, holder.key_id) == (SECRET, ADDRESS, key.id)
    assert holder.scopes == {Scope.CHAT, Scope.MODELS}
    assert holder.models == {"model-a", "model-b"}
    assert holder.ends_at == world.review.closes_at
    assert not holder.keeps_words
    assert SECRET not in repr(holder)


@pytest.mark.parametrize(
    "shown", ["", "hgk_made-up", "hgk_" + "a" * 43, "x" * 10_000, "\udcff", "hst_" + "a" * 43]
)
def test_a_key_that_was_never_given_opens_nothing(world: Reached, data: Path, shown: str) -> None:
    with pytest.raises(KeyUnknown):
        admit(shown, data)


def test_only_a_digest_of_a_key_is_kept(world: Reached) -> None:
    key, shown = world.give()
    assert key.hint == shown[-4:]
    assert shown not in everything_in_the_records()
    assert Key.objects.get(digest=rules.key_digest(shown)) == key


def test_the_secret_is_nowhere_but_sealed(
    world: Reached, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream = world.endpoint()
    world.give(upstream=upstream)
    for wrong in ({"name": "main"}, {"name": "b", "secret": SECRET + "\n"}, {"name": "b", "models": []}):
        with pytest.raises(UpstreamInvalid) as refused:
            world.endpoint(**wrong)
        assert SECRET not in str(refused.value)
    services.remove_upstream(upstream.id, actor=world.cast.developer)
    assert SECRET not in everything_in_the_records() + caplog.text + repr(upstream) + repr(
        rules.Endpoint(**WORDS)
    )
    kept = [each.read_bytes() for each in data.rglob("*") if each.is_file()]
    assert not any(SECRET.encode() in each for each in kept)


def everything_in_the_records() -> str:
    """Every value of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        whole = []
        for each in tables:
            cursor.execute(f'SELECT * FROM "{each}"')
            whole += [bytes(v) if isinstance(v, memoryview) else v for row in cursor.fetchall() for v in row]
    return "\n".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in whole)


def test_a_sealed_secret_that_was_moved_to_another_row_opens_nothing(world: Reached, data: Path) -> None:
    first, second = world.endpoint(), world.endpoint(name="second", secret="sk-other")
    _, shown = world.give(upstream=first)
    Upstream.objects.filter(id=first.id).update(sealed_key=second.sealed_key)
    with pytest.raises(VaultShut, match="belongs to another row"):
        admit(shown, data)


def test_all_is_sealed_anew_by_a_fresh_key(world: Reached, data: Path) -> None:
    _, shown = world.give()
    before = bytes(Upstream.objects.get().sealed_key)
    work.rotate(data)
    assert services.seal_anew(actor=world.cast.hub) == 1
    assert bytes(Upstream.objects.get().sealed_key)[1:5] != before[1:5]
    work.rotate(data)
    services.seal_anew(actor=world.cast.hub)
    work.forget(data)
    assert admit(shown, data).secret == SECRET
    with pytest.raises(NotYours):
        services.seal_anew(actor=world.cast.developer)


def test_an_endpoint_is_added_and_removed_by_the_developer_alone(world: Reached) -> None:
    upstream = world.endpoint()
    world.give(upstream=upstream)
    for who in ("hub", "evaluator"):
        with pytest.raises(NotYours, match="only the developer"):
            services.add_upstream(world.review.id, actor=getattr(world.cast, who), **WORDS)  # type: ignore[arg-type]
        with pytest.raises(NotYours, match="only the developer"):
            services.remove_upstream(upstream.id, actor=getattr(world.cast, who))
    for who in OUTSIDERS:
        with pytest.raises((ReviewNotFound, NotYours)):
            services.add_upstream(world.review.id, actor=getattr(world.cast, who), **WORDS)  # type: ignore[arg-type]
        with pytest.raises(UpstreamNotFound):
            services.remove_upstream(upstream.id, actor=getattr(world.cast, who))
    removed = services.remove_upstream(upstream.id, actor=world.cast.developer)
    assert removed.removed_at is not None
    assert bytes(removed.sealed_key) == b""
    again = services.remove_upstream(upstream.id, actor=world.cast.developer)
    assert again.removed_at == removed.removed_at


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"name": " "}, "its name"),
        ({"name": "a\nb"}, "its name"),
        ({"name": "x" * 101}, "its name"),
        ({"base_url": "http://models.example.org"}, "https://"),
        ({"base_url": "https://10.0.0.1"}, "public internet"),
        ({"secret": ""}, "its secret"),
        ({"secret": "a b"}, "its secret"),
        ({"secret": "a\r\nHost: evil"}, "its secret"),
        ({"secret": "schlüssel"}, "its secret"),
        ({"secret": "x" * 2001}, "its secret"),
        ({"models": []}, "1 to 50 models"),
        ({"models": ["m"] * 51}, "1 to 50 models"),
        ({"models": [""]}, "a model's name"),
        ({"models": ["a\0b"]}, "a model's name"),
        ({"price_in": Decimal(-1)}, "a price"),
        ({"price_out": Decimal("NaN")}, "a price"),
        ({"price_out": Decimal("Infinity")}, "a price"),
        ({"price_out": Decimal("0.0000001")}, "a price"),
    ],
)
def test_an_endpoint_that_can_not_be_is_refused_in_a_line(
    world: Reached, words: dict[str, Any], why: str
) -> None:
    with pytest.raises(UpstreamInvalid, match=why) as refused:
        world.endpoint(**words)
    assert "\n" not in str(refused.value)


def test_an_address_of_our_own_is_taken_where_the_machines_keeper_named_it(
    world: Reached, settings: Any
) -> None:
    settings.HEADSTART_UPSTREAMS = ("http://127.0.0.1",)
    assert world.endpoint(base_url="http://127.0.0.1:9000/v1/").base_url == "http://127.0.0.1:9000/v1"


def test_a_review_that_has_ended_takes_no_endpoint(world: Reached) -> None:
    reviewing.withdraw(world.review.id, actor=world.cast.developer)
    with pytest.raises(ReviewOver):
        world.endpoint()


def test_a_key_is_given_by_the_developer_alone(world: Reached) -> None:
    upstream = world.endpoint()
    member = world.member("evaluator").id
    for who in ("hub",):
        with pytest.raises(NotYours, match="only the developer"):
            services.give_key(upstream.id, member, actor=getattr(world.cast, who))
    for who in ("evaluator", *OUTSIDERS):
        with pytest.raises(UpstreamNotFound):
            services.give_key(upstream.id, member, actor=getattr(world.cast, who))


def test_no_key_without_access(world: Reached) -> None:
    upstream = world.endpoint()
    with pytest.raises(MayNotReach, match="given no access"):
        world.give("another_evaluator", upstream)


def test_no_key_without_terms_in_force(world: Reached) -> None:
    organisation = world.cast.organisation("another_evaluator")
    reviewing.grant_access(world.review.id, organisation, actor=world.cast.developer)
    with pytest.raises(MayNotReach, match="no terms between it and the developer"):
        world.give("another_evaluator", world.endpoint())


def test_no_key_to_a_model_without_safeguards_unless_both_signed_for_that(world: Reached) -> None:
    bare = world.endpoint(safeguards=Safeguards.OFF)
    with pytest.raises(MayNotReach, match="safeguards on"):
        world.give(upstream=bare)
    world.agree("evaluator", safeguards=Safeguards.OFF)
    world.give(upstream=bare)


def test_no_key_for_an_evaluators_person_who_has_declared_nothing(world: Reached) -> None:
    organisation = world.cast.organisation("another_evaluator")
    reviewing.grant_access(world.review.id, organisation, actor=world.cast.developer)
    world.agree("another_evaluator")
    with pytest.raises(MayNotReach, match="declares interests first"):
        world.give("another_evaluator", world.endpoint())
    world.declare("another_evaluator")
    world.give("another_evaluator")


def test_a_partners_key_is_given_for_what_its_partnership_says(world: Reached, data: Path) -> None:
    world.partner(scopes=(Scope.CHAT,))
    world.agree("partner")
    key, shown = world.give("partner", scopes=[Scope.CHAT, Scope.TOOLS])
    assert key.scopes == ["chat"]
    assert admit(shown, data).scopes == {Scope.CHAT}
    with pytest.raises(KeyInvalid, match="may use none of tools"):
        world.give("partner", scopes=[Scope.TOOLS])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"scopes": []}, "one of chat"),
        ({"most_tokens": 0}, "its tokens"),
        ({"most_tokens": 10**16}, "its tokens"),
        ({"most_cost": Decimal(0)}, "its money"),
        ({"most_cost": Decimal("0.00001")}, "its money"),
        ({"most_cost": Decimal("NaN")}, "its money"),
        ({"requests_a_minute": 0}, "a minute"),
        ({"most_streams": 0}, "at the same time"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "passed already"),
        ({"expires_at": clock.now().replace(tzinfo=None)}, "no time zone"),
    ],
)
def test_a_key_that_can_not_be_is_refused_in_a_line(world: Reached, words: dict[str, Any], why: str) -> None:
    with pytest.raises(KeyInvalid, match=why):
        world.give(**words)


def test_a_key_is_taken_back_by_any_side_and_by_the_hub(world: Reached) -> None:
    for who in (world.cast.developer, world.person("evaluator"), world.cast.evaluator, world.cast.hub):
        key, _ = world.give()
        revoked = services.revoke_key(key.id, actor=who)
        assert revoked.revoked_by == (who.member_id or who.organisation_id)
        assert services.revoke_key(key.id, actor=who).revoked_at == revoked.revoked_at


@pytest.mark.parametrize("who", [*OUTSIDERS, "partner"])
def test_a_key_of_others_looks_absent(world: Reached, who: str) -> None:
    key, _ = world.give()
    with pytest.raises(KeyNotFound) as hidden:
        services.revoke_key(key.id, actor=getattr(world.cast, who))
    with pytest.raises(KeyNotFound) as absent:
        services.revoke_key("gky_000000000000", actor=getattr(world.cast, who))
    assert str(hidden.value).replace(key.id, "") == str(absent.value).replace("gky_000000000000", "")
    with pytest.raises(KeyNotFound):
        queries.key(ANYONE, key.id)


def test_the_developer_and_the_hub_see_all_keys_and_others_their_own(world: Reached) -> None:
    mine, _ = world.give()
    world.partner()
    world.agree("partner")
    theirs, _ = world.give("partner")
    seen = {
        who: set(queries.keys(getattr(world.cast, who), world.review.id).values_list("id", flat=True))
        for who in ("developer", "hub", "evaluator", "partner", "authority")
    }
    assert seen == {
        "developer": {mine.id, theirs.id},
        "hub": {mine.id, theirs.id},
        "evaluator": {mine.id},
        "partner": {theirs.id},
        "authority": set(),
    }


def test_an_endpoints_address_is_for_the_developer_and_the_hub(world: Reached) -> None:
    world.give()
    shown = {
        who: [each.shown_address for each in queries.upstreams(getattr(world.cast, who), world.review.id)]
        for who in ("developer", "hub", "evaluator", "authority")
    }
    assert shown == {"developer": [ADDRESS], "hub": [ADDRESS], "evaluator": [""], "authority": []}


def test_every_step_is_in_the_ledger_for_both_sides_and_for_nobody_else(world: Reached) -> None:
    upstream = world.endpoint()
    key, _ = world.give(upstream=upstream)
    services.revoke_key(key.id, actor=world.person("evaluator"))
    services.remove_upstream(upstream.id, actor=world.cast.developer)
    kinds = ["gateway.key_given", "gateway.key_revoked"]
    for who in (world.cast.developer, world.cast.evaluator):
        assert [each.kind for each in ledger.about(who, key.urn)] == kinds
    assert [each.kind for each in ledger.about(world.cast.evaluator, upstream.urn)] == [
        "gateway.upstream_removed"
    ]
    for who in OUTSIDERS:
        assert not ledger.about(getattr(world.cast, who), key.urn).exists()
    assert ADDRESS not in str([each.details for each in Entry.objects.all()])
