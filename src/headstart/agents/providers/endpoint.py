"""An OpenAI-compatible endpoint on loopback, behind which a reference model answers.

`POST /v1/chat/completions` (tool calls, usage, `stream: true` as server-sent events) and `GET /v1/models`, with a
bearer key. Counts of tokens are of four characters each: there is no tokenizer.

Whoever sends anything else gets a 4xx with a JSON error. Bounded: the request's size, its line and headers (64 KiB a
line, 100 headers: the standard library's), connections at once, how long a connection may take to say something, how
many requests are read at once.
"""

import contextlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from headstart.agents.rules.reference import Reply, Strength, reply, text_of
from headstart.agents.rules.secrets import one_line

MOST_BYTES = 8 << 20  # of a request: a conversation within its budget is a tenth of it
MOST_CONNECTIONS = 64
MOST_AT_ONCE = 4  # requests that are read and answered: JSON takes twenty times its size
REQUEST_SECONDS = 30.0  # from its first byte to its last; and between two requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a reference model answers while its context lasts."""

    base_url: str
    model: str
    key: str = field(repr=False)


@contextmanager
def serve(strength: Strength, port: int = 0, key: str = "") -> Iterator[Endpoint]:
    """Answer on 127.0.0.1 (a free port where `port` is 0) until the context ends; without a `key` a fresh one is made.

    Raises:
        OSError: the port can't be listened on.
    """
    key = key or secrets.token_urlsafe(24)
    server = _Server(("127.0.0.1", port), _Handler)
    server.key, server.strength = key, strength
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="reference-model")
    thread.start()
    try:
        yield Endpoint(
            base_url=f"http://127.0.0.1:{server.server_address[1]}/v1", model=strength.value, key=key
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@cache
def kit() -> Mapping[str, str]:
    """The programs that reference models write into the sandbox, by name."""
    folder = resources.files("headstart.agents.kit")
    return {each.name: each.read_text() for each in folder.iterdir() if each.name.endswith((".py", ".c"))}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    key: str
    strength: Strength

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.reading = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.until: dict[socket.socket, float] = {}  # when a connection must have said what it wants
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, as long as there is a place."""
        if not self.places.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.settimeout(1)
                request.sendall(
                    b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                )
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.until.pop(request, None)
            self.places.release()

    def service_actions(self) -> None:
        """Between two looks for connections: end those that take too long to say what they want."""
        now = time.monotonic()
        for connection, until in list(self.until.items()):
            if now > until:
                self.until.pop(connection, None)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side went away in the middle of it: nobody is there to be told."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS

    def handle_one_request(self) -> None:
        """One request, which must be here in time."""
        self.server.until[self.connection] = time.monotonic() + REQUEST_SECONDS
        super().handle_one_request()

    def do_GET(self) -> None:
        if not self._known():
            self._refuse(HTTPStatus.UNAUTHORIZED, "the key is not this endpoint's")
        elif self.path == "/v1/models":
            models = [{"id": each.value, "object": "model", "owned_by": "headstart"} for each in Strength]
            self._send({"object": "list", "data": models})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        if not self._known():
            self._refuse(HTTPStatus.UNAUTHORIZED, "the key is not this endpoint's")
        elif self.path != "/v1/chat/completions":
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        elif (length := self._length()) is None:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a request says how long it is, in Content-Length")
        elif length > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {MOST_BYTES} bytes")
        else:
            body = self.rfile.read(length)
            self.server.until.pop(self.connection, None)
            if len(body) == length:
                self._complete(body)

    def _length(self) -> int | None:
        """What the request says of its own length: a plain number, once, and nothing else."""
        said = self.headers.get_all("Content-Length") or []
        plain = len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(said[0]) < 12
        return int(said[0]) if plain and "Transfer-Encoding" not in self.headers else None

    def _complete(self, body: bytes) -> None:
        try:
            with self.server.reading:
                request = json.loads(body)
                answer = completion(request, self.server.strength)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            why = one_line(f"this is not a chat completion request: {type(error).__name__}: {error}")
            self._refuse(HTTPStatus.BAD_REQUEST, why)
        else:
            self._stream(answer) if request.get("stream") else self._send(answer)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses by itself: as JSON, and a method that is not known as a 405."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            status = HTTPStatus.BAD_REQUEST
        self.request_version = self.protocol_version  # what could not be read is answered as if it could
        self._refuse(status, one_line(message or explain or status.phrase))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: requests are in Inspect's log."""

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(errors="replace"), self.server.key.encode())

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self._send({"error": {"message": why, "type": "invalid_request_error"}}, status)

    def _send(self, content: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Mapping[str, Any]) -> None:
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in _events(answer):
            self.wfile.write(f"data: {event}\n\n".encode())


def completion(request: Mapping[str, Any], strength: Strength) -> dict[str, Any]:
    """A chat completion. The request's `model` may name another strength than the endpoint's own."""
    named = str(request.get("model", ""))
    strength = Strength(named) if named in set(Strength) else strength
    messages = request["messages"]
    tools = [tool["function"]["name"] for tool in request.get("tools") or []]
    said = reply(strength, messages, tools, kit())
    message = _message(said)
    spent = {
        "prompt_tokens": sum(len(text_of(each)) for each in messages) // 4 + 1,
        "completion_tokens": len(json.dumps(message)) // 4 + 1,
    }
    finish = "tool_calls" if said.tool else "stop"
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": strength.value,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {**spent, "total_tokens": sum(spent.values())},
    }


def _message(said: Reply) -> dict[str, Any]:
    if said.tool is None:
        return {"role": "assistant", "content": said.text}
    function = {"name": said.tool, "arguments": json.dumps(dict(said.arguments or {}))}
    call = {"id": f"call_{secrets.token_hex(8)}", "type": "function", "function": function}
    return {"role": "assistant", "content": said.text or None, "tool_calls": [call]}


def _events(answer: Mapping[str, Any]) -> Iterator[str]:
    """The completion as chunks: the message, the reason why it ended, what it cost."""
    choice = answer["choices"][0]
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [{"index": n, **call} for n, call in enumerate(message["tool_calls"])]
    head = {key: answer[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    for delta, finish in ((message, None), ({}, choice["finish_reason"])):
        yield json.dumps({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    yield json.dumps({**head, "choices": [], "usage": answer["usage"]})
    yield "[DONE]"
