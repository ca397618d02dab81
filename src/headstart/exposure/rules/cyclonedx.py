"""CycloneDX JSON 1.2 to 1.7 (ECMA-424): the few fields that say what an asset runs."""

import msgspec

from headstart.exposure.errors import TooLarge, UnsupportedFormat
from headstart.exposure.rules.components import Cast, Component

VERSIONS = frozenset({"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"})  # JSON came with 1.2
DEPTH = 64


class Entry(msgspec.Struct, gc=False):  # a tree: nothing for the collector to find
    """A component as the document has it; every other field is passed over unread."""

    name: str  # required by the standard; so a small file can't hold a great many empty entries
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    bom_ref: str | None = msgspec.field(default=None, name="bom-ref")
    components: "list[Entry] | None" = None


class Asset(Entry, gc=False):
    """What the document is about: a component too, and now and then one without a name."""

    name: str = ""


class Metadata(msgspec.Struct, gc=False):
    """The document's head."""

    component: Asset | None = None


def components(
    version: str | None, metadata: Metadata | None, listed: list[Entry] | None, cast: Cast
) -> list[Component]:
    """Every component of a document, nested ones too, the asset itself first.

    Raises:
        UnsupportedFormat: another version of CycloneDX.
        TooLarge: nested deeper than `DEPTH`, or a text too long.
    """
    if version not in VERSIONS:
        raise UnsupportedFormat(cast.source, f"is CycloneDX {version}; versions 1.2 to 1.7 are read")
    asset = [metadata.component] if metadata and metadata.component else []
    layer: list[Entry] = [*asset, *(listed or [])]
    found: list[Component] = []
    known = cast.made.get
    for _ in range(DEPTH):
        below: list[Entry] = []
        for entry in layer:
            purl = entry.purl
            if not purl:
                found.append(cast.component(_reference(entry), _name(entry), entry.version))
            else:
                met = known((purl, entry.name, entry.version))
                found.append(met or cast.component(purl, entry.name, entry.version))
            if entry.components:
                below += entry.components
        if not below:
            return found
        layer = below
    raise TooLarge(cast.source, f"nests components more than {DEPTH} deep")


def _reference(entry: Entry) -> str | None:
    """The reference, where it is a purl: many makers have it there, and some only there."""
    reference = entry.bom_ref
    return reference if reference and reference.startswith("pkg:") else None


def _name(entry: Entry) -> str:
    return f"{entry.group}/{entry.name}" if entry.group else entry.name
