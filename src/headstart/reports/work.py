"""Report folders on disk: read within bounds, written whole, kept by content.

Every file is opened without following links, looked at by `fstat` before a byte is read, and read once: what was
checked is what was hashed. Bounds: `MOST_FILES` files and as many folders, `LARGEST_BYTES` in all, `DEEPEST` levels.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.work import unpack_zip
from headstart.reports.errors import (
    BuildFolderTaken,
    FieldWrong,
    FileMissing,
    FolderMissing,
    FolderTaken,
    HarnessMissing,
    PathOutside,
    ReportChanged,
    ReportInvalid,
    ShelfUnwritable,
    TomlWrong,
    TooLarge,
    UploadInvalid,
)
from headstart.reports.rules import BUILD_FOLDER, Build, Origin, Report, to_toml
from headstart.reports.rules import read as read_document

MOST_FILES = 200
LARGEST_BYTES = 16 << 20
LARGEST_TOML = 64 << 10
_KEY = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*+{_KEY}(?:[ \t]*+\.[ \t]*+{_KEY}){{16}}", re.MULTILINE)
"""A dotted key of more than 16 parts: the standard library's time for one grows with its square."""
DEEPEST = 8
REPORT = "report.toml"
PATCH = "fix.patch"
NOT_OURS = frozenset({"receipt.json"})
"""What the hub writes beside a report is no part of it."""

Sink = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a folder: bytes, and SHA-256 in hexadecimal."""

    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A report folder that keeps every rule; its files as they were when it was read."""

    path: Path
    report: Report
    files: Mapping[str, FileEntry]
    digest: str
    """SHA-256 over the sorted lines `sha256  relative/path`."""

    @property
    def has_patch(self) -> bool:
        """Whether the finder proposes a fix (`fix.patch`)."""
        return PATCH in self.files

    def content(self) -> dict[str, bytes]:
        """The bytes of every file, checked against what was read before.

        Raises:
            ReportChanged: a file is not what it was.
        """
        found: dict[str, bytes] = {}
        _same(self, _scan(self.path, found.__setitem__))
        return found


def read(folder: Path) -> Folder:
    """Read and check a report folder.

    Raises:
        FolderMissing: there is none.
        ReportInvalid: the first rule or bound that it breaks, in one line.
    """
    content: dict[str, bytes] = {}

    def take(path: str, data: bytes) -> None:
        if path == REPORT:
            content[path] = data

    files = _scan(folder, take)
    if REPORT not in content:
        raise FileMissing(REPORT)
    report = read_document(_toml(content[REPORT]))
    _check_names(report, files)
    return Folder(path=folder.absolute(), report=report, files=files, digest=digest_of(files))


def write(folder: Path, report: Report, files: Mapping[str, bytes]) -> Folder:
    """Write a report as a folder that is not there yet; it is checked before it appears.

    Raises:
        FolderTaken: something is there.
        ReportInvalid: it would break a rule of the format.
        ShelfUnwritable: the disk said no.
    """
    if folder.exists() or folder.is_symlink():
        raise FolderTaken(str(folder))
    with _building(folder) as building:
        for path, data in {**files, REPORT: to_toml(report).encode()}.items():
            _put(building, path, data)
        read(building)
        _settle(building, folder)
    return read(folder)


def unpack(upload: IO[bytes], into: Path) -> Path:
    """Unpack a zip of one report into an empty folder: the folder in it that holds report.toml, not checked further.

    Raises:
        UploadInvalid: it is no zip, breaks a bound, holds links or paths that leave it, or not one report.
    """
    try:
        unpack_zip(upload, into, archive="it", most_bytes=LARGEST_BYTES, most_files=MOST_FILES)
    except ArchiveUnsafe as error:
        raise UploadInvalid(str(error)) from error
    found = [each.parent for each in into.rglob(REPORT)]
    if len(found) != 1:
        raise UploadInvalid(f"it holds {len(found)} files called {REPORT}")
    return found[0]


def keep(folder: Folder, shelf: Path) -> Path:
    """A copy under the folder's digest, `shelf/<digest>/`: whole, or not at all.

    Raises:
        ReportChanged: the folder is not what it was when it was read.
        ShelfUnwritable: the disk said no.
    """
    place = shelf / folder.digest
    if place.is_dir():
        return place
    with _building(place) as building:
        files = _scan(folder.path, lambda path, data: _put(building, path, data))
        _same(folder, files)
        _settle(building, place, {path for path, each in files.items() if each.executable})
    return place


def beginnings(folder: Folder, paths: Collection[str], most_bytes: int) -> dict[str, bytes]:
    """The first bytes of some files of a kept folder, for a person to look at; what is not there is left out."""
    found: dict[str, bytes] = {}
    for path in paths:
        if path in folder.files:
            handle = os.open(folder.path / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                found[path] = file.read(most_bytes)
    return found


def digest_of(files: Mapping[str, FileEntry]) -> str:
    """SHA-256 over the sorted lines `sha256  relative/path`."""
    lines = sorted(f"{each.sha256}  {path}\n" for path, each in files.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _toml(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_TOML:
        raise TooLarge(f"report.toml is larger than {LARGEST_TOML >> 10} KiB; shorten it")
    try:
        text = data.decode()
        if _DEEP_KEY.search(text):
            raise TomlWrong("a dotted key has more than 16 parts")
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlWrong("it is nested too deeply") from error
    except ValueError as error:  # tomllib.TOMLDecodeError and UnicodeDecodeError
        raise TomlWrong(str(error).replace("\n", " ")[:200]) from error


def _check_names(report: Report, files: Mapping[str, FileEntry]) -> None:
    """Every file that report.toml names is there, and no control is a trigger by another name."""
    proof = report.proof
    for field, paths in (("proof.trigger", proof.trigger), ("proof.control", proof.control)):
        for path in paths:
            if path not in files:
                raise FileMissing(path, field)
    triggers = {files[path].sha256: path for path in proof.trigger}
    for path in proof.control:
        if (same := triggers.get(files[path].sha256)) is not None:
            raise FieldWrong("proof.control", path, f"an input with other bytes than the trigger {same}")
    if report.build is not None:
        _check_source(report.build, files)
    elif proof.harness not in files:
        raise HarnessMissing(proof.harness)


def _check_source(build: Build, files: Mapping[str, FileEntry]) -> None:
    """A path of the report is there; what is unpacked has a place to lie in."""
    is_file = build.source in files
    if build.is_inside and not _is_there(build.source, files):
        raise FileMissing(build.source, "build.source")
    if build.origin is Origin.BUNDLE and not is_file:
        raise FieldWrong(
            "build.source", build.source, "a file made by `git bundle create`, as there is a commit"
        )
    if build.origin is Origin.INSIDE and not is_file:
        if build.sha256 is not None:
            raise FieldWrong("build.sha256", build.sha256, "absent, but with an archive or a bundle")
    elif _is_there(BUILD_FOLDER, files):
        raise BuildFolderTaken(BUILD_FOLDER)


def _is_there(path: str, files: Mapping[str, FileEntry]) -> bool:
    return path in files or any(each.startswith(f"{path}/") for each in files)


def _scan(folder: Path, take: Sink) -> dict[str, FileEntry]:
    """Every file of a folder, through descriptors that follow no link."""
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FolderMissing(str(folder)) from error
    try:
        return _Scan(take).run(root)
    except OSError as error:
        raise ReportInvalid(f"the folder could not be read: {error.strerror or error}") from error
    finally:
        os.close(root)


class _Scan:
    """One walk through a folder, with what is left of each bound."""

    def __init__(self, take: Sink) -> None:
        self._take = take
        self._folders = 0
        self._bytes = 0
        self._files: dict[str, FileEntry] = {}

    def run(self, root: int) -> dict[str, FileEntry]:
        self._folder(root, "", 0)
        return self._files

    def _folder(self, handle: int, prefix: str, depth: int) -> None:
        self._folders += 1
        if depth > DEEPEST or self._folders > MOST_FILES:
            raise TooLarge(
                f"the folder is deeper than {DEEPEST} levels or has more than {MOST_FILES} folders"
            )
        for name in self._names(handle, prefix):
            path = prefix + name
            if not prefix and name in NOT_OURS:
                continue
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                inner = os.open(
                    name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle
                )
                try:
                    self._folder(inner, path + "/", depth + 1)
                finally:
                    os.close(inner)
            else:
                self._file(handle, name, path, found)

    def _names(self, handle: int, prefix: str) -> list[str]:
        """The names in a folder, sorted; given up at the bound, so that a million cost no more than 200."""
        names: list[str] = []
        with os.scandir(handle) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > 2 * MOST_FILES:
                    raise TooLarge(
                        f"the folder holds more than {MOST_FILES} files; hand in what the proof needs"
                    )
        for name in names:
            if not name.isprintable() or "\\" in name or _is_not_utf8(name):
                raise PathOutside(prefix + ascii(name), "is not a plain file name in UTF-8")
        return sorted(names)

    def _file(self, handle: int, name: str, path: str, found: os.stat_result) -> None:
        _check_plain(path, found)
        if found.st_size > LARGEST_BYTES - self._bytes:
            size = f"{path} has {found.st_size:,} bytes"
            raise TooLarge(f"{size}; a report has at most {LARGEST_BYTES >> 20} MiB in all; make it smaller")
        if len(self._files) >= MOST_FILES:
            raise TooLarge(f"the folder holds more than {MOST_FILES} files; hand in what the proof needs")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=handle), "rb") as file:
            opened = os.fstat(file.fileno())
            _check_plain(path, opened)
            data = file.read(found.st_size + 1)
        if len(data) != found.st_size or opened.st_ino != found.st_ino:
            raise ReportChanged(path)
        self._bytes += len(data)
        digest = hashlib.sha256(data).hexdigest()
        runs = bool(opened.st_mode & stat.S_IXUSR)
        self._files[path] = FileEntry(size=len(data), sha256=digest, executable=runs)
        self._take(path, data)


def _is_not_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def _check_plain(path: str, found: os.stat_result) -> None:
    """A regular file with one name: a second name may be a way to a file outside."""
    if stat.S_ISLNK(found.st_mode):
        raise PathOutside(path, "is a symbolic link")
    if not stat.S_ISREG(found.st_mode):
        raise PathOutside(path, "is a device, a pipe or a socket")
    if found.st_nlink > 1:
        raise PathOutside(path, "is a hard link: it has another name elsewhere")


def _same(folder: Folder, files: Mapping[str, FileEntry]) -> None:
    if digest_of(files) != folder.digest:
        raise ReportChanged(str(folder.path))


@contextlib.contextmanager
def _building(place: Path) -> Iterator[Path]:
    """A folder beside `place` that is gone afterwards unless it was settled."""
    building: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
        yield building
    except OSError as error:
        raise ShelfUnwritable(str(place), error.strerror or str(error)) from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)


def _put(folder: Path, path: str, data: bytes) -> None:
    target = folder / path
    if not target.resolve().is_relative_to(folder.resolve()) or target == folder:
        raise PathOutside(path, "leaves the report's folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise ShelfUnwritable(str(folder.parent), error.strerror or str(error)) from error


def _settle(building: Path, place: Path, executable: Collection[str] = ()) -> None:
    """Readable by a job's own user, then under its name in one step; whoever was first is as good."""
    building.chmod(0o755)
    for path in building.rglob("*"):
        runs = path.is_dir() or path.relative_to(building).as_posix() in executable
        path.chmod(0o755 if runs else 0o644)
    try:
        building.rename(place)
    except OSError:
        if not place.is_dir():
            raise
