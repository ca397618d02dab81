"""Words are kept only where both signed for it, sealed, and not a day too long."""

from datetime import timedelta

import pytest
from tests.simulators.reached import Content, Reached, asked, ended

from headstart import clock
from headstart.access import services
from headstart.access.errors import NotYours, RequestNotFound, VaultShut
from headstart.access.models import KeptWords
from headstart.access.ports import Slip
from headstart.access.services import Begin, Finish
from headstart.ledger import queries as ledger
from headstart.reviews.rules import Safeguards
from headstart.worker import services as worker

pytestmark = pytest.mark.django_db
WORDS = b'9\n{"a": 1}the answer'


def ask(world: Reached, words: bytes | None = WORDS) -> str:
    """A request whose words the gateway hands over; its id."""
    key, _ = world.give()
    (slip,) = services.write([Begin(key_id=key.id, asked=asked())], at=clock.now())
    assert isinstance(slip, Slip)
    services.write([Finish(request_id=slip.request_id, ended=ended(words=words))], at=clock.now())
    return slip.request_id


def allow(world: Reached, days: int = 30, content: Content = Content.ENCRYPTED) -> None:
    world.agree("evaluator", keep_content=content, keep_days=days, safeguards=Safeguards.ON)


def later(days: float) -> None:
    clock.set_shift(clock.shift() + timedelta(days=days))


def test_words_are_not_kept_where_the_terms_say_digests_even_if_the_gateway_hands_them_over(
    world: Reached,
) -> None:
    ask(world)
    assert not KeptWords.objects.exists()


def test_words_are_kept_sealed_and_read_by_the_two_sides_each_reading_written_down(world: Reached) -> None:
    allow(world)
    request_id = ask(world)
    assert WORDS not in bytes(KeptWords.objects.get().sealed)
    for who in (world.cast.developer, world.person("evaluator")):
        assert services.read_words(request_id, actor=who) == WORDS
    read = ledger.about(world.cast.evaluator, f"urn:headstart:gateway-request:{request_id}")
    assert [(each.kind, each.details["reader"]) for each in read] == [
        ("gateway.words_read", ""), ("gateway.words_read", world.member("evaluator").id),
    ]  # fmt: skip


def test_words_are_nobody_elses(world: Reached) -> None:
    allow(world)
    request_id = ask(world)
    with pytest.raises(NotYours):
        services.read_words(request_id, actor=world.cast.hub)
    for who in ("authority", "another_evaluator", "finder"):
        with pytest.raises(RequestNotFound):
            services.read_words(request_id, actor=getattr(world.cast, who))


def test_words_that_were_moved_to_another_request_do_not_open(world: Reached) -> None:
    allow(world)
    first, second = ask(world), ask(world, b"others")
    KeptWords.objects.filter(request_id=first).update(sealed=KeptWords.objects.get(request_id=second).sealed)
    with pytest.raises(VaultShut, match="belongs to another row"):
        services.read_words(first, actor=world.cast.developer)


def test_words_are_deleted_when_their_days_are_over_by_the_workers_look(world: Reached) -> None:
    allow(world, days=3)
    request_id = ask(world)
    later(2.9)
    worker.keep_time()
    assert services.read_words(request_id, actor=world.cast.developer) == WORDS
    later(0.2)
    with pytest.raises(RequestNotFound):  # whether or not the worker has looked
        services.read_words(request_id, actor=world.cast.developer)
    worker.keep_time()
    assert not KeptWords.objects.exists()
    told = ledger.about(world.cast.developer, f"urn:headstart:gateway-request:{request_id}")
    assert told.last() is not None
    assert told.order_by("-index")[0].kind == "gateway.words_deleted"


def test_newer_terms_shorten_what_is_kept_already_and_never_lengthen_it(world: Reached) -> None:
    allow(world, days=30)
    ask(world)
    allow(world, days=3)
    later(4)
    assert services.delete_kept_words(actor=world.cast.hub) == 1
    allow(world, days=2)
    ask(world)
    allow(world, days=300)
    later(3)
    assert services.delete_kept_words(actor=world.cast.hub) == 1


def test_terms_that_say_digests_delete_what_was_kept_before(world: Reached) -> None:
    allow(world)
    ask(world)
    assert services.delete_kept_words(actor=world.cast.hub) == 0
    allow(world, content=Content.DIGESTS)
    assert services.delete_kept_words(actor=world.cast.hub) == 1
    with pytest.raises(NotYours):
        services.delete_kept_words(actor=world.cast.developer)
