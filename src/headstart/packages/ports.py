"""The registries, as the store sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from headstart.packages.rules.purl import Purl


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release that a registry lists."""

    purl: Purl
    published: datetime | None = None
    """When it was uploaded, in UTC; None where the registry's word can't be relied on."""
    yanked: bool = False
    digest: str | None = None
    """The registry's own digest of its archive: `sha256:…` in hexadecimal, or npm's `sha512-…` in base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an installation holds: attribution tells the target's own names from its dependencies'."""

    own: tuple[str, ...]
    """Top-level folders and modules of the release itself, relative to the installed folder."""
    dependencies: tuple[str, ...] = ()
    """Those of what it depends on."""
    as_of: datetime | None = None
    """The day as of which these were resolved; None where there are none, or the registry can't say."""
    built_with: tuple[str, ...] = ()
    """What built it from source (`setuptools 57.5.0`); nothing where it came ready to be unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What builds a source distribution (PEP 517)."""

    module: str
    """Its object, as `build-backend` names it: `setuptools.build_meta:__legacy__`."""
    folders: tuple[str, ...] = ()
    """Folders of the source that are on its path (`backend-path`)."""
    compiles: bool = True
    """Whether it finds a C compiler: without one many a package leaves its extensions out."""


class Builder(Protocol):
    """Runs the code of a source distribution where it can do no harm: in a sandbox, without a network."""

    def requirements(self, source: Path, site: Path, backend: Backend) -> tuple[str, ...]:
        """What the source needs besides, to be built; `site` is a folder of what it named itself.

        Raises:
            SourceNotBuilt: its code failed, or there is no sandbox for it.
        """
        ...

    def wheel(self, source: Path, site: Path, backend: Backend, into: Path) -> Path:
        """The wheel that it makes of itself, in the folder `into`: a stranger's file like any other.

        Raises:
            SourceNotBuilt: as `requirements`.
        """
        ...


class Registry(Protocol):
    """A place that releases come from."""

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        """Every release of a package, in no promised order.

        Raises:
            PackageNotFound: the registry has no such package.
            RegistryUnreachable: it did not answer.
        """
        ...

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        """Bring the archives of many releases into a folder in one go, where that is faster.

        What can't be had is left out: `install` will say why.
        """
        ...

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        """Put one release and what it needs into a fresh folder; nothing of it is run.

        `archives_at` is where `fetch` has left archives.
        Dependencies are resolved as they stood at `as_of`, where the registry can say.

        Raises:
            Uninstallable: it has no form that can be installed without running its code, or a step failed.
            PackageNotFound, RegistryUnreachable: as `releases`.
        """
        ...

    def source(self, purl: Purl, into: Path) -> None:
        """Unpack the release's own source, as it was published, into an empty folder; nothing of it is run.

        Raises:
            Uninstallable: it was published without its source, or a step failed.
            PackageNotFound, RegistryUnreachable: as `releases`.
        """
        ...
