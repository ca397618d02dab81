"""Archives of source: tar (plain, gzip, bzip2, xz) and zip, unpacked by ourselves inside one folder.

Real source holds links, so those that stay inside are kept: they are laid last, when nothing is written any more,
and each is followed to its end. Refused: names and links that leave the folder, devices, pipes, sparse and encrypted
files, and archives that grow past the bounds; sizes are counted as they are written, not believed.
"""

import bz2
import gzip
import lzma
import os
import shutil
import stat
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, cast

from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.providers.archives import (
    LONGEST_NAME,
    poured,
    reading,
    refuse_encrypted,
    tar_of,
    zip_of,
)

LARGEST_BYTES = 512 << 20
MOST_FILES = 50_000


def unpack_source(archive: Path, into: Path, *, strip: bool = True) -> None:
    """Unpack an archive of source into an empty folder; `strip`: without the one folder that holds all of it.

    Raises:
        ArchiveUnsafe: see the module; what was written so far is the caller's to throw away.
    """
    with archive.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        if start.startswith(b"PK"):
            _unpack_zip(file, archive.name, into, strip)
            return
        with _opened(file, start) as stream:
            unpack_tar(stream, archive.name, into, strip=strip)


def _opened(file: IO[bytes], start: bytes) -> IO[bytes]:
    """What reads a file that begins like this."""
    if start.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if start.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if start.startswith(b"\xfd7zXZ") else file


def unpack_tar(stream: IO[bytes], name: str, into: Path, *, strip: bool = False) -> None:
    """The same for a tar that is read from a stream, already decompressed.

    Raises:
        ArchiveUnsafe: as `unpack_source`.
    """
    writer = _Writer(name, into)
    with reading(name):
        with tar_of(stream, name, LARGEST_BYTES + (MOST_FILES << 11)) as opened:
            for info in opened:
                _take(opened, info, writer)
        writer.finish(strip=strip)


def _take(opened: tarfile.TarFile, info: tarfile.TarInfo, writer: "_Writer") -> None:
    if info.isdir():
        writer.folder(info.name)
    elif info.issym():
        writer.link(info.name, info.linkname)
    elif info.islnk():
        writer.again(info.name, info.linkname)
    elif info.isreg() and not info.issparse() and (source := opened.extractfile(info)) is not None:
        writer.file(info.name, source, executable=bool(info.mode & 0o100))
    else:
        raise ArchiveUnsafe(writer.archive, f"{info.name[:200]!r} is a device, a pipe or a sparse file")


def _unpack_zip(file: IO[bytes], name: str, into: Path, strip: bool) -> None:
    writer = _Writer(name, into)
    with zip_of(file, name) as opened:
        for info in opened.infolist():
            refuse_encrypted(name, info)
            mode = info.external_attr >> 16
            if info.is_dir():
                writer.folder(info.filename)
                continue
            if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFLNK}:
                raise ArchiveUnsafe(name, f"{info.filename[:200]!r} is a device or a pipe")
            with opened.open(info) as source:
                if stat.S_ISLNK(mode):
                    writer.link(info.filename, os.fsdecode(source.read(LONGEST_NAME + 1)))
                else:
                    writer.file(info.filename, source, executable=bool(mode & 0o100))
        writer.finish(strip=strip)


class _Writer:
    """Writes under one folder, within the bounds; no link is laid before `finish`, so none is written through."""

    def __init__(self, archive: str, into: Path) -> None:
        self.archive = archive
        self._into, self._left, self._count = into, LARGEST_BYTES, 0
        self._links: dict[PurePosixPath, str] = {}

    def folder(self, name: str) -> None:
        path = self._checked(name)
        if path.parts:
            (self._into / path).mkdir(parents=True, exist_ok=True)

    def file(self, name: str, source: IO[bytes], *, executable: bool) -> None:
        path = self._checked(name)
        self._links.pop(path, None)
        target = self._into / path
        target.unlink(missing_ok=True)  # as tar has it, what is told twice is what was told last
        self._left -= poured(source, target, most_bytes=self._left, executable=executable)
        if self._left < 0:
            raise ArchiveUnsafe(self.archive, f"it holds more than {LARGEST_BYTES >> 20} MiB")

    def again(self, name: str, other: str) -> None:
        """A hard link: a copy of a file that was told before."""
        source = self._into / self._checked(other)
        if not source.is_file() or source == self._into / self._checked(name):
            raise ArchiveUnsafe(self.archive, f"{name[:200]!r} is a hard link to what is not there")
        with source.open("rb") as opened:
            self.file(name, opened, executable=bool(source.stat().st_mode & 0o100))

    def link(self, name: str, target: str) -> None:
        path = self._checked(name)
        if not target or len(target) > LONGEST_NAME or "\0" in target or target.startswith("/"):
            raise ArchiveUnsafe(self.archive, f"{name[:200]!r} is a link that leaves the folder")
        (self._into / path).unlink(missing_ok=True)
        self._links[path] = target

    def finish(self, *, strip: bool) -> None:
        """Take the one leading folder away where asked, then lay the links and follow each to its end."""
        depth = self._strip() if strip else 0
        laid = []
        for path, target in self._links.items():
            place = self._into.joinpath(*path.parts[depth:])
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
            laid.append(place)
        root = self._into.resolve()
        for place in laid:
            if not Path(os.path.realpath(place)).is_relative_to(root):
                raise ArchiveUnsafe(
                    self.archive,
                    f"{str(place.relative_to(self._into))[:200]!r} is a link that leaves the folder",
                )

    def _strip(self) -> int:
        tops = {each.name for each in self._into.iterdir()} | {each.parts[0] for each in self._links}
        if len(tops) != 1 or not (self._into / min(tops)).is_dir():
            return 0
        holder = self._into.with_name(f"{self._into.name}.top")
        (self._into / min(tops)).rename(holder)
        for each in holder.iterdir():
            each.rename(self._into / each.name)
        shutil.rmtree(holder)
        return 1

    def _checked(self, name: str) -> PurePosixPath:
        path = PurePosixPath(name)
        if "\x00" in name or len(name) > LONGEST_NAME or path.is_absolute() or ".." in path.parts:
            raise ArchiveUnsafe(self.archive, f"{name[:200]!r} lies outside the folder")
        self._count += 1
        if self._count > MOST_FILES:
            raise ArchiveUnsafe(self.archive, f"it holds more than {MOST_FILES} files")
        return path
