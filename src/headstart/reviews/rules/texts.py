"""Words that a party hands in: bounded, and free of what a page, a file or a database can't hold."""

import re
import unicodedata

from headstart.reviews.errors import TextInvalid

LAYOUT = frozenset("\t\n\r")
CONTROLS = frozenset(
    {"Cc", "Cs"}
)  # NUL among them (PostgreSQL refuses it); halves of a pair, which are no UTF-8
BREAKS = frozenset({"Zl", "Zp"})  # breaks of lines and paragraphs
ID = re.compile(r"[a-z]{3}_[0-9a-z]{1,28}")


def as_id(said: str) -> str:
    """What could be an id of this instance; empty, which is nobody's, where it could not.

    No database is asked for what it can't hold (NUL, halves of a pair), or for a megabyte.
    """
    return said if ID.fullmatch(said) else ""


def line(text: str, what: str, most: int) -> str:
    """One line of 1 to `most` characters, as it was given.

    Raises:
        TextInvalid: empty, too long, of several lines, or with characters that can't be shown.
    """
    if not text.strip():
        raise TextInvalid(what, "is empty")
    return _held(text, what, most, frozenset())


def passage(text: str, what: str, most: int) -> str:
    """Up to `most` characters of any number of lines; empty is allowed.

    Raises:
        TextInvalid: too long, or with characters that can't be shown.
    """
    return _held(text, what, most, LAYOUT)


def _held(text: str, what: str, most: int, layout: frozenset[str]) -> str:
    if len(text) > most:
        raise TextInvalid(what, f"is longer than {most} characters")
    wrong = CONTROLS if layout else CONTROLS | BREAKS
    if any(unicodedata.category(each) in wrong and each not in layout for each in text):
        says = "holds a control character" if layout else "holds a line break or a control character"
        raise TextInvalid(what, says)
    return text
