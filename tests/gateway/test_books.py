"""The books over real records: threads, groups, a killed gateway, another that lives, databases that are held up."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from django.db import OperationalError, connection, transaction
from tests.simulators.reached import Reached, asked, ended

from headstart import clock
from headstart.access import services
from headstart.access.errors import BudgetSpent, KeyOver, KeyUnknown, ModelNotOffered, TooManyRequests
from headstart.access.models import Gateway, Key, Request
from headstart.access.ports import Slip
from headstart.access.rules import Ending
from headstart.gateway.books import BooksClosed, DjangoBooks
from headstart.ledger import queries as ledger
from headstart.ledger import services as ledger_services
from headstart.ledger.work import load_or_make_key

T = TypeVar("T")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def records(transactional_db: None, data: Path) -> Iterator[str]:
    """Records that threads and processes share: on SQLite a file (the suite's own are in memory); its URL."""
    del transactional_db
    if connection.vendor != "sqlite":
        held = connection.settings_dict
        yield f"postgresql://{held['USER']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"
        return
    path = data / "headstart.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    yield f"sqlite://{path}"
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture
def world(records: str, cast: Any) -> Reached:
    """A window that is open."""
    del records
    return Reached(cast)


@pytest.fixture
def books(world: Reached, data: Path) -> Iterator[DjangoBooks]:
    """The books of a gateway that looks after the others often."""
    with DjangoBooks(data, beat_seconds=0.05, dead_seconds=0.5) as opened:
        yield opened


def run(answer: Coroutine[Any, Any, T]) -> T:
    """Records are asked by the test itself before and after, never in an event loop's thread."""

    async def whole() -> T:
        async with asyncio.timeout(60):
            return await answer

    return asyncio.run(whole())


async def all_of(*answers: Coroutine[Any, Any, Any]) -> list[Any]:
    return await asyncio.gather(*answers, return_exceptions=True)


def under_way() -> set[str]:
    return set(Request.objects.filter(ended_at__isnull=True).values_list("id", flat=True))


def soon(holds: Callable[[], object]) -> None:
    """Wait until something holds; a minute is for ever."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


@contextmanager
def held_up() -> Iterator[None]:
    """While another writes for a long time: the write lock on SQLite, the ledger's edge on PostgreSQL."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            ledger_services.append(actor="test", kind="test.held", subject="urn:test")
            begun.set()
            over.wait(60)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_request_is_durable_when_begin_returns_and_charged_when_end_does(
    world: Reached, books: DjangoBooks, records: str
) -> None:
    key, shown = world.give(most_tokens=10_000)
    holder = run(books.admit(shown))
    slip = run(books.begin(holder, asked()))
    assert under_way() == {slip.request_id}
    run(books.end(slip, ended()))
    run(books.end(slip, ended(tokens_in=1)))  # told again, as the proxy does where it heard nothing
    key.refresh_from_db()
    assert (key.tokens_spent, key.tokens_held, key.under_way) == (100, 0, 0)


def test_refusals_come_back_as_what_they_are(world: Reached, books: DjangoBooks) -> None:
    key, shown = world.give(most_tokens=450, most_streams=1)
    with pytest.raises(KeyUnknown):
        run(books.admit("hgk_" + "a" * 43))
    holder = run(books.admit(shown))
    slip = run(books.begin(holder, asked()))
    with pytest.raises(TooManyRequests, match="1 requests open"):
        run(books.begin(holder, asked()))
    run(books.end(slip, ended(tokens_in=300, tokens_out=150)))
    with pytest.raises(BudgetSpent, match="tokens"):
        run(books.begin(holder, asked()))
    with pytest.raises(ModelNotOffered):
        run(books.begin(holder, asked(model="model-z")))
    services.revoke_key(key.id, actor=world.cast.developer)
    assert run(books.over([key.id])) == {key.id: Ending.REVOKED}
    for verb in (books.begin(holder, asked()), books.admit(shown)):
        with pytest.raises(KeyOver):
            run(verb)


def test_many_persons_at_the_same_time_on_two_gateways_never_pass_what_a_key_allows(
    world: Reached, books: DjangoBooks, data: Path
) -> None:
    streams, _ = world.give(most_streams=5)
    tokens, _ = world.give(most_tokens=6 * 664, most_streams=100)
    with DjangoBooks(data) as others:
        for key, error in ((streams, TooManyRequests), (tokens, TooManyRequests)):
            holder = pass_of(key)
            answers = run(all_of(*(each.begin(holder, asked()) for each in (books, others) * 15)))
            slips = [each for each in answers if isinstance(each, Slip)]
            assert len(slips) == {streams.id: 5, tokens.id: 6}[key.id]
            assert all(isinstance(each, error) for each in answers if not isinstance(each, Slip))
            key.refresh_from_db()
            assert key.under_way == len(slips)
            run(all_of(*(others.end(each, ended()) for each in slips)))
            key.refresh_from_db()
            assert (key.under_way, key.tokens_held, key.tokens_spent) == (0, 0, 100 * len(slips))


def pass_of(key: Key) -> Any:
    """What of a pass the books look at when something begins."""
    return SimpleNamespace(key_id=key.id)


def test_what_waits_is_written_together(
    world: Reached, books: DjangoBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = world.give(most_streams=100)
    sizes: list[int] = []
    write = services.write

    def counted(lines: Any, **words: Any) -> Any:
        sizes.append(len(lines))
        return write(lines, **words)

    monkeypatch.setattr(services, "write", counted)

    async def course() -> list[Any]:
        begins = [asyncio.ensure_future(books.begin(pass_of(key), asked())) for _ in range(60)]
        await asyncio.sleep(0.2)
        assert not any(each.done() for each in begins)
        waiting.set()
        return await asyncio.gather(*begins)

    waiting = threading.Event()
    with held_up():
        slips: list[Slip] = []
        asking = threading.Thread(target=lambda: slips.extend(run(course())))
        asking.start()
        assert waiting.wait(60)
    asking.join()
    assert len({each.request_id for each in slips}) == 60 == sum(sizes)
    assert len(sizes) <= 3
    assert len(under_way()) == 60


def test_questions_are_answered_while_another_writes_for_long(world: Reached, books: DjangoBooks) -> None:
    key, shown = world.give()
    with held_up():
        assert run(books.over([key.id])) == {}
        assert run(books.admit(shown)).key_id == key.id


def test_one_line_that_can_not_be_written_stops_no_other(world: Reached, books: DjangoBooks) -> None:
    key, _ = world.give(most_streams=100)

    async def course() -> list[Any]:
        wishes = [asked(), asked(size=10**30), asked(digest="a" * 64), asked(size=10**30), asked()]
        return await all_of(*(books.begin(pass_of(key), each) for each in wishes))

    answers = run(course())
    assert [isinstance(each, Slip) for each in answers] == [True, False, True, False, True]
    assert len(under_way()) == 3
    key.refresh_from_db()
    assert key.under_way == 3


def test_records_that_are_away_are_told_and_the_next_request_is_written(
    world: Reached, books: DjangoBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = world.give()
    write = services.write

    def away(*lines: Any, **words: Any) -> Any:
        monkeypatch.setattr(services, "write", write)
        raise OperationalError("the server is not there")

    monkeypatch.setattr(services, "write", away)
    with pytest.raises(OperationalError):
        run(books.begin(pass_of(key), asked()))
    run(books.begin(pass_of(key), asked()))
    assert len(under_way()) == 1


def test_a_fault_in_looking_after_others_stops_no_writing(
    world: Reached, books: DjangoBooks, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(gateway_id: str) -> None:
        raise ZeroDivisionError(gateway_id)

    monkeypatch.setattr(services, "beat", broken)
    soon(lambda: "looking after gateways failed (ZeroDivisionError)" in caplog.text)
    assert isinstance(run(books.begin(pass_of(world.give()[0]), asked())), Slip)


def test_who_does_not_wait_any_more_harms_nobody(world: Reached, books: DjangoBooks) -> None:
    key, _ = world.give()

    async def hurried() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(books.begin(pass_of(key), asked()), 0.01)

    with held_up():
        run(hurried())
    soon(lambda: len(under_way()) == 1)
    assert isinstance(run(books.begin(pass_of(key), asked())), Slip)


def test_closing_writes_what_waits_and_leaves_nothing_under_way(world: Reached, data: Path) -> None:
    key, _ = world.give()
    with DjangoBooks(data) as books:
        run(books.begin(pass_of(key), asked()))
        gateway_id = books.gateway_id
    assert under_way() == set()
    assert Request.objects.get().ending == Ending.GATEWAY
    assert Gateway.objects.get(id=gateway_id).stopped_at is not None
    assert list((data / "gateways").iterdir()) == []
    with pytest.raises(BooksClosed):
        run(books.begin(pass_of(key), asked()))


ANOTHER = """
import asyncio, sys, time
from pathlib import Path
import django
django.setup()
from headstart.gateway.books import DjangoBooks
from tests.simulators.reached import asked

async def course(books):
    holder = await books.admit(sys.argv[2])
    print((await books.begin(holder, asked())).request_id, flush=True)

with DjangoBooks(Path(sys.argv[1])) as books:
    asyncio.run(course(books))
    time.sleep(600)
"""


@pytest.fixture
def another(world: Reached, records: str, data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another gateway, in a process of its own, with a request under way; and that request's id."""
    _, shown = world.give(most_tokens=10_000)
    environment = {
        **os.environ, "HEADSTART_DATA": str(data), "HEADSTART_DATABASE_URL": records,
        "DJANGO_SETTINGS_MODULE": "headstart.site.settings", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(data), shown], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def test_what_a_killed_gateway_left_is_completed_at_the_next_start(
    another: tuple[subprocess.Popen[str], str], data: Path
) -> None:
    process, request_id = another
    with DjangoBooks(data):
        assert under_way() == {request_id}  # it lives: what it has under way is its own
    process.send_signal(signal.SIGKILL)
    process.wait()
    with DjangoBooks(data):
        assert under_way() == set()
    row = Request.objects.get(id=request_id)
    assert (row.ending, row.estimated, row.tokens_in, row.tokens_out) == ("gateway", True, 100, 100)
    key = Key.objects.get()
    assert (key.tokens_spent, key.tokens_held, key.under_way) == (200, 0, 0)
    assert list((data / "gateways").iterdir()) == []


def test_what_a_killed_gateway_left_is_completed_by_one_that_runs(
    another: tuple[subprocess.Popen[str], str], books: DjangoBooks
) -> None:
    process, request_id = another
    looked = Gateway.objects.get(id=books.gateway_id).beats + 5
    soon(lambda: Gateway.objects.get(id=books.gateway_id).beats >= looked)
    assert under_way() == {request_id}
    process.send_signal(signal.SIGKILL)
    soon(lambda: under_way() == set())


def test_a_gateway_whose_lock_can_not_be_seen_lives_as_long_as_it_beats(
    world: Reached, books: DjangoBooks
) -> None:
    """One on another machine."""
    key, _ = world.give()
    far = services.start_gateway("far", at=clock.now())
    services.write([services.Begin(key_id=key.id, asked=asked())], at=clock.now(), gateway_id=far.id)
    clock.set_shift(timedelta(days=1))  # a wall clock that jumps says nothing of another's life
    until = time.monotonic() + 1.5  # three times as long as a silent one is believed to live
    while time.monotonic() < until:
        services.beat(far.id)
        assert len(under_way()) == 1
        time.sleep(0.05)
    soon(lambda: under_way() == set())


def test_time_in_the_books_never_runs_backwards(world: Reached, books: DjangoBooks) -> None:
    key, _ = world.give(expires_at=clock.now() + timedelta(days=2))
    first = run(books.begin(pass_of(key), asked()))
    clock.set_shift(timedelta(hours=-5))
    second = run(books.begin(pass_of(key), asked()))
    assert second.begun_at >= first.begun_at
    clock.set_shift(timedelta(days=3))
    assert run(books.over([key.id])) == {key.id: Ending.EXPIRED}
    clock.set_shift(timedelta(0))
    assert run(books.over([key.id])) == {}  # the clock was put right


def test_the_ledger_holds_after_all_of_it(world: Reached, books: DjangoBooks, data: Path) -> None:
    key, _ = world.give(most_streams=100)

    async def person(number: int) -> None:
        slip = await books.begin(pass_of(key), asked(digest=f"{number:064x}"))
        await books.end(slip, ended())

    run(all_of(*(person(each) for each in range(40))))
    told = [each for each in ledger.about(world.cast.developer, key.urn) if each.kind == "gateway.requested"]
    assert {each.details["digest"] for each in told} == {f"{each:064x}" for each in range(40)}
    signer = load_or_make_key(data / "keys" / "hub.pem")
    ledger_services.checkpoint(origin="test/log", key=signer)
    assert ledger.verify(signer.public_key()) == ledger.size()
