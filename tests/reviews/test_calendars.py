"""A window in a calendar: a file that every calendar reads, whatever the words in it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from headstart.reviews.rules import Window
from headstart.reviews.work import calendar_file

OPENS = datetime(2027, 3, 1, 17, tzinfo=UTC)
HELD = Window(opens=OPENS, closes=datetime(2027, 3, 31, 16, tzinfo=UTC), zone="America/New_York")
URL = "http://127.0.0.1:8080/reviews/rev_1/"


def events(held: bytes) -> list[Any]:
    """The events of a file, by icalendar's own parser; a file that breaks a rule is refused there."""
    read = Calendar.from_ical(held)
    assert (read["VERSION"], read.errors) == ("2.0", [])
    found = read.walk("VEVENT")
    assert all(not each.errors and {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= set(each) for each in found)
    return list(found)


def made(**changes: Any) -> bytes:
    return calendar_file(**{"title": "Model 1", "window": HELD, "url": URL, "moments": {}} | changes)


def test_the_window_is_an_event_from_its_opening_to_its_end() -> None:
    whole, end = events(made())
    assert (whole["DTSTART"].dt, whole["DTEND"].dt) == (HELD.opens, HELD.closes)
    assert (end["DTSTART"].dt, "DTEND" in end) == (HELD.closes, False)
    assert str(whole["URL"]) == URL


def test_it_says_the_end_as_the_wall_of_the_programmes_zone_shows_it() -> None:
    whole, _ = events(made())
    assert "31 March 2027 at 12:00 (America/New_York)" in whole["DESCRIPTION"]
    assert whole["DTEND"].dt.astimezone(ZoneInfo("America/New_York")).hour == 12


def test_it_says_that_the_release_waits_for_nothing() -> None:
    assert "The developer may release its model at any moment." in events(made())[0]["DESCRIPTION"]


def test_the_end_has_a_reminder_a_day_before() -> None:
    _, end = events(made())
    alarm = end.walk("VALARM")[0]
    assert (alarm["TRIGGER"].dt, alarm["ACTION"]) == (timedelta(days=-1), "DISPLAY")


def test_other_moments_are_events_in_their_order() -> None:
    found = events(
        made(
            moments={"others begin": OPENS + timedelta(days=14), "defenders begin": OPENS + timedelta(days=7)}
        )
    )
    assert [str(each["SUMMARY"]) for each in found[2:]] == [
        "Model 1: defenders begin",
        "Model 1: others begin",
    ]


def test_a_window_that_was_shortened_moves_the_same_event() -> None:
    shorter = Window(opens=HELD.opens, closes=HELD.closes - timedelta(days=3), zone=HELD.zone)
    before, after = events(made()), events(made(window=shorter))
    assert [str(each["UID"]) for each in before] == [str(each["UID"]) for each in after]
    assert after[0]["DTEND"].dt == shorter.closes
    assert len({str(each["UID"]) for each in before}) == 2


def test_a_file_of_lines_no_longer_than_75_octets_that_end_as_they_must() -> None:
    lines = made(title="é" * 300).split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in each for each in lines)


HOSTILE = 'x\r\nATTACH:file:///etc/passwd\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\n\u202e;,\\:"'


def test_hostile_words_add_no_line_of_their_own() -> None:
    held = made(title=HOSTILE, url=URL + HOSTILE, moments={HOSTILE: OPENS})
    found = events(held)
    assert len(found) == 3
    assert all("ATTACH" not in each for each in found)
    assert "ATTACH:file:///etc/passwd" in found[0]["SUMMARY"]
    assert all(each["SUMMARY"].isprintable() for each in found)  # nor a turn of the writing's direction


@given(st.text(max_size=400), st.text(max_size=60), st.text(max_size=400))
def test_whatever_the_words_the_file_is_one(title: str, moment: str, url: str) -> None:
    assert len(events(made(title=title, moments={moment: OPENS}, url=url))) == 3
