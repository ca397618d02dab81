"""What the proxy meets: the books (who may, what was begun, how it ended, who may no longer), and the endpoints."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from headstart.access.rules import Dialect, Ending
from headstart.access.rules.headers import Headers
from headstart.reviews.rules import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a person's key is good for, at the moment it was shown."""

    key_id: str
    review_id: str
    upstream_id: str
    dialect: Dialect
    base_url: str  # with or without `/v1` at its end
    secret: str = field(repr=False)  # the developer's own key; goes to the endpoint and nowhere else
    models: frozenset[str]
    scopes: frozenset[Scope]
    most_streams: int
    keeps_words: bool  # whether the agreement lets request and answer be kept
    ends_at: datetime | None = (
        None  # the key's or the window's end, the earlier; on the calendar of headstart.clock
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for. `digest` is the SHA-256 of the body as it came, in hexadecimal; `size` its bytes."""

    path: str
    model: str
    digest: str
    size: int
    most_tokens: int | None  # what the request itself caps the answer to; None where it does not say
    streams: bool
    tools: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One request that was written down. A stream is cut past `tokens_left` tokens of its answer; None: it is not."""

    request_id: str
    tokens_left: int | None
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a request ended.

    `digest` and `size` are of the answer's body as it went to the person; `tokens_in` and `tokens_out` as the endpoint
    said (None: it did not). To estimate by: `seen_bytes_in` are the request's bytes, `seen_bytes_out` the bytes of the
    answer's own words (text, reasoning, arguments of tools), and of all that passed where these can't be told apart.
    `words` are the number of the request's bytes in decimal, a newline, the request, and the answer. Not `reached`: no
    byte of the request went out, or the endpoint refused it (status 400 and above): unless it says so, it used nothing.
    """

    ending: Ending
    status: int | None  # what the person was told; None where nothing was
    digest: str
    size: int
    tokens_in: int | None
    tokens_out: int | None
    seen_bytes_in: int
    seen_bytes_out: int
    first_byte_ms: float | None
    wall_seconds: float
    reached: bool = True
    words: bytes | None = field(default=None, repr=False)  # only if the pass keeps words


class Books(Protocol):
    """What the proxy asks and tells. Whatever else these raise means that the books can't be asked now."""

    async def admit(self, key: str) -> Pass:
        """What this key is good for.

        Raises:
            KeyUnknown: no such key.
            KeyOver: it was good once.
        """
        ...

    async def begin(self, holder: Pass, asked: Asked) -> Slip:
        """Write a request down; durable when this returns.

        Raises:
            KeyOver: the key ended since it was admitted.
            ScopeMissing, ModelNotOffered: the key was not given for that.
            BudgetSpent: its tokens or money are spent.
            TooManyRequests: over its rate, or over its streams at the same time.
        """
        ...

    async def end(self, slip: Slip, ended: Ended) -> None:
        """Complete what was begun, once."""
        ...

    async def over(self, key_ids: Collection[str]) -> Mapping[str, Ending]:
        """Which of these keys are over now, and why; polled every quarter of a second."""
        ...


class Body(Protocol):
    """A request's body: its size is known before its bytes may go."""

    size: int

    def pieces(self) -> AsyncIterator[bytes]:
        """The bytes, once they may go."""
        ...


class Answer(Protocol):
    """An endpoint's answer, of which no more is read than is asked for."""

    status: int
    headers: Headers

    def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it comes, with the boundaries that it comes with.

        Raises:
            EndpointFailed: it broke off.
        """
        ...

    def close(self) -> None:
        """Let go at once: what has not come is not wanted."""
        ...


class Endpoint(Protocol):
    """The way to the developers' endpoints."""

    async def ask(self, address: str, headers: Sequence[tuple[str, str]], body: Body) -> Answer:
        """Ask, and wait for the answer's headers.

        Raises:
            EndpointFailed: it can't be reached, says nothing in time, or says what is no HTTP.
        """
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
