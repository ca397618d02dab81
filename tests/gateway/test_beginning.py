"""Before a byte passes: the key, the request, the books."""

import asyncio
import hashlib
import json
import socket
import time
from typing import Any

import pytest
from tests.gateway.conftest import BODY, KEY, Gateway, eventually, running
from tests.simulators.books import SECRET, MemoryBooks
from tests.simulators.upstream import Upstream

from headstart.access.rules import Dialect, Ending
from headstart.access.work.limits import Limits
from headstart.reviews.rules import Scope

pytestmark = pytest.mark.enable_socket
STREAM = {**BODY, "stream": True}
TOOLS = {"tools": [{"type": "function", "function": {"name": "look"}}]}


def test_nothing_goes_out_before_the_request_is_written_down(gateway: Gateway) -> None:
    """The connection is made meanwhile, so that nobody waits for one after the other."""
    may = asyncio.Event()
    gateway.books.begin_may = may
    connections = gateway.upstream.connections
    with gateway.asking_soon(STREAM) as answer:
        eventually(lambda: gateway.upstream.connections > connections)
        time.sleep(0.2)  # in which it would have come
        assert gateway.upstream.seen == gateway.books.lines == []
        gateway.in_its_loop(may.set)
        assert answer().status == 200
    assert json.loads(gateway.upstream.seen[0].body or b"") == STREAM


def test_books_that_do_not_write_in_time_let_nothing_pass(gateway: Gateway) -> None:
    may = asyncio.Event()
    gateway.books.begin_may = may
    heard = gateway.ask()
    assert (heard.status, heard.error["code"]) == (503, "books-silent")
    gateway.in_its_loop(may.set)
    eventually(lambda: gateway.books.endings() == [Ending.GATEWAY])  # it was written after all, and ended
    assert gateway.upstream.seen == []


def test_who_hangs_up_before_it_is_written_down_has_left(gateway: Gateway) -> None:
    may = asyncio.Event()
    gateway.books.begin_may = may
    connections = gateway.upstream.connections
    with gateway.asking_soon():
        eventually(lambda: gateway.upstream.connections > connections)
    eventually(lambda: gateway.upstream.connections == gateway.upstream.disconnections)
    gateway.in_its_loop(may.set)
    eventually(lambda: gateway.books.endings() == [Ending.LEFT])
    assert gateway.upstream.seen == []


def test_what_the_books_refuse_does_not_reach_the_endpoint(gateway: Gateway) -> None:
    gateway.books.tokens_left = 0
    heard = gateway.ask()
    assert (heard.status, heard.error["code"]) == (429, "budget-spent")
    assert heard.headers["x-should-retry"] == "false"
    eventually(lambda: all(each.over.is_set() for each in gateway.upstream.seen))
    assert [each.body for each in gateway.upstream.seen if each.body] == []
    assert gateway.books.lines == []


def test_the_books_know_what_was_asked_and_what_came_of_it(gateway: Gateway) -> None:
    body = json.dumps({**BODY, "max_tokens": 50}).encode()
    heard = gateway.ask(body)
    eventually(lambda: gateway.books.endings() == [Ending.DONE])
    line = gateway.books.lines[0]
    assert line.ended is not None
    assert (line.asked.path, line.asked.model, line.asked.most_tokens) == (
        "/v1/chat/completions",
        "model-a",
        50,
    )
    assert (line.asked.digest, line.asked.size) == (hashlib.sha256(body).hexdigest(), len(body))
    assert (line.asked.streams, line.asked.tools) == (False, False)
    assert (line.ended.digest, line.ended.size) == (hashlib.sha256(heard.body).hexdigest(), len(heard.body))
    assert (line.ended.status, line.ended.tokens_in, line.ended.tokens_out) == (200, 11, 10)
    assert line.ended.first_byte_ms is not None
    assert 0 < line.ended.first_byte_ms <= line.ended.wall_seconds * 1000
    assert line.ended.words is None


def test_words_are_kept_only_where_the_pass_says_so(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("talk"), keeps_words=True)
    body = json.dumps(BODY).encode()
    heard = gateway.ask(body)
    eventually(lambda: gateway.books.endings() == [Ending.DONE])
    ended = gateway.books.lines[0].ended
    assert ended is not None
    assert ended.words == b"%d\n%b%b" % (len(body), body, heard.body)
    assert "own words" not in repr(ended)
    assert SECRET not in repr(gateway.books.lines[0].holder)


@pytest.mark.parametrize("shown", ["", "wrong-key", KEY + "x", KEY[:-1]])
def test_a_key_that_is_none_reaches_nothing(gateway: Gateway, shown: str) -> None:
    for path in ("/v1/chat/completions", "/v1/messages"):
        heard = gateway.ask(path=path, authorization=f"Bearer {shown}" if shown else "")
        assert (heard.status, heard.error["code"]) == (401, "key-unknown")
        assert shown not in heard.body.decode() or not shown
    assert gateway.upstream.seen == []


SCOPED: dict[str, tuple[set[Scope], dict[str, Any], int]] = {
    "chat": ({Scope.CHAT}, BODY, 200),
    "no chat": ({Scope.MESSAGES, Scope.TOOLS, Scope.MODELS}, BODY, 403),
    "tools": ({Scope.CHAT, Scope.TOOLS}, {**BODY, **TOOLS}, 200),
    "no tools": ({Scope.CHAT}, {**BODY, **TOOLS}, 403),
    "another model": (set(Scope), {**BODY, "model": "model-z"}, 404),
    "a model that it may": (set(Scope), {**BODY, "model": "model-b"}, 200),
}


@pytest.mark.parametrize("name", SCOPED)
def test_a_key_reaches_what_it_was_given_for(gateway: Gateway, name: str) -> None:
    scopes, body, status = SCOPED[name]
    gateway.books.give(KEY, gateway.upstream.at("talk"), scopes=frozenset(scopes))
    assert gateway.ask(body).status == status
    assert len(gateway.upstream.seen) == (status == 200)


def test_the_list_of_models_is_the_keys_own(gateway: Gateway) -> None:
    assert [each["id"] for each in get(gateway, "/v1/models")[1]["data"]] == ["model-a", "model-b"]
    gateway.books.give(KEY, gateway.upstream.at("talk"), Dialect.ANTHROPIC, models=frozenset({"claude-next"}))
    assert get(gateway, "/v1/models")[1]["data"][0]["type"] == "model"
    gateway.books.give(KEY, gateway.upstream.at("talk"), scopes=frozenset({Scope.CHAT}))
    assert get(gateway, "/v1/models")[0] == 403
    assert gateway.upstream.seen == []


def get(gateway: Gateway, path: str, method: str = "GET") -> tuple[int, Any]:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        told = f"{method} {path} HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nConnection: close\r\n\r\n"
        connection.sendall(told.encode())
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if b"json" in head else body


def test_other_addresses_and_methods_are_answered_in_a_line_each(gateway: Gateway) -> None:
    assert get(gateway, "/healthz") == (200, b"ok\n")
    for path in ("/", "/v1/embeddings", "/v1/files", "/v1/chat/completions/../files", "/v1/models/x"):
        status, said = get(gateway, path)
        assert (status, said["error"]["code"]) == (404, "not-found")
    assert get(gateway, "/v1/chat/completions")[0] == 405
    assert get(gateway, "/v1/messages")[1]["type"] == "error"
    assert get(gateway, "/v1/models", "DELETE")[0] == 405


def test_a_key_is_told_where_its_endpoint_answers(gateway: Gateway) -> None:
    heard = gateway.ask(path="/v1/messages")
    assert heard.status == 404
    assert "/v1/chat/completions" in heard.error["message"]
    assert heard.said["type"] == "error"


@pytest.mark.parametrize(
    ("body", "told", "status"),
    [
        (b"{", {}, 400),
        (b'{"model": "model-a", "model": "model-z"}', {}, 400),
        (b'{"model": "model-a", "a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", {}, 400),
        (json.dumps(BODY).encode(), {"content_encoding": "gzip"}, 415),
        (json.dumps({**BODY, "x": "a" * 70_000}).encode(), {}, 413),
    ],
)
def test_a_request_that_cant_be_read_is_refused(
    upstream: Upstream, books: MemoryBooks, body: bytes, told: dict[str, str], status: int
) -> None:
    books.give(KEY, upstream.at("talk"))
    most = 65_536 if status == 413 else 8 << 20
    with running(upstream, books, Limits(most_request_bytes=most)) as gateway:
        heard = gateway.ask(body, **told)
        assert (heard.status, upstream.seen, books.lines) == (status, [], [])
        assert "model-z" not in heard.error["message"]


def test_a_large_request_passes_whole(gateway: Gateway) -> None:
    body = json.dumps({**BODY, "x": "a" * (7 << 20)}).encode()
    assert gateway.ask(body).status == 200
    assert gateway.upstream.seen[0].body == body


def test_a_request_without_a_length_is_bounded_too(upstream: Upstream, books: MemoryBooks) -> None:
    books.give(KEY, upstream.at("talk"), Dialect.ANTHROPIC)
    with running(upstream, books, Limits(most_request_bytes=1000)) as gateway:
        head = (
            f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
            connection.sendall(
                head.encode() + b"3e8\r\n" + b"x" * 1000 + b"\r\n3e8\r\n" + b"x" * 1000 + b"\r\n"
            )
            assert b" 413 " in connection.recv(1000)


def test_a_request_that_does_not_come_is_not_waited_for(upstream: Upstream, books: MemoryBooks) -> None:
    books.give(KEY, upstream.at("talk"))
    with running(upstream, books, Limits(body_seconds=0.2)) as gateway:
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nContent-Length: 10\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
            connection.sendall(head.encode() + b"{")
            assert b" 408 " in connection.recv(1000)


def test_a_key_has_as_many_requests_in_flight_as_it_was_given(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("wait"), most_streams=2)
    with gateway.asking_soon(STREAM), gateway.asking_soon(STREAM):
        eventually(lambda: len(gateway.upstream.seen) == 2)
        heard = gateway.ask(STREAM)
        assert (heard.status, heard.error["code"]) == (429, "too-many-requests")
        assert int(heard.headers["retry-after"]) >= 1
    gateway.upstream.go.set()
    eventually(lambda: gateway.books.open_of("gky_2") == 0)
    assert gateway.ask(STREAM).status == 200


def test_one_after_the_other_never_counts_as_two_at_once(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("talk"), most_streams=1)
    assert [gateway.ask(STREAM).status for _ in range(20)] == [200] * 20


def test_a_key_is_asked_about_once_for_many_requests_and_yet_ends_at_once(
    upstream: Upstream, books: MemoryBooks
) -> None:
    books.give(KEY, upstream.at("talk"))
    with running(upstream, books, Limits(pass_seconds=60)) as gateway:
        assert [gateway.ask().status for _ in range(5)] == [200] * 5
        assert books.admitted == 1
        books.take_back(KEY)
        heard = gateway.ask()
        assert (heard.status, heard.error["code"]) == (403, "key-over")
        assert get(gateway, "/v1/models")[0] == 403
        assert len(upstream.seen) == 5


def test_a_refused_key_is_asked_about_anew(upstream: Upstream, books: MemoryBooks) -> None:
    with running(upstream, books, Limits(pass_seconds=60)) as gateway:
        assert gateway.ask().status == 401
        books.give(KEY, upstream.at("talk"))
        assert gateway.ask().status == 200
