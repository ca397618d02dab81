"""An OpenAI-compatible endpoint on loopback, behind which a reference model answers.

`POST /v1/chat/completions` (tool calls, usage, `stream: true` as server-sent events) and `GET /v1/models`, with a
bearer key made for this endpoint alone. Counts of tokens are of four characters each: there is no tokenizer.
"""

import hmac
import json
import secrets
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

MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a reference model answers while its context lasts."""

    base_url: str
    model: str
    key: str = field(repr=False)


@contextmanager
def serve(strength: Strength, port: int = 0) -> Iterator[Endpoint]:
    """Answer on 127.0.0.1 (a free port where `port` is 0) until the context ends."""
    key = secrets.token_urlsafe(24)
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
    key: str
    strength: Strength


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        if self._known() and self.path == "/v1/models":
            models = [{"id": each.value, "object": "model", "owned_by": "headstart"} for each in Strength]
            self._send({"object": "list", "data": models})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not self._known():
            self._refuse(HTTPStatus.UNAUTHORIZED, "the key is not this endpoint's")
        elif self.path != "/v1/chat/completions" or not 0 < length <= MOST_BYTES:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        else:
            try:
                request = json.loads(self.rfile.read(length))
                answer = completion(request, self.server.strength)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self._refuse(HTTPStatus.BAD_REQUEST, f"this is not a chat completion request: {error}")
            else:
                self._stream(answer) if request.get("stream") else self._send(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: requests are in Inspect's log."""

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self.server.key.encode())

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
