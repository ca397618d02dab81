"""A component of an inventory: what it is called, in which release, as far as the document says."""

from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from headstart.exposure.errors import TooLarge
from headstart.packages.errors import PurlInvalid
from headstart.packages.rules import purl as purls

TEXT_BYTES = 1024  # the longest name, version or purl that is taken: an index entry of PostgreSQL holds 2,700


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an asset runs; a msgspec value, for a million of them are made in a second.

    `package` is the canonical purl without version and qualifiers, `ecosystem` OSV's name for where it comes from; both
    None: the document does not say. `version` None: it does not say either.
    """

    name: str
    version: str | None = None
    package: str | None = None
    ecosystem: str | None = None

    @property
    def purl(self) -> str | None:
        """The purl with its version, where both are known."""
        if self.package is None:
            return None
        return self.package if self.version is None else f"{self.package}@{quote(self.version, safe=':')}"


class _Package(NamedTuple):
    package: str
    ecosystem: str
    name: str


class Cast:
    """The components met so far: the same one in many documents is one object, and its purl is parsed once."""

    def __init__(self, source: str = "the inventory") -> None:
        self.source = source
        self._made: dict[tuple[str | None, str | None, str | None], Component] = {}
        self._packages: dict[str, _Package | None] = {}

    def component(self, purl: str | None, name: str | None, version: str | None) -> Component:
        """The component that these fields of a document name; what they don't say stays unknown.

        Raises:
            TooLarge: a text is longer than `TEXT_BYTES`.
        """
        key = (purl, name, version)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(purl, name, version)
        return made

    def _make(self, purl: str | None, name: str | None, version: str | None) -> Component:
        for text in (purl, name, version):
            if text is not None and len(text.encode()) > TEXT_BYTES:
                raise TooLarge(self.source, f"holds a text of more than {TEXT_BYTES} bytes: {text[:40]!r}…")
        stated = _clean(version)
        found = self._package_of(purl) if purl else None
        if found is None:
            return Component(name=_clean(name) or "", version=stated)
        within = version_in(purl or "")
        return Component(
            name=found.name, version=within or stated, package=found.package, ecosystem=found.ecosystem
        )

    def _package_of(self, purl: str) -> _Package | None:
        head = without_version(purl)
        if head not in self._packages:
            self._packages[head] = _parse(head)
        return self._packages[head]


def _parse(purl: str) -> _Package | None:
    try:
        parsed = purls.parse(purl)
    except PurlInvalid:
        return None
    name = f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name
    return _Package(_clean(str(parsed)) or "", parsed.ecosystem, _clean(name) or "")


def without_version(purl: str) -> str:
    """A purl up to its version: no version, qualifiers or subpath."""
    head = purl.partition("#")[0].partition("?")[0]
    at = head.rfind("@")
    return head if at < 0 or "/" in head[at:] else head[:at]  # an "@" before a "/" is npm's scope


def version_in(purl: str) -> str | None:
    """The version that a purl names, percent-decoded; None where it names none."""
    head = purl.partition("#")[0].partition("?")[0]
    at = head.rfind("@")
    return None if at < 0 or "/" in head[at:] else _clean(unquote(head[at + 1 :]))


def _clean(text: str | None) -> str | None:
    """Without surrounding blanks and NUL (which PostgreSQL can't hold); None for nothing and for "no assertion"."""
    if text is None:
        return None
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    return None if text in {"", "NOASSERTION", "NONE"} else text
