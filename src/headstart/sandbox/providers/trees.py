"""Folders that a job may have filled: measured, handed over and removed without following a link."""

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from headstart.sandbox.errors import JobInvalid

DEEPEST = 128


def hand_over(folder: Path, uid: int) -> None:
    """Give a folder and what is in it to `uid`, and close it to others.

    A file with a second name somewhere is left alone: its other name may be in a store.

    Raises:
        JobInvalid: it is not a folder, or nested too deep.
    """
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        raise JobInvalid(f"{folder} is not a folder")
    os.chown(folder, uid, uid)
    folder.chmod(0o700)
    try:
        for entry, depth in _walk(folder):
            linked = entry.stat(follow_symlinks=False).st_nlink > 1 and not entry.is_dir(
                follow_symlinks=False
            )
            if not linked:
                os.chown(entry.path, uid, uid, follow_symlinks=False)
            if depth > DEEPEST:
                raise JobInvalid(f"{folder} is nested more than {DEEPEST} deep")
    except OSError as error:
        raise JobInvalid(f"{folder} can't be handed to the job: {os.strerror(error.errno or 0)}") from error


def take_back(folder: Path) -> None:
    """Close a folder to the user id that it was lent to; what is inside stays as it is."""
    os.chown(folder, os.geteuid(), os.getegid())


def is_over(folder: Path, most_bytes: int, most_files: int) -> bool:
    """Whether a folder holds more than that: allocated blocks, entries of every kind.

    What can't be looked into (too deep, a path too long, no permission) counts as over.
    """
    size = files = 0
    try:
        for entry, depth in _walk(folder):
            try:
                size += entry.stat(follow_symlinks=False).st_blocks * 512
            except FileNotFoundError:
                continue
            files += 1
            if size > most_bytes or files > most_files or depth > DEEPEST:
                return True
    except OSError as error:
        return error.errno in {errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP}
    return False


def _walk(folder: Path) -> Iterator[tuple[os.DirEntry[str], int]]:
    """Every entry below a folder with its depth, without recursion; a folder that vanishes is passed by."""
    folders = [(str(folder), 1)]
    while folders:
        path, depth = folders.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, depth + 1))
                    yield entry, depth
        except (FileNotFoundError, NotADirectoryError):
            continue


def remove(folder: Path) -> None:
    """Remove a folder whatever a job left in it: deep nesting, closed folders, odd names."""
    try:
        shutil.rmtree(folder)
        return
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        pass
    _run_quietly("chmod", "-R", "u+rwX", "--", str(folder))
    _run_quietly("rm", "-rf", "--one-file-system", "--", str(folder))


def _run_quietly(*argv: str) -> None:
    subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
