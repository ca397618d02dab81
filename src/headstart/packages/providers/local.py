"""Targets whose source is in folders on this machine (`pkg:generic`): `<folder>/<name>/<version>/`."""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from headstart.packages.errors import PackageNotFound, Uninstallable
from headstart.packages.ports import Contents, Release
from headstart.packages.rules.purl import Purl

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+~-]*")


class Local:
    """Releases are the folders inside the package's own folder; a later folder of the same name is not looked at."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        """Each folder inside `<folder>/<name>/`."""
        home = self._home(purl)
        names = sorted(each.name for each in home.iterdir() if each.is_dir() and not each.is_symlink())
        return tuple(Release(purl=purl.at(each)) for each in names if _PLAIN.fullmatch(each))

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        """They are here already."""

    def home(self, purl: Purl) -> Path:
        """The folder of one release.

        Raises:
            PackageNotFound: no folder of local targets has it.
        """
        if purl.version is None or not _PLAIN.fullmatch(purl.version):
            raise PackageNotFound(str(purl), "the folders of local targets")
        found = self._home(purl) / purl.version
        if not found.is_dir() or found.is_symlink():
            raise PackageNotFound(str(purl), "the folders of local targets")
        return found

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        """A copy of its regular files."""
        del as_of, archives_at
        source = self.home(purl)
        for path in files_of(source):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise Uninstallable(str(purl), "copy its source", f"{path.name} is a link or a device")
            target = into / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        return Contents(own=tuple(sorted(each.name for each in source.iterdir())))

    def source(self, purl: Purl, into: Path) -> None:
        """The same copy: what is here is source."""
        self.install(purl, into, None)

    def _home(self, purl: Purl) -> Path:
        if _PLAIN.fullmatch(purl.name) and purl.namespace is None:
            for folder in self._folders:
                if (folder / purl.name).is_dir():
                    return folder / purl.name
        raise PackageNotFound(str(purl), "the folders of local targets")


def files_of(folder: Path) -> Iterator[Path]:
    """Everything under a folder that is not a folder itself, in a fixed order, links not followed."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        linked = [each for each in folders if (Path(here) / each).is_symlink()]
        for each in sorted([*files, *linked]):
            yield Path(here) / each
