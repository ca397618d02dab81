"""Folders of a report and of what was built from it: copied, changed by a patch, taken back from a job."""

import os
import shutil
import stat
from pathlib import Path

from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules import patches

LARGEST_SOURCE = 4 << 20


def within(folder: str, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command that is run in a folder of the work folder."""
    return ("/bin/sh", "-c", 'cd "$0" && exec "$@"', folder, *argv)


def copy_report(source: Path, to: Path) -> None:
    """A fresh copy of a report's folder, links kept as links."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, to, symlinks=True)
    for path in (to, *to.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def open_up(root: Path) -> None:
    """Let other users read a tree that we made."""
    for path in (root, *root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def linked(source: str, destination: str) -> str:
    """A file under a second name where the disk allows it, else a copy; for `shutil.copytree`."""
    try:
        os.link(source, destination, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, destination, follow_symlinks=False)
    return destination


def is_plain(path: Path) -> bool:
    """Whether it is a regular file, and no link to one."""
    return stat.S_ISREG(path.lstat().st_mode)


def paths_below(root: Path) -> frozenset[str]:
    """The regular files below a folder, by their paths from it."""
    return frozenset(str(path.relative_to(root)) for path in root.rglob("*") if is_plain(path))


def take(left: Path, into: Path) -> None:
    """Copy what a job left into an empty folder: regular files, folders, and links that stay inside; nothing else.

    Raises:
        OSError: it is nested too deep, or the disk said no.
    """
    links: list[tuple[Path, str]] = []
    folders = [(left, into)]
    while folders:
        source, target = folders.pop()
        target.mkdir(exist_ok=True)
        with os.scandir(source) as entries:
            for entry in entries:
                if entry.is_symlink():
                    links.append((target / entry.name, os.readlink(entry.path)))  # noqa: PTH115 - no Path yet
                elif entry.is_dir(follow_symlinks=False):
                    folders.append((Path(entry.path), target / entry.name))
                elif entry.is_file(follow_symlinks=False):
                    _take_file(Path(entry.path), target / entry.name)
    _lay(links, into)


def _take_file(source: Path, target: Path) -> None:
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        runs = os.fstat(handle).st_mode & 0o100
    target.chmod(0o755 if runs else 0o644)


def _lay(links: list[tuple[Path, str]], root: Path) -> None:
    """The links, without those that lead out: a later copy would follow them."""
    inside = root.resolve()
    for path, to in links:
        path.symlink_to(to)
    while out := [path for path, _ in links if path.is_symlink() and _leads_out(path, inside)]:
        for path in out:
            path.unlink()


def _leads_out(path: Path, inside: Path) -> bool:
    return not Path(os.path.realpath(path)).is_relative_to(inside)


def change_files(root: Path, changes: tuple[patches.Change, ...]) -> None:
    """Apply changes to the files below a folder, all or none.

    Raises:
        PatchInvalid: a hunk does not fit, or a file is too large or a link.
    """
    new: dict[Path, str | None] = {}
    for path, change in patches.fit(changes, paths_below(root)).items():
        file = root / path
        if file.parent.resolve() != root.resolve() and root.resolve() not in file.parent.resolve().parents:
            raise PatchInvalid(f"{path} leaves the source by a link")
        text = "" if change.makes else _text(file)
        new[file] = patches.apply(change, text)
    for file, changed in new.items():
        runs = file.exists() and bool(file.stat().st_mode & 0o100)
        file.unlink(missing_ok=True)  # it may be a hard link into the store
        if changed is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(changed, encoding="utf-8", newline="")
            file.chmod(0o755 if runs else 0o644)


def _text(file: Path) -> str:
    if file.stat().st_size > LARGEST_SOURCE:
        raise PatchInvalid(f"{file.name} is larger than {LARGEST_SOURCE >> 20} MiB")
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except UnicodeDecodeError as error:
        raise PatchInvalid(f"{file.name} is not text in UTF-8") from error
