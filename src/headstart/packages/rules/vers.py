"""The text form of version ranges: the vers specification (ECMA TC54), read strictly and written canonically."""

import re
from urllib.parse import quote, unquote

from headstart.packages.errors import RangeInvalid

LONGEST = 1 << 16  # characters
SIGNS = (">=", "<=", "!=", ">", "<", "=")

_SCHEME = re.compile(r"[a-z][a-z0-9.+-]*")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The scheme and the constraints (sign, version) of a text; `*` alone is `("*", "")`.

    Raises:
        RangeInvalid: it is not in canonical form; which rule it breaks.
    """
    if len(text) > LONGEST:
        raise RangeInvalid(text, f"it is longer than {LONGEST} characters")
    prefix, colon, rest = text.partition(":")
    scheme, slash, listed = rest.partition("/")
    if prefix != "vers" or not colon or not slash:
        raise RangeInvalid(text, "it must begin with vers:<scheme>/")
    if not _SCHEME.fullmatch(scheme):
        raise RangeInvalid(text, f"{scheme!r} is not a scheme: lower-case letters and digits")
    if not listed:
        raise RangeInvalid(text, "it has no constraint")
    if any(each.isspace() for each in listed):
        raise RangeInvalid(text, "white space is not permitted")
    for wrong, is_wrong in (
        ("a leading pipe", listed.startswith("|")),
        ("a trailing pipe", listed.endswith("|")),
        ("two pipes in a row", "||" in listed),
    ):
        if is_wrong:
            raise RangeInvalid(text, f"{wrong} is not permitted")
    found = [_constraint(text, each) for each in listed.split("|")]
    if len(found) > 1 and any(sign == "*" for sign, _ in found):
        raise RangeInvalid(text, "* stands alone or not at all")
    return scheme, found


def _constraint(text: str, part: str) -> tuple[str, str]:
    if part == "*":
        return "*", ""
    sign = next((each for each in SIGNS if part.startswith(each)), "")
    version = part[len(sign) :]
    if not version:
        raise RangeInvalid(text, f"{part!r} has no version")
    if version[0] in "<>=!*":
        raise RangeInvalid(text, f"{part!r} has no known sign")
    if _BAD_ESCAPE.search(version):
        raise RangeInvalid(text, "invalid percent-encoding in a version")
    try:
        return sign or "=", unquote(version, errors="strict")
    except UnicodeDecodeError as error:
        raise RangeInvalid(text, "percent-encoding that is not UTF-8") from error


def write(scheme: str, constraints: list[tuple[str, str]]) -> str:
    """The canonical text: versions percent-encoded, `=` left out."""
    parts = [("" if sign == "=" else sign) + quote(version, safe="!:~,@") for sign, version in constraints]
    return f"vers:{scheme}/" + "|".join(parts)
