"""Open streams end when the access does: taken back, over, spent; and when the gateway stops, or can't ask."""

import http.client
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from tests.gateway.conftest import BODY, KEY, Gateway, eventually, running
from tests.simulators.books import MemoryBooks
from tests.simulators.upstream import Upstream

from headstart import clock
from headstart.access.rules import Dialect, Ending
from headstart.access.work.limits import Limits, SteadyClock

pytestmark = pytest.mark.enable_socket
STREAM = {**BODY, "stream": True}
OTHER = "hsg_of-another-person"


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    gateway.books.give(KEY, gateway.upstream.at("endless"))
    return gateway


def last_error(answer: http.client.HTTPResponse) -> dict[str, Any]:
    """What the last event of a stream says, once it has come to its end."""
    last = answer.read().rstrip(b"\n").rpartition(b"\n\n")[2]
    return dict(json.loads(last.partition(b"data: ")[2])["error"])


@pytest.mark.parametrize(
    ("ending", "code"),
    [(Ending.REVOKED, "revoked"), (Ending.EXPIRED, "expired"), (Ending.BUDGET, "budget-spent")],
)
def test_an_open_stream_ends_soon_after_its_key_did_and_says_why(
    gateway: Gateway, ending: Ending, code: str
) -> None:
    with gateway.asking(STREAM) as answer:
        answer.readline()
        before = time.monotonic()
        gateway.books.take_back(KEY, ending)
        assert last_error(answer)["code"] == code
        assert time.monotonic() - before < 5  # scripts/gateway_speed.py measures how soon
    eventually(lambda: gateway.books.endings() == [ending])
    eventually(gateway.upstream.seen[0].over.is_set)
    assert gateway.ask(STREAM).status == 403


def test_in_anthropics_dialect_the_last_event_is_an_error_of_its_own(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("endless"), Dialect.ANTHROPIC)
    with gateway.asking(STREAM, path="/v1/messages") as answer:
        answer.readline()
        gateway.books.take_back(KEY)
        heard = answer.read()
    assert b"\n\nevent: error\ndata: " in heard
    assert json.loads(heard.rpartition(b"data: ")[2])["error"]["type"] == "permission_error"


def test_the_streams_of_others_go_on(gateway: Gateway) -> None:
    gateway.books.give(OTHER, gateway.upstream.at("endless"))
    with gateway.asking(STREAM) as answer, gateway.asking(STREAM, key=OTHER) as other:
        answer.readline()
        gateway.books.take_back(KEY)
        assert last_error(answer)["code"] == "revoked"
        assert other.readline()
        assert other.readline() == b"\n"
    eventually(lambda: set(gateway.books.endings()) == {Ending.REVOKED, Ending.LEFT})


def test_a_document_that_is_waited_for_is_refused_when_the_key_ends(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("hang"))
    with gateway.asking_soon() as answer:
        eventually(lambda: gateway.upstream.seen)
        gateway.books.take_back(KEY)
        assert answer().status == 403
    eventually(lambda: gateway.books.endings() == [Ending.REVOKED])


def test_a_stream_ends_at_its_keys_time_though_the_books_say_nothing(gateway: Gateway) -> None:
    ends_at = clock.now() + timedelta(seconds=0.5)
    gateway.books.give(KEY, gateway.upstream.at("endless"), ends_at=ends_at)
    with gateway.asking(STREAM) as answer:
        answer.readline()
        assert last_error(answer)["code"] == "expired"
    assert clock.now() >= ends_at
    eventually(lambda: gateway.books.endings() == [Ending.EXPIRED])
    assert gateway.ask().status == 403


def test_a_clock_that_is_set_back_keeps_nothing_open(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("endless"), ends_at=clock.now() + timedelta(seconds=0.5))
    with gateway.asking(STREAM) as answer:
        answer.readline()
        clock.set_shift(timedelta(days=-30))
        assert last_error(answer)["code"] == "expired"
    assert gateway.ask().status == 403


def test_a_clock_that_jumps_ahead_ends_streams_and_put_right_lets_the_key_work_again(
    gateway: Gateway,
) -> None:
    gateway.books.give(KEY, gateway.upstream.at("endless"), ends_at=clock.now() + timedelta(hours=1))
    with gateway.asking(STREAM) as answer:
        answer.readline()
        clock.set_shift(timedelta(days=30))
        assert last_error(answer)["code"] == "expired"
    clock.set_shift(timedelta(0))
    with gateway.asking(STREAM) as answer:
        assert answer.status == 200


def test_the_steady_clock_never_falls_behind_the_monotonic_one() -> None:
    steady = SteadyClock()
    first = steady.now()
    clock.set_shift(timedelta(days=-1))
    assert steady.now() >= first
    clock.set_shift(timedelta(days=1))
    assert steady.now() - first > timedelta(hours=23)


def test_a_stream_is_cut_when_its_words_pass_what_was_left_of_the_budget(gateway: Gateway) -> None:
    gateway.books.tokens_left = 40
    gateway.upstream.pause = 0.001
    with gateway.asking(STREAM) as answer:
        error = last_error(answer)
    assert error["code"] == "budget-spent"
    eventually(lambda: gateway.books.endings() == [Ending.BUDGET])
    ended = gateway.books.lines[0].ended
    assert ended is not None
    assert 40 * 3 < ended.seen_bytes_out < 40 * 3 + 60  # to the chunk


def test_a_person_who_hangs_up_ends_the_request_at_the_endpoint_at_once(gateway: Gateway) -> None:
    with gateway.asking(STREAM) as answer:
        answer.readline()
    eventually(gateway.upstream.seen[0].over.is_set)
    eventually(lambda: gateway.books.endings() == [Ending.LEFT])


def test_a_person_who_hangs_up_before_a_word_was_said_ends_it_too(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("hang"))
    with gateway.asking_soon():
        eventually(lambda: gateway.upstream.seen and gateway.upstream.seen[0].body)
    eventually(gateway.upstream.seen[0].over.is_set)
    eventually(lambda: gateway.books.endings() == [Ending.LEFT])


@pytest.mark.parametrize("fail", ["broken", "hanging"])
def test_open_streams_end_when_the_books_cant_be_asked(gateway: Gateway, fail: str) -> None:
    with gateway.asking(STREAM) as answer:
        answer.readline()
        gateway.in_its_loop(lambda: setattr(gateway.books, fail, True))
        assert last_error(answer)["code"] == "gateway"
    eventually(gateway.upstream.seen[0].over.is_set)
    heard = gateway.ask(STREAM)
    assert (heard.status, heard.error["code"]) == (503, "books-silent")
    gateway.in_its_loop(lambda: setattr(gateway.books, fail, False))


def test_books_that_answer_again_in_time_end_nothing(gateway: Gateway) -> None:
    with gateway.asking(STREAM) as answer:
        answer.readline()
        gateway.in_its_loop(lambda: setattr(gateway.books, "broken", True))
        time.sleep(0.4)
        gateway.in_its_loop(lambda: setattr(gateway.books, "broken", False))
        until = time.monotonic() + 1.2
        while time.monotonic() < until:
            assert b"error" not in answer.readline()


def test_a_gateway_that_stops_ends_what_is_open_and_writes_it_down(
    upstream: Upstream, books: MemoryBooks
) -> None:
    books.give(KEY, upstream.at("endless"))
    books.give(OTHER, upstream.at("hang"))
    with running(upstream, books, Limits()) as gateway:
        with gateway.asking(STREAM) as answer, gateway.asking_soon(key=OTHER) as other:
            answer.readline()
            eventually(lambda: len(upstream.seen) == 2)
            gateway.stop()
            assert last_error(answer)["code"] == "gateway"
            assert other().status == 503
        assert gateway.stopped.wait(10)
    assert books.endings() == [Ending.GATEWAY, Ending.GATEWAY]
    eventually(lambda: all(each.over.is_set() for each in upstream.seen))


def test_an_ending_that_could_not_be_written_is_written_later(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("wait"))
    with gateway.asking_soon(STREAM) as answer:
        eventually(lambda: gateway.books.lines)
        gateway.in_its_loop(lambda: setattr(gateway.books, "broken", True))
        gateway.upstream.go.set()
        assert answer().read().endswith(b"[DONE]\n\n")
        gateway.in_its_loop(lambda: setattr(gateway.books, "broken", False))
    eventually(lambda: gateway.books.endings() == [Ending.DONE])
