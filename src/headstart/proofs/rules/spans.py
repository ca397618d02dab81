"""Pieces of an input that do not overlap: characters, words, lines, and the fields that a sender fills in."""

import re

from headstart.proofs.rules.formats import JSON_WORD, LINE, MOST_UNITS, TAG, csv_units
from headstart.proofs.rules.outlines import Format

_CHARACTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}|.", re.DOTALL)
_JSON_CHARACTER = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[\xc2-\xf4][\x80-\xbf]{1,3}|.", re.DOTALL)
_JSON_LITERAL = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[^\\]++", re.DOTALL)
_MARKUP_CHARACTER = re.compile(rb"&#?\w{1,10};|[\xc2-\xf4][\x80-\xbf]{1,3}|.", re.DOTALL)
_TOKEN = re.compile(rb"\w+|[^\S\n]+|[\x80-\xff]+|.", re.DOTALL)
_QUOTED = re.compile(rb"\"([^\"<>]*+)\"|'([^'<>]*+)'")
_HEADER_VALUE = re.compile(rb"[^:\n]+:[ \t]*([^\r\n]*)")
_SETTING_VALUE = re.compile(rb"""[^=\n]+=[ \t]*([^\r\n]+)""")
_YAML_VALUE = re.compile(rb"""[ ]*(?:- )*(?:[^:\n]+:[ \t]+|- )([^\r\n]+)""")
_WORD = re.compile(rb"[^\s,;=&?]+")
_COLON = re.compile(rb"[ \t\r\n]*+:")


def free(kind: Format, data: bytes) -> list[tuple[int, int]]:
    """Where characters can be changed at will without leaving the format: all of it where it has no such rule."""
    if kind is Format.JSON:
        words = (each for each in JSON_WORD.finditer(data) if (each["word"] or b"").startswith(b'"'))
        return [(each.start("word") + 1, each.end("word") - 1) for each in words]
    if kind is not Format.MARKUP:
        return [(0, len(data))]
    spans, at = [], 0
    for tag in TAG.finditer(data):
        spans.append((at, tag.start()))
        spans += [each.span(1 if each[1] is not None else 2) for each in _QUOTED.finditer(data, *tag.span())]
        at = tag.end()
    return [each for each in (*spans, (at, len(data))) if each[0] < each[1]]


def literal(kind: Format, data: bytes) -> list[tuple[int, int]]:
    """Where text is free and stands for itself: in JSON without the escapes."""
    if kind is not Format.JSON:
        return free(kind, data)
    spans = (_JSON_LITERAL.finditer(data, *span) for span in free(kind, data))
    return [each.span() for found in spans for each in found if each[0][:1] != b"\\"]


def characters(kind: Format, data: bytes) -> list[tuple[int, int]]:
    """Each character that can be dropped; bytes where it is no text, and runs of them where it is very large."""
    if kind is Format.BYTES:
        step = max(1, -(-len(data) // MOST_UNITS))
        return [(at, min(at + step, len(data))) for at in range(0, len(data), step)]
    pattern = {Format.JSON: _JSON_CHARACTER, Format.MARKUP: _MARKUP_CHARACTER}.get(kind, _CHARACTER)
    return _within(pattern, kind, data)


def tokens(kind: Format, data: bytes) -> list[tuple[int, int]]:
    """Words, white space, and each other character, where the text is free."""
    if kind is Format.BYTES:
        return []
    return _within(_TOKEN, kind, data) if kind is not Format.JSON else []


def lines(data: bytes) -> list[tuple[int, int]]:
    """Each line with its end."""
    return [each.span() for each in LINE.finditer(data)][:MOST_UNITS]


def fields(kind: Format, data: bytes) -> list[tuple[int, int]]:
    """Where the values stand that a sender of this input fills in: cells, headers' values, strings, text."""
    found: list[tuple[int, int]]
    match kind:
        case Format.JSON:
            found = [each.span("word") for each in JSON_WORD.finditer(data) if each["word"]]
            found = [span for span in found if not _COLON.match(data, span[1])]
        case Format.CSV:
            found = [(each.start, each.end) for each in csv_units(data) or () if each.parent >= 0]
        case Format.MARKUP:
            found = free(kind, data)
        case Format.HTTP | Format.SETTINGS | Format.YAML:
            pattern = {Format.HTTP: _HEADER_VALUE, Format.SETTINGS: _SETTING_VALUE}.get(kind, _YAML_VALUE)
            rows = (pattern.match(data, *span) for span in lines(data))
            found = [each.span(1) for each in rows if each]
        case Format.TEXT:
            found = [each.span() for each in _WORD.finditer(data)]
        case _:
            found = []
    return [each for each in found if each[0] < each[1]][:MOST_UNITS]


def _within(pattern: re.Pattern[bytes], kind: Format, data: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in free(kind, data):
        for each in pattern.finditer(data, start, end):
            found.append(each.span())
            if len(found) >= MOST_UNITS:
                return found
    return found
