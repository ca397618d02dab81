"""Text from outside, made harmless to look at: nothing in it hides, reorders or overlays what stands around it."""

import re
import unicodedata

LONGEST = 4000
MOST_MARKS = 2  # accents on one letter; more would be drawn over the lines around
HEX_BYTES = 512
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_LINE = re.compile(r"\r\n?")


def harmless(text: str, most: int = LONGEST) -> str:
    """At most `most` characters, and how many were left out; what can't be seen is named (␛, ⟦U+202E⟧)."""
    shown: list[str] = []
    marks = 0
    for character in _LINE.sub("\n", text[:most]):
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        shown.append(_visible(character) if marks <= MOST_MARKS else "")
    left_out = len(text) - most
    return "".join(shown) + (f"\n… {left_out:,} more characters are not shown" if left_out > 0 else "")


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _HIDDEN:
        return character
    if character < " ":
        return chr(0x2400 + ord(character))  # Unicode's own pictures of control characters
    return f"⟦U+{ord(character):04X}⟧"


def is_text(data: bytes) -> bool:
    """Whether these bytes (the beginning of a file) can be shown as text."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.end < len(data) or error.reason != "unexpected end of data":
            return False
        text = data[: error.start].decode()  # a character was cut in two where the beginning ends
    return not any(unicodedata.category(each) == "Cc" and each not in "\n\r\t\f\x1b" for each in text)


def shown(data: bytes, size: int, most: int = LONGEST) -> str:
    """The beginning of a file of `size` bytes: `most` characters of it as text, or hexadecimal where it is none."""
    if is_text(data):
        text = harmless(data.decode("utf-8", "ignore"), most)
        return text if len(data) == size else f"{text}\n… of {size:,} bytes"
    rest = f"\n… {size - HEX_BYTES:,} more bytes" if size > HEX_BYTES else ""
    return hexadecimal(data[:HEX_BYTES]) + rest


def hexadecimal(data: bytes) -> str:
    """Sixteen bytes a line: place, bytes, and the letters among them."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        letters = "".join(chr(each) if 32 <= each < 127 else "." for each in row)
        lines.append(f"{at:08x}  {row.hex(' '):<47}  {letters}")
    return "\n".join(lines)
