"""What time it is: the one place that asks the machine.

Every time in Headstart has a zone. An exercise lives on a made-up calendar: it alone may shift the clock
(a check in tests/architecture keeps it so), and every room then agrees on the day.
"""

import threading
from datetime import UTC, datetime, timedelta

_lock = threading.Lock()
_shift = timedelta(0)


def now() -> datetime:
    """The time, in UTC; in an exercise, the made-up calendar's."""
    return datetime.now(UTC) + _shift


def shift() -> timedelta:
    """How far the calendar in use is ahead of the machine's."""
    return _shift


def travel_to(moment: datetime) -> None:
    """Set the calendar so that it is `moment` now and goes on from there.

    Raises:
        ValueError: `moment` has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    set_shift(moment - datetime.now(UTC))


def set_shift(by: timedelta) -> None:
    """Set the calendar `by` ahead of the machine's clock."""
    global _shift  # noqa: PLW0603 - the one clock of the process
    with _lock:
        _shift = by
