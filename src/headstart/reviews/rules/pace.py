"""What remains to be done in a window, and whether it will fit: from the work's own pace, and no guess of ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Fits(StrEnum):
    """Whether what remains will be done before the window closes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # a person's work, or nothing was done yet from which a pace could be read


ORDER = (Fits.NO, Fits.UNKNOWN, Fits.YES)  # what needs a look first


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """Something that was begun in a review and has not ended."""

    what: str
    who: str
    done: int | None
    of: int | None
    ends_at: datetime | None  # by its own pace so far
    fits: Fits


def ends_at(done: int, of: int, began: datetime, now: datetime) -> datetime | None:
    """When work that goes on as it went will be done; None where there is no pace to read, or no end of it."""
    if done < 1 or of < done or now <= began:
        return None
    try:
        return now + (now - began) / done * (of - done)
    except OverflowError:  # past the year 9999
        return None


def fits(
    done: int, of: int, end: datetime | None, closes: datetime | None, *, may_end_early: bool = False
) -> Fits:
    """Whether an end that was worked out lies in the window.

    `may_end_early`: `of` is the most that it can come to, so that past the window's end it may fit all the same.
    """
    if closes is None or done < 1 or of < done:
        return Fits.UNKNOWN
    if end is not None and end <= closes:
        return Fits.YES
    return Fits.UNKNOWN if may_end_early or end is None else Fits.NO


def of_a_person(what: str, who: Iterable[str], *, done: int = 0, of: int | None = 1) -> Remaining:
    """Work of people: nobody knows how long it takes them."""
    return Remaining(what=what, who=_and(who), done=done, of=of, ends_at=None, fits=Fits.UNKNOWN)


def in_order(rows: Iterable[Remaining]) -> list[Remaining]:
    """What does not fit first, then what nobody knows, then what does; each by when it ends."""
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda each: (ORDER.index(each.fits), each.ends_at or last, each.what, each.who))


def _and(names: Iterable[str]) -> str:
    *others, last = list(names) or ["nobody"]
    return f"{', '.join(others)} and {last}" if others else last
