"""A store of installed releases that all jobs and processes on a machine share.

    store = Store(Path("var/store"), local=(Path("examples/targets"),))
    for release in store.releases(parse("pkg:pypi/sqlparse")):
        print(store.obtain(release.purl).path)

An entry is made in a folder of its own and renamed into place whole; it is never changed after. Anyone may read
it, its owner alone may write. The least recently used entries go when the store outgrows its bound, but none that
was used within the last hour: a job may be running in it.
"""

import contextlib
import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import quote

from headstart.errors import HeadstartError
from headstart.packages.errors import (
    ArchiveUnsafe,
    CommitNotFound,
    DownloadFailed,
    GitFailed,
    PackageNotFound,
    RegistryUnreachable,
    SourceNotBuilt,
    Uninstallable,
)
from headstart.packages.ports import Builder, Registry, Release
from headstart.packages.providers.downloads import check_public, fetch
from headstart.packages.providers.git import Repository
from headstart.packages.providers.local import Local
from headstart.packages.providers.npm import Npm
from headstart.packages.providers.pypi import PyPI
from headstart.packages.providers.resolving import index_url
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.rules.versions import order
from headstart.packages.work.entries import Entries, Entry, Fill, digest_of, make_folder
from headstart.packages.work.listings import moment, read_failure, read_listing, write_listing

LISTING_SECONDS = 3600.0  # how long a registry's list of releases is taken for new
AT_ONCE = 8


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
    built_with: tuple[str, ...] = ()
    """What built it from source here; nothing where it came ready to be unpacked."""


class Store:
    """Installed releases in a folder, made on first use. Any number of processes may share one."""

    def __init__(
        self,
        folder: Path,
        local: tuple[Path, ...] = (),
        *,
        builder: Builder | None = None,
        limit_bytes: int = 4 << 30,
        registries: Mapping[str, Registry] | None = None,
    ) -> None:
        self._entries = Entries(folder, limit_bytes)
        self._local = Local(local)
        known: dict[str, Registry] = {"pypi": PyPI(builder=builder), "npm": Npm(), "generic": self._local}
        self._registries: dict[str, Registry] = {**known, **(registries or {})}

    @property
    def folder(self) -> Path:
        """Where the releases are kept."""
        return self._entries.folder

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
        missing = [each for each in purls if self._entries.kept(self._place(each)) is None]
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
        failures = self._entries.folder / "failures" / f"{place.name}.json"
        if self._entries.kept(place) is None and (failed := read_failure(failures)) is not None:
            raise Uninstallable(str(purl), *failed)
        try:
            return _read(self._entries.obtain(place, partial(self._fill, purl, archives_at)))
        except Uninstallable as error:
            cause = (
                error.__cause__
            )  # without a cause of its own it is the code's own fault, not this machine's
            if isinstance(cause, SourceNotBuilt) and cause.__cause__ is None:
                make_folder(failures.parent)
                failures.write_text(json.dumps([error.step, error.last_line]))
            raise
        except ArchiveUnsafe as error:
            raise Uninstallable(str(purl), "unpack it", str(error)) from error
        except OSError as error:
            raise Uninstallable(str(purl), "write it to the store", str(error)) from error

    def _fill(self, purl: Purl, archives_at: Path | None, tree: Path) -> Mapping[str, Any]:
        published = self._published(purl)
        contents = self._registry(purl).install(purl, tree, published, archives_at)
        return {
            "purl": str(purl),
            "own": list(contents.own),
            "dependencies": list(contents.dependencies),
            "published": published.isoformat() if published else None,
            "as_of": contents.as_of.isoformat() if contents.as_of else None,
            "built_with": list(contents.built_with),
        }

    def source(self, purl: Purl) -> Path:
        """A release's own source as it was published, unpacked; to be read and not changed.

        Raises:
            Uninstallable: it was published without its source, or a step failed.
            PackageNotFound, RegistryUnreachable: as `obtain`.
        """
        if purl.type == "generic":
            return self.obtain(purl).path
        if purl.version is None:
            raise PackageNotFound(str(purl), "a registry without its version")
        registry = self._registry(purl)

        def fill(tree: Path) -> Mapping[str, Any]:
            registry.source(purl, tree)
            return {"purl": str(purl)}

        name = f"{purl.full_name[:80]}-{purl.version}"
        try:
            return self.keep("sources", name, (purl.type, purl.full_name, purl.version), fill).path
        except ArchiveUnsafe as error:
            raise Uninstallable(str(purl), "unpack its source", str(error)) from error
        except OSError as error:
            raise Uninstallable(str(purl), "write its source to the store", str(error)) from error

    def archive(self, address: str, sha256: str) -> Path:
        """The file at an https address that has that SHA-256; it is fetched once.

        Raises:
            DownloadFailed: it can't be had, or is another file.
        """

        def fill(tree: Path) -> Mapping[str, Any]:
            fetch(address, sha256, tree / "archive")
            return {"address": address}

        try:
            return self.keep("archives", "archive", (sha256,), fill).path / "archive"
        except OSError as error:
            raise DownloadFailed(address, f"it can't be written to the store: {error}") from error

    def keep(self, kind: str, name: str, key: Sequence[str], fill: Fill) -> Entry:
        """A folder of another room's own making, kept beside the releases and bounded with them.

        `key` holds all that it depends on; `fill` makes it where it is not there.

        Raises:
            OSError: the disk said no.
        """
        return self._entries.obtain(self._entries.place(kind, name, (kind, *key)), fill)

    def repository(self, source: str | Path, commit: str | None = None) -> Repository:
        """A bare clone of a git repository: an address (`git+https://…`), a bundle file, or a folder of one's own.

        It is brought up to date where `commit` (40 hexadecimal digits) is not in it yet, or none is named.

        Raises:
            DownloadFailed: its address is not one of a public machine.
            GitFailed: it can't be had, is past a bound, or is not safe to read.
            CommitNotFound: it has no such commit, or does not give it away.
        """
        key = (
            [str(source), hashlib.sha256(source.read_bytes()).hexdigest()]
            if _is_file(source)
            else [str(source)]
        )
        name = Path(str(source)).name.removesuffix(".git") or "repository"
        if isinstance(source, str) and source.startswith("git+https://"):
            check_public(source.removeprefix("git+"))
        place = self._entries.place("git", name, ["git", *key])
        fresh = self._entries.kept(place) is None
        try:
            entry = self._entries.obtain(place, lambda tree: _cloned(tree, source))
            repository = Repository(entry.path, _named(source))
            if not fresh and (commit is None or not repository.has(commit)):
                with self._entries.locked(place), contextlib.suppress(GitFailed):  # offline: as it was
                    repository.fetch(source)
                    self._entries.grown(place, entry)
            if commit is not None and not repository.has(commit):
                with self._entries.locked(place):  # one that no branch holds, where it is given away
                    with contextlib.suppress(GitFailed):
                        repository.fetch(source, commit)
                    self._entries.grown(place, entry)
                if not repository.has(commit):
                    raise CommitNotFound(_named(source), commit)
        except OSError as error:
            raise GitFailed(_named(source), "write it to the store", str(error)) from error
        return repository

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
        parts = [purl.type, purl.full_name, str(purl.version), _platform()]
        if purl.type == "generic":
            parts.append(digest_of(self._local.home(purl))[0])
        return self._entries.place(purl.type, f"{purl.full_name[:80]}-{purl.version}", parts)

    def _published(self, purl: Purl) -> datetime | None:
        if purl.type == "generic":
            return None
        return next(
            (each.published for each in self.releases(purl) if each.purl.version == purl.version), None
        )

    def _listed(self, purl: Purl, registry: Registry) -> tuple[Release, ...]:
        file = (
            self._entries.folder / purl.type / "listings" / (quote(purl.full_name, safe="@")[:120] + ".json")
        )
        kept = read_listing(file, purl)
        if kept is not None and time.time() - file.stat().st_mtime < LISTING_SECONDS:
            return kept
        try:
            found = registry.releases(purl)
        except RegistryUnreachable:
            if kept is not None:
                return kept
            raise
        make_folder(file.parent)
        write_listing(file, found)
        return found


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


def _read(entry: Entry) -> Installed:
    read = entry.record
    purl = parse(read["purl"])
    return Installed(
        purl=purl,
        path=entry.path,
        ecosystem=purl.ecosystem,
        digest=entry.digest,
        own=tuple(read["own"]),
        dependencies=tuple(read["dependencies"]),
        size_bytes=entry.size_bytes,
        published=moment(read["published"]),
        as_of=moment(read["as_of"]),
        built_with=tuple(read["built_with"]),
    )


def _named(source: str | Path) -> str:
    """How a repository is called in an error: a folder on this machine by its last name alone."""
    return source.name if isinstance(source, Path) else source[:200]


def _is_file(source: str | Path) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.is_file()


def _cloned(tree: Path, source: str | Path) -> Mapping[str, Any]:
    Repository.made(tree, source)
    return {"source": str(source)}


def _platform() -> str:
    """What an installed copy depends on besides the release: interpreter and machine."""
    import sysconfig

    return f"cp{sysconfig.get_python_version()}-{sysconfig.get_platform()}"
