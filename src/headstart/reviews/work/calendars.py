"""A window as a file for calendars (RFC 5545)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Alarm, Calendar, Event

from headstart import clock
from headstart.reviews.rules import Window

LONGEST_TITLE = 200
MOST_MOMENTS = 60
REMIND = timedelta(days=-1)  # before the window closes


def calendar_file(*, title: str, window: Window, url: str, moments: Mapping[str, datetime]) -> bytes:
    """The window as one event, its end with a reminder, and other moments of it, in UTC.

    A file that is fetched again moves what a calendar already holds: the events are named by `url` and what they are.
    """
    made = Calendar()
    made.add("PRODID", "-//Headstart//Pre-release window//EN")
    made.add("VERSION", "2.0")
    made.add("CALSCALE", "GREGORIAN")
    shown, address = _line(title), _line(url).replace(" ", "%20")
    whole = _event(shown, window.opens, window.closes, address, "window")
    whole.add("DESCRIPTION", _about(window, address))
    end = _event(f"{shown}: closes", window.closes, window.closes, address, "closes")
    end.add("DESCRIPTION", _about(window, address))
    reminder = Alarm()
    reminder.add("ACTION", "DISPLAY")
    reminder.add("DESCRIPTION", f"{shown}: closes in a day")
    reminder.add("TRIGGER", REMIND)
    end.add_component(reminder)
    for each in (whole, end):
        made.add_component(each)
    for name, moment in sorted(moments.items(), key=lambda each: each[1])[:MOST_MOMENTS]:
        made.add_component(
            _event(f"{shown}: {_line(name)}", moment, moment, address, f"moment {_line(name)}")
        )
    held: bytes = made.to_ical()
    return held


def _event(title: str, begins: datetime, ends: datetime, url: str, what: str) -> Event:
    made = Event()
    made.add("UID", str(uuid5(NAMESPACE_URL, f"{url}#{what}")))
    made.add("DTSTAMP", clock.now().replace(microsecond=0))
    made.add("DTSTART", _second(begins))
    if ends > begins:
        made.add("DTEND", _second(ends))
    made.add("SUMMARY", title)
    made.add("URL", url)
    made.add("TRANSP", "TRANSPARENT")  # nobody is busy because of it
    return made


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _about(window: Window, url: str) -> str:
    closes = window.local(window.closes)
    return (
        f"The window closes on {closes:%d %B %Y at %H:%M} ({window.zone}). Access to the model ends then, and nothing "
        f"else does. The developer may release its model at any moment.\n{url}"
    )


def _line(words: str) -> str:
    """Words of others on one line of bounded length, without what can't be seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())[:LONGEST_TITLE]
