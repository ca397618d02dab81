"""Text with holes in it: `{{ name }}` is replaced by the value of that name, `{{ include "file" }}` by a file.

>>> render("Dear {{ name }}", {"name": "Ada"})
'Dear Ada'
"""

import re
from collections.abc import Mapping
from pathlib import Path

__version__ = "1.1.0"

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
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
    if folder is None or included[1] not in {each.name for each in folder.iterdir()}:
        raise TemplateError(f"{included[1]!r} can't be included")
    return render((folder / included[1]).read_text(encoding="utf-8"), values, folder)


def _value(name: str, values: Mapping[str, object]) -> str:
    if not name.isidentifier():
        raise TemplateError(f"{name!r} is no name")
    return str(values.get(name, ""))
