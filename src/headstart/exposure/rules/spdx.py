"""SPDX 2.2 and 2.3 JSON (ISO/IEC 5962): packages, and the external references that name them."""

import msgspec

from headstart.exposure.errors import UnsupportedFormat
from headstart.exposure.rules.components import Cast, Component

VERSIONS = frozenset({"SPDX-2.2", "SPDX-2.3"})


class Reference(msgspec.Struct, gc=False):
    """Another system's name for a package (SPDX 2.3, clause 7.21)."""

    type: str = msgspec.field(name="referenceType")
    locator: str = msgspec.field(name="referenceLocator")


class Entry(msgspec.Struct, gc=False):
    """A package as the document has it; every other field is passed over unread."""

    name: str  # required by the standard; so a small file can't hold a great many empty entries
    version: str | None = msgspec.field(default=None, name="versionInfo")
    references: list[Reference] | None = msgspec.field(default=None, name="externalRefs")


def components(version: str, packages: list[Entry] | None, cast: Cast) -> list[Component]:
    """Every package of a document; one that has several purls is several components.

    Raises:
        UnsupportedFormat: another version of SPDX.
        TooLarge: a text too long.
    """
    if version not in VERSIONS:
        raise UnsupportedFormat(cast.source, f"is {version}; SPDX-2.2 and SPDX-2.3 are read")
    found: list[Component] = []
    for entry in packages or []:
        purls: list[str | None] = [purl for each in entry.references or [] if (purl := _purl(each))]
        found += [cast.component(purl, entry.name, entry.version) for purl in purls or [None]]
    return found


def _purl(reference: Reference) -> str | None:
    """The purl of a reference; annex F of SPDX 2.3 has older package-manager references that are as exact."""
    kind = reference.type.rpartition("/")[2]
    locator = reference.locator.strip()
    if kind == "purl":
        return locator or None
    name, at, version = locator.rpartition("@")
    if kind == "npm" and at and name:
        return f"pkg:npm/{name}@{version}"
    parts = locator.split(":")
    if kind == "maven-central" and len(parts) == 3 and all(parts):
        return f"pkg:maven/{parts[0]}/{parts[1]}@{parts[2]}"
    parts = locator.split("/")
    if kind == "nuget" and len(parts) == 2 and all(parts):
        return f"pkg:nuget/{parts[0]}@{parts[1]}"
    return None
