"""A developer's endpoint over real HTTP: OpenAI chat completions and Anthropic messages, well behaved or not at all.

How it behaves is the first part of its address: `upstream.at("hang")` is the base URL of an endpoint that hangs. What
it was asked, and which connections were dropped on it, is there to look at. `python -m tests.simulators.upstream`
serves in a process of its own, for measuring.
"""

import asyncio
import contextlib
import gzip
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WORDS = ["Head", "start", " gives", " def", "enders", " time", ".", " naïve", " 猫", ' "quoted"\n']
USAGE = {"prompt_tokens": 11, "completion_tokens": 10, "total_tokens": 21}
MEGABYTE = 1 << 20


@dataclass
class Seen:
    """One request as the endpoint got it. `body` is None until it has come whole."""

    path: str
    headers: list[tuple[str, str]]
    behaviour: str
    body: bytes | None = None
    over: threading.Event = field(default_factory=threading.Event)  # answered, or hung up on

    def header(self, name: str) -> str | None:
        """A header's value."""
        return next((value for each, value in self.headers if each == name), None)

    @property
    def asked(self) -> dict[str, Any]:
        """The body, read."""
        return dict(json.loads(self.body or b"{}"))

    @property
    def key(self) -> str:
        """The key that was shown."""
        bearer = (self.header("authorization") or "").removeprefix("Bearer ")
        return self.header("x-api-key") or bearer


class Upstream:
    """The endpoint, on a free port of 127.0.0.1 in a thread of its own."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = self.disconnections = 0
        self.pause = 0.0  # between the chunks of a stream
        self.chunks = len(WORDS)
        self.go = threading.Event()  # what "wait" waits for
        self._loop = asyncio.new_event_loop()
        self.port = 0

    def at(self, behaviour: str = "talk") -> str:
        """The base URL of the endpoint that behaves so."""
        return f"http://127.0.0.1:{self.port}/{behaviour}"

    async def listen(self) -> asyncio.Server:
        """Listen, in the loop that runs."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=MEGABYTE, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        gone = asyncio.Event()
        feed_eof, set_exception = reader.feed_eof, reader.set_exception
        reader.feed_eof = lambda: (feed_eof(), gone.set())  # type: ignore[method-assign,assignment]
        reader.set_exception = lambda exc: (set_exception(exc), gone.set())  # type: ignore[method-assign,assignment]
        try:
            while await self._request(reader, writer, gone):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.disconnections += 1
            writer.close()

    async def _request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (each.partition(":") for each in rest)]
        behaviour, _, path = line.split()[1].lstrip("/").partition("/")
        seen = Seen(f"/{path}", headers, behaviour)
        self.seen.append(seen)
        answer = Answering(self, seen, reader, writer)
        acts = [answer.answer(behaviour)]
        if behaviour != "early":
            seen.body = await reader.readexactly(int(seen.header("content-length") or 0))
            acts.append(self._until_hung_up(gone))
        try:
            tasks = [asyncio.ensure_future(each) for each in acts]
            done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return tasks[0] in done and not tasks[0].exception() and tasks[0].result()
        finally:
            seen.over.set()

    async def _until_hung_up(self, gone: asyncio.Event) -> bool:
        await gone.wait()
        return False


class Answering:
    """One answer on its way; each behaviour is a method. True: the connection may be used again."""

    def __init__(
        self, upstream: Upstream, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.upstream, self.seen, self.reader, self.writer = upstream, seen, reader, writer

    async def answer(self, behaviour: str) -> bool:
        """Behave."""
        name, _, number = behaviour.partition("-status-")
        if name == "with":
            return await self.status(int(number))
        act: Callable[[], Awaitable[bool]] = getattr(self, behaviour.replace("-", "_"))
        return await act()

    # Saying things.

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, *headers: str) -> None:
        lines = "".join(f"{each}\r\n" for each in headers)
        await self.say(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1"))

    async def document(self, status: int, body: bytes, *headers: str) -> bool:
        await self.head(status, "content-type: application/json", f"content-length: {len(body)}", *headers)
        await self.say(body)
        return True

    async def events(self, *headers: str) -> None:
        await self.head(200, "content-type: text/event-stream", "transfer-encoding: chunked", *headers)

    async def chunk(self, data: bytes) -> None:
        await self.say(b"%x\r\n%b\r\n" % (len(data), data))

    async def last_chunk(self) -> bool:
        await self.say(b"0\r\n\r\n")
        return True

    # Behaving.

    async def talk(self) -> bool:
        if not self.seen.asked.get("stream"):
            return await self.document(200, self.whole(), "x-request-id: req_1")
        await self.events("x-request-id: req_1")
        for each in self.stream():
            await self.chunk(each)
            if self.upstream.pause:
                await asyncio.sleep(self.upstream.pause)
        return await self.last_chunk()

    async def wait(self) -> bool:
        while not self.upstream.go.is_set():  # noqa: ASYNC110 - a thread's event
            await asyncio.sleep(0.01)
        return await self.talk()

    async def hang(self) -> bool:
        await asyncio.Event().wait()
        return False

    async def hang_midway(self) -> bool:
        await self.events()
        for each in list(self.stream())[:3]:
            await self.chunk(each)
        return await self.hang()

    async def silent_stream(self) -> bool:
        await self.events()
        return await self.hang()

    async def endless(self) -> bool:
        await self.events()
        while True:
            await self.chunk(
                event({"choices": [{"index": 0, "delta": {"content": f"{time.monotonic_ns()} "}}]})
            )
            await asyncio.sleep(self.upstream.pause or 0.02)

    async def break_off(self) -> bool:
        await self.events()
        for each in list(self.stream())[:3]:
            await self.chunk(each)
        self.writer.transport.abort()
        return False

    async def break_off_within(self) -> bool:
        await self.events()
        await self.chunk(next(iter(self.stream())))
        await self.chunk(b'data: {"choices": [{"del')
        self.writer.transport.abort()
        return False

    async def shut(self) -> bool:
        self.writer.transport.abort()
        return False

    async def no_http(self) -> bool:
        await self.say(b"\x16\x03\x01 220 smtp ready\r\n\r\n" * 3)
        return False

    async def long_header(self) -> bool:
        await self.head(200, "x-long: " + "a" * 100_000, "content-length: 0")
        return False

    async def many_headers(self) -> bool:
        await self.head(200, *[f"x-{n}: a" for n in range(5000)], "content-length: 0")
        return False

    async def too_long(self) -> bool:
        await self.head(200, "content-type: application/json", "content-length: 5000")
        await self.say(self.whole())
        return False

    async def too_short(self) -> bool:
        await self.head(200, "content-type: application/json", "content-length: 40")
        await self.say(self.whole() * 3)
        return True

    async def two_answers(self) -> bool:
        await self.document(200, self.whole())
        await asyncio.sleep(0.1)
        return await self.document(200, b'{"id": "of the person before"}')

    async def early(self) -> bool:
        await self.document(413, b'{"error": {"message": "too large"}}', "connection: close")
        return False

    async def no_length(self) -> bool:
        await self.head(200, "content-type: application/json", "connection: close")
        await self.say(self.whole())
        return False

    async def redirect(self) -> bool:
        return await self.document(307, b"{}", f"location: {self.upstream.at('talk')}/v1/chat/completions")

    async def bomb(self) -> bool:
        return await self.document(200, gzip.compress(bytes(16 * MEGABYTE), 1), "content-encoding: gzip")

    async def flood(self) -> bool:
        await self.events()
        while True:
            await self.chunk(b"data: " + b"x" * 65_536 + b"\n\n")

    async def crumbs(self) -> bool:
        await self.events()
        for _ in range(200):
            await self.say(b"1\r\nx\r\n" * 500)
        return await self.last_chunk()

    async def hundred_megabytes(self) -> bool:
        await self.head(200, "content-type: application/json", f"content-length: {100 * MEGABYTE}")
        for _ in range(100):
            await self.say(b"x" * MEGABYTE)
        return True

    async def hundred_megabytes_in_chunks(self) -> bool:
        await self.head(200, "content-type: application/json", "transfer-encoding: chunked")
        for _ in range(100):
            await self.chunk(b"x" * MEGABYTE)
        return await self.last_chunk()

    async def trickle(self) -> bool:
        await self.head(200, "content-type: application/json", f"content-length: {len(self.whole())}")
        for each in self.whole():
            await self.say(bytes([each]))
            await asyncio.sleep(0.001)
        return True

    async def status(self, number: int) -> bool:
        said = {"error": {"message": f"Incorrect API key provided: {self.seen.key}", "type": "whatever"}}
        body = said if number in (401, 403) else {"error": {"message": "in another way", "type": "whatever"}}
        return await self.document(number, json.dumps(body).encode(), "retry-after: 7")

    async def key_in_error(self) -> bool:
        return await self.document(
            500, json.dumps({"error": {"message": f"no quota on {self.seen.key}"}}).encode()
        )

    async def key_in_body(self) -> bool:
        await self.events()
        await self.chunk(next(iter(self.stream())))
        await self.chunk(event({"choices": [{"delta": {"content": f"my key is {self.seen.key}, yours?"}}]}))
        return await self.last_chunk()

    async def key_in_pieces(self) -> bool:
        await self.events()
        await self.chunk(b'data: {"choices": [{"delta": {"content": "')
        for letter in self.seen.key:
            await self.chunk(letter.encode())
            await asyncio.sleep(0.001)
        await self.chunk(b'"}}]}\n\n')
        return await self.last_chunk()

    async def key_in_headers(self) -> bool:
        return await self.document(
            200, self.whole(), f"x-request-id: {self.seen.key}", f"x-{self.seen.key}: 1"
        )

    async def beginning_of_key(self) -> bool:
        await self.events()
        await self.chunk(b"data: " + self.seen.key[:9].encode())
        await self.chunk(b" is how it begins\n\ndata: " + self.seen.key[:5].encode())
        return await self.last_chunk()

    async def gossip(self) -> bool:
        return await self.document(
            200, self.whole(), "set-cookie: session=1", "openai-organization: org-secret", "openai-project: proj",
            "anthropic-organization-id: 1-2-3", "server: vllm/0.9 on host-7", "location: https://example.org/",
            "x-ratelimit-remaining-requests: 5", "retry-after: 3", "openai-processing-ms: 12", "keep-alive: timeout=5",
        )  # fmt: skip

    async def lie(self) -> bool:
        await self.events()
        for used in (-5, 10**30, "many", [[[]]], None, {"prompt_tokens": True}):
            said = {"prompt_tokens": used, "completion_tokens": used}
            await self.chunk(event({"choices": [{"delta": "words"}, 7, None], "usage": said}))
        await self.chunk(b"data: " + b"[" * 100_000 + b"\n\n")
        await self.chunk(b"data: {\xff\xfe\n\n" + b"data: " + b"y" * 300_000 + b"\n\n: a comment\n\nfoo\n\n")
        await self.chunk(event({"choices": [], "usage": USAGE}))
        return await self.last_chunk()

    # What it says.

    def whole(self) -> bytes:
        """An answer that is one document."""
        asked = self.seen.asked
        if self.seen.path.endswith("/messages"):
            tool = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "猫"}}
            content = [{"type": "text", "text": "".join(WORDS)}, *([tool] if asked.get("tools") else [])]
            used = {"input_tokens": 9, "cache_read_input_tokens": 2, "output_tokens": 10}
            said = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked.get("model"),
                    "content": content, "stop_reason": "end_turn", "stop_sequence": None, "usage": used}  # fmt: skip
            return json.dumps(said).encode()
        call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "猫"}'}}
        message = {"role": "assistant", "content": "".join(WORDS), "refusal": None}
        calls = {"tool_calls": [call]} if asked.get("tools") else {}
        choice = {"index": 0, "message": message | calls, "finish_reason": "stop", "logprobs": None}
        said = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked.get("model"),
                "choices": [choice], "usage": USAGE}  # fmt: skip
        return json.dumps(said, ensure_ascii=False).encode()

    def stream(self) -> Iterator[bytes]:
        """An answer that streams: one chunk for each event."""
        asked = self.seen.asked
        yield from self._messages(asked) if self.seen.path.endswith("/messages") else self._chat(asked)

    def _chat(self, asked: dict[str, Any]) -> Iterator[bytes]:
        base = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": asked.get("model"),
        }

        def one(delta: dict[str, Any], finish: str | None = None) -> bytes:
            return event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield one({"role": "assistant", "content": ""})
        for n in range(self.upstream.chunks):
            yield one({"content": WORDS[n % len(WORDS)]})
        if asked.get("tools"):
            begun = {
                "index": 0,
                "id": "call_1",
                "type": "function",
                "function": {"name": "look", "arguments": ""},
            }
            yield one({"tool_calls": [begun]})
            for piece in ('{"at": ', '"猫"}'):
                yield one({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        yield one({}, "tool_calls" if asked.get("tools") else "stop")
        if (asked.get("stream_options") or {}).get("include_usage"):
            yield event({**base, "choices": [], "usage": USAGE})
        yield b"data: [DONE]\n\n"

    def _messages(self, asked: dict[str, Any]) -> Iterator[bytes]:
        def one(kind: str, **said: Any) -> bytes:
            return f"event: {kind}\n".encode() + event({"type": kind, **said})

        used = {"input_tokens": 9, "cache_read_input_tokens": 2, "output_tokens": 1}
        yield one("message_start", message={"id": "msg_1", "type": "message", "role": "assistant", "content": [],
                                            "model": asked.get("model"), "usage": used})  # fmt: skip
        yield one("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield one("ping")
        for n in range(self.upstream.chunks):
            delta = {"type": "text_delta", "text": WORDS[n % len(WORDS)]}
            yield one("content_block_delta", index=0, delta=delta)
        yield one("content_block_stop", index=0)
        yield one("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 10})
        yield one("message_stop")


def event(said: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(said, ensure_ascii=False).encode() + b"\n\n"


@contextmanager
def serving() -> Iterator[Upstream]:
    """The endpoint, while the context lasts."""
    upstream = Upstream()
    ready = threading.Event()

    async def main() -> None:
        server = await upstream.listen()
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            each.cancel()

    loop = upstream._loop
    task = loop.create_task(main())

    def run() -> None:
        loop.run_until_complete(task)
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    thread = threading.Thread(target=run, daemon=True, name="upstream")
    thread.start()
    assert ready.wait(10)
    try:
        yield upstream
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def main() -> None:
    """Serve until standard input ends; say where."""
    with serving() as upstream:
        upstream.pause = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
        print(upstream.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
