"""Which headers pass, and which don't: lists of what may, so that what nobody thought of stays outside.

Names and values are bytes, names in small letters, as ASGI has them.
"""

import re
from collections.abc import Iterable, Sequence

from headstart.access.rules.requests import Dialect

Headers = Sequence[tuple[bytes, bytes]]

# Never among them: the person's key, `host`, hop-by-hop headers (RFC 9110, 7.6.1), cookies, where the person is
# (forwarded), and openai-organization or -project, which would choose another account of the developer's key.
TO_ENDPOINT = frozenset({
    b"accept", b"anthropic-beta", b"anthropic-version", b"content-type", b"idempotency-key", b"openai-beta",
    b"user-agent",
})  # fmt: skip
TO_ENDPOINT_PREFIXES = (b"x-stainless-",)  # what OpenAI's and Anthropic's clients say about themselves
# Never among them: set-cookie, location, the developer's organisation and project, what frames the message.
TO_PERSON = frozenset({
    b"cache-control", b"content-type", b"openai-processing-ms", b"openai-version", b"request-id", b"retry-after",
    b"retry-after-ms", b"x-request-id", b"x-should-retry",
})  # fmt: skip
TO_PERSON_PREFIXES = (b"anthropic-ratelimit-", b"x-ratelimit-")
MOST_KEY_CHARACTERS = 256
MOST_VALUE_BYTES = 4096
QUERY = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]{0,1024}")


def shown_key(headers: Headers) -> str | None:
    """The key that a person shows, as `Authorization: Bearer` or `x-api-key`; None for none, and for two."""
    shown = set()
    for name, value in headers:
        if name == b"x-api-key":
            shown.add(value.strip())
        elif name == b"authorization":
            kind, _, rest = value.strip().partition(b" ")
            shown.add(rest.strip() if kind.lower() == b"bearer" else b"")
    if len(shown) != 1:
        return None
    key = shown.pop()
    return key.decode() if key.isascii() and 0 < len(key) <= MOST_KEY_CHARACTERS else None


def to_endpoint(headers: Headers, dialect: Dialect, secret: str) -> list[tuple[str, str]]:
    """What the endpoint is told: what may pass of the person's, and the developer's own key in the person's place."""
    told = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if (name in TO_ENDPOINT or name.startswith(TO_ENDPOINT_PREFIXES)) and len(value) <= MOST_VALUE_BYTES
    ]
    told.append(("accept-encoding", "identity"))  # what passes is looked through for the key
    if dialect is Dialect.ANTHROPIC:
        told.append(("x-api-key", secret))
    else:
        told.append(("authorization", f"Bearer {secret}"))
    return told


def to_person(headers: Headers, secret: str) -> list[tuple[bytes, bytes]]:
    """What the person is told of an answer's headers; one that holds the developer's key is dropped."""
    needle = secret.encode()
    return [
        (name, value)
        for name, value in headers
        if (name in TO_PERSON or name.startswith(TO_PERSON_PREFIXES))
        and len(value) <= MOST_VALUE_BYTES
        and needle not in value
        and needle.lower() not in name
    ]


def one(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """A header's value, stripped; empty where it is absent or there twice."""
    found = [value.strip() for each, value in headers if each == name]
    return found[0] if len(found) == 1 else b""


def address(base_url: str, path: str, query: bytes = b"") -> str:
    """Where a request goes: `base_url` may end in `/v1`, as OpenAI's clients write it, or not, as Anthropic's do.

    Raises:
        ValueError: the query holds what no query may.
    """
    if not QUERY.fullmatch(query):
        raise ValueError("the address's query is too long, or holds characters that belong encoded")
    base = base_url.rstrip("/").removesuffix("/v1")
    return f"{base}{path}?{query.decode()}" if query else f"{base}{path}"
