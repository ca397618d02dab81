"""What an OSV record asks about (schema 1.7): one interest for each package that it names."""

from collections.abc import Mapping
from typing import Any

from headstart.exposure.rules.hits import Interest
from headstart.packages.errors import PurlInvalid, RangeInvalid
from headstart.packages.rules.purl import TYPES, Purl, parse
from headstart.packages.rules.ranges import Range, from_osv


def interests(record: Mapping[str, Any]) -> tuple[list[Interest], str]:
    """The interests of a record, and why it has fewer than it names packages (empty: it has not).

    A record that was withdrawn asks about nothing. An entry without versions that mean anything to its ecosystem
    (git commits alone, a broken event) has no range: which releases it affects is unknown, not none.
    """
    if not isinstance(record.get("id"), str):
        return [], "has no id: it is no OSV record"
    if record.get("withdrawn"):
        return [], "was withdrawn"
    found: list[Interest] = []
    unnamed: list[str] = []
    for entry in record.get("affected") or ():
        package = entry.get("package") or {}
        purl = _purl(package)
        if purl is None:
            unnamed.append(f"{package.get('ecosystem')} {package.get('name')}")
        else:
            found.append(Interest(id=record["id"], purl=purl, range=_range(entry)))
    if unnamed:
        return found, f"names what has no purl: {', '.join(unnamed)[:200]}"
    return found, "" if found else "names no package"


def _purl(package: Mapping[str, Any]) -> Purl | None:
    """The package's purl; where the record states none, from its ecosystem and name."""
    stated = package.get("purl")
    kind = TYPES.get(str(package.get("ecosystem")))
    name = str(package.get("name") or "")
    if kind == "maven":
        name = name.replace(":", "/", 1)
    text = stated or (f"pkg:{kind}/{name}" if kind and name else "")
    try:
        return parse(text).without_version if text else None
    except PurlInvalid:
        return None


def _range(entry: Mapping[str, Any]) -> Range | None:
    versioned = [each for each in entry.get("ranges") or () if each.get("type") != "GIT"]
    if not versioned and not entry.get("versions"):
        return None
    try:
        return from_osv(entry)
    except RangeInvalid:
        return None
