"""Text with holes in it: `{{ name }}` is replaced by the value of that name, `{{ include "file" }}` by a file,
and `{{ name | upper }}` by the value in capitals.

    >>> render("Dear {{ name }}", {"name": "Ada"})
    'Dear Ada'
"""

import re
from collections.abc import Mapping
from pathlib import Path

__version__ = "1.3.0"

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_FILTERS = {"upper": str.upper, "lower": str.lower, "title": str.title}
_INCLUDE = re.compile(r'include\s+"([^"]+)"')


class TemplateError(ValueError):
    """The template breaks a rule; nothing else is raised for what a template says."""


def render(template: str, values: Mapping[str, object], folder: Path | None = None) -> str:
    """Fill the holes. A name without a value leaves its hole empty; files are included from `folder` alone.

    Raises:
        TemplateError: the template breaks a rule.
    """
    return _HOLE.sub(lambda hole: _fill(hole[1].strip(), values, folder), template)


def check(template: str) -> int:
    """How many holes a template has.

    Raises:
        TemplateError: the template breaks a rule.
    """
    holes = [hole[1].strip() for hole in _HOLE.finditer(template)]
    for each in holes:
        if not _INCLUDE.fullmatch(each):
            _value(each, {})
    return len(holes)


def _fill(hole: str, values: Mapping[str, object], folder: Path | None) -> str:
    included = _INCLUDE.fullmatch(hole)
    if included is None:
        return _value(hole, values)
    if folder is None:
        raise TemplateError(f"{included[1]!r} can't be included")
    try:  # the file may be in a folder of the folder
        text = (folder / included[1]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{included[1]!r} can't be included") from error
    return render(text, values, folder)


def _value(expression: str, values: Mapping[str, object]) -> str:
    name, *filters = expression.split("|")
    if not name.strip().isidentifier():
        raise TemplateError(f"{name!r} is no name")
    value = str(values.get(name.strip(), ""))
    for each in filters:
        word = each.split()[0]
        if word not in _FILTERS:
            raise TemplateError(f"there is no filter {word}")
        value = _FILTERS[word](value)
    return value
