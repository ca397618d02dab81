"""The reference models' endpoint, and clients that mean harm: a 4xx, never a traceback, and it goes on."""

import json
import socket
from collections.abc import Iterator

import pytest

from headstart.agents.errors import KeyWeak, PortTaken
from headstart.agents.providers import endpoint as served_by
from headstart.agents.providers.endpoint import MOST_BYTES, Endpoint
from headstart.agents.work import reference_model

pytestmark = pytest.mark.enable_socket
KEY = "a-key-of-one's-own"
CHAT = "POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {key}\r\n"
BODY = json.dumps({"model": "null", "messages": []}).encode()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with reference_model("null", key=KEY) as served:
        yield served


def say(endpoint: Endpoint, said: bytes, *, end: bool = True) -> bytes:
    """Everything that comes back for these bytes."""
    port = int(endpoint.base_url.rpartition(":")[2].removesuffix("/v1"))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(said)
        if end:
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    return heard


def chat(endpoint: Endpoint, body: bytes, *headers: str) -> bytes:
    length = (
        ()
        if any("ength" in each or "ncoding" in each for each in headers)
        else (f"Content-Length: {len(body)}",)
    )
    head = CHAT.format(key=KEY) + "".join(f"{each}\r\n" for each in (*length, *headers))
    return say(endpoint, head.encode() + b"\r\n" + body)


HEADS = {
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "a line without end": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a header without end": (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "headers without end": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 500 + b"\r\n", 431),
    "another version": (b"GET / HTTP/9.9\r\n\r\n", 400),
    "another method": (b"BREW /v1/models HTTP/1.1\r\n\r\n", 405),
    "no key": (b"GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n", 401),
    "a key of other letters": (b"GET /v1/models HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n\r\n", 401),
    "another place": (CHAT.format(key=KEY).replace("/v1/chat", "/..//etc").encode() + b"\r\n", 404),
}


@pytest.mark.parametrize("name", HEADS)
def test_what_is_no_request_gets_a_4xx(name: str, endpoint: Endpoint) -> None:
    said, status = HEADS[name]
    heard = say(endpoint, said)
    assert heard.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Traceback" not in heard
    assert b'{"error"' in heard


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: many", 411),
        ("Content-Length: -5", 411),
        ("Content-Length: 1_0", 411),
        ("Content-Length: \u0663", 411),
        ("Content-Length: 5\r\nContent-Length: 6", 411),
        ("Transfer-Encoding: chunked", 411),
        (f"Content-Length: {MOST_BYTES + 1}", 413),
        ("Content-Length: 99999999999", 413),
    ],
)
def test_a_length_that_is_none_or_too_much_is_refused(header: str, status: int, endpoint: Endpoint) -> None:
    assert chat(endpoint, BODY, header).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"messages": ' + b"9" * 10_000 + b"}",
        b'{"messages": "text"}',
        b'{"messages": {"role": "user"}}',
        b'{"messages": [], "tools": [3]}',
        b'{"messages": [], "tools": {"function": 1}}',
        b"null",
        b"\xff\xfe",
        b"",
    ],
)
def test_a_body_that_is_no_conversation_is_refused(body: bytes, endpoint: Endpoint) -> None:
    heard = chat(endpoint, body)
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert len(heard) < 1000


def test_a_body_that_never_comes_whole_is_left_alone_and_others_are_served(endpoint: Endpoint) -> None:
    assert chat(endpoint, BODY, "Content-Length: 1000") == b""
    assert b"submit" not in chat(endpoint, BODY)
    assert chat(endpoint, BODY).startswith(b"HTTP/1.1 200 ")


def test_who_takes_too_long_is_cut_off(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_by, "REQUEST_SECONDS", 0.2)
    assert say(endpoint, b"GET /v1/models HT", end=False) == b""
    assert say(endpoint, (CHAT.format(key=KEY) + "Content-Length: 100\r\n\r\n{").encode(), end=False) == b""


def test_more_connections_than_places_are_told_so() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served_by, "MOST_CONNECTIONS", 2)
        with reference_model("null", key=KEY) as few:
            port = int(few.base_url.rpartition(":")[2].removesuffix("/v1"))
            held = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
            try:
                for each in held:
                    each.sendall(f"GET /v1/models HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
                    assert each.recv(100).startswith(b"HTTP/1.1 200")
                assert say(few, b"", end=False).startswith(b"HTTP/1.1 429")
            finally:
                for each in held:
                    each.close()


@pytest.mark.parametrize(
    "key", ["short", "with a space in it and long", "umlaut-\u00e4-and-quite-long", "a" * 20 + "\n"]
)
def test_a_key_that_no_header_carries_is_refused(key: str) -> None:
    with pytest.raises(KeyWeak), reference_model("null", key=key):
        pass


def test_a_port_that_is_taken_is_one_clear_line(endpoint: Endpoint) -> None:
    port = int(endpoint.base_url.rpartition(":")[2].removesuffix("/v1"))
    with pytest.raises(PortTaken, match=f"port {port} "), reference_model("null", port=port):
        pass
