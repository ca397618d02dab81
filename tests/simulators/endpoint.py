"""An OpenAI-compatible endpoint that does as the task's text asks it to: it lies, hangs, floods, breaks or refuses.

The text's first word says what; a class below has a method for each that sends bytes as it likes.
"""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FLOOD = 1 << 20
HUGE = 100 << 20


@dataclass
class Lies:
    """The endpoint while it serves."""

    base_url: str
    elsewhere: str = ""  # where REDIRECT leads
    release: threading.Event = field(default_factory=threading.Event)  # lets SLOW answer
    on_call: Callable[[], None] = lambda: None  # what CALL does before it answers
    over: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)  # the texts
    authorizations: list[str] = field(default_factory=list)


@contextmanager
def endpoint(elsewhere: str = "") -> Iterator[Lies]:
    """Serve on loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.lies = lies = Lies(f"http://127.0.0.1:{server.server_address[1]}/v1", elsewhere)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield lies
    finally:
        lies.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    lies: Lies

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side hung up: that is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        lies = self.server.lies
        lies.authorizations.append(self.headers.get("Authorization", ""))
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = next((_text(each) for each in request["messages"] if each["role"] == "user"), "")
        lies.asked.append(asked)
        word, _, rest = asked.partition(" ")
        turn = sum(1 for each in request["messages"] if each["role"] == "assistant")
        with suppress(ConnectionError):
            getattr(self, f"do_{word.lower()}", self.do_refuse)(rest, turn)

    def log_message(self, *_: Any) -> None:
        pass

    # what a model may do

    def do_submit(self, rest: str, turn: int) -> None:
        self._say(_call("submit", json.dumps({"answer": rest or "done"})))

    def do_run(self, rest: str, turn: int) -> None:
        """Run a command in the sandbox, then submit."""
        self._say(
            _call("submit", '{"answer": "done"}') if turn else _call("bash", json.dumps({"command": rest}))
        )

    def do_refuse(self, rest: str, turn: int) -> None:
        self._say(content="I can't help with that.")

    def do_slow(self, rest: str, turn: int) -> None:
        self.server.lies.release.wait(60)
        self.do_submit(rest, turn)

    def do_call(self, rest: str, turn: int) -> None:
        self.server.lies.on_call()
        self.do_submit(rest, turn)

    # what a broken or hostile one does

    def do_hang(self, rest: str, turn: int) -> None:
        self.server.lies.over.wait(60)

    def do_break(self, rest: str, turn: int) -> None:
        self._send(500, json.dumps({"error": {"message": "broken"}}).encode())

    def do_nonsense(self, rest: str, turn: int) -> None:
        self._send(200, json.dumps({"choices": "none"}).encode())

    def do_lie(self, rest: str, turn: int) -> None:
        self._say(_call("bash", '{"command": '), _call("rm", "{}"))

    def do_flood(self, rest: str, turn: int) -> None:
        self._say(content="A" * FLOOD)

    def do_empty(self, rest: str, turn: int) -> None:
        self._say(content="")

    def do_nothing(self, rest: str, turn: int) -> None:
        self._send(200, b"")

    def do_garbage(self, rest: str, turn: int) -> None:
        self._send(200, bytes(range(256)) * 64)

    def do_deep(self, rest: str, turn: int) -> None:
        self._send(200, b"[" * 100_000)

    def do_surrogates(self, rest: str, turn: int) -> None:
        self._say(_call("bash", '{"command": "echo \\ud800\\u0000"}'), content="\ud800 \0 \x1b[2J")

    def do_html(self, rest: str, turn: int) -> None:
        self._send(200, b"<html>log in first</html>", Content_Type="text/html")

    def do_huge(self, rest: str, turn: int) -> None:
        """100 MB, announced or not."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if rest == "announced":
            self.send_header("Content-Length", str(HUGE))
        self.end_headers()
        for _ in range(HUGE >> 20):
            self.wfile.write(b" " * (1 << 20))
        self.close_connection = True

    def do_bomb(self, rest: str, turn: int) -> None:
        """100 MB in 100 kB."""
        packed = gzip.compress(b" " * HUGE, 1)
        self._send(200, packed, Content_Encoding="gzip")

    def do_half(self, rest: str, turn: int) -> None:
        """Half of what was announced, then nothing."""
        body = json.dumps(said(content="half of")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(2 * len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_close(self, rest: str, turn: int) -> None:
        self.close_connection = True

    def do_trickle(self, rest: str, turn: int) -> None:
        """A space now and then, for ever."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "10000")
        self.end_headers()
        while not self.server.lies.over.wait(0.2):
            self.wfile.write(b" ")
            self.wfile.flush()

    def do_stream(self, rest: str, turn: int) -> None:
        """Server-sent events without end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while not self.server.lies.over.is_set():
            self.wfile.write(b"data: {}\n\n" * 100)

    def do_busy(self, rest: str, turn: int) -> None:
        self._send(429, b'{"error": {"message": "too many"}}', Retry_After="86400")

    def do_redirect(self, rest: str, turn: int) -> None:
        self._send(307, b"", Location=self.server.lies.elsewhere)

    def do_echo(self, rest: str, turn: int) -> None:
        """The key and the base URL, in everything that is said; the key into the answer too."""
        held = f"{self.headers.get('Authorization')} at {self.server.lies.base_url}"
        command = f"echo '{held}' | tee answer"
        if turn:
            self._say(_call("submit", json.dumps({"answer": held})))
        elif rest:
            self._send(int(rest), json.dumps({"error": {"message": f"no {held}"}}).encode())
        else:
            self._say(_call("bash", json.dumps({"command": command})), content=held)

    def do_wrong(self, rest: str, turn: int) -> None:
        """Calls with wrong types, wrong names, no names."""
        wrong = [
            _call("bash", '{"command": 7}'),
            _call("bash", '{"cmd": "id"}'),
            _call("bash", "[1, 2]"),
            _call("bash", '"id"'),
            _call("", "{}"),
            _call("submit", '{"answer": {"a": [null]}}'),
            _call("python", "null"),
            _call("no such tool\n", '{"x": 1}'),
        ]
        self._say(*wrong[4 * (turn % 2) :][:4])

    def do_thousands(self, rest: str, turn: int) -> None:
        self._say(*[_call("rm" if n % 2 else "bash", '{"command": "true"}') for n in range(5000)])

    # how it is sent

    def _say(self, *calls: dict[str, Any], content: str | None = None) -> None:
        self._send(200, json.dumps(said(*calls, content=content)).encode())

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def said(*calls: dict[str, Any], content: str | None = None) -> dict[str, Any]:
    """A completion."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = [{**call, "id": f"call_{n}"} for n, call in enumerate(calls)]
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "liar",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10},
    }


def _call(name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def _text(message: dict[str, Any]) -> str:
    held = message["content"]
    return held if isinstance(held, str) else "".join(str(part.get("text", "")) for part in held or [])
