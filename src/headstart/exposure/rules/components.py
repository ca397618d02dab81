"""A component of an inventory: what it is called, in which release, as far as the document says."""

import hashlib
import re
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from headstart.exposure.errors import TooLarge
from headstart.packages.errors import PurlInvalid
from headstart.packages.rules import purl as purls

TEXT_BYTES = 1024  # the longest name, version or purl that is taken: an index entry of PostgreSQL holds 2,700


_CANONICAL = re.compile(  # purls that are their own normal form: most are, and parsing one takes 0.1 ms
    r"pkg:(?:(?=pypi/[a-z0-9]+(?:-[a-z0-9]+)*\Z)|(?=(?:npm|cargo|gem)/[a-z0-9][a-z0-9._-]*\Z)"
    r"|(?=(?:deb|apk|maven)/[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*\Z)"
    r"|(?=golang(?:/[a-z0-9][a-z0-9._-]*)+\Z))([a-z]+)/(.+)"
)


class Component(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    version: str | None


class Cast:
    """The components met so far: the same one in many documents is one object, and its purl is parsed once."""

    def __init__(self, source: str = "the inventory") -> None:
        self.source = source
        self.made: dict[tuple[str | None, str | None, str | None], Component] = {}
        """By purl, name and version as the documents had them; readers look here before they call `component`."""
        self._packages: dict[str, _Package | None] = {}

    def component(self, purl: str | None, name: str | None, version: str | None) -> Component:
        """The component that these fields of a document name; what they don't say stays unknown.

        Raises:
            TooLarge: a text is longer than `TEXT_BYTES`.
        """
        key = (purl, name, version)
        made = self.made.get(key)
        if made is None:
            made = self.made[key] = self._make(purl, name, version)
        return made

    def _make(self, purl: str | None, name: str | None, version: str | None) -> Component:
        for text in (purl, name, version):
            if text is not None and len(text) > TEXT_BYTES // 4 and len(text.encode()) > TEXT_BYTES:
                raise TooLarge(self.source, f"holds a text of more than {TEXT_BYTES} bytes: {text[:40]!r}…")
        found, within = self._read(purl) if purl else (None, None)
        if found is None:
            return Component(name=_clean(name) or "", version=_clean(version))
        return Component(
            name=found.name,
            version=within or _clean(version),
            package=found.package,
            ecosystem=found.ecosystem,
        )

    def _read(self, purl: str) -> tuple[_Package | None, str | None]:
        """A purl's package, which is parsed once, and its version."""
        text = purl.partition("#")[0].partition("?")[0]
        head, at, version = text.partition("@")
        if "@" in version or "/" in version:  # npm's scope, or a version that is an address
            head, at, version = purl, "", ""
        if head not in self._packages:
            self._packages[head] = _parse(head)
        package = self._packages[head]
        if at or package is None:
            return package, _clean(unquote(version))
        return package, package.version


def _parse(purl: str) -> _Package | None:
    if (plain := _CANONICAL.fullmatch(purl)) is not None:
        kind, name = plain.groups()
        return _Package(purl, purls.ECOSYSTEMS.get(kind, kind), name, None)
    try:
        parsed = purls.parse(purl)
    except PurlInvalid:
        return None
    package = str(parsed.without_version)
    return _Package(package, parsed.ecosystem, _clean(parsed.full_name) or "", _clean(parsed.version))


def _clean(text: str | None) -> str | None:
    """Without surrounding blanks and NUL (which PostgreSQL can't hold); None for nothing and for "no assertion"."""
    if text is None:
        return None
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    return None if text in {"", "NOASSERTION", "NONE"} else text


def identity(component: Component) -> str:
    """The same text for equal components and no others: 128 bits of SHA-256, in hexadecimal."""
    fields = (component.package, component.ecosystem, component.name, component.version)
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()[:32]


def lookup(component: Component) -> str:
    """What a component is found by: its package, or where no ecosystem is stated its name."""
    return component.package if component.package is not None else unnamed(component.name)


def unnamed(name: str) -> str:
    """What a component without a stated ecosystem is found by."""
    return f"?{name.lower()}"
