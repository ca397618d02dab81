"""Documents as bytes, and whether they obey their standard."""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from headstart.advisories.errors import DocumentInvalid
from headstart.advisories.rules.content import Weakness
from headstart.advisories.rules.index import OSV_ENDING


def serialise(document: dict[str, Any]) -> bytes:
    """A document as it is signed and published: UTF-8, indented, its keys sorted (CSAF 2.0, 6.2.13)."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def validate(name: str, document: dict[str, Any]) -> None:
    """Hold a document against its standard: CSAF 2.0's schema and mandatory tests, or OSV's fields.

    Raises:
        DocumentInvalid: with the first thing that is wrong.
    """
    if name.endswith(OSV_ENDING):
        _validate_osv(name, document)
    else:
        _validate_csaf(name, document)


def _validate_csaf(name: str, document: dict[str, Any]) -> None:
    from csaf.csaf.v20 import validate as validate_csaf

    report = validate_csaf(document, preset="basic")
    for result in report.results:
        for error in result.errors:
            raise DocumentInvalid(name, f"{error.instance_path}: {error.message} (CSAF 2.0, {result.id})")
    if not report.overall_valid:
        raise DocumentInvalid(name, "CSAF 2.0's tests did not pass")


def weaknesses(ids: Iterable[str]) -> tuple[Weakness, ...]:
    """The weaknesses of these CWE ids with their names; an id that the catalogue does not hold is left out."""
    catalogue = _catalogue()
    return tuple(Weakness(id=each, name=catalogue[each]) for each in dict.fromkeys(ids) if each in catalogue)


@cache
def _catalogue() -> dict[str, str]:
    """CWE id -> its current name, from the catalogue that the csaf package ships."""
    read = json.loads(files("csaf").joinpath("csaf/v21/cwe/catalog.json").read_bytes())
    newest = {number: each["history"][-1][1] for number, each in read["weaknesses"].items()}
    return {f"CWE-{number}": name for number, name in newest.items() if name}


class _Package(msgspec.Struct, forbid_unknown_fields=True):
    ecosystem: str
    name: str
    purl: str


class _Range(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    events: list[dict[str, str]]


class _Affected(msgspec.Struct, forbid_unknown_fields=True):
    package: _Package | None = None
    ranges: list[_Range] = []
    versions: list[str] = []
    database_specific: dict[str, Any] = {}


class _Reference(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    url: str


class _Credit(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    type: str


class _Osv(msgspec.Struct, forbid_unknown_fields=True):
    """The part of an OSV record (schema 1.7) that Headstart writes."""

    id: str
    modified: str
    schema_version: str
    summary: str
    details: str
    affected: list[_Affected]
    database_specific: dict[str, Any]
    published: str | None = None
    aliases: list[str] = []
    references: list[_Reference] = []
    credits: list[_Credit] = []


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_EVENTS = frozenset({"introduced", "fixed", "last_affected"})


def _validate_osv(name: str, document: dict[str, Any]) -> None:
    try:
        record = msgspec.convert(document, _Osv)
    except msgspec.ValidationError as error:
        raise DocumentInvalid(name, f"{error} (OSV 1.7)") from error
    if not record.id.startswith("x_"):
        raise DocumentInvalid(name, "its id has no prefix that OSV knows (OSV 1.7, id)")
    for each in (record.modified, record.published or record.modified):
        if not _INSTANT.fullmatch(each):
            raise DocumentInvalid(name, f"{each} is not a time in UTC (OSV 1.7, modified)")
    for affected in record.affected:
        for found in affected.ranges:
            _validate_events(name, found)


def _validate_events(name: str, found: _Range) -> None:
    kinds = [kind for event in found.events for kind in event]
    if not set(kinds) <= _EVENTS or any(len(event) != 1 for event in found.events):
        raise DocumentInvalid(
            name, "an event is not one of introduced, fixed, last_affected (OSV 1.7, events)"
        )
    if "introduced" not in kinds or {"fixed", "last_affected"} <= set(kinds):
        raise DocumentInvalid(name, "a range begins nowhere, or ends in two ways (OSV 1.7, events)")
