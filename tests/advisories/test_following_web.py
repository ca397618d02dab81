"""The operator's client over the web, also against servers that lead elsewhere, break, or never end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.advisories.errors import NotTrusted, SourceUnreachable
from headstart.advisories.work import fetch_and_verify

OSV = "HS-2026-0001.osv.json"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(handler: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def no_proxy(monkeypatch: Any) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.mark.usefixtures("no_proxy")
def test_a_tier_is_followed_over_the_web(published: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    with served(partial(Quiet, directory=str(published))) as address:
        assert len(fetch_and_verify(address, "first", [key.public_key()], tmp_path / "mine")) == 2
        with pytest.raises(NotTrusted, match=r"there is no index\.json"):
            fetch_and_verify(address, "everyone", [key.public_key()], tmp_path / "mine")
        (published / "first" / OSV).unlink()
        with pytest.raises(NotTrusted, match="is listed and missing"):
            fetch_and_verify(address, "first", [key.public_key()], tmp_path / "mine")


class Elsewhere(BaseHTTPRequestHandler):
    """Answers every path with what its class says."""

    status, headers_, endless = 200, (("content-length", "2"),), False

    def do_GET(self) -> None:
        self.send_response(self.status)
        for name, value in self.headers_:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")
        while self.endless:
            try:
                self.wfile.write(b" " * 65536)
            except OSError:
                return

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"status": 302, "headers_": (("location", "http://127.0.0.1:1/index.json"),)}, "answered 302"),
        ({"status": 500}, "answered 500"),
        ({"headers_": (("content-encoding", "gzip"), ("content-length", "2"))}, "compressed"),
        ({"headers_": (("content-length", "9"),)}, "without sending complete message body"),
    ],
)
def test_a_server_that_leads_elsewhere_or_breaks_is_not_followed(
    named: dict[str, Any], why: str, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    with served(type("Odd", (Elsewhere,), named)) as address:
        with pytest.raises(SourceUnreachable, match=why) as caught:
            fetch_and_verify(address, "first", [key.public_key()], tmp_path)
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_proxy")
def test_a_server_without_end_is_cut_off(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    endless = type("Odd", (Elsewhere,), {"endless": True, "headers_": ()})
    with served(endless) as address, pytest.raises(NotTrusted, match="larger than 8388608 bytes"):
        fetch_and_verify(address, "first", [key.public_key()], tmp_path)


@pytest.mark.parametrize(
    ("source", "token", "why"),
    [
        ("ftp://example.org/published", None, "begins with https://"),
        ("file://host/etc", None, "begins with https://"),
        ("https://user:pass@example.org/", None, "begins with https://"),
        ("http://example.org/published", "hst_secret", "only sent over https"),
    ],
)
def test_an_address_that_is_none_is_refused(source: str, token: str | None, why: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match=why):
        fetch_and_verify(source, "first", [], tmp_path, token=token)
