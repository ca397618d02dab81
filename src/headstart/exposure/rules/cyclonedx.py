"""CycloneDX JSON 1.2 to 1.7 (ECMA-424): the few fields that say what an asset runs."""

from collections.abc import Iterator

import msgspec

from headstart.exposure.errors import TooLarge, UnsupportedFormat
from headstart.exposure.rules.components import Cast, Component

VERSIONS = frozenset({"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"})  # JSON came with 1.2
DEPTH = 64


class Entry(msgspec.Struct):
    """A component as the document has it; every other field is passed over unread."""

    name: str  # required by the standard; so a small file can't hold a great many empty entries
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    bom_ref: str | None = msgspec.field(default=None, name="bom-ref")
    components: "list[Entry] | None" = None


class Asset(Entry):
    """What the document is about: a component too, and now and then one without a name."""

    name: str = ""


class Metadata(msgspec.Struct):
    """The document's head."""

    component: Asset | None = None


def components(
    version: str | None, metadata: Metadata | None, listed: list[Entry] | None, cast: Cast
) -> Iterator[Component]:
    """Every component of a document, nested ones too, the asset itself first.

    Raises:
        UnsupportedFormat: another version of CycloneDX.
        TooLarge: nested deeper than `DEPTH`, or a text too long.
    """
    if version not in VERSIONS:
        raise UnsupportedFormat(cast.source, f"is CycloneDX {version}; versions 1.2 to 1.7 are read")
    asset = [metadata.component] if metadata and metadata.component else []
    layer: list[Entry] = [*asset, *(listed or [])]
    for _ in range(DEPTH):
        below: list[Entry] = []
        for entry in layer:
            yield cast.component(_purl(entry), _name(entry), entry.version)
            if entry.components:
                below += entry.components
        if not below:
            return
        layer = below
    raise TooLarge(cast.source, f"nests components more than {DEPTH} deep")


def _purl(entry: Entry) -> str | None:
    if entry.purl:
        return entry.purl
    reference = entry.bom_ref  # many makers use the purl as the reference, and only there
    return reference if reference and reference.startswith("pkg:") else None


def _name(entry: Entry) -> str | None:
    return f"{entry.group}/{entry.name}" if entry.group and not entry.purl else entry.name
