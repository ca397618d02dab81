"""An inventory document: which format it is, and what it holds. One pass over the bytes, typed."""

import hashlib
import re
from dataclasses import dataclass

import msgspec

from headstart.exposure.errors import (
    BreaksFormat,
    NotAnInventory,
    NotJson,
    TooLarge,
    UnsupportedFormat,
    WrongEncoding,
)
from headstart.exposure.rules import cyclonedx, spdx
from headstart.exposure.rules.components import Cast, Component

DOCUMENT_BYTES = 64 << 20
COMPONENTS = 1_000_000

_NOTHING = msgspec.Raw(b"")
_BOM = b"\xef\xbb\xbf"
_STARTS = (  # what the first bytes give away: a clearer refusal than a parser's
    (b"\xff\xfe", WrongEncoding, "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", WrongEncoding, "is UTF-16; save it as UTF-8"),
    (b"\x1f\x8b", NotJson, "is compressed (gzip); unpack it first"),
    (b"\x28\xb5\x2f\xfd", NotJson, "is compressed (Zstandard); unpack it first"),
    (b"PK\x03\x04", NotJson, "is a ZIP archive; unpack it first"),
    (b"<", UnsupportedFormat, "is XML; export the inventory as JSON"),
    (b"SPDXVersion:", UnsupportedFormat, "is SPDX in tag-value form; export it as JSON"),
)


class _Any(msgspec.Struct, gc=False):
    """The fields by which a document shows what it is, and those that are read of either format."""

    bom_format: str | None = msgspec.field(default=None, name="bomFormat")
    cyclonedx_version: str | None = msgspec.field(default=None, name="specVersion")
    metadata: cyclonedx.Metadata | None = None
    components: list[cyclonedx.Entry] | None = None
    spdx_version: str | None = msgspec.field(default=None, name="spdxVersion")
    packages: list[spdx.Entry] | None = None
    context: msgspec.Raw = msgspec.field(default=_NOTHING, name="@context")


class _Head(msgspec.Struct):
    bom_format: msgspec.Raw = msgspec.field(default=_NOTHING, name="bomFormat")
    spdx_version: msgspec.Raw = msgspec.field(default=_NOTHING, name="spdxVersion")


_DECODER = msgspec.json.Decoder(_Any)
_HEAD = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What one document says an asset runs: each component once, in the document's order."""

    format: str
    """Such as `CycloneDX 1.6` or `SPDX-2.3`."""
    name: str
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""
    listed: int
    """Components that the document lists, repeated ones counted each time."""
    components: tuple[Component, ...]


def parse(data: bytes, *, name: str = "the inventory", cast: Cast | None = None) -> Inventory:
    """Read an inventory; `cast` may be shared by many readings, so that equal components are one object.

    Raises:
        InventoryInvalid: one of its subclasses, in one line that starts with `name`.
    """
    cast = cast or Cast()
    cast.source = name
    document = _decode(data, name)
    if document.bom_format == "CycloneDX":
        form = f"CycloneDX {document.cyclonedx_version}"
        found = cyclonedx.components(document.cyclonedx_version, document.metadata, document.components, cast)
    elif document.spdx_version is not None:
        form = document.spdx_version
        found = spdx.components(document.spdx_version, document.packages, cast)
    elif b"spdx.org/rdf/3" in bytes(document.context):
        raise UnsupportedFormat(name, "is SPDX 3, which is not read yet; export it as SPDX 2.3 JSON")
    else:
        raise NotAnInventory(name, "is JSON, and neither a CycloneDX nor an SPDX document")
    listed = [each for each in found if each.name]
    if len(listed) > COMPONENTS:
        raise TooLarge(name, f"lists more than {COMPONENTS:,} components")
    once = tuple(dict(zip(map(id, listed), listed, strict=True)).values())  # the cast makes equals identical
    digest = hashlib.sha256(data).hexdigest()
    return Inventory(format=form, name=name, digest=digest, listed=len(listed), components=once)


def _decode(data: bytes, name: str) -> _Any:
    if len(data) > DOCUMENT_BYTES:
        raise TooLarge(name, f"is larger than {DOCUMENT_BYTES >> 20} MiB")
    data = data.removeprefix(_BOM)  # Windows tools write it; RFC 8259 lets a reader pass over it
    start = data[:64].lstrip()
    for magic, error, why in _STARTS:
        if start.startswith(magic):
            raise error(name, why)
    if not start:
        raise NotJson(name, "is empty" if not data.strip() else "starts with nothing but blanks")
    if not data.isascii():
        _check_utf8(data, name)
    try:
        return _DECODER.decode(data)
    except msgspec.ValidationError as error:
        raise _wrong_type(data, name, str(error)) from error
    except msgspec.DecodeError as error:
        raise NotJson(name, _json_fault(str(error))) from error
    except RecursionError as error:
        raise TooLarge(name, "nests its JSON too deep") from error


def _check_utf8(data: bytes, name: str) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise WrongEncoding(name, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _wrong_type(data: bytes, name: str, fault: str) -> BreaksFormat | NotAnInventory | NotJson:
    """A wrong type breaks the format only where the document claims to be of that format."""
    try:
        head = _HEAD.decode(data)
    except msgspec.ValidationError:
        head = _Head()
    except msgspec.DecodeError as error:
        return NotJson(name, _json_fault(str(error)))
    if not bytes(head.bom_format) and not bytes(head.spdx_version):
        return NotAnInventory(name, "is JSON, and neither a CycloneDX nor an SPDX document")
    return BreaksFormat(name, f"breaks its format: {fault[0].lower()}{fault[1:]}")


def _json_fault(fault: str) -> str:
    if "truncated" in fault:
        return "is cut off: its JSON does not end"
    place = re.search(r"\(byte (\d+)\)", fault)
    what = fault.removeprefix("JSON is malformed: ").partition(" (byte")[0]
    return f"is not JSON at byte {place[1]}: {what}" if place else f"is not JSON: {what}"
