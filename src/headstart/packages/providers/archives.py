"""Wheels and npm tarballs, unpacked by ourselves: regular files inside one folder, and no more than a bound.

Refused: names that leave the folder, links, devices, sparse files, encrypted entries, names told twice, and
archives that grow past `LARGEST_BYTES` or `MOST_FILES`; sizes are counted as they are written, not believed.
"""

import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from headstart.packages.errors import ArchiveUnsafe

LARGEST_BYTES = 512 << 20
MOST_FILES = 20_000
LARGEST_METADATA = 4 << 20
LONGEST_NAME = 1024
_CHUNK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
_TORN = (zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def unpack_wheel(archive: Path, into: Path) -> None:
    """Unpack a wheel (PEP 427) as an installer would place it: purelib and platlib; scripts and data are left.

    Raises:
        ArchiveUnsafe: see the module; what was written so far is the caller's to throw away.
    """
    writer = _Writer(archive.name, into)
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                _refuse_odd_entry(archive.name, info)
                name = placed(info.filename)
                if name is None or info.is_dir():
                    continue
                with opened.open(info) as source:
                    writer.write(name, source)
    except (*_BROKEN, *_TORN) as error:
        raise ArchiveUnsafe(archive.name, f"it is broken ({error})") from error


def _refuse_odd_entry(archive: str, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ArchiveUnsafe(archive, f"{info.filename!r} is a link or a device")
    if info.flag_bits & 0x1:
        raise ArchiveUnsafe(archive, f"{info.filename!r} is encrypted")


def placed(name: str) -> str | None:
    """Where an installer puts an entry (PEP 427 "Spreading"); None for what does not go to the site folder."""
    first, _, rest = name.partition("/")
    if not first.endswith(".data"):
        return name
    scheme, _, inner = rest.partition("/")
    return inner or None if scheme in {"purelib", "platlib"} else None


def unpack_npm(archive: Path, into: Path) -> None:
    """Unpack an npm tarball without its first folder (`package/`), as npm does.

    Raises:
        ArchiveUnsafe: see the module; what was written so far is the caller's to throw away.
    """
    writer = _Writer(archive.name, into)
    try:
        with gzip.open(archive) as unzipped:
            counted = io.BufferedReader(_Counted(archive.name, unzipped))
            with tarfile.open(fileobj=counted, mode="r|") as opened:
                for info in opened:
                    if info.isdir():
                        continue
                    if not info.isreg() or info.issparse():
                        raise ArchiveUnsafe(archive.name, f"{info.name!r} is a link or a device")
                    parts = PurePosixPath(info.name).parts
                    source = opened.extractfile(info)
                    if source is None or len(parts) < 2 or parts[0] in {"/", ".."}:
                        raise ArchiveUnsafe(archive.name, f"{info.name!r} lies outside the package's folder")
                    writer.write("/".join(parts[1:]), source, executable=bool(info.mode & 0o100))
    except (*_BROKEN, *_TORN) as error:
        raise ArchiveUnsafe(archive.name, f"it is broken ({error})") from error


class _Counted(io.RawIOBase):
    """A stream that ends with an error past the bound: headers too can be bombs."""

    def __init__(self, archive: str, source: gzip.GzipFile) -> None:
        super().__init__()
        self._archive, self._source, self._left = archive, source, LARGEST_BYTES + (MOST_FILES << 11)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(min(len(buffer), _CHUNK))
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveUnsafe(self._archive, f"it holds more than {LARGEST_BYTES >> 20} MiB")
        buffer[: len(data)] = data
        return len(data)


class _Writer:
    """Writes files under one folder, within the bounds."""

    def __init__(self, archive: str, into: Path) -> None:
        self._archive, self._into = archive, into
        self._left, self._files, self._names = LARGEST_BYTES, 0, set[str]()

    def write(self, name: str, source: IO[bytes], *, executable: bool = False) -> None:
        relative = self._checked(name)
        target = self._into / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o755 if executable else 0o644
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            while chunk := source.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise ArchiveUnsafe(self._archive, f"it holds more than {LARGEST_BYTES >> 20} MiB")
                file.write(chunk)

    def _checked(self, name: str) -> str:
        path = PurePosixPath(name)
        unclean = "\\" in name or "\x00" in name or len(name) > LONGEST_NAME
        if unclean or path.is_absolute() or ".." in path.parts or not path.parts:
            raise ArchiveUnsafe(self._archive, f"{name[:200]!r} lies outside the package's folder")
        self._files += 1
        if self._files > MOST_FILES:
            raise ArchiveUnsafe(self._archive, f"it holds more than {MOST_FILES} files")
        if str(path) in self._names:
            raise ArchiveUnsafe(self._archive, f"it tells {name[:200]!r} twice")
        self._names.add(str(path))
        return str(path)
