"""An endpoint that hangs, lies, floods or leaks: the person reads one line, the gateway stays up."""

import json
import resource
import socket
import time
from collections.abc import Iterator

import pytest
from tests.gateway.conftest import BODY, KEY, Gateway, Heard, eventually, running
from tests.simulators.books import SECRET, MemoryBooks
from tests.simulators.upstream import MEGABYTE, USAGE, Upstream

from headstart.access.rules import Dialect, Ending
from headstart.access.work.limits import Limits

pytestmark = pytest.mark.enable_socket
STREAM = {**BODY, "stream": True}


WAITED_FOR = {"hang", "hang-midway", "silent-stream"}


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> Limits:
    """Impatient ones where a test waits for them."""
    callspec = getattr(request.node, "callspec", None)
    waits = callspec is not None and callspec.params.get("behaviour") in WAITED_FOR
    seconds = 0.3 if waits else 20
    return Limits(pass_seconds=0, first_byte_seconds=seconds, idle_seconds=seconds, whole_seconds=60)


def asked(gateway: Gateway, behaviour: str, body: dict[str, object] = BODY) -> Heard:
    gateway.books.give(KEY, gateway.upstream.at(behaviour))
    return gateway.ask(body)


def still_up(gateway: Gateway) -> bool:
    gateway.books.give(KEY, gateway.upstream.at("talk"))
    with gateway.asking() as answer:  # within its patience, which may be short
        return answer.status in (200, 504)


BEFORE_A_WORD = {
    "hang": (504, "did not begin to answer within 0.3 s"),
    "with-status-401": (502, "refuses the key"),
    "with-status-403": (502, "refuses the key"),
    "with-status-407": (502, "refuses the key"),
    "with-status-206": (502, "status 206"),
    "with-status-999": (502, "status 999"),
    "redirect": (502, "status 307"),
    "bomb": (502, "packed"),
    "shut": (502, "broke off"),
    "no-http": (502, "no HTTP"),
    "long-header": (502, "no HTTP"),
    "many-headers": (502, "no HTTP"),
    "hundred-megabytes": (502, "too much"),
    "key-in-error": (502, "its own key"),
}


@pytest.mark.parametrize("behaviour", BEFORE_A_WORD)
def test_where_nothing_was_said_yet_the_person_reads_one_line(gateway: Gateway, behaviour: str) -> None:
    status, line = BEFORE_A_WORD[behaviour]
    heard = asked(gateway, behaviour)
    assert heard.status == status
    assert line in heard.error["message"]
    assert "\n" not in heard.error["message"]
    assert SECRET not in str(heard)
    eventually(lambda: gateway.books.endings() == [Ending.UPSTREAM])
    ended = gateway.books.lines[0].ended
    assert ended is not None
    assert (ended.status, ended.size) == (status, len(heard.body))
    assert still_up(gateway)


IN_A_STREAM = {
    "hang-midway": "said nothing for 0.3 s",
    "silent-stream": "said nothing for 0.3 s",
    "break-off": "broke off in the middle",
    "break-off-within": "broke off in the middle",
    "key-in-body": "its own key",
    "key-in-pieces": "its own key",
    "flood": "sent more than",
}


@pytest.mark.parametrize("behaviour", IN_A_STREAM)
def test_a_stream_that_cant_go_on_ends_in_an_event_that_says_why(gateway: Gateway, behaviour: str) -> None:
    heard = asked(gateway, behaviour, STREAM)
    assert heard.status == 200
    last = heard.body.rstrip(b"\n").rpartition(b"\n\n")[2]
    error = json.loads(last.removeprefix(b"data: "))["error"]
    assert IN_A_STREAM[behaviour] in error["message"]
    assert error["code"] == "endpoint-failed"
    assert SECRET.encode() not in heard.body
    eventually(lambda: gateway.books.endings() == [Ending.UPSTREAM])
    eventually(gateway.upstream.seen[0].over.is_set)
    assert still_up(gateway)


@pytest.mark.parametrize("behaviour", ["too-long", "hundred-megabytes-in-chunks"])
def test_a_document_that_cant_go_on_breaks_off_for_the_person_too(gateway: Gateway, behaviour: str) -> None:
    gateway.books.give(KEY, gateway.upstream.at(behaviour))
    with gateway.asking() as answer:
        assert answer.status == 200
        with pytest.raises(Exception, match=r"IncompleteRead|Connection"):
            raise_if_short(answer.read(), answer.getheader("content-length"))
    eventually(lambda: gateway.books.endings() == [Ending.UPSTREAM])
    assert still_up(gateway)


def raise_if_short(body: bytes, length: str | None) -> None:
    if length is not None and len(body) < int(length):
        raise ConnectionError


def test_the_key_does_not_come_in_pieces_either(gateway: Gateway) -> None:
    """Not even its beginning: what a person has must not shorten the search for the rest."""
    heard = asked(gateway, "key-in-pieces", STREAM)
    passed = heard.body.partition(b'"content": "')[2].partition(b"\n\n")[0]
    assert passed == b""


def test_headers_that_hold_the_key_are_dropped(gateway: Gateway) -> None:
    heard = asked(gateway, "key-in-headers")
    assert heard.status == 200
    assert SECRET not in str(heard.headers)
    assert SECRET.lower() not in str(heard.headers).lower()


def test_lies_about_tokens_are_not_taken_and_the_stream_passes(gateway: Gateway) -> None:
    heard = asked(gateway, "lie", STREAM)
    assert heard.status == 200
    assert b"[" * 100_000 in heard.body
    eventually(lambda: gateway.books.endings() == [Ending.DONE])
    ended = gateway.books.lines[0].ended
    assert ended is not None
    assert (ended.tokens_in, ended.tokens_out) == (USAGE["prompt_tokens"], USAGE["completion_tokens"])


def test_an_answer_of_the_wrong_length_is_cut_at_what_it_said(gateway: Gateway) -> None:
    heard = asked(gateway, "too-short")
    assert heard.status == 502 or len(heard.body) == 40
    assert still_up(gateway)


def test_an_early_refusal_passes(gateway: Gateway) -> None:
    heard = asked(gateway, "early")
    assert heard.status == 413
    assert heard.error["message"] == "too large"


def test_an_endpoint_that_trickles_is_heard_out(gateway: Gateway) -> None:
    assert asked(gateway, "trickle").said["object"] == "chat.completion"


def test_an_endpoint_that_is_not_there_is_said_to_be(gateway: Gateway) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gateway.books.give(KEY, f"http://127.0.0.1:{probe.getsockname()[1]}/v1")
    heard = gateway.ask()
    assert (heard.status, heard.error["message"]) == (502, "the model's endpoint can't be reached")


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "localhost", "0.0.0.0"])
def test_the_hubs_own_network_is_not_reached_by_an_address_that_somebody_typed_in(
    gateway: Gateway, host: str
) -> None:
    gateway.books.give(KEY, f"http://{host}:{gateway.upstream.port}/v1")
    assert gateway.ask().status == 502
    assert gateway.upstream.seen == []


def test_a_flood_does_not_fill_the_memory_for_who_reads_slowly(
    upstream: Upstream, books: MemoryBooks
) -> None:
    books.give(KEY, upstream.at("flood"))
    with running(upstream, books, Limits(idle_seconds=0.3)) as gateway:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with gateway.asking(STREAM) as answer:
            answer.read(1)
            eventually(lambda: books.endings() == [Ending.LEFT])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 48 * MEGABYTE


def test_one_endpoints_flood_does_not_stop_another_stream(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("crumbs"))
    gateway.books.give("other-key", gateway.upstream.at("talk"))
    with gateway.asking(STREAM) as flooded:
        flooded.read(1)
        assert gateway.ask(STREAM, key="other-key").body.endswith(b"[DONE]\n\n")
        assert flooded.read().endswith(b"x")


def test_an_answer_that_never_ends_is_ended(upstream: Upstream, books: MemoryBooks) -> None:
    books.give(KEY, upstream.at("endless"))
    with running(upstream, books, Limits(whole_seconds=0.4)) as gateway:
        heard = gateway.ask(STREAM)
        assert b"was not done within 0.4 s" in heard.body
        eventually(lambda: books.endings() == [Ending.UPSTREAM])
        eventually(upstream.seen[0].over.is_set)


@pytest.mark.parametrize("dialect", Dialect)
def test_what_goes_wrong_is_said_in_the_dialects_own_shape(gateway: Gateway, dialect: Dialect) -> None:
    gateway.books.give(KEY, gateway.upstream.at("redirect"), dialect)
    said = gateway.ask(path="/v1/messages" if dialect is Dialect.ANTHROPIC else "/v1/chat/completions").said
    if dialect is Dialect.ANTHROPIC:
        assert (said["type"], said["error"]["type"]) == ("error", "api_error")
    else:
        assert said["error"]["type"] == "api_error"


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log holds a key, a secret or words, whatever the endpoint does."""
    caplog.set_level(0)
    yield
    time.sleep(0)
    assert not [each for each in (KEY, SECRET, "the person's own words") if each in caplog.text]
