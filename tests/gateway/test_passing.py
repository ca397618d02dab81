"""What passes, passes untouched: byte for byte, chunk for chunk, in both dialects."""

import http.client
import json
import socket
import threading
import time
from typing import Any

import pytest
from tests.gateway.conftest import BODY, KEY, Gateway, eventually
from tests.simulators.books import SECRET
from tests.simulators.upstream import WORDS

from headstart.access.rules import Dialect, Ending

pytestmark = pytest.mark.enable_socket
TOOLS = {"tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]}
ASKED: dict[str, dict[str, Any]] = {
    "a document": {},
    "a document with tools": TOOLS,
    "a stream": {"stream": True},
    "a stream with tools": {"stream": True, **TOOLS},
    "a stream with usage": {"stream": True, "stream_options": {"include_usage": True}},
}
PATHS = {Dialect.OPENAI: "/v1/chat/completions", Dialect.ANTHROPIC: "/v1/messages"}


def chunks(port: int, path: str, body: dict[str, Any]) -> list[bytes]:
    """An answer as it comes over the wire: its chunks, with their own boundaries."""
    sent = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(sent)}\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
        connection.makefile("rb") as file,
    ):
        connection.sendall(head.encode() + sent)
        told = http.client.parse_headers(file) if file.readline().startswith(b"HTTP/1.1 200") else None
        assert told is not None
        if "content-length" in told:
            return [file.read(int(told["content-length"]))]
        found = []
        while size := int(file.readline(), 16):
            found.append(file.read(size))
            file.readline()
        return found


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("dialect", Dialect)
def test_the_answer_is_the_same_as_going_direct_down_to_its_chunks(
    gateway: Gateway, dialect: Dialect, asked: str
) -> None:
    gateway.upstream.pause = 0.002
    gateway.books.give(KEY, gateway.upstream.at("talk"), dialect)
    body = {**BODY, **ASKED[asked], "max_tokens": 50}
    direct = chunks(gateway.upstream.port, f"/talk{PATHS[dialect]}", body)
    through = chunks(gateway.port, PATHS[dialect], body)
    assert through == direct
    assert len(direct) > len(WORDS) or "stream" not in asked


def test_the_request_arrives_as_it_was_written(gateway: Gateway) -> None:
    body = b' { "model" : "model-a" ,\n"messages":[] , "x-unknown": 1e2, "caf\xc3\xa9": "\\u00e9" }  '
    assert gateway.ask(body, path="/v1/chat/completions?beta=true&x=%20").status == 200
    seen = gateway.upstream.seen[0]
    assert seen.body == body
    assert seen.path == "/v1/chat/completions?beta=true&x=%20"


@pytest.mark.parametrize("dialect", Dialect)
def test_the_endpoint_sees_the_developers_key_and_never_the_persons(
    gateway: Gateway, dialect: Dialect
) -> None:
    gateway.books.give(KEY, gateway.upstream.at("talk"), dialect)
    told = {
        "anthropic_version": "2023-06-01",
        "anthropic_beta": "tools-2024",
        "cookie": "a=b",
        "x_forwarded_for": "1.2.3.4",
    }
    gateway.ask(
        path=PATHS[dialect],
        x_api_key=KEY,
        user_agent="a-client/1",
        openai_organization="org-of-another",
        **told,
    )
    seen = gateway.upstream.seen[0]
    assert seen.key == SECRET
    assert KEY not in str(seen.headers)
    assert seen.header("anthropic-version") == "2023-06-01"
    assert seen.header("anthropic-beta") == "tools-2024"
    assert seen.header("user-agent") == "a-client/1"
    assert seen.header("accept-encoding") == "identity"
    assert seen.header("host") == f"127.0.0.1:{gateway.upstream.port}"
    names = [name for name, _ in seen.headers]
    assert not {"cookie", "x-forwarded-for", "openai-organization", "transfer-encoding"} & set(names)
    assert len(names) == len(set(names))


def test_of_the_answers_headers_only_what_a_client_needs_passes(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("gossip"))
    told = {name.lower(): value for name, value in gateway.ask().headers.items()}
    assert told["x-ratelimit-remaining-requests"] == "5"
    assert told["retry-after"] == "3"
    assert told["content-type"] == "application/json"
    assert not {
        "set-cookie",
        "location",
        "openai-organization",
        "openai-project",
        "anthropic-organization-id",
    } & set(told)
    assert "vllm" not in str(told)


def test_a_refusal_of_the_endpoints_own_passes_with_its_words(gateway: Gateway) -> None:
    for status in (400, 404, 429, 500, 529):
        gateway.books.give(KEY, gateway.upstream.at(f"with-status-{status}"))
        heard = gateway.ask()
        assert heard.status == status
        assert heard.error["message"] == "in another way"
        assert heard.headers["retry-after"] == "7"
    eventually(lambda: gateway.books.endings() == [Ending.DONE] * 5)


def test_a_chunk_passes_when_it_comes_and_not_when_the_answer_is_whole(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("hang-midway"))
    with gateway.asking({**BODY, "stream": True}) as answer:
        assert answer.readline().startswith(b"data: ")
        assert not gateway.upstream.seen[0].over.is_set()


def test_headers_of_a_stream_pass_before_its_first_event(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("silent-stream"))
    with gateway.asking({**BODY, "stream": True}) as answer:
        assert answer.status == 200


def test_a_crowd_of_tiny_chunks_passes_whole(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("crumbs"))
    assert gateway.ask({**BODY, "stream": True}).body == b"x" * 100_000


def test_what_looks_like_the_beginning_of_the_key_passes(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("beginning-of-key"))
    heard = gateway.ask({**BODY, "stream": True})
    assert heard.body == f"data: {SECRET[:9]} is how it begins\n\ndata: {SECRET[:5]}".encode()


def test_an_answer_without_a_length_passes(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("no-length"))
    assert gateway.ask().said["object"] == "chat.completion"


def test_a_hundred_streams_are_open_at_once_and_each_gets_its_own(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("wait"))
    heard: dict[int, bytes] = {}

    def ask(number: int) -> None:
        with gateway.asking({**BODY, "stream": True, "model": "model-b", "n": number}) as answer:
            heard[number] = answer.read()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(100)]
    for each in threads:
        each.start()
    eventually(lambda: len(gateway.upstream.seen) == 100)
    assert gateway.books.open_of("gky_2") == 100
    gateway.upstream.go.set()
    for each in threads:
        each.join(30)
    assert len(heard) == 100
    assert all(body.endswith(b"data: [DONE]\n\n") for body in heard.values())
    eventually(lambda: gateway.books.endings() == [Ending.DONE] * 100)


def test_connections_to_the_endpoint_are_used_again(gateway: Gateway) -> None:
    before = gateway.upstream.connections
    for _ in range(5):
        assert gateway.ask().status == 200
    assert gateway.upstream.connections == before + 1


def test_a_connection_on_which_too_much_came_is_not_used_again(gateway: Gateway) -> None:
    for behaviour in ("two-answers", "too-short"):
        gateway.books.give(KEY, gateway.upstream.at(behaviour))
        gateway.ask()
        time.sleep(0.3)
        gateway.books.give(KEY, gateway.upstream.at("talk"))
        assert gateway.ask().said["object"] == "chat.completion"
