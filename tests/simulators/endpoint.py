"""An OpenAI-compatible endpoint that lies, hangs, floods, breaks or refuses, as the task's text asks it to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FLOOD = 4 << 20


@contextmanager
def endpoint() -> Iterator[str]:
    """Serve on loopback; gives the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = str([each for each in request["messages"] if each["role"] == "user"])
        if "HANG" in asked:
            self.server.over.wait(60)  # type: ignore[attr-defined]
        elif "BREAK" in asked:
            self._send(500, {"error": {"message": "broken"}})
        elif "NONSENSE" in asked:
            self._send(200, {"choices": "none"})
        elif "LIE" in asked:
            self._send(200, _said({"tool_calls": [_call("bash", '{"command": '), _call("rm", "{}")]}))
        elif "FLOOD" in asked:
            self._send(200, _said({"content": "A" * FLOOD}))
        else:
            self._send(200, _said({"content": "I can't help with that."}))

    def log_message(self, *_: Any) -> None:
        pass

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)


def _said(message: dict[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": None, **message},
        "finish_reason": "stop",
    }
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "liar", "choices": [choice],
            "usage": usage}  # fmt: skip


def _call(name: str, arguments: str) -> dict[str, Any]:
    return {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": arguments}}
