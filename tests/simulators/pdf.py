"""Reads the words back out of a PDF that fpdf2 wrote: what a reader's eyes would get, page by page."""

import re
import zlib

_STREAM = re.compile(rb"<<(?:(?!>>\s*stream).)*?>>\s*stream\n(.*?)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^\\()]|\\.)*)\) ?Tj|\[\(((?:[^\\()]|\\.)*)\)\] ?TJ", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4,})>")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, a line for each that was drawn, in the order in which it was."""
    streams = [_plain(each) for each in _STREAM.findall(pdf)]
    names = next(each for each in streams if b"beginbfchar" in each or b"beginbfrange" in each)
    letters = {
        int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be")
        for glyph, letter in _PAIR.findall(names)
    }
    return [_words(each, letters) for each in streams if b" Tf" in each]


def words_of(pdf: bytes) -> str:
    """The text of all pages."""
    return "\n".join(pages_of(pdf))


def _plain(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _words(stream: bytes, letters: dict[int, str]) -> str:
    lines = []
    for one, other in _SHOWN.findall(stream):
        raw = _ESCAPED.sub(lambda found: _LETTERS.get(found[1], found[1]), one or other)
        lines.append("".join(letters[int.from_bytes(raw[at : at + 2])] for at in range(0, len(raw), 2)))
    return "\n".join(lines)
