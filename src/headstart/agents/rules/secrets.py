"""What must never reach a log: keys, and where a private model is reached; and how it is taken out of text."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

MARK = "[redacted]"
SHORTEST = 8  # characters: a shorter value is a word that texts hold anyway

_SECRET = re.compile(
    r"(_|^)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?|DSN|DATABASE_URL)$", re.IGNORECASE
)
_PLACE = re.compile(r"_(BASE_URL|ENDPOINT|API_BASE|API_HOST)$", re.IGNORECASE)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values in an environment that no log may hold, and the ways in which they may be written."""
    found: set[str] = set()
    for name, value in environment.items():
        if _PLACE.search(name):
            found |= places(value)
        elif _SECRET.search(name) and len(value) >= SHORTEST:
            found |= {value, quote(value, safe="")}
    return ordered(found)


def places(base_url: str) -> set[str]:
    """A base URL and the parts of it that tell where it leads. A loopback address is no secret, its whole URL is."""
    bare = base_url.rstrip("/")
    found = {base_url, bare, quote(bare, safe="")}
    try:
        parts = urlsplit(bare if "://" in bare else f"//{bare}")
        host = parts.hostname or ""
    except ValueError:
        return {each for each in found if len(each) >= SHORTEST}
    if parts.scheme:
        found.add(f"{parts.scheme}://{parts.netloc}")
    if host not in _LOOPBACK:
        found |= {parts.netloc, parts.netloc.rpartition("@")[2], host}
    return {each for each in found if len(each) >= SHORTEST}


def ordered(found: Iterable[str]) -> tuple[str, ...]:
    """Longest first, so that no part of one stays."""
    return tuple(sorted({each for each in found if each}, key=lambda each: (-len(each), each)))


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` without the secrets."""
    for secret in ordered(secrets):
        text = text.replace(secret, MARK)
    return text


def redacted_bytes(held: bytes, secrets: Iterable[str]) -> bytes:
    """`held` without the secrets."""
    for secret in ordered(secrets):
        held = held.replace(secret.encode(), MARK.encode())
    return held


def cleaned(value: Any, secrets: tuple[str, ...], longest: int | None = None) -> Any:
    """JSON that any reader reads: every text redacted, without half characters, cut to `longest` where one is given."""
    if isinstance(value, str):
        text = redacted(value, secrets)
        if not text.isascii():
            text = text.encode(errors="replace").decode()  # a lone surrogate is no character
        if longest is not None and len(text) > longest:
            return f"{text[:longest]} [cut: {len(text) - longest} characters more]"
        return text
    if isinstance(value, dict):
        return {redacted(str(key), secrets): cleaned(each, secrets, longest) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(each, secrets, longest) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def one_line(text: str, longest: int = 300) -> str:
    """The text in one line that a person can read."""
    line = " ".join(text.split())
    printable = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
    return printable if len(printable) <= longest else f"{printable[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
