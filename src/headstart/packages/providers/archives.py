"""Wheels and npm tarballs, unpacked by ourselves: regular files inside one folder, and no more than a bound.

Refused: names that leave the folder, links, devices, sparse files, encrypted entries, names told twice, and
archives that grow past `LARGEST_BYTES` or `MOST_FILES`; sizes are counted as they are written, not believed.
"""

import contextlib
import errno
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from headstart.packages.errors import ArchiveUnsafe

LARGEST_BYTES = 512 << 20
MOST_FILES = 20_000
LARGEST_METADATA = 4 << 20
LONGEST_NAME = 1024
LARGEST_HEADER = 1 << 20
LARGEST_DIRECTORY = 16 << 20
CHUNK = 1 << 20
_EXTENSIONS = frozenset(
    {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, b"X"}
)
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # an encrypted entry, or a way of packing that zipfile does not know
    zlib.error,
    lzma.LZMAError,
)
"""What the standard library raises on an archive that is torn, or is none."""
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})
_END, _END64, _END64_PLACE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


@contextlib.contextmanager
def reading(archive: str) -> Iterator[None]:
    """Whatever shows that an archive is torn, or is none, as one error; a full disk is not the archive's fault.

    Raises:
        ArchiveUnsafe: it is broken.
    """
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        raise ArchiveUnsafe(archive, f"it is broken ({error})") from error


@contextlib.contextmanager
def zip_of(
    source: Path | IO[bytes], archive: str, most_directory: int = LARGEST_DIRECTORY
) -> Iterator[zipfile.ZipFile]:
    """An opened zip, whose list of entries is no larger than a bound: it is read into memory whole.

    Raises:
        ArchiveUnsafe: it is broken, there or in what is done with it.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(reading(archive))
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        if _directory_bytes(file) > most_directory:
            raise ArchiveUnsafe(archive, f"its list of entries is larger than {most_directory >> 20} MiB")
        yield stack.enter_context(zipfile.ZipFile(file))


def _directory_bytes(file: IO[bytes]) -> int:
    """What a zip says of its own list of entries (APPNOTE 4.3.14, 4.3.16), in bytes; 0 where it says nothing."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - (1 << 16) - 512)
    file.seek(start)
    tail = file.read(size - start)
    file.seek(0)
    told = [int.from_bytes(tail[at + 12 : at + 16], "little") for at in _all(tail, _END)]
    told += [int.from_bytes(tail[at + 40 : at + 48], "little") for at in _all(tail, _END64)]
    is_far = _END64_PLACE in tail and _END64 not in tail  # nobody writes it where it can't be seen
    return size if is_far else max(told, default=0)


def _all(data: bytes, sign: bytes) -> Iterator[int]:
    at = data.find(sign)
    while at >= 0:
        yield at
        at = data.find(sign, at + 1)


def unpack_zip(
    source: Path | IO[bytes],
    into: Path,
    *,
    archive: str,
    most_bytes: int = LARGEST_BYTES,
    most_files: int = MOST_FILES,
) -> None:
    """Unpack a zip of regular files into a folder; the permission to be run is left behind.

    Raises:
        ArchiveUnsafe: see the module; what was written so far is the caller's to throw away.
    """
    writer = _Writer(archive, into, most_bytes, most_files)
    with zip_of(source, archive) as opened:
        for info in opened.infolist():
            _refuse_odd_entry(archive, info)
            if not info.is_dir():
                with opened.open(info) as entry:
                    writer.write(info.filename, entry)


def unpack_wheel(archive: Path, into: Path) -> None:
    """Unpack a wheel (PEP 427) as an installer would place it: purelib and platlib; scripts and data are left.

    Raises:
        ArchiveUnsafe: see the module; what was written so far is the caller's to throw away.
    """
    writer = _Writer(archive.name, into, LARGEST_BYTES, MOST_FILES)
    with zip_of(archive, archive.name) as opened:
        for info in opened.infolist():
            _refuse_odd_entry(archive.name, info)
            name = placed(info.filename)
            if name is None or info.is_dir():
                continue
            with opened.open(info) as source:
                writer.write(name, source)


def _refuse_odd_entry(archive: str, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ArchiveUnsafe(archive, f"{info.filename!r} is a link or a device")
    refuse_encrypted(archive, info)


def refuse_encrypted(archive: str, info: zipfile.ZipInfo) -> None:
    """No password is known here.

    Raises:
        ArchiveUnsafe: the entry is encrypted.
    """
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
    writer = _Writer(archive.name, into, LARGEST_BYTES, MOST_FILES)
    most = LARGEST_BYTES + (MOST_FILES << 11)
    with (
        reading(archive.name),
        gzip.open(archive) as unzipped,
        tar_of(cast("IO[bytes]", unzipped), archive.name, most) as opened,
    ):
        for info in opened:
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise ArchiveUnsafe(archive.name, f"{info.name!r} is a link or a device")
            parts = PurePosixPath(info.name).parts
            source = opened.extractfile(info)
            if source is None or len(parts) < 2 or parts[0] in {"/", ".."}:
                raise ArchiveUnsafe(archive.name, f"{info.name!r} lies outside its folder")
            writer.write("/".join(parts[1:]), source, executable=bool(info.mode & 0o100))


def tar_of(stream: IO[bytes], archive: str, most_bytes: int) -> tarfile.TarFile:
    """A tar read from a stream: an error past the bound, in all and for each header, for headers too can be bombs."""
    counted = cast("IO[bytes]", _Counted(archive, stream, most_bytes))
    return tarfile.open(fileobj=counted, mode="r|", tarinfo=_BoundedHeader)


class _Counted:
    """A stream that ends with an error past the bound."""

    def __init__(self, archive: str, source: IO[bytes], most_bytes: int) -> None:
        self._archive, self._source = archive, source
        self._most, self._left = most_bytes, most_bytes

    def read(self, size: int) -> bytes:
        """The next bytes, as `tarfile` asks for them."""
        data = self._source.read(min(size, CHUNK))
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveUnsafe(self._archive, f"it holds more than {self._most >> 20} MiB")
        return data


class _BoundedHeader(tarfile.TarInfo):
    """A member's header, whose extensions (names, PAX records) are read into memory: no more than a bound."""

    def _proc_member(self, opened: tarfile.TarFile) -> Any:
        if self.type in _EXTENSIONS and self.size > LARGEST_HEADER:
            raise tarfile.ReadError(f"a header has more than {LARGEST_HEADER >> 10} KiB")
        return super()._proc_member(opened)  # type: ignore[misc]


def poured(source: IO[bytes], target: Path, *, most_bytes: int, executable: bool) -> int:
    """Write a file that is not there yet, links not followed; its bytes. It stops once it is past `most_bytes`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o755 if executable else 0o644
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    size = 0
    with os.fdopen(handle, "wb") as file:
        while size <= most_bytes and (chunk := source.read(CHUNK)):
            size += len(chunk)
            if size <= most_bytes:
                file.write(chunk)
    return size


class _Writer:
    """Writes files under one folder, within the bounds."""

    def __init__(self, archive: str, into: Path, most_bytes: int, most_files: int) -> None:
        self._archive, self._into = archive, into
        self._most_bytes, self._most_files = most_bytes, most_files
        self._left, self._files, self._names = most_bytes, 0, set[str]()

    def write(self, name: str, source: IO[bytes], *, executable: bool = False) -> None:
        target = self._into / self._checked(name)
        self._left -= poured(source, target, most_bytes=self._left, executable=executable)
        if self._left < 0:
            raise ArchiveUnsafe(self._archive, f"it holds more than {self._most_bytes >> 20} MiB")

    def _checked(self, name: str) -> str:
        path = PurePosixPath(name)
        unclean = "\\" in name or "\x00" in name or len(name) > LONGEST_NAME
        if unclean or path.is_absolute() or ".." in path.parts or not path.parts:
            raise ArchiveUnsafe(self._archive, f"{name[:200]!r} lies outside its folder")
        self._files += 1
        if self._files > self._most_files:
            raise ArchiveUnsafe(self._archive, f"it holds more than {self._most_files} files")
        if str(path) in self._names:
            raise ArchiveUnsafe(self._archive, f"it tells {name[:200]!r} twice")
        self._names.add(str(path))
        return str(path)
