"""Package URLs (ECMA-427, the purl specification), names in their ecosystem's own normal form."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from packageurl import PackageURL

from headstart.packages.errors import PurlInvalid

LONGEST = 2048

ECOSYSTEMS: dict[str, str] = {
    # purl type -> the name that OSV's schema gives the ecosystem
    "pypi": "PyPI",
    "npm": "npm",
    "cargo": "crates.io",
    "golang": "Go",
    "maven": "Maven",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
    "cran": "CRAN",
    "hackage": "Hackage",
    "conan": "ConanCenter",
    "swift": "SwiftURL",
    "deb": "Debian",
    "apk": "Alpine",
    "bitnami": "Bitnami",
    "generic": "generic",
}
TYPES: dict[str, str] = {ecosystem: kind for kind, ecosystem in ECOSYSTEMS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """A package, or with a version one release of it."""

    type: str
    namespace: str | None = None
    name: str
    version: str | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str | None = None

    @property
    def without_version(self) -> "Purl":
        """The package itself: type, namespace and name alone."""
        return Purl(type=self.type, namespace=self.namespace, name=self.name)

    def at(self, version: str) -> "Purl":
        """Another release of the same package."""
        return replace(self.without_version, version=version)

    @property
    def ecosystem(self) -> str:
        """The ecosystem's name in OSV records (`PyPI`); the purl type where OSV has none."""
        return ECOSYSTEMS.get(self.type, self.type)

    @property
    def full_name(self) -> str:
        """The name that the ecosystem's own client takes: `@scope/name` for npm."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        parts = (self.type, self.namespace, self.name, self.version, dict(self.qualifiers), self.subpath)
        text, hash_, subpath = str(PackageURL(*parts).to_string()).partition("#")
        head, mark, qualifiers = text.partition("?")
        return (
            head + mark + qualifiers.replace("/", "%2F") + hash_ + subpath
        )  # ECMA-427: "/" is encoded there


@lru_cache(maxsize=4096)
def parse(text: str) -> Purl:
    """The purl that a text spells.

    Raises:
        PurlInvalid: it is not one.
    """
    if len(text) > LONGEST:
        raise PurlInvalid(text, f"it is longer than {LONGEST} characters")
    if any(ord(each) < 0x20 for each in text):
        raise PurlInvalid(text, "it holds a control character")
    try:
        read = PackageURL.from_string(text)
    except ValueError as error:
        raise PurlInvalid(text, str(error)) from error
    return Purl(
        type=read.type,
        namespace=read.namespace or None,
        name=_normal(read.type, read.name),
        version=read.version or None,
        qualifiers=tuple(sorted(dict(read.qualifiers or {}).items())),
        subpath=read.subpath or None,
    )


def _normal(kind: str, name: str) -> str:
    """A name in its ecosystem's normal form (PEP 503 for PyPI; npm's own names are lower case by its rules)."""
    return re.sub(r"[-_.]+", "-", name).lower() if kind == "pypi" else name
