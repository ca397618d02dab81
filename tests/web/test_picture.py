"""The picture says what the numbers say, and brings nothing that the page's policy forbids."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from headstart.exposure.rules.days import Point
from headstart.web.picture import MOST_ROWS, Row, picture_svg, sentences, size

OPENS = datetime(2027, 1, 11, 9, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def day(number: float) -> datetime:
    return OPENS + timedelta(days=number)


def row(name: str = "Hospital", *counts: tuple[float, int, int]) -> Row:
    """A row of (day, unpatched, of)."""
    points = tuple(Point(day(at), unpatched, of, 0) for at, unpatched, of in counts)
    return Row(name=name, points=points, total=points[-1].of if points else 0)


def drawn(*rows: Row, today: float = 20, release: float = 30) -> str:
    return picture_svg(rows, opens=OPENS, today=day(today), release=day(release))


HOSPITAL = row("Rural Hospital", (0, 0, 0), (7, 4, 4), (15, 3, 4), (20, 2, 4))


def paths(svg: str, colour: str) -> list[str]:
    return [each.get("d", "") for each in ET.fromstring(svg).iter(f"{SVG}path") if each.get("fill") == colour]


def test_each_operator_is_named_with_its_denominator() -> None:
    texts = [each.text for each in ET.fromstring(drawn(HOSPITAL)).iter(f"{SVG}text")]
    assert {"Rural Hospital", "2 of 4 unpatched"} <= set(texts)


def test_the_band_follows_the_numbers() -> None:
    """The unpatched band falls by a quarter of its height for each of four."""
    outline, *_ = sorted(paths(drawn(HOSPITAL), "#1a4480"), key=len, reverse=True)  # the other is the key
    heights = {round(float(y), 2) for y in re.findall(r"[ML][\d.]+,([\d.]+)", outline)}
    assert heights == {60.0, 14.0, 25.5, 37.0}


def test_another_number_is_another_picture() -> None:
    other = row("Rural Hospital", (0, 0, 0), (7, 4, 4), (15, 3, 4), (20, 1, 4))
    assert drawn(HOSPITAL) != drawn(other)


def test_release_and_today_are_marked() -> None:
    svg = drawn(HOSPITAL)
    assert "10 February: the model goes to other trusted partners" in svg
    assert "31 January: today" in svg


def test_a_reader_of_the_screen_is_told_the_numbers() -> None:
    root = ET.fromstring(drawn(HOSPITAL))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == root.get("aria-label") == "Still unpatched where it matters"
    assert root.findtext(f"{SVG}desc") == "Rural Hospital: 2 of 4 still unpatched."


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><style>', "a & b", "]]>"])
def test_a_name_stays_a_name(name: str) -> None:
    svg = drawn(row(name, (0, 1, 1), (20, 1, 1)))
    assert not re.search(r"<script|<style|style=|href|url\(", svg)
    assert ET.fromstring(svg).findtext(f"{SVG}desc") == f"{name}: 1 of 1 still unpatched."


def test_it_is_as_large_as_it_says() -> None:
    for rows in ([], [HOSPITAL], [row(str(at), (0, 1, 1)) for at in range(20)]):
        root = ET.fromstring(drawn(*rows))
        assert (root.get("width"), root.get("height")) == tuple(map(str, size(rows)))


def test_many_operators_are_added_up_in_the_last_row() -> None:
    rows = [row(f"Operator {at}", (0, 2, 2), (20, 1, 2)) for at in range(MOST_ROWS + 3)]
    svg = drawn(*rows)
    assert "4 other operators" in svg
    assert "4 of 8 unpatched" in svg
    assert len(sentences(rows)) == MOST_ROWS + 3


def test_no_operator_is_a_sentence_and_not_an_empty_frame() -> None:
    assert "Nothing has been matched yet." in drawn()
