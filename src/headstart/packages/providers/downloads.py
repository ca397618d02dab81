"""One file from an https address that a stranger named: public machines alone, bounded, held against its digest."""

import hashlib
import ipaddress
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from headstart.packages.errors import DownloadFailed

if TYPE_CHECKING:
    import requests

MOST_TURNS = 5
LARGEST_BYTES = 256 << 20
TIMEOUT_SECONDS = 20.0
WHOLE_SECONDS = 300.0
_CHUNK = 1 << 18


def check_public(address: str) -> None:
    """That an address is https, names no user, and leads to no machine of this network.

    Where a proxy is in use the names are its to look up, and so is this.

    Raises:
        DownloadFailed: it is not such an address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise DownloadFailed(address, "it is no address") from error
    if parts.scheme != "https" or not host or parts.username is not None or not address.isprintable():
        raise DownloadFailed(address, "only https:// without a user's name is taken")
    if os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY"):
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadFailed(address, "its name can't be looked up here") from error
    if not all(ipaddress.ip_address(str(each[4][0]).partition("%")[0]).is_global for each in found):
        raise DownloadFailed(address, "it leads into a private network")


def fetch(address: str, sha256: str, to: Path) -> None:
    """The file at an address, which has that SHA-256 (hexadecimal), into `to`.

    Raises:
        DownloadFailed: it did not come, is another file, or is too large.
    """
    digest, size, ends = hashlib.sha256(), 0, time.monotonic() + WHOLE_SECONDS
    try:
        with _answer(address) as answer, to.open("wb") as file:
            answer.raise_for_status()
            for chunk in answer.iter_content(_CHUNK):
                size += len(chunk)
                if size > LARGEST_BYTES:
                    raise DownloadFailed(address, f"it is larger than {LARGEST_BYTES >> 20} MiB")
                if time.monotonic() > ends:
                    raise DownloadFailed(address, f"it did not end within {WHOLE_SECONDS:.0f} seconds")
                digest.update(chunk)
                file.write(chunk)
    except (OSError, RuntimeError, ValueError) as error:
        raise DownloadFailed(address, f"it did not answer ({type(error).__name__})") from error
    if digest.hexdigest() != sha256:
        raise DownloadFailed(address, f"its SHA-256 is {digest.hexdigest()}, not {sha256}")


def _answer(address: str) -> "requests.Response":
    """What the address answers, or the one that it sends to: each is looked at before it is asked."""
    import requests

    at = address
    for _ in range(MOST_TURNS):
        check_public(at)
        answer = requests.get(
            at,
            stream=True,
            timeout=TIMEOUT_SECONDS,
            headers={"Accept-Encoding": "identity"},
            allow_redirects=False,
        )
        if not answer.is_redirect:
            return answer
        answer.close()
        at = urljoin(at, answer.headers["location"])
    raise DownloadFailed(address, f"it sends on more than {MOST_TURNS} times")
