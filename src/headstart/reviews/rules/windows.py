"""Windows: how long a model may be examined before its developer releases it to other trusted partners.

A window's days are days on the wall of the programme's zone: one that opens at noon closes at noon, N days later,
also where the clocks were changed in between and it is an hour longer or shorter. A wall-clock time that comes twice
is the earlier of the two; one that is skipped is the first moment after the gap. Nothing here touches a release.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from headstart.reviews.errors import WindowOver, WindowTooLong, WindowWrong
from headstart.reviews.rules.programmes import Programme

PATIENCE_SECONDS = 60.0
"""How long a window's end has to have been over, at two looks, before a review is closed for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time in which a model may be examined before its developer releases it to other trusted partners."""

    opens: datetime
    closes: datetime
    zone: str = "UTC"  # IANA name: on whose wall its days are counted

    def remaining_at(self, now: datetime) -> timedelta:
        """What is left at `now`; zero once it has closed."""
        return max(self.closes - now, timedelta(0))

    def day_at(self, now: datetime) -> int:
        """Which day of the window it is, from 1; 0 before it opens."""
        if now < self.opens:
            return 0
        day = (_on_the_wall(now, self.zone) - _on_the_wall(self.opens, self.zone)).days + 1
        while self.day_begins(day + 1) <= now:  # the wall was set back since
            day += 1
        return day

    def day_begins(self, day: int) -> datetime:
        """When a day of the window begins, in UTC; the first at its opening."""
        return self.opens if day <= 1 else days_after(self.opens, day - 1, self.zone)

    def local(self, moment: datetime) -> datetime:
        """A moment as the wall of the window's zone shows it."""
        return moment.astimezone(ZoneInfo(self.zone))


def window(
    programme: Programme, *, opens: datetime, days: float | None = None, closes: datetime | None = None
) -> Window:
    """The window of a review: at most the programme's length, and all of it where nothing else is asked for.

    Raises:
        WindowTooLong: longer than the programme allows, or not a whole number of days from 1 on.
        WindowWrong: it would close before it opens, has a moment without a zone, or both an end and a length.
    """
    longest = programme.longest_window_days
    if closes is not None:
        if days is not None:
            raise WindowWrong("say how many days or when it closes, not both")
        return _until(programme, opens, closes)
    length = longest if days is None else days
    if not (1 <= length <= longest and length == int(length)):
        raise WindowTooLong(length, longest)
    return Window(opens=opens, closes=days_after(opens, int(length), programme.zone), zone=programme.zone)


def _until(programme: Programme, opens: datetime, closes: datetime) -> Window:
    if closes.tzinfo is None or closes.utcoffset() is None:
        raise WindowWrong("the moment at which it closes needs a time zone, as in 2026-07-01T17:00-04:00")
    if closes <= opens:
        raise WindowWrong("it would close before it opens")
    longest = programme.longest_window_days
    if closes > days_after(opens, longest, programme.zone):
        raise WindowTooLong((closes - opens) / timedelta(days=1), longest)
    return Window(opens=opens, closes=closes.astimezone(UTC), zone=programme.zone)


def shortened(held: Window, closes: datetime, now: datetime) -> Window:
    """The same window with an earlier end.

    Raises:
        WindowOver: it has ended already.
        WindowWrong: that is no earlier than now, or no earlier than it ends anyway; or it has no zone.
    """
    if closes.tzinfo is None or closes.utcoffset() is None:
        raise WindowWrong("the moment at which it closes needs a time zone, as in 2026-07-01T17:00-04:00")
    if now >= held.closes:
        raise WindowOver(held.closes)
    if not now < closes < held.closes:
        ends = f"{held.closes.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise WindowWrong(f"it can only become shorter: name a moment between now and {ends}, or withdraw")
    return Window(opens=held.opens, closes=closes.astimezone(UTC), zone=held.zone)


def moments(programme: Programme, held: Window) -> dict[str, datetime]:
    """What else has a day in a window: from when partners of later tiers reach the model."""
    begins = {each.tier: held.day_begins(each.from_day) for each in programme.tiers if each.from_day > 1}
    return {f"partners of tier {tier} reach it": at for tier, at in begins.items() if at < held.closes}


def looked(looks: Mapping[str, float], over: Iterable[str], at: float) -> dict[str, float]:
    """What is remembered after a look at `at` (seconds of a clock that can't jump): when each of those whose end is
    over was first seen so, without a look in between that saw it otherwise."""
    return {each: looks.get(each, at) for each in over}


def over_for_good(looks: Mapping[str, float], at: float) -> list[str]:
    """Those whose end has been over long enough that no jump of the clock explains it."""
    return sorted(each for each, first in looks.items() if at - first >= PATIENCE_SECONDS)


def days_after(moment: datetime, days: int, zone: str) -> datetime:
    """The same time on the wall of a zone, that many days later; in UTC."""
    return at_wall(_on_the_wall(moment, zone) + timedelta(days=days), zone)


def at_wall(wall: datetime, zone: str) -> datetime:
    """When a wall of the zone shows `wall` (which has no zone): the first time it does, or else the first moment
    after the gap that it falls into; in UTC."""
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    found = local.astimezone(UTC)
    if found.astimezone(local.tzinfo).replace(tzinfo=None) == wall:
        return found
    return _gap_ends(local)


def _gap_ends(skipped: datetime) -> datetime:
    """The first moment after a gap, from a wall-clock time inside it (PEP 495: fold 0 reads it by the offset before
    the change and so lands after it, fold 1 the other way round). Changes are on whole seconds."""
    after = skipped.astimezone(UTC)
    before = skipped.replace(fold=1).astimezone(UTC)
    new = after.astimezone(skipped.tzinfo).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        moment = before.replace(microsecond=0) + timedelta(seconds=middle)
        if moment.astimezone(skipped.tzinfo).utcoffset() == new:
            high = middle
        else:
            low = middle
    return before.replace(microsecond=0) + timedelta(seconds=high)


def _on_the_wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
