"""Where the source of a report's target comes from, and how it gets into a folder; nothing of it is run."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headstart.packages.rules.purl import Purl, parse
from headstart.packages.work import Repository, Store, digest_of, unpack_source
from headstart.proofs.errors import BuildFailed
from headstart.reports.rules import BUILD_FOLDER, Build, Origin
from headstart.reports.work import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source that can be put into a folder."""

    key: tuple[str, ...]
    """All that decides what it holds."""
    put: Callable[[Path], None]
    """Puts it into a folder that is not there yet; may raise the packages room's errors."""


def place_of(folder: Folder, build: Build) -> str:
    """Where the source lies below the report's folder: where it is already, or as `build/`."""
    return build.source if _is_folder(folder, build) else BUILD_FOLDER


def of_report(folder: Folder, store: Store) -> Source:
    """The source that a report names.

    Raises:
        BuildFailed: it names none, or its archive is not what its digest says.
        PackageNotFound, Uninstallable, RegistryUnreachable, DownloadFailed, GitFailed, CommitNotFound: by the store.
    """
    build = folder.report.build
    if build is None:
        raise BuildFailed("looking for [build]", "the report has none")
    match build.origin:
        case Origin.RELEASE:
            return of_folder(store.source(parse(build.source)))
        case Origin.ADDRESS:
            return _of_archive(store.archive(build.source, str(build.sha256)), str(build.sha256))
        case Origin.REPOSITORY:
            return of_commit(store.repository(build.source, build.commit), str(build.commit))
    if _is_folder(folder, build):
        return Source(
            key=(folder.digest, build.source),
            put=lambda to: _copy(folder.path / build.source, to),
        )
    digest = folder.files[build.source].sha256
    if build.sha256 not in {None, digest}:
        raise BuildFailed("checking the source", f"the SHA-256 of {build.source} is {digest}")
    if build.origin is Origin.BUNDLE:
        return of_commit(store.repository(folder.path / build.source, build.commit), str(build.commit))
    return _of_archive(folder.path / build.source, digest)


def of_release(purl: Purl, store: Store) -> Source:
    """The source of another release, for the same build.

    Raises:
        PackageNotFound, Uninstallable, RegistryUnreachable: by the store.
    """
    return of_folder(store.source(purl))


def of_commit(repository: Repository, commit: str) -> Source:
    """The files of one commit."""
    return Source(key=("git", commit), put=lambda to: repository.tree(commit, to))


def of_folder(path: Path) -> Source:
    """A folder of ours, by its content."""
    return Source(key=("folder", digest_of(path)[0]), put=lambda to: _copy(path, to))


def _of_archive(archive: Path, sha256: str) -> Source:
    def put(to: Path) -> None:
        to.mkdir(parents=True)
        unpack_source(archive, to)

    return Source(key=("archive", sha256), put=put)


def _is_folder(folder: Folder, build: Build) -> bool:
    return build.origin is Origin.INSIDE and build.source not in folder.files


def _copy(source: Path, to: Path) -> None:
    shutil.copytree(source, to, symlinks=True)
