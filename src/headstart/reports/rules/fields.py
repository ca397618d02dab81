"""Reading a table of report.toml field by field: the right type, within its bounds, and nothing unknown."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from headstart.reports.errors import FieldMissing, FieldUnknown, FieldWrong, PathOutside

MOST_ITEMS = 64
LONGEST_LINE = 1000
LONGEST_TEXT = 20_000
_NOT_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Table:
    """One table, and where it stands in the file."""

    def __init__(self, content: Mapping[str, Any], name: str = "", known: tuple[str, ...] = ()) -> None:
        self._content, self._name = content, name
        for each in content:
            if each not in known:
                close = get_close_matches(each, known, n=1, cutoff=0.6)
                raise FieldUnknown(self.path(each), self.path(close[0]) if close else None)

    def path(self, field: str) -> str:
        """A field's name with its table's: `proof.seconds`."""
        return f"{self._name}.{field}" if self._name else field

    def has(self, field: str) -> bool:
        """Whether it is there."""
        return field in self._content

    def required(self, field: str, must: str) -> Any:
        """Its value, whatever it is."""
        if field not in self._content:
            raise FieldMissing(self.path(field), must)
        return self._content[field]

    def table(self, field: str, known: tuple[str, ...]) -> "Table":
        """A table inside this one."""
        must = f"a table [{self.path(field)}]"
        found = self.required(field, must)
        if not isinstance(found, dict):
            raise FieldWrong(self.path(field), found, must)
        return Table(found, self.path(field), known)

    def line(self, field: str, longest: int = LONGEST_LINE) -> str:
        """A text of one line, not blank, without control or direction-changing characters."""
        must = f"a text of one line, 1 to {longest} characters, without control characters"
        found = self.required(field, must)
        if not _is_line(found, longest):
            raise FieldWrong(self.path(field), found, must)
        return str(found)

    def optional_line(self, field: str, longest: int = LONGEST_LINE) -> str | None:
        """The same, or None where it is absent."""
        return self.line(field, longest) if self.has(field) else None

    def text(self, field: str) -> str:
        """A text of any lines."""
        must = f"a plain text of 1 to {LONGEST_TEXT} characters, without control characters"
        found = self.required(field, must)
        if not isinstance(found, str) or not found.strip() or len(found) > LONGEST_TEXT:
            raise FieldWrong(self.path(field), found, must)
        text = found.replace("\r\n", "\n")
        if _NOT_IN_TEXT.search(text):
            raise FieldWrong(self.path(field), found, must)
        return text

    def flag(self, field: str, default: bool) -> bool:
        """True or false."""
        found = self._content.get(field, default)
        if not isinstance(found, bool):
            raise FieldWrong(self.path(field), found, "true or false")
        return found

    def number(self, field: str, default: float, least: float, most: float) -> float:
        """A number within bounds."""
        found = self._content.get(field, default)
        fits = isinstance(found, int | float) and not isinstance(found, bool) and least <= found <= most
        if not fits:
            raise FieldWrong(self.path(field), found, f"a number from {least:g} to {most:g}")
        return float(found)

    def whole(self, field: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        found = self._content.get(field, default)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise FieldWrong(self.path(field), found, f"a whole number from {least} to {most}")
        return found

    def lines(self, field: str, *, required: bool = True, longest: int = LONGEST_LINE) -> tuple[str, ...]:
        """A list of texts of one line each."""
        must = f"a list of 1 to {MOST_ITEMS} texts of one line"
        if not required and not self.has(field):
            return ()
        found = self.required(field, must)
        fits = isinstance(found, list) and len(found) <= MOST_ITEMS
        if not fits or (required and not found):
            raise FieldWrong(self.path(field), found, must)
        for each in found:
            if not _is_line(each, longest):
                raise FieldWrong(f"{self.path(field)}[…]", each, "a text of one line, not blank")
        return tuple(found)

    def paths(self, field: str) -> tuple[str, ...]:
        """A list of paths inside the folder, none told twice."""
        found = tuple(inside(self.path(field), each) for each in self.lines(field))
        for each in found:
            if found.count(each) > 1:
                raise FieldWrong(self.path(field), list(found), f"a list that names {each} once")
        return found


def _is_line(found: object, longest: int) -> bool:
    return (
        isinstance(found, str)
        and bool(found.strip())
        and len(found) <= longest
        and _NOT_IN_LINE.search(found) is None
    )


def inside(field: str, path: str) -> str:
    """A relative path that stays in the folder, in its plain form.

    Raises:
        PathOutside: it is absolute, climbs with `..`, or is written for another system.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise PathOutside(path, f"(in {field}) leaves the report's folder")
    if not pure.parts:
        raise PathOutside(path, f"(in {field}) is the report's folder itself")
    return str(pure)
