"""How long and how much the gateway waits for, and what time it is there."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from headstart import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the gateway bears. Seconds are of the monotonic clock."""

    connect_seconds: float = 10.0  # until an endpoint's connection stands
    first_byte_seconds: float = (
        600.0  # until its answer begins: an answer that does not stream is thought out first
    )
    idle_seconds: float = 300.0  # between two chunks of an answer; and until a person takes one
    whole_seconds: float = 3600.0  # of an answer
    body_seconds: float = 30.0  # of a request, from its first byte to its last
    most_request_bytes: int = 8 << 20
    most_answer_bytes: int = 64 << 20
    most_kept_bytes: int = 8 << 20  # of an answer whose words are kept
    most_open: int = 1000  # requests in flight, of all persons together
    admit_seconds: float = 10.0  # until the books let a request begin: nothing of it passes before
    pass_seconds: float = (
        5.0  # for which what a key is good for need not be asked again: `begin` looks at it anew
    )
    books_seconds: float = 1.0  # without a word of the books on who is over, nothing goes on
    poll_seconds: float = 0.25  # between two questions who may no longer


class SteadyClock:
    """The time of `headstart.clock`, which never falls behind the machine's monotonic clock.

    A wall clock that is set back would keep a window open; one that jumps ahead ends streams, and once it is put
    right, keys work again.
    """

    def __init__(self) -> None:
        self._wall = clock.now()
        self._monotonic = time.monotonic()

    def now(self) -> datetime:
        """What time it is, in UTC."""
        return max(clock.now(), self._wall + timedelta(seconds=time.monotonic() - self._monotonic))
