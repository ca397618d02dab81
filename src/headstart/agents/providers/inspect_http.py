"""What a model's endpoint may send: no more than so much, nothing packed, nothing from elsewhere.

Inspect's providers and the clients below them read a reply whole, whatever its size, unpack it, and follow redirects
with the conversation in hand. All of them go through the transports of `httpx` or `httpx2`: there, a reply is held to
these rules before anyone reads it. What breaks one is answered in the endpoint's place by a plain 400, which nobody
retries.
"""

import json
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2

from headstart.agents.rules.notes import REFUSED_HERE
from headstart.agents.rules.secrets import cleaned

MOST_BYTES = 16 << 20  # of one reply; a reply's tokens are bounded far below
_OF_THE_WAY = (b"content-length", b"transfer-encoding", b"connection")
_ENCODED = {"gzip", "br", "deflate", "zstd", "compress"}


def bound() -> None:
    """Hold every client of this process to it."""
    for module in (httpx, httpx2):
        _bound(module)


def _bound(module: ModuleType) -> None:
    transport: Any = module.AsyncHTTPTransport
    send = transport.handle_async_request
    if getattr(send, "is_bounded", False):
        return

    async def handle(self: Any, request: Any) -> Any:
        request.headers["Accept-Encoding"] = "identity"
        response = await send(self, request)
        why, held = _refused(response.status_code, response.headers, request.method), b""
        if not why and _is_stream(response.headers):
            response.stream = _stream(module, response.stream)
            return response
        try:
            if not why:
                held = b"".join([piece async for piece in _bounded(response.stream)])
        except _TooLargeError:
            why = _too_large()
        finally:
            await response.aclose()
        return _instead(module, why) if why else _again(module, response, held)

    handle.is_bounded = True  # type: ignore[attr-defined]
    transport.handle_async_request = handle


class _TooLargeError(Exception):
    """A reply that goes on and on."""


async def _bounded(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > MOST_BYTES:
            raise _TooLargeError
        yield piece


def _stream(module: ModuleType, stream: Any) -> Any:
    """A reply that comes in pieces, and ends with an error rather than go on for ever."""
    base: Any = module.AsyncByteStream

    class Stream(base):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in _bounded(stream):
                    yield piece
            except _TooLargeError:
                raise module.RemoteProtocolError(_too_large()) from None

        async def aclose(self) -> None:
            await stream.aclose()

    return Stream()


def _again(module: ModuleType, response: Any, held: bytes) -> Any:
    """The reply, as it was, its body read."""
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_WAY]
    return module.Response(response.status_code, headers=headers, content=_whole_characters(held))


def _whole_characters(held: bytes) -> bytes:
    """JSON without halves of characters: a client that sends them back with the conversation breaks on them."""
    if b"\\ud" not in held.lower():
        return held
    try:
        return json.dumps(cleaned(json.loads(held), ())).encode()
    except (ValueError, RecursionError):
        return held


def _instead(module: ModuleType, why: str) -> Any:
    body = {"error": {"message": f"{REFUSED_HERE}{why}", "type": "refused", "code": "refused"}}
    return module.Response(400, headers={"Content-Type": "application/json"}, content=json.dumps(body))


def _refused(status: int, headers: Any, method: str) -> str:
    """Why a reply is not read, judging by its head; empty if it is."""
    kind = str(headers.get("Content-Type", "")).partition(";")[0].strip().lower()[:60]
    length = str(headers.get("Content-Length", "0"))
    if 300 <= status < 400:
        return f"the endpoint sends elsewhere ({status}), and is not followed"
    if str(headers.get("Content-Encoding", "")).lower() in _ENCODED:
        return "the endpoint's reply is packed, which was not asked for"
    if length.isdigit() and int(length) > MOST_BYTES:
        return _too_large()
    if method == "POST" and status == 200 and kind.startswith("text/") and not _is_stream(headers):
        return f"the endpoint's reply is {kind!r}, not JSON"
    return ""


def _is_stream(headers: Any) -> bool:
    return str(headers.get("Content-Type", "")).lower().startswith("text/event-stream")


def _too_large() -> str:
    return f"the endpoint's reply is larger than {MOST_BYTES >> 20} MiB"


def without_tokenizers() -> None:
    """Let nothing fetch a tokenizer: an air-gapped machine would wait for it. TIKTOKEN_CACHE_DIR may hold one."""
    try:
        import tiktoken.load as loading
    except ImportError:
        return

    def read(blobpath: str) -> bytes:
        if "://" in blobpath:
            raise OSError("no tokenizer is fetched: put it into TIKTOKEN_CACHE_DIR beforehand")
        return Path(blobpath).read_bytes()

    loading.read_file = read
