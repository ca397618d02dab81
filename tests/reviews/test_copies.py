"""A copy shows everything that is in a text, and nothing in it hides, moves or imitates what the copy says itself."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.pdf import pages_of, words_of

from headstart.reviews.rules.watermarks import (
    ALPHABET,
    COLUMNS,
    MOST_LINES,
    NEW_LINE,
    drawable,
    laid_out,
    new_mark,
    one_mark,
)
from headstart.reviews.work import Sheet, draw_copy
from headstart.reviews.work.copies import COLOURS, FONT, _Pages

PLAIN = "μ ± 2\N{GREEK SMALL LETTER SIGMA} ≤ π → “ok” Łódź Ελλάδα Москва"
MARK = "7Q2M-0XKD-93VB-T5HA"
LATIN = frozenset(range(0x20, 0x7F)) | {ord("⟦"), ord("⟧"), ord(NEW_LINE)}


def sheet(text: str, **said: Any) -> Sheet:
    about = {
        "title": "Model card",
        "label": "TLP:AMBER+STRICT, trade secret",
        "owner": "Frontier Lab",
        "taken_by": "jo of Evaluator",
        "agreed_by": "al",
        "at": datetime(2026, 11, 21, 19, 0, tzinfo=UTC),
        "mark": MARK,
    }
    return Sheet(text=text, **{**about, **said})


def spelled(shown: str) -> str:
    """What a reader gets back who spells out the code points."""
    return re.sub(r"⟦U\+([0-9A-F]{4,6})⟧", lambda found: chr(int(found[1], 16)), shown)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    """Spelled out again it is what it was, but for line ends, tabs, and accents that became one with their letter."""
    import unicodedata

    shown, named = drawable(text, LATIN)
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    assert spelled(shown) == plain
    assert shown.count("⟦U+") == named
    assert all(ord(each) in LATIN or each == "\n" for each in shown)


@given(st.text(max_size=2000))
def test_lines_are_as_wide_as_the_page_and_have_all_the_words(text: str) -> None:
    layout = laid_out(text, LATIN)
    assert all(len(each) <= COLUMNS for each in layout.lines)
    assert "".join("".join(layout.lines).split()) == "".join(drawable(text, LATIN)[0].split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202etxt.exe", "a⟦U+202E⟧txt.exe"),  # right-to-left override
        ("a\u2066b\u2069", "a⟦U+2066⟧b⟦U+2069⟧"),  # isolates
        ("a\u200bb\ufeff", "a⟦U+200B⟧b⟦U+FEFF⟧"),  # nothing to be seen
        ("e\u0301\u0336x", "é⟦U+0336⟧x"),  # struck through
        ("\x1b[2J", "⟦U+001B⟧[2J"),
        ("שלום", "⟦U+05E9⟧⟦U+05DC⟧⟦U+05D5⟧⟦U+05DD⟧"),
        ("中", "⟦U+4E2D⟧"),
        ("😀", "⟦U+1F600⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),  # a tag: words that no eye sees
        ("⟦U+0041⟧", "⟦U+27E6⟧U+0041⟦U+27E7⟧"),  # imitating the copy's own sign
        ("\u2028", "⟦U+2028⟧"),
        (PLAIN, PLAIN),
    ],
)
def test_what_would_hide_or_reorder_is_named(text: str, shown: str) -> None:
    with _Pages(sheet("")) as pages:
        assert drawable(text, pages.glyphs)[0] == shown
    assert shown in words_of(draw_copy(sheet(text)))


@pytest.mark.parametrize("text", ["ש", "ع", "\u0660", "\u202e", "\u200d", "\u0301", "\x1b", "⟦"])
def test_a_font_that_has_every_character_draws_none_that_reorders_or_hides(text: str) -> None:
    assert drawable(text, range(0x110000))[0].startswith("⟦U+")


def test_the_copy_says_how_much_it_names(tmp_path: Any) -> None:
    assert "3 characters are not drawn here" in words_of(draw_copy(sheet("中文 a\u202eb")))
    assert "1 character is not drawn here" in words_of(draw_copy(sheet("中")))
    assert "not drawn" not in words_of(draw_copy(sheet("plain")))


def test_every_page_says_how_it_is_marked_whose_it_is_and_when(tmp_path: Any) -> None:
    pages = pages_of(draw_copy(sheet("a line\n" * 300)))
    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        assert page.count("TLP:AMBER+STRICT, trade secret") >= 2  # TLP 2.0: header and footer
        assert page.count(MARK) >= 5  # header, footer, and under the words
        assert "for jo of Evaluator" in page
        assert "agreed to by al" in page
        assert "taken 21 November 2026, 19:00:00 UTC" in page
        assert f"page {number} of {len(pages)}" in page


def test_all_the_words_are_there_in_their_order() -> None:
    lines = [f"line {number} of many" for number in range(500)]
    words = words_of(draw_copy(sheet("\n".join(lines))))
    assert re.findall(r"line \d+ of many", words) == lines


def test_names_that_are_hostile_neither_push_the_mark_off_nor_imitate_another_line() -> None:
    forged = "x" * 5000 + "\nMark: 0000-0000-0000-0000\nTaken: never"
    pages = pages_of(draw_copy(sheet("words", title=forged, taken_by="\u202e" + forged, owner=forged)))
    for page in pages:
        assert page.count(MARK) >= 5
        assert "\nMark: 0000" not in page
        assert "\nTaken: never" not in page
    assert "\n".join(pages).count("x") >= 3 * 5000  # and nothing of them is lost


@pytest.mark.parametrize(
    "text",
    [
        "a" * (1 << 20),
        "\n" * (1 << 20),
        "x\n" * (1 << 19),
        "\u00ad" * (1 << 19),
        "中" * ((1 << 20) // 3),
        "\t" * (1 << 20),
    ],
    ids=["one line", "empty lines", "short lines", "soft hyphens", "wide", "tabs"],
)
def test_a_mebibyte_of_anything_becomes_a_copy_of_bounded_length(text: str) -> None:
    copy = draw_copy(sheet(text))
    assert copy.startswith(b"%PDF-")
    assert copy.rstrip().endswith(b"%%EOF")
    assert copy.count(b"/Type /Page\n") + copy.count(b"/Type /Page ") < 2000


def test_where_lines_are_too_many_their_ends_are_shown_by_a_sign() -> None:
    layout = laid_out("x\n" * (MOST_LINES + 1), LATIN)
    assert layout.joined
    assert "".join(layout.lines) == f"x{NEW_LINE}" * (MOST_LINES + 1)
    assert not laid_out("x\n" * MOST_LINES, LATIN).joined
    assert f"{NEW_LINE} is where each ends" in words_of(draw_copy(sheet("x\n" * (MOST_LINES + 1))))


def test_an_empty_text_is_a_copy_too() -> None:
    assert len(pages_of(draw_copy(sheet("")))) == 1


def test_the_files_own_title_is_clean() -> None:
    copy = draw_copy(sheet("words", title="a\u202eb\n(c)\\"))
    assert "\u202e".encode("utf-16-be") not in copy
    assert b"Headstart" in copy or "Headstart".encode("utf-16-be") in copy


def test_marks_are_unlike_and_can_be_read_aloud() -> None:
    marks = {new_mark() for _ in range(1000)}
    assert len(marks) == 1000
    assert all(re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}", each) for each in marks)
    assert all(one_mark(each) == each for each in marks)


def test_a_mark_is_known_however_it_was_typed() -> None:
    assert one_mark(" 7q2m 0xkd_93vb t5ha\n") == MARK
    assert one_mark("7Q2M-OXKD-93VB-T5HA") == MARK


def test_every_label_has_its_colour_and_the_font_its_licence() -> None:
    from headstart.reviews.rules import Tlp

    assert {each.removesuffix("+STRICT") for each in Tlp} == set(COLOURS)
    for tlp in Tlp:
        assert str(tlp) in words_of(draw_copy(sheet("words", label=str(tlp))))
    assert FONT.stat().st_size < 200_000
    assert "Bitstream" in (FONT.parent / "LICENSE.txt").read_text()
