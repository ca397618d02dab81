"""The folders of a store: each made whole, shared by processes, bounded together.

An entry is `<store>/<kind>/<name>-<digest>/`, with `tree/` and its record `entry.json`. It is made in a folder of its
own and renamed into place; it is never changed after, but for a git clone, which grows. Anyone may read it, its owner
alone may write.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from headstart.packages.errors import StoreNotOurs
from headstart.packages.providers.git import size_of
from headstart.packages.providers.local import files_of

IN_USE_SECONDS = 3600.0
RECORD = "entry.json"
FORMAT = 4
_HOME = Path("/var/tmp/headstart-0")  # noqa: S108 - checked to be ours
_ORIGIN = "origin"
_NO_ENTRIES = frozenset({"listings", "locks", "failures"})

Fill = Callable[[Path], Mapping[str, Any]]
"""Puts what is wanted into an empty folder, and says what its record holds besides its size and digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One folder of a store."""

    path: Path
    record: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted lines `sha256  relative/path` of its files."""
        return str(self.record["digest"])

    @property
    def size_bytes(self) -> int:
        """What its files take."""
        return int(self.record["size_bytes"])


class Entries:
    """All entries below one folder, made on first use."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = for_other_users(folder.absolute())
        self._limit_bytes = limit_bytes

    def place(self, kind: str, name: str, key: Sequence[str]) -> Path:
        """Where an entry is kept: a name for people, and a digest of all that it depends on."""
        digest = hashlib.sha256("\n".join((str(FORMAT), *key)).encode(errors="surrogateescape")).hexdigest()
        return self.folder / kind / f"{quote(name, safe='@')[:120]}-{digest[:16]}"

    def kept(self, place: Path) -> Entry | None:
        """An entry that is there, from now on counted as used; None where there is none that can be read."""
        try:
            read = json.loads((place / RECORD).read_bytes())
            found = Entry(path=place / "tree", record=read)
            if found.size_bytes < 0 or not found.path.is_dir():
                return None
            os.utime(place / RECORD)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found

    def obtain(self, place: Path, fill: Fill) -> Entry:
        """The entry, made by `fill` where it is not there yet; of many that ask one makes it.

        Raises:
            OSError: the disk said no.
        """
        if (kept := self.kept(place)) is not None:
            return kept
        with self.locked(place):
            if (kept := self.kept(place)) is not None:  # another was first
                return kept
            return self._make(place, fill)

    @contextlib.contextmanager
    def locked(self, place: Path) -> Iterator[None]:
        """One process and thread at a time makes or changes an entry; the lock goes with its holder."""
        make_folder(place.parent)
        make_folder(self.folder / "locks")
        with (self.folder / "locks" / f"{place.name[-16:]}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def grown(self, place: Path, entry: Entry) -> None:
        """Write down the new size of an entry that was changed."""
        _write(place / RECORD, {**entry.record, "size_bytes": size_of(entry.path)})
        self.evict(keep=place)

    def _make(self, place: Path, fill: Fill) -> Entry:
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
        try:
            tree = building / "tree"
            tree.mkdir()
            record = fill(tree)
            open_to_readers(building)
            digest, size = digest_of(tree)
            _write(building / RECORD, {"format": FORMAT, "digest": digest, "size_bytes": size, **record})
            if place.exists():  # a record that can't be read: what is there is of no use
                shutil.rmtree(place)
            building.rename(place)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        self.evict(keep=place)
        kept = self.kept(place)
        if kept is None:
            raise FileNotFoundError(f"{place} has gone")
        return kept

    def evict(self, keep: Path) -> None:
        """Drop the least recently used entries while all together are larger than the bound.

        None goes that was used within the last hour: a job may be running in it.
        """
        now = time.time()
        entries = []
        for place in self.folder.glob("*/*"):
            if _NO_ENTRIES & set(place.relative_to(self.folder).parts):
                continue
            with contextlib.suppress(OSError):
                try:
                    used = (place / RECORD).stat().st_mtime
                    entries.append(
                        (used, place, int(json.loads((place / RECORD).read_bytes())["size_bytes"]))
                    )
                except (OSError, ValueError, KeyError, TypeError):
                    if now - place.lstat().st_mtime > IN_USE_SECONDS:  # of a process that was killed
                        shutil.rmtree(place, ignore_errors=True)
        total = sum(size for _, _, size in entries)
        for used, place, size in sorted(entries):
            if total <= self._limit_bytes or now - used < IN_USE_SECONDS:
                return
            if place != keep:
                going = place.with_name(f".going-{place.name}-{os.getpid()}")
                with contextlib.suppress(OSError):  # another process may be dropping it too
                    place.rename(going)
                    total -= size
                shutil.rmtree(going, ignore_errors=True)


def digest_of(folder: Path) -> tuple[str, int]:
    """SHA-256 over the sorted lines `sha256  relative/path` of a folder's files, and their size in bytes."""
    lines, size = [], 0
    for path in files_of(folder):
        if path.is_symlink():
            content = os.fsencode(path.readlink())
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {path.relative_to(folder)} ->\n")
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        size += path.stat().st_size
        lines.append(f"{found}  {path.relative_to(folder)}\n")
    return hashlib.sha256("".join(sorted(lines)).encode(errors="surrogateescape")).hexdigest(), size


def for_other_users(folder: Path) -> Path:
    """Where a store asked for at `folder` is kept: there, or as root in /var/tmp where others can't pass to it.

    Jobs run under user ids of their own and read the store; a folder below root's private home is closed to them.

    Raises:
        StoreNotOurs: the place in /var/tmp belongs to somebody else.
    """
    there = [each for each in (folder, *folder.parents) if each.exists()]
    if os.geteuid() != 0 or all(each.stat().st_mode & stat.S_IXOTH for each in there):
        return folder
    _HOME.mkdir(mode=0o755, exist_ok=True)
    found = _HOME.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StoreNotOurs(str(_HOME))
    place = _HOME / "stores" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    if not (place / _ORIGIN).exists():
        sweep_abandoned(_HOME / "stores")
        make_folder(place)
        make_folder(folder.parent)
        (place / _ORIGIN).write_bytes(os.fsencode(folder))
    return place


def sweep_abandoned(stores: Path) -> None:
    """Remove the stores of root whose own folder is gone (a test's, an old clone's), once nothing uses them."""
    for place in stores.glob("*"):
        with contextlib.suppress(OSError):
            newest = max(
                each.lstat().st_mtime for each in (place, *place.glob("*"), *place.glob("*/*/" + RECORD))
            )
            if time.time() - newest < IN_USE_SECONDS:
                continue
            origin = place / _ORIGIN
            if not origin.exists() or not Path(os.fsdecode(origin.read_bytes())).parent.exists():
                shutil.rmtree(place, ignore_errors=True)


def make_folder(path: Path) -> None:
    """A folder and those above it, open to readers."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=0o755)


def open_to_readers(folder: Path) -> None:
    """Folders 0755 and files 0644 (0755 where they can be run): a job's own user reads them, and no more."""
    folder.chmod(0o755)
    for here, folders, files in os.walk(folder):
        for each in folders:
            if not (Path(here) / each).is_symlink():
                (Path(here) / each).chmod(0o755)
        for each in files:
            path = Path(here) / each
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _write(file: Path, record: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as written:
        json.dump(record, written, indent=1)
    Path(written.name).chmod(0o644)
    Path(written.name).replace(file)
