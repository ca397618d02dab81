"""What a report is run against: an installed release, a patched copy of one, or source that was built."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from headstart.errors import HeadstartError
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.work import Installed, Repository, Store
from headstart.proofs.errors import BuildFailed, PatchInvalid
from headstart.proofs.rules import patches
from headstart.proofs.work import sources
from headstart.proofs.work.building import build
from headstart.proofs.work.sources import Source
from headstart.proofs.work.trees import change_files, is_plain, linked, open_up, paths_below
from headstart.reports.rules import Origin
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to run a report against."""

    purl: Purl
    label: str  # "1.2.0", "1.2.0 with fix.patch"
    digest: str
    report: Path  # the folder that each run gets a copy of: the report's own, with what was built in it
    path: Path | None = None  # what is mounted as the target; None where it is built inside the report
    own: frozenset[str] = frozenset()  # its own names below `path`, where others are installed beside it
    names: tuple[str, ...] = ()  # its own names below `path`
    source: str = ""  # the folder inside the report that is the target's source
    made_of: Source | None = None  # what it was built from
    files: frozenset[str] = frozenset()  # where it was built in the report: the paths below that folder


def installed(folder: Folder, release: Installed) -> Target:
    """A release from the store."""
    return Target(
        purl=release.purl,
        label=str(release.purl.version),
        digest=release.digest,
        report=folder.path,
        path=release.path,
        own=frozenset(release.own) if release.dependencies else frozenset(),
        names=release.own,
    )


def obtain(folder: Folder, store: Store, sandbox: Sandbox, scratch: Path, trust: Trust) -> Target:
    """The target that the report names, installed or built.

    Raises:
        PackageNotFound, Uninstallable, RegistryUnreachable, DownloadFailed, GitFailed, CommitNotFound: by the store.
        BuildFailed: a build command failed, or its source is not what the report says.
    """
    del scratch
    if folder.report.build is None:
        return installed(folder, store.obtain(folder.report.purl))
    return _built(folder, sources.of_report(folder, store), store=store, sandbox=sandbox, trust=trust)


def on_release(folder: Folder, purl: Purl, *, store: Store, sandbox: Sandbox, trust: Trust) -> Target:
    """The report on another release: installed, or built from that release's source in place of the report's.

    What is built is not installed as well: many a release has source that compiles, and nothing that installs here.

    Raises:
        BuildFailed: it does not build.
        PackageNotFound, Uninstallable, RegistryUnreachable: it, or its source, can't be had.
    """
    if folder.report.build is None:
        return installed(folder, store.obtain(purl))
    source = sources.of_release(purl, store)
    built = _built(folder, source, store=store, sandbox=sandbox, trust=trust)
    return replace(built, label=str(purl.version), digest=source.key[-1])


def at_commit(
    folder: Folder, repository: Repository, commit: str, *, store: Store, sandbox: Sandbox, trust: Trust
) -> Target:
    """The report on the source of one commit (40 hexadecimal digits), built in place of the report's.

    Raises:
        BuildFailed: it does not build, or the report builds nothing.
        CommitNotFound, GitFailed: its files can't be had.
    """
    source = sources.of_commit(repository, commit)
    built = _built(folder, source, store=store, sandbox=sandbox, trust=trust)
    return replace(built, label=commit[:12], digest=commit)


def _built(
    folder: Folder,
    source: Source,
    *,
    store: Store,
    sandbox: Sandbox,
    trust: Trust,
    changes: tuple[patches.Change, ...] = (),
) -> Target:
    ways = folder.report.build
    if ways is None:
        raise BuildFailed("looking for [build]", "the report has none")
    made = build(folder, source, store=store, sandbox=sandbox, trust=trust, changes=changes)
    return Target(
        purl=folder.report.purl,
        label=str(folder.report.purl.version or "source"),
        digest=folder.digest,
        report=made,
        source=sources.place_of(folder, ways),
        made_of=source,
        files=paths_below(made),
    )


def is_as_released(folder: Folder, store: Store) -> bool:
    """Whether the source that is built is, file by file, what the registry has of the report's release.

    False where the registry has none of it: nobody here can tell.
    """
    ways, purl = folder.report.build, folder.report.purl
    if ways is None or (ways.origin is Origin.RELEASE and parse(ways.source) == purl):
        return True
    try:
        with tempfile.TemporaryDirectory(prefix="headstart-source-") as scratch:
            sources.of_report(folder, store).put(Path(scratch) / "source")
            return _digests(Path(scratch) / "source") == _digests(store.source(purl))
    except HeadstartError:
        return False


def _digests(root: Path) -> dict[str, str]:
    found = (path for path in root.rglob("*") if is_plain(path) and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in found}


def patched(
    folder: Folder,
    target: Target,
    patch: bytes,
    *,
    store: Store,
    sandbox: Sandbox,
    scratch: Path,
    trust: Trust,
) -> Target:
    """A copy of the target with a patch applied; what is built is built again.

    Raises:
        PatchInvalid: it does not apply to this target, or is no patch.
        BuildFailed: it does not build any more.
    """
    changes = patches.read(patch)
    label = f"{target.label} with the patch"
    if target.made_of is not None:
        source = target.made_of
        built = _built(folder, source, store=store, sandbox=sandbox, trust=trust, changes=changes)
        return replace(built, label=label)
    if target.path is None:
        raise PatchInvalid("the target has no source of its own")
    copy = scratch / f"patched-{os.urandom(4).hex()}"
    shutil.copytree(target.path, copy, symlinks=True, copy_function=linked)
    _change_one_of(list(_roots(copy, target)), changes)
    open_up(copy)
    return replace(target, label=label, path=copy)


def _change_one_of(roots: list[Path], changes: tuple[patches.Change, ...]) -> None:
    """Apply the changes below the first of the folders that they fit."""
    for root in roots[:-1]:
        with contextlib.suppress(PatchInvalid):
            change_files(root, changes)
            return
    change_files(roots[-1], changes)


def _roots(copy: Path, target: Target) -> Iterator[Path]:
    """The folders in which a patch's paths may start: the package's own folder for npm, then the whole."""
    if target.purl.type == "npm":
        yield copy / "node_modules" / target.purl.full_name
    yield copy
