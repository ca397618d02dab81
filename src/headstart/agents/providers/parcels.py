"""What goes into an environment of Inspect and what comes out of it, as tar files: the second is hostile."""

import contextlib
import gzip
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from headstart.sandbox.rules.jobs import Job, Limits

DEEPEST = 128


def packed(job: Job, links: Mapping[str, str]) -> bytes:
    """A tar of `work`, `mounts`, `bin` (names of the tools) and `stdin`; owners and times are left out."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=False) as tar:
        tar.add(job.work, arcname="work", filter=_plain)
        for mount in job.mounts:
            tar.add(mount.source, arcname=f"mounts{mount.at}", filter=_plain)
        for name, target in links.items():
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
        given = tarfile.TarInfo("stdin")
        given.size = len(job.stdin)
        tar.addfile(given, io.BytesIO(job.stdin))
    return buffer.getvalue()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (entry.isfile() or entry.isdir() or entry.issym() or entry.islnk()):
        return None
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def unpack(data: bytes, work: Path, limits: Limits) -> None:
    """Put what a job left in the place of what was in its work folder.

    Folders and files first, so that nothing is written through a link; links last, never over anything; what else
    there is (devices, pipes, hard links, names that leave the folder) is left out. What is past the limits of the
    job is left out too.

    Raises:
        ValueError: it can't be read.
    """
    _empty(work)
    links: list[tuple[Path, str]] = []
    room = limits.work_bytes
    plain = _Bounded(
        gzip.GzipFile(fileobj=io.BytesIO(data)), 2 * limits.work_bytes + 4096 * limits.work_files
    )
    try:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for entry, place in _members(tar, work, limits.work_files):
                with contextlib.suppress(OSError):  # a file where a folder must be, a name too long
                    if entry.issym():
                        links.append((place, entry.linkname))
                    elif entry.isdir():
                        place.mkdir(parents=True, exist_ok=True)
                    elif entry.isreg() and entry.size <= room:
                        room -= entry.size
                        _write(tar, entry, place)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(str(error) or "it ends too early") from error
    for place, target in links:
        with contextlib.suppress(OSError, ValueError):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)


class _Bounded(io.RawIOBase):
    """A stream that ends early rather than give more than that: a packed file may promise any size."""

    def __init__(self, stream: gzip.GzipFile, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """At most what fits, and nothing past the bound."""
        data = self._stream.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def _members(tar: tarfile.TarFile, work: Path, most: int) -> Iterator[tuple[tarfile.TarInfo, Path]]:
    """The members with a place below the work folder, at most so many."""
    for number, entry in enumerate(tar):
        parts = PurePosixPath(entry.name).parts
        if number >= most:
            return
        if (
            parts
            and parts[0] != "/"
            and ".." not in parts
            and "\0" not in entry.name
            and len(parts) <= DEEPEST
        ):
            yield entry, work.joinpath(*parts)


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, place: Path) -> None:
    source = tar.extractfile(entry)
    if source is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        shutil.copyfileobj(source, file)
    place.chmod(0o755 if entry.mode & 0o100 else 0o644)


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
