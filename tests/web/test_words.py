"""The pages' words and small drawings."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headstart.exposure.rules.days import Point
from headstart.reviews.rules import Window
from headstart.web import drawings, wording
from headstart.web.picture import Row, picture_svg
from headstart.web.templatetags.headstart import moment, package
from headstart.web.views.operators import late

OPENS = datetime(2027, 1, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(days=11, hours=4, minutes=59), "11 days 4 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1, minutes=30), "1 hour"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=-5), "0 minutes"),
    ],
)
def test_what_is_left_is_said_in_its_two_largest_units(time: timedelta, words: str) -> None:
    assert wording.left(time) == words


def test_an_entry_of_a_kind_without_a_sentence_says_its_kind() -> None:
    assert wording.event("comet.seen", {"title": "x"}) == "comet.seen"


def test_an_entry_whose_details_lack_a_word_still_reads() -> None:
    assert wording.event("finding.proved", {}) == "ran a report"
    assert wording.event("case.invited", {"role": "maintainer"}) == "invited a party to a case (maintainer)"
    assert wording.event("case.invited", {}) == "invited a party to a case"
    assert wording.event("finding.proved", {"rung": "refuted"}) == "ran a report: refuted"


def test_every_kind_of_entry_that_a_service_writes_has_a_sentence() -> None:
    rooms = Path(wording.__file__).parents[1]
    services = [*rooms.glob("*/services.py"), *rooms.glob("*/services/*.py")]
    text = "".join(each.read_text() for each in services)
    kinds = set(re.findall(r'"([a-z]+\.[a-z_]+)",?', text)) - {"keys", "hub.pem", "kept.sealed"}
    assert len(kinds) > 25
    assert {each for each in kinds if each not in wording.EVENTS} == set()


def test_a_day_that_has_passed_is_said_and_one_that_is_ahead_is_not() -> None:
    before, after = OPENS - timedelta(days=1), OPENS + timedelta(days=1)
    assert "last day" in late(before, before, OPENS)
    assert "safe day" in late(before, after, OPENS)
    assert "safe day" in late(before, None, OPENS)
    assert late(after, after, OPENS) == late(None, None, OPENS) == ""


def test_a_hostile_name_stays_text_in_the_picture() -> None:
    point = Point(at=OPENS, unpatched=1, of=2, mitigated=0)
    row = Row(name="</text><script>alert(1)</script>", points=(point,), total=2)
    svg = picture_svg([row], opens=OPENS, today=OPENS + timedelta(days=3), release=OPENS + timedelta(days=30))
    assert "<script" not in svg


def test_details_can_t_reach_into_python() -> None:
    assert "class" not in wording.event("finding.proved", {"rung": "{rung.__class__}"}).replace(
        "{rung.__class__}", ""
    )


def test_each_day_of_the_window_has_one_cell() -> None:
    svg = drawings.days(
        Window(opens=OPENS, closes=OPENS + timedelta(days=30)), OPENS + timedelta(days=26, hours=9)
    )
    assert (svg.count('class="past"'), svg.count('class="today"'), svg.count('class="left"')) == (26, 1, 3)
    assert "Day 27 of 30" in svg


def test_an_ability_far_out_keeps_its_interval_on_the_axis() -> None:
    svg = drawings.interval(-5.2, -6.8, -3.0)
    assert 'x1="14.0" y1="16"' in svg
    assert "95% interval -6.80 to -3.00" in svg


def test_a_bar_of_nothing_is_empty_rather_than_an_error() -> None:
    assert 'width="0"' in drawings.bar(0, 0)


def test_a_package_is_said_in_words_and_what_is_none_stays_as_it_is() -> None:
    assert package("pkg:npm/%40scope/thing@1.2.3") == "@scope/thing 1.2.3 (npm)"
    assert package("<b>no purl</b>") == "<b>no purl</b>"


def test_times_have_their_zone() -> None:
    assert "11 January 2027, 09:00 UTC" in moment(OPENS)


def test_every_class_of_the_style_sheet_is_used_and_every_class_that_is_used_is_in_it() -> None:
    web = Path(wording.__file__).parent
    sheet = set(re.findall(r"\.(hs-[\w-]+)", (web / "static/web/headstart.css").read_text()))
    text = "".join(each.read_text() for pattern in ("*.html", "*.py") for each in web.rglob(pattern))
    used = {each.rstrip("-") for each in re.findall(r"\bhs-[\w-]+", text)}
    composed = {each for each in sheet if each.rsplit("--", 1)[0] in ("hs-rung", "hs-tlp", "hs-verdict")}
    assert sheet - composed - used == set()
    assert used - sheet == set()


def test_every_template_is_used() -> None:
    web = Path(wording.__file__).parent
    files = [each for pattern in ("*.html", "*.py") for each in (web.parent).rglob(pattern)]
    text = "".join(each.read_text() for each in files)
    names = [each.relative_to(web / "templates").as_posix() for each in web.rglob("*.html")]
    assert [each for each in names if f'"{each}"' not in text] == []
