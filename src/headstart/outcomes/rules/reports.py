"""When others than its author and the developer may read a report, and what bounds it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from headstart.outcomes.errors import ReportRefused
from headstart.reviews.rules import Marking, Reader, Tlp, may_read

MOST_TITLE = 200
MOST_BYTES = 1 << 20  # of a report's text, and of a reply's (UTF-8)
REPLY_DAYS = 5  # where no terms are in force that say otherwise


def reply_until(handed_at: datetime, reply_days: int | None) -> datetime:
    """Until when the developer alone has the report, if it does not reply before; it may reply later, too."""
    return handed_at + timedelta(days=REPLY_DAYS if reply_days is None else reply_days)


def may_see(marking: Marking, reader: Reader, *, sides: tuple[str, str], opened: bool) -> bool:
    """Whether a reader may read a report. `sides`: its author and the developer, who both read it at once and count as
    its owners; `opened`: the developer has replied, or its time to reply first is over, and the marking alone decides.
    """
    if reader.organisation_id not in sides and not opened:
        return False
    return any(may_read(marking, reader, owner) for owner in sides)


def marking(*, tlp: str, trade_secret: bool = False, named: Iterable[str] = ()) -> Marking:
    """A marking as somebody asked for it.

    Raises:
        ReportRefused: no label of TLP 2.0.
    """
    try:
        label = Tlp(tlp)
    except ValueError:
        raise ReportRefused(f"{tlp[:20]!r} is no label of TLP 2.0; there are {', '.join(Tlp)}") from None
    return Marking(tlp=label, trade_secret=trade_secret, named=tuple(named))


def title(words: str) -> str:
    """A report's title: one line.

    Raises:
        ReportRefused: empty, too long, or of several lines.
    """
    said = words.strip()
    if not 1 <= len(said) <= MOST_TITLE or not said.isprintable():
        raise ReportRefused(f"a title has 1 to {MOST_TITLE} characters that can be seen, on one line")
    return said


def body(words: str, what: str) -> str:
    """A report's text, or a reply's, as it was given.

    Raises:
        ReportRefused: empty, too large, or no text.
    """
    if not words.strip():
        raise ReportRefused(f"{what} is empty")
    try:
        size = len(words.encode())
    except UnicodeEncodeError:
        raise ReportRefused(f"{what} is no text: it has half of a character (a lone surrogate)") from None
    if size > MOST_BYTES:
        raise ReportRefused(f"{what} has {size:,} bytes; at most {MOST_BYTES:,} are kept")
    if "\0" in words:
        raise ReportRefused(f"{what} has a NUL byte, which no text has")
    return words
