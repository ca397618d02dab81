"""A store of installed releases that all jobs and processes on a machine share.

    store = Store(Path("var/store"), local=(Path("examples/targets"),))
    for release in store.releases(parse("pkg:pypi/sqlparse")):
        print(store.obtain(release.purl).path)

An entry is made in a folder of its own and renamed into place whole; it is never changed after. Anyone may read
it, its owner alone may write. The least recently used entries go when the store outgrows its bound, but none that
was used within the last hour: a job may be running in it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from headstart.errors import HeadstartError
from headstart.packages.errors import PackageNotFound, RegistryUnreachable, StoreNotOurs, Uninstallable
from headstart.packages.ports import Contents, Registry, Release
from headstart.packages.providers.local import Local, files_of
from headstart.packages.providers.npm import Npm
from headstart.packages.providers.pypi import PyPI, index_url
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.rules.versions import order

LISTING_SECONDS = 3600.0  # how long a registry's list of releases is taken for new
IN_USE_SECONDS = 3600.0
AT_ONCE = 8
_FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One release, ready to be run or read."""

    purl: Purl
    path: Path
    """PyPI: a site folder for PYTHONPATH; npm: holds `node_modules/`; generic: the source itself."""
    ecosystem: str
    digest: str
    """SHA-256 over the sorted lines `sha256  relative/path` of its files."""
    own: tuple[str, ...] = ()
    """Names in `path` (files, folders) that belong to the release itself."""
    dependencies: tuple[str, ...] = ()
    """Names in `path` that belong to what it depends on."""
    size_bytes: int = 0
    published: datetime | None = None
    as_of: datetime | None = None
    """The day as of which its dependencies were resolved; None where it has none or the registry can't say."""


class Store:
    """Installed releases in a folder, made on first use. Any number of processes may share one."""

    def __init__(
        self,
        folder: Path,
        local: tuple[Path, ...] = (),
        *,
        limit_bytes: int = 2 << 30,
        registries: Mapping[str, Registry] | None = None,
    ) -> None:
        self._folder = _for_other_users(folder.absolute())
        self._limit_bytes = limit_bytes
        self._local = Local(local)
        known: dict[str, Registry] = {"pypi": PyPI(), "npm": Npm(), "generic": self._local}
        self._registries: dict[str, Registry] = {**known, **(registries or {})}

    @property
    def folder(self) -> Path:
        """Where the releases are kept."""
        return self._folder

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        """Every release, oldest version first; a listing is an hour old at most, or older where offline.

        Raises:
            PackageNotFound: the registry has no such package.
            RegistryUnreachable: it did not answer, and was never asked before.
        """
        registry = self._registry(purl)
        is_here = purl.type == "generic"
        found = registry.releases(purl) if is_here else self._listed(purl.without_version, registry)
        by_version = {str(each.purl.version): each for each in found}
        return tuple(by_version[each] for each in order(purl.ecosystem, by_version))

    def obtain(self, purl: Purl) -> Installed:
        """The installed release, from the store or the registry.

        Raises:
            PackageNotFound: there is no such release, or the purl names none.
            Uninstallable: it can't be installed here without running its code, or a step failed.
            RegistryUnreachable: it is not in the store and the registry did not answer.
        """
        return self._obtain(purl, None)

    def obtain_many(
        self, purls: Sequence[Purl], progress: Callable[[int, int], None] | None = None
    ) -> dict[Purl, Installed | HeadstartError]:
        """Many releases at once, in parallel; what can't be had stands there as its error."""
        missing = [each for each in purls if self._kept(self._place(each)) is None]
        answers: dict[Purl, Installed | HeadstartError] = {}
        with tempfile.TemporaryDirectory(prefix="headstart-fetch-") as scratch:
            for kind in {each.type for each in missing}:
                with contextlib.suppress(HeadstartError):
                    alike = [each for each in missing if each.type == kind]
                    self._registry(alike[0]).fetch(alike, Path(scratch))
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found = pool.map(lambda each: self._attempt(each, Path(scratch)), purls)
                for done, (purl, answer) in enumerate(zip(purls, found, strict=True), 1):
                    answers[purl] = answer
                    if progress:
                        progress(done, len(purls))
        return answers

    def _attempt(self, purl: Purl, archives_at: Path) -> Installed | HeadstartError:
        try:
            return self._obtain(purl, archives_at)
        except HeadstartError as error:
            return error

    def _obtain(self, purl: Purl, archives_at: Path | None) -> Installed:
        if purl.version is None:
            raise PackageNotFound(str(purl), "a registry without its version")
        place = self._place(purl)
        if (kept := self._kept(place)) is not None:
            return kept
        with self._locked(place):
            if (kept := self._kept(place)) is not None:  # another process was first
                return kept
            return self._make(purl, place, archives_at)

    def _registry(self, purl: Purl) -> Registry:
        if purl.type not in self._registries:
            known = ", ".join(sorted(self._registries))
            raise Uninstallable(
                str(purl), "choose a registry", f"releases of {known} can be had, not {purl.type}"
            )
        return self._registries[purl.type]

    def _place(self, purl: Purl) -> Path:
        """Keyed by type, name, version, platform; a local one by its files too, so that a change is seen.

        The day as of which dependencies are resolved follows from the release, so it is no part of the key.
        """
        parts = [str(_FORMAT), purl.type, purl.full_name, str(purl.version), _platform()]
        if purl.type == "generic":
            parts.append(digest_of(self._local.source(purl))[0])
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        name = quote(purl.full_name, safe="@")[:80] + "-" + quote(str(purl.version), safe="")[:40]
        return self._folder / purl.type / f"{name}-{digest}"

    def _kept(self, place: Path) -> Installed | None:
        try:
            read = json.loads((place / "installed.json").read_bytes())
            os.utime(place / "installed.json")
            return Installed(
                purl=parse(read["purl"]),
                path=place / "tree",
                ecosystem=read["ecosystem"],
                digest=read["digest"],
                own=tuple(read["own"]),
                dependencies=tuple(read["dependencies"]),
                size_bytes=int(read["size_bytes"]),
                published=_moment(read["published"]),
                as_of=_moment(read["as_of"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _make(self, purl: Purl, place: Path, archives_at: Path | None) -> Installed:
        registry = self._registry(purl)
        published = self._published(purl)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
        try:
            tree = building / "tree"
            tree.mkdir()
            contents = registry.install(purl, tree, published, archives_at)
            _open_to_readers(building)
            digest, size = digest_of(tree)
            _write_record(building / "installed.json", purl, contents, digest, size, published)
            if place.exists():  # a record that can't be read: what is there is of no use
                shutil.rmtree(place)
            building.rename(place)
        except OSError as error:
            raise Uninstallable(str(purl), "write it to the store", str(error)) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
        self._evict(keep=place)
        kept = self._kept(place)
        if kept is None:
            raise Uninstallable(str(purl), "read it back from the store", f"{place} has gone")
        return kept

    def _published(self, purl: Purl) -> datetime | None:
        if purl.type == "generic":
            return None
        return next(
            (each.published for each in self.releases(purl) if each.purl.version == purl.version), None
        )

    def _listed(self, purl: Purl, registry: Registry) -> tuple[Release, ...]:
        file = self._folder / purl.type / "listings" / (quote(purl.full_name, safe="@")[:120] + ".json")
        kept = _read_listing(file, purl)
        if kept is not None and time.time() - file.stat().st_mtime < LISTING_SECONDS:
            return kept
        try:
            found = registry.releases(purl)
        except RegistryUnreachable:
            if kept is not None:
                return kept
            raise
        _make_folder(file.parent)
        _write_listing(file, found)
        return found

    @contextlib.contextmanager
    def _locked(self, place: Path) -> Iterator[None]:
        """One process and thread at a time makes an entry; the lock goes with its holder."""
        _make_folder(place.parent)
        _make_folder(self._folder / "locks")
        with (self._folder / "locks" / f"{place.name[-16:]}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _evict(self, keep: Path) -> None:
        """Drop the least recently used entries while the store is larger than its bound."""
        for left in self._folder.glob("*/.*-*"):  # of a process that was killed
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > IN_USE_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)
        entries = []
        for record in self._folder.glob("*/*/installed.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                size = int(json.loads(record.read_bytes())["size_bytes"])
                entries.append((record.stat().st_mtime, record.parent, size))
        total = sum(size for _, _, size in entries)
        for used, place, size in sorted(entries):
            if total <= self._limit_bytes or time.time() - used < IN_USE_SECONDS:
                return
            if place != keep:
                going = place.with_name(f".going-{place.name}-{os.getpid()}")
                with contextlib.suppress(OSError):  # another process may be dropping it too
                    place.rename(going)
                    total -= size
                shutil.rmtree(going, ignore_errors=True)


def is_online(seconds: float = 3.0) -> bool:
    """Whether the package index answers, within `seconds` (name look-ups included)."""
    import requests

    url = index_url()
    answered = threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError, RuntimeError):
            requests.head(url, timeout=seconds)
            answered.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()


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


def _platform() -> str:
    """What an installed copy depends on besides the release: interpreter and machine."""
    import sysconfig

    return f"cp{sysconfig.get_python_version()}-{sysconfig.get_platform()}"


def _for_other_users(folder: Path) -> Path:
    """Where a store asked for at `folder` is kept: there, or as root in /var/tmp where others can't pass to it.

    Jobs run under user ids of their own and read the store; a folder below root's private home is closed to them.

    Raises:
        StoreNotOurs: the place in /var/tmp belongs to somebody else.
    """
    there = [each for each in (folder, *folder.parents) if each.exists()]
    if os.geteuid() != 0 or all(each.stat().st_mode & stat.S_IXOTH for each in there):
        return folder
    home = Path("/var/tmp/headstart-0")  # noqa: S108 - checked to be ours
    home.mkdir(mode=0o755, exist_ok=True)
    found = home.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StoreNotOurs(str(home))
    return home / "stores" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=0o755)


def _open_to_readers(folder: Path) -> None:
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


def _write_record(
    file: Path, purl: Purl, contents: Contents, digest: str, size: int, published: datetime | None
) -> None:
    record = {
        "format": _FORMAT,
        "purl": str(purl),
        "ecosystem": purl.ecosystem,
        "digest": digest,
        "size_bytes": size,
        "own": list(contents.own),
        "dependencies": list(contents.dependencies),
        "published": published.isoformat() if published else None,
        "as_of": contents.as_of.isoformat() if contents.as_of else None,
    }
    file.write_text(json.dumps(record, indent=1))
    file.chmod(0o644)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _write_listing(file: Path, releases: Sequence[Release]) -> None:
    rows = [
        [
            str(each.purl.version),
            each.published.isoformat() if each.published else None,
            each.yanked,
            each.digest,
        ]
        for each in releases
    ]
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as written:
        json.dump(rows, written)
    Path(written.name).replace(file)


def _read_listing(file: Path, purl: Purl) -> tuple[Release, ...] | None:
    try:
        rows = json.loads(file.read_bytes())
        return tuple(
            Release(
                purl=purl.at(version),
                published=_moment(published),
                yanked=bool(yanked),
                digest=digest,
            )
            for version, published, yanked, digest in rows
        )
    except (OSError, ValueError, TypeError):
        return None
