"""What a copy that leaves the hub is marked with, and how hostile words are laid out in it.

A copy shows everything that is in the text. What can't be drawn, or would hide or reorder what stands around it, is
named by its code point (⟦U+202E⟧), and the copy says how often.
"""

import secrets
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: what is misread can be put right
MARK_LENGTH = 16  # 80 bits
COLUMNS = 88
TAB = 4
MOST_LINES = 20_000  # of a text that is drawn as it is laid out; beyond, its lines follow each other
NEW_LINE = "\N{RETURN SYMBOL}"
OWN_SIGNS = frozenset(f"⟦⟧{NEW_LINE}")  # what a copy says for itself no text says
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A text as lines of characters that can be drawn."""

    lines: tuple[str, ...]
    named: int  # characters that are named by their code point instead
    joined: bool  # line ends are shown by a sign, for there are too many


def new_mark() -> str:
    """A fresh mark: `7Q2M-0XKD-93VB-T5HA`."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(MARK_LENGTH)))


def one_mark(said: str) -> str:
    """A mark as it is kept, however somebody typed it off a page."""
    return _grouped("".join(each for each in said[:64].upper().translate(_MISREAD) if each in ALPHABET))


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def drawable(text: str, font: Container[int]) -> tuple[str, int]:
    """The text in characters that the font has; how many had to be named. Line ends stay, tabs become spaces."""
    shown: list[str] = []
    named = 0
    whole = unicodedata.normalize(
        "NFC", text
    )  # an accent and its letter become one character where there is one
    for character in whole.replace("\r\n", "\n").replace("\r", "\n"):
        if character == "\n":
            shown.append(character)
        elif character == "\t":
            shown.append(" " * TAB)
        elif character not in OWN_SIGNS and _is_plain(character) and ord(character) in font:
            shown.append(character)
        else:
            named += 1
            shown.append(f"⟦U+{ord(character):04X}⟧")
    return "".join(shown), named


def _is_plain(character: str) -> bool:
    """One column wide, drawn from left to right, and seen: no control, no format, no mark on the letter before."""
    seen = unicodedata.category(character)[0] not in "CM" and unicodedata.category(character) not in (
        "Zl",
        "Zp",
    )
    return seen and unicodedata.bidirectional(character) not in ("R", "AL", "AN")


def laid_out(text: str, font: Container[int], columns: int = COLUMNS) -> Layout:
    """A text as a copy shows it: everything that is in it, on lines of at most so many characters."""
    shown, named = drawable(text, font)
    joined = shown.count("\n") > MOST_LINES
    if joined:
        shown = shown.replace("\n", NEW_LINE)
    lines = tuple(part for each in shown.split("\n") for part in _wrapped(each, columns))
    return Layout(lines=lines, named=named, joined=joined)


def _wrapped(line: str, columns: int) -> Iterator[str]:
    """Cut at the last space that leaves a line at least half full, or else where the columns end."""
    at = 0
    while len(line) - at > columns:
        cut = line.rfind(" ", at + columns // 2, at + columns)
        end = cut + 1 if cut >= 0 else at + columns
        yield line[at:end].rstrip(" ")
        at = end
    yield line[at:]
