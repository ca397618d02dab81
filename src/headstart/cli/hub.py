"""The hub over HTTP: what the commands of `headstart review` ask of it, each with its person's own token."""

import ipaddress
import json
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import click

from headstart.errors import Invalid, Refusal, Unable
from headstart.web.harmless import harmless

ADDRESS = "http://127.0.0.1:8080"
LARGEST_BYTES = 16 * 1024 * 1024
MOST_PAGES = 100
PAGE = 100
SECONDS = 60.0


class AddressWrong(Invalid):
    """HEADSTART_HUB is no address that a token may be sent to."""

    code = "address-wrong"

    def __init__(self, why: str) -> None:
        super().__init__(f"HEADSTART_HUB {why}")


class TokenMissing(Invalid):
    """The hub was asked without a token, and wants one."""

    code = "token-missing"

    def __init__(self) -> None:
        super().__init__("set HEADSTART_TOKEN to the token that the hub gave you")


class HubSilent(Unable):
    """Nobody answers there, or not in time."""

    code = "hub-silent"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"no answer from {address} ({why}); is it the hub's address? HEADSTART_HUB names it")


class HubOdd(Unable):
    """What answers is no hub, or a broken one."""

    code = "hub-odd"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address} answered {why}")


class HubRefused(Refusal):
    """The hub won't, in its own words."""

    def __init__(self, code: str, line: str) -> None:
        self.code = code  # type: ignore[misc]
        super().__init__(line)


class HubUnable(Unable):
    """The hub could not, in its own words."""

    def __init__(self, code: str, line: str) -> None:
        self.code = code  # type: ignore[misc]
        super().__init__(line)


class Hub:
    """One hub, asked with one token. Answers are bounded in size and time, and no redirect is followed."""

    def __init__(self, address: str, token: str) -> None:
        self.address = _checked(address)
        self._token = token

    def get(self, path: str, **asked: Any) -> Any:
        """What is there."""
        return self._value("GET", path, params=asked)

    def post(self, path: str, body: Any = None) -> Any:
        """Ask for something to be done."""
        return self._value("POST", path, body=body)

    def put(self, path: str, body: Any) -> Any:
        """Put something in a place."""
        return self._value("PUT", path, body=body)

    def delete(self, path: str) -> Any:
        """Take something away."""
        return self._value("DELETE", path)

    def upload(self, path: str, asked: dict[str, str], file: tuple[str, str, bytes]) -> Any:
        """Hand in a file: (field, name, bytes)."""
        field, name, held = file
        sent = {"files": {field: (name, held)}}
        return self._parsed(self._ask("POST", path, params=asked, sent=sent))

    def file(self, path: str, method: str = "GET") -> bytes:
        """A file's bytes."""
        return self._ask(method, path)

    def every(self, path: str) -> list[Any]:
        """All items of a list that comes in pages.

        Raises:
            HubOdd: there is no end to it.
        """
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            sheet = self.get(path, limit=PAGE, offset=len(found))
            items = sheet.get("items", []) if isinstance(sheet, dict) else []
            found += items
            if not items or len(found) >= sheet.get("count", 0):
                return found
        raise HubOdd(self.address, f"with more than {PAGE * MOST_PAGES} items")

    def _value(self, method: str, path: str, *, params: Any = None, body: Any = None) -> Any:
        return self._parsed(self._ask(method, path, params=params, sent={"json": body}))

    def _parsed(self, answer: bytes) -> Any:
        if not answer:
            return None
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            raise HubOdd(self.address, "with something else than JSON; it is no hub's answer") from None

    def _ask(self, method: str, path: str, *, params: Any = None, sent: Any = None) -> bytes:
        import httpx

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with (
                httpx.Client(timeout=SECONDS, headers=headers) as client,
                client.stream(
                    method, f"{self.address}/api{path}", params=_given(params), **(sent or {})
                ) as answer,
            ):
                return self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HubSilent(self.address, str(error) or type(error).__name__) from None

    def _read(self, answer: Any) -> bytes:
        content = bytearray()
        for part in answer.iter_bytes():
            content += part
            if len(content) > LARGEST_BYTES:
                raise HubOdd(self.address, f"with more than {LARGEST_BYTES // 2**20} MiB")
        if answer.is_success:
            return bytes(content)
        raise self._refusal(answer.status_code, bytes(content))

    def _refusal(self, status: int, content: bytes) -> Exception:
        """The hub's own words; or that it has none, which no hub does."""
        if status == 401 and not self._token:
            return TokenMissing()
        try:
            said = json.loads(content)
            code, line = said["code"], said["message"]
        except (ValueError, RecursionError, KeyError, TypeError):
            return HubOdd(self.address, f"{status} and no reason; is it the address of a hub?")
        line = " ".join(harmless(str(line), 1000).split())
        return (HubUnable if status >= 500 else HubRefused)(str(code)[:60], line)


def part(text: str) -> str:
    """Somebody's words as one part of an address."""
    return quote(text, safe="")


def _given(params: Any) -> Any:
    return {name: value for name, value in (params or {}).items() if value is not None}


def _checked(address: str) -> str:
    """An address that a token may be sent to: by HTTPS, or on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise AddressWrong(f"is no address: {harmless(address, 200)}") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.username:
        raise AddressWrong("is to be like https://hub.example, without a name, a password or a question mark")
    if parts.scheme == "http" and not _is_here(host):
        raise AddressWrong("is to begin with https://: your token would travel in the clear")
    return address.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _hub(_context: click.Context, _option: click.Parameter, address: str) -> Hub:
    return Hub(address, os.environ.get("HEADSTART_TOKEN", ""))


def on_hub(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its `hub`."""
    return click.option(
        "--hub", envvar="HEADSTART_HUB", default=ADDRESS, show_default=True, callback=_hub, metavar="ADDRESS",
        help="The hub; better by HEADSTART_HUB. Your token comes from HEADSTART_TOKEN alone.",
    )(command)  # fmt: skip
