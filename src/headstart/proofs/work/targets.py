"""What a report is run against: an installed release, a patched copy of one, or source that was built."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from headstart.errors import Unable
from headstart.packages.rules.purl import Purl
from headstart.packages.work import Installed, Store
from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules import patches
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Trust

LARGEST_SOURCE = 4 << 20
BUILD = Limits(cpu_seconds=120, wall_seconds=240, memory_bytes=1 << 30, processes=128, work_bytes=512 << 20)
FLAGS = "-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined"


class BuildFailed(Unable):
    """The report's source could not be built here."""

    code = "build-failed"

    def __init__(self, step: str, log: str) -> None:
        super().__init__(f"{step} failed: {log}" if log else f"{step} failed")


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


def on_release(
    folder: Folder, release: Installed, *, sandbox: Sandbox, scratch: Path, trust: Trust
) -> Target:
    """The report on another release: installed, or built from that release's source in place of the report's.

    Raises:
        BuildFailed: it does not build.
    """
    ways = folder.report.build
    if ways is None:
        return installed(folder, release)
    work = scratch / f"release-{os.urandom(4).hex()}"
    copy_report(folder.path, work / "report")
    if ways.is_inside:
        shutil.rmtree(work / "report" / ways.source)
        copy_report(release.path, work / "report" / ways.source)
    label = str(release.purl.version)
    return replace(build(folder, work, sandbox, trust, label), digest=release.digest)


def is_as_released(folder: Folder, release: Installed) -> bool:
    """Whether the source in the report is, file by file, what that release holds."""
    ways = folder.report.build
    if ways is None or not ways.is_inside:
        return True
    root = folder.path / ways.source
    return _digests(root) == _digests(release.path)


def _paths(root: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(root)) for path in root.rglob("*") if _is_plain(path))


def _digests(root: Path) -> dict[str, str]:
    found = (path for path in root.rglob("*") if _is_plain(path) and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in found}


def obtain(folder: Folder, store: Store, sandbox: Sandbox, scratch: Path, trust: Trust) -> Target:
    """The target that the report names, installed or built.

    Raises:
        PackageNotFound, Uninstallable, RegistryUnreachable: by the store.
        BuildFailed: a build command failed, or its source is not in the report.
    """
    if folder.report.build is None:
        return installed(folder, store.obtain(folder.report.purl))
    copy = scratch / "built"
    copy_report(folder.path, copy / "report")
    return build(folder, copy, sandbox, trust)


def build(folder: Folder, work: Path, sandbox: Sandbox, trust: Trust, label: str = "") -> Target:
    """Run the report's build commands in `work`, which holds a copy of the report as `report/`.

    Raises:
        BuildFailed: a command failed, or the source is not a folder of the report.
    """
    ways = folder.report.build
    if ways is None:
        raise BuildFailed("looking for [build]", "the report has none")
    if "://" in ways.source:
        raise BuildFailed("fetching the source", "only a folder inside the report can be built here so far")
    env = {"CC": "cc", "CFLAGS": FLAGS, "CXXFLAGS": FLAGS, "LDFLAGS": "-fsanitize=address,undefined"}
    env |= {"ASAN_OPTIONS": "detect_leaks=0"}
    for command in ways.commands:
        argv = within(f"report/{ways.source}", command)
        outcome = sandbox.run(Job(argv=argv, work=work, env=env, limits=BUILD, trust=trust))
        if outcome.ended is not Ended.EXITED or outcome.status != 0:
            said = (outcome.stderr or outcome.stdout).decode("utf-8", "replace").strip().splitlines()
            wrong = next((line for line in said if "error" in line.lower()), said[-1] if said else "")
            raise BuildFailed(f"building ({' '.join(command)[:80]})", wrong[:300])
    return Target(
        purl=folder.report.purl,
        label=label or str(folder.report.purl.version or "source"),
        digest=folder.digest,
        report=work / "report",
        source=ways.source.strip("/"),
        files=_paths(work / "report"),
    )


def within(folder: str, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command that is run in a folder of the work folder."""
    return ("/bin/sh", "-c", 'cd "$0" && exec "$@"', folder, *argv)


def patched(
    folder: Folder, target: Target, patch: bytes, *, sandbox: Sandbox, scratch: Path, trust: Trust
) -> Target:
    """A copy of the target with a patch applied; what is built is built again.

    Raises:
        PatchInvalid: it does not apply to this target, or is no patch.
        BuildFailed: it does not build any more.
    """
    changes = patches.read(patch)
    label = f"{target.label} with the patch"
    if target.path is None:
        work = scratch / f"patched-{os.urandom(4).hex()}"
        copy_report(folder.path, work / "report")
        change_files(work / "report" / target.source, changes)
        return build(folder, work, sandbox, trust, label)
    copy = scratch / f"patched-{os.urandom(4).hex()}"
    shutil.copytree(target.path, copy, symlinks=True, copy_function=_linked)
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


def change_files(root: Path, changes: tuple[patches.Change, ...]) -> None:
    """Apply changes to the files below a folder, all or none.

    Raises:
        PatchInvalid: a hunk does not fit, or a file is too large or a link.
    """
    there = frozenset(str(path.relative_to(root)) for path in root.rglob("*") if _is_plain(path))
    new: dict[Path, str | None] = {}
    for path, change in patches.fit(changes, there).items():
        file = root / path
        if file.parent.resolve() != root.resolve() and root.resolve() not in file.parent.resolve().parents:
            raise PatchInvalid(f"{path} leaves the source by a link")
        text = "" if change.makes else _text(file)
        new[file] = patches.apply(change, text)
    for file, changed in new.items():
        file.unlink(missing_ok=True)  # it may be a hard link into the store
        if changed is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(changed, encoding="utf-8", newline="")


def _text(file: Path) -> str:
    if file.stat().st_size > LARGEST_SOURCE:
        raise PatchInvalid(f"{file.name} is larger than {LARGEST_SOURCE >> 20} MiB")
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except UnicodeDecodeError as error:
        raise PatchInvalid(f"{file.name} is not text in UTF-8") from error


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _linked(source: str, destination: str) -> str:
    try:
        os.link(source, destination, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, destination, follow_symlinks=False)
    return destination


def open_up(root: Path) -> None:
    """Let other users read a tree that we made."""
    for path in (root, *root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def copy_report(source: Path, to: Path) -> None:
    """A fresh copy of a report's folder, links kept as links."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, to, symlinks=True)
    for path in (to, *to.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
