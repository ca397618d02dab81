"""Text with holes in it: `{{ name }}` is replaced by the value of that name.

>>> render("Dear {{ name }}", {"name": "Ada"})
'Dear Ada'
"""

import re
from collections.abc import Mapping

__version__ = "1.0.0"

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class TemplateError(ValueError):
    """The template breaks a rule; nothing else is raised for what a template says."""


def render(template: str, values: Mapping[str, object]) -> str:
    """Fill the holes. A name without a value leaves its hole empty.

    Raises:
        TemplateError: the template breaks a rule.
    """
    return _HOLE.sub(lambda hole: _value(hole[1].strip(), values), template)


def check(template: str) -> int:
    """How many holes a template has.

    Raises:
        TemplateError: the template breaks a rule.
    """
    holes = [hole[1].strip() for hole in _HOLE.finditer(template)]
    for each in holes:
        _value(each, {})
    return len(holes)


def _value(name: str, values: Mapping[str, object]) -> str:
    if not name.isidentifier():
        raise TemplateError(f"{name!r} is no name")
    return str(values.get(name, ""))
