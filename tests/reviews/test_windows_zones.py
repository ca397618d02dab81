"""A window's days are days on the wall of its zone: gaps, folds, zones that never change, zones that jump a day."""
# ruff: noqa: DTZ001 - what a wall shows has no zone

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.reviews import rules
from headstart.reviews.errors import WindowOver, WindowTooLong, WindowWrong
from headstart.reviews.rules import Programme, Window
from headstart.reviews.rules.programmes import is_zone
from headstart.reviews.rules.windows import at_wall, days_after
from headstart.reviews.work import load_programme

NEVER = ("UTC", "Asia/Tokyo", "Asia/Kolkata", "America/Phoenix", "Africa/Lagos", "Etc/GMT+12")
CHANGING = (
    "America/New_York", "Europe/Brussels", "Europe/London", "Australia/Lord_Howe", "America/St_Johns",
    "Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Tehran",
    "Africa/El_Aaiun", "Antarctica/Troll", "Europe/Dublin",
)  # fmt: skip
SOMETIME = st.datetimes(
    min_value=datetime(1995, 1, 1), max_value=datetime(2045, 1, 1), timezones=st.just(UTC)
)
ZONES = st.sampled_from(NEVER + CHANGING)
DAYS = st.integers(min_value=1, max_value=90)


def programme(zone: str, days: int = 90) -> Programme:
    return msgspec.structs.replace(load_programme("eo14409"), zone=zone, longest_window_days=days)


def wall(moment: datetime, zone: str) -> datetime:
    """What a clock on the wall shows."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# vectors, from the time zone database


@pytest.mark.parametrize(
    ("zone", "opens", "days", "closes", "hours"),
    [
        ("America/New_York", "2027-03-01T12:00", 30, "2027-03-31T12:00", 719),  # 14 March: an hour is skipped
        (
            "America/New_York",
            "2027-10-20T12:00",
            30,
            "2027-11-19T12:00",
            721,
        ),  # 7 November: an hour comes twice
        ("America/New_York", "2027-06-01T12:00", 30, "2027-07-01T12:00", 720),
        ("Europe/Brussels", "2027-03-27T23:59", 1, "2027-03-28T23:59", 23),
        ("Europe/Brussels", "2027-10-30T23:59", 1, "2027-10-31T23:59", 25),
        ("Australia/Lord_Howe", "2027-10-02T12:00", 1, "2027-10-03T12:00", 23.5),  # half an hour
        ("Asia/Tokyo", "2027-03-01T00:00", 30, "2027-03-31T00:00", 720),
        ("Asia/Kolkata", "2027-10-20T12:30", 14, "2027-11-03T12:30", 336),
        ("Pacific/Apia", "2011-12-28T12:00", 3, "2011-12-31T12:00", 48),  # there was no 30 December
        ("America/New_York", "2027-01-31T12:00", 29, "2027-03-01T12:00", 696),
        ("America/New_York", "2028-02-28T12:00", 2, "2028-03-01T12:00", 48),  # a leap year
    ],
)
def test_a_window_closes_at_the_same_time_on_the_wall(
    zone: str, opens: str, days: int, closes: str, hours: float
) -> None:
    window = rules.window(programme(zone), opens=local(opens, zone).astimezone(UTC), days=days)
    assert window.closes == local(closes, zone)
    assert window.closes - window.opens == timedelta(hours=hours)
    assert wall(window.closes, zone) == datetime.fromisoformat(closes)


@pytest.mark.parametrize(
    ("zone", "opens", "days", "closes"),
    [
        ("America/New_York", "2027-03-13T02:30", 1, "2027-03-14T07:00"),  # 02:30 is skipped: 03:00 EDT
        ("America/New_York", "2027-03-13T02:00", 1, "2027-03-14T07:00"),  # as the gap begins
        ("America/New_York", "2027-03-13T01:59:59", 1, "2027-03-14T06:59:59"),
        ("America/New_York", "2027-03-13T03:00", 1, "2027-03-14T07:00"),
        ("Europe/London", "2027-03-27T01:15", 1, "2027-03-28T01:00"),
        ("Australia/Lord_Howe", "2027-10-02T02:15", 1, "2027-10-02T15:30"),
        ("Pacific/Apia", "2011-12-28T12:00", 2, "2011-12-30T10:00"),  # the whole day is: the 31st begins
        ("America/Santiago", "2027-09-04T00:00", 1, "2027-09-05T04:00"),  # midnight is
    ],
)
def test_a_time_that_is_skipped_is_the_first_moment_after(
    zone: str, opens: str, days: int, closes: str
) -> None:
    window = rules.window(programme(zone), opens=local(opens, zone).astimezone(UTC), days=days)
    assert window.closes == utc(closes)


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [
        ("America/New_York", "2027-11-06T01:30", "2027-11-07T05:30"),  # 01:30 EDT, not EST an hour later
        ("Europe/London", "2027-10-30T01:30", "2027-10-31T00:30"),
        ("Australia/Lord_Howe", "2027-04-03T01:45", "2027-04-03T14:45"),
    ],
)
def test_a_time_that_comes_twice_is_the_earlier_one(zone: str, opens: str, closes: str) -> None:
    window = rules.window(programme(zone), opens=local(opens, zone).astimezone(UTC), days=1)
    assert window.closes == utc(closes)


def test_a_window_that_opens_in_the_second_of_two_equal_hours_closes_at_that_time_on_the_wall() -> None:
    opens = local("2027-11-07T01:30", "America/New_York").replace(fold=1)
    window = rules.window(programme("America/New_York"), opens=opens.astimezone(UTC), days=1)
    assert window.closes == local("2027-11-08T01:30", "America/New_York")
    assert window.closes - window.opens == timedelta(hours=24)


# properties, over zones


@given(SOMETIME, DAYS, ZONES)
def test_the_wall_shows_the_same_time_or_else_it_was_skipped(opens: datetime, days: int, zone: str) -> None:
    closes = rules.window(programme(zone), opens=opens, days=days).closes
    wanted = wall(opens, zone) + timedelta(days=days)
    if wall(closes, zone) != wanted:
        assert wall(closes, zone) > wanted  # after the gap
        assert wall(closes - timedelta(seconds=1), zone) < wanted  # and a second before, before it


@given(SOMETIME, DAYS, ZONES)
def test_no_earlier_moment_shows_the_same_time(opens: datetime, days: int, zone: str) -> None:
    closes = rules.window(programme(zone), opens=opens, days=days).closes
    for minutes in (20, 30, 60, 120, 180):
        assert wall(closes - timedelta(minutes=minutes), zone) != wall(opens, zone) + timedelta(days=days)


@given(SOMETIME, DAYS, st.sampled_from(NEVER))
def test_where_clocks_are_never_changed_every_day_has_24_hours(opens: datetime, days: int, zone: str) -> None:
    assert rules.window(programme(zone), opens=opens, days=days).closes == opens + timedelta(days=days)


@given(SOMETIME, DAYS, ZONES)
def test_a_window_is_longer_or_shorter_by_what_the_wall_was_changed_and_no_more(
    opens: datetime, days: int, zone: str
) -> None:
    length = rules.window(programme(zone), opens=opens, days=days).closes - opens
    most = timedelta(hours=24 if zone in ("Pacific/Apia", "Pacific/Kiritimati") else 3)
    assert abs(length - timedelta(days=days)) <= most


@given(SOMETIME, DAYS, st.integers(min_value=1, max_value=89), ZONES)
def test_a_longer_window_never_closes_earlier(opens: datetime, days: int, more: int, zone: str) -> None:
    assert days_after(opens, days, zone) <= days_after(opens, days + more, zone)


@given(
    st.sampled_from(sorted(available_timezones())), st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1))
)
def test_every_zone_of_the_database_has_a_moment_for_every_time_on_the_wall(
    zone: str, shown: datetime
) -> None:
    assert is_zone(zone)
    found = at_wall(shown, zone)
    assert wall(found, zone) >= shown
    assert wall(found - timedelta(seconds=1), zone) < shown


# its days, counted


@given(SOMETIME, DAYS, ZONES, st.data())
def test_the_day_of_a_window_never_goes_back_and_ends_with_the_last(
    opens: datetime, days: int, zone: str, data: st.DataObject
) -> None:
    window = rules.window(programme(zone), opens=opens, days=days)
    length = window.closes - window.opens
    first, second = sorted(data.draw(st.floats(0, 1)) for _ in range(2))
    assert 1 <= window.day_at(opens + length * first) <= window.day_at(opens + length * second)
    assert window.day_at(window.opens) == 1
    assert window.day_at(window.opens - timedelta(microseconds=1)) == 0
    if zone != "Pacific/Apia":  # where two days may begin at one moment
        assert window.day_at(window.closes - timedelta(microseconds=1)) == days


@given(SOMETIME, DAYS, ZONES)
def test_a_day_lasts_from_its_beginning_to_the_next_ones(opens: datetime, day: int, zone: str) -> None:
    window = rules.window(programme(zone), opens=opens)
    begins, ends = window.day_begins(day), window.day_begins(day + 1)
    assert begins <= ends
    if begins < ends:
        assert window.day_at(begins) == day
        assert window.day_at(ends - timedelta(microseconds=1)) == day


def test_in_the_week_in_which_the_clocks_go_back_the_days_are_still_seven() -> None:
    opens = local("2027-11-03T12:00", "America/New_York").astimezone(UTC)
    window = rules.window(programme("America/New_York"), opens=opens, days=7)
    noons = [local(f"2027-11-{day:02}T12:00", "America/New_York") for day in range(3, 11)]
    assert [window.day_at(each) for each in noons] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [window.day_at(each - timedelta(seconds=1)) for each in noons] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_a_day_that_began_in_the_first_of_two_equal_hours_is_not_taken_back_in_the_second() -> None:
    opens = local("2027-11-06T01:30", "America/New_York").astimezone(UTC)
    window = rules.window(programme("America/New_York"), opens=opens, days=7)
    began = utc("2027-11-07T05:30")  # 01:30 for the first time
    hours = [began + timedelta(minutes=each) for each in (-1, 0, 29, 30, 45, 59, 60, 120)]
    assert [window.day_at(each) for each in hours] == [1, 2, 2, 2, 2, 2, 2, 2]


def test_the_first_day_has_begun_also_while_the_wall_shows_a_time_before_it() -> None:
    window = rules.window(programme("America/New_York"), opens=utc("2027-11-07T05:45"), days=7)
    assert window.day_at(utc("2027-11-07T06:15")) == 1  # opened at 01:45, now it is 01:15 once more


def test_the_countdown_is_in_real_hours() -> None:
    opens = local("2027-11-06T12:00", "America/New_York").astimezone(UTC)
    window = rules.window(programme("America/New_York"), opens=opens, days=1)
    assert window.remaining_at(opens) == timedelta(hours=25)
    assert window.local(window.closes).isoformat() == "2027-11-07T12:00:00-05:00"


# an end that is named


@given(SOMETIME, st.timedeltas(timedelta(seconds=1), timedelta(days=13, hours=20)), ZONES, ZONES)
def test_an_end_may_be_named_in_any_zone(opens: datetime, length: timedelta, zone: str, other: str) -> None:
    asked = (opens + length).astimezone(ZoneInfo(other))
    window = rules.window(programme(zone, 15), opens=opens, closes=asked)
    assert window.closes == opens + length
    assert (window.closes.tzinfo, window.zone) == (UTC, zone)


def test_the_longest_end_is_the_same_time_on_the_wall_and_not_a_second_later() -> None:
    zone = "America/New_York"
    opens = local("2027-10-20T12:00", zone).astimezone(UTC)
    last = local("2027-11-19T12:00", zone)  # 30 days and an hour of 3,600 seconds later
    assert rules.window(programme(zone, 30), opens=opens, closes=last).closes == last
    with pytest.raises(WindowTooLong, match=r"a window of 30\.0\d+ days was asked for"):
        rules.window(programme(zone, 30), opens=opens, closes=last + timedelta(seconds=1))


NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closes", "says"),
    [
        (NOON, "would close before it opens"),
        (NOON - timedelta(days=1), "would close before it opens"),
        (NOON.replace(tzinfo=None) + timedelta(days=1), "needs a time zone"),
        (datetime.min.replace(tzinfo=UTC), "would close before it opens"),
        (datetime.max.replace(tzinfo=UTC), "this programme has 1 to 30"),
        (datetime.max.replace(tzinfo=ZoneInfo("Pacific/Kiritimati")), "this programme has 1 to 30"),
        (datetime.min.replace(tzinfo=ZoneInfo("Etc/GMT-14")), "would close before it opens"),
    ],
)
def test_an_end_that_is_none_is_refused_in_a_line(closes: datetime, says: str) -> None:
    with pytest.raises((WindowWrong, WindowTooLong), match=re.escape(says)):
        rules.window(programme("UTC", 30), opens=NOON, closes=closes)


def test_an_end_and_a_length_together_are_refused() -> None:
    with pytest.raises(WindowWrong, match="not both"):
        rules.window(programme("UTC"), opens=NOON, days=1, closes=NOON + timedelta(days=1))


@pytest.mark.parametrize("days", [0, -1, 91, 1.5, float("inf"), float("-inf"), float("nan"), 1e300])
def test_a_length_that_is_none_is_refused_in_a_line(days: float) -> None:
    with pytest.raises(WindowTooLong, match="this programme has 1 to 90"):
        rules.window(programme("UTC"), opens=NOON, days=days)


# a shorter one

HELD = Window(opens=NOON, closes=NOON + timedelta(days=10), zone="Europe/Brussels")


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=8, hours=23)))
def test_a_window_can_be_shortened_to_any_moment_from_now_to_its_end(by: timedelta) -> None:
    now = NOON + timedelta(days=1)
    shorter = rules.shortened(HELD, HELD.closes - by, now)
    assert now < shorter.closes < HELD.closes
    assert (shorter.opens, shorter.zone) == (HELD.opens, HELD.zone)


@pytest.mark.parametrize("hours", [0, 1, 240, 24 * 365])
def test_a_window_never_becomes_longer(hours: int) -> None:
    with pytest.raises(WindowWrong, match="can only become shorter"):
        rules.shortened(HELD, HELD.closes + timedelta(hours=hours), NOON)


@pytest.mark.parametrize("hours", [0, 1, 25])
def test_an_end_in_the_past_is_refused(hours: int) -> None:
    now = NOON + timedelta(days=1)
    with pytest.raises(WindowWrong, match="or withdraw"):
        rules.shortened(HELD, now - timedelta(hours=hours), now)


def test_a_window_that_is_over_is_not_shortened() -> None:
    with pytest.raises(WindowOver, match="ended at 2027-06-11 12:00 UTC"):
        rules.shortened(HELD, HELD.closes - timedelta(hours=1), HELD.closes)


def test_an_earlier_end_needs_a_zone_too() -> None:
    with pytest.raises(WindowWrong, match="needs a time zone"):
        rules.shortened(HELD, datetime(2027, 6, 5, 12), NOON)
