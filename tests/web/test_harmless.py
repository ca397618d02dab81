"""Text from outside is shown as text: nothing in it runs, hides, reorders, moves or overlays, and it is bounded."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.web.harmless import LONGEST, harmless, hexadecimal, is_text, shown


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("\x1b[2J\x1b[31mred", "␛[2J␛[31mred"),
        ("a\0b", "a␀b"),
        ("invoice\u202egnp.exe", "invoice⟦U+202E⟧gnp.exe"),
        ("a\u200bb\ufeffc", "a⟦U+200B⟧b⟦U+FEFF⟧c"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\u2028", "⟦U+2028⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),  # a tag character: invisible letters
        ("\ud800", "⟦U+D800⟧"),
        ("héllo, 世界, שלום", "héllo, 世界, שלום"),
    ],
)
def test_what_can_t_be_seen_is_named(text: str, looks: str) -> None:
    assert harmless(text) == looks


def test_accents_that_would_be_drawn_over_other_lines_are_left_out() -> None:
    assert harmless("e" + "\u0301" * 500 + "f") == "e\u0301\u0301f"


def test_a_megabyte_on_one_line_is_bounded_and_says_how_much_is_left_out() -> None:
    looks = harmless("x" * (1 << 20))
    assert len(looks) < LONGEST + 100
    assert looks.endswith("… 1,044,576 more characters are not shown")


@given(st.text())
def test_no_text_holds_a_hidden_character_afterwards(text: str) -> None:
    kinds = {unicodedata.category(each) for each in harmless(text) if each not in "\n\t"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@given(st.binary(max_size=3000))
def test_any_file_can_be_shown(data: bytes) -> None:
    kinds = {unicodedata.category(each) for each in shown(data, len(data)) if each not in "\n\t"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def test_bytes_that_are_no_text_are_shown_as_hexadecimal() -> None:
    assert shown(b"\x89PNG\0\xff<b>", 5000).splitlines() == [
        "00000000  89 50 4e 47 00 ff 3c 62 3e                       .PNG..<b>",
        "… 4,488 more bytes",
    ]
    assert hexadecimal(b"") == ""


def test_a_letter_cut_in_two_at_the_end_of_the_beginning_is_still_text() -> None:
    assert is_text("héé".encode()[:-1])
    assert not is_text(b"h\xffllo")
    assert shown("ééé".encode()[:-1], 6) == "éé\n… of 6 bytes"
