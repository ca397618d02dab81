"""Whether another gateway's process lives, as far as a lock in a shared folder tells.

Each holds a lock on a file of its own; the kernel lets go of it when the process ends, however it ends.
"""

import fcntl
import os
from pathlib import Path


class Alive:
    """This process's own mark; held until `release` or the end of the process."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / name
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let go, and leave nothing behind."""
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def is_gone(folder: Path, name: str) -> bool | None:
    """Whether the process of that name has ended; None where no mark of it is in this folder."""
    try:
        handle = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def forget(folder: Path, name: str) -> None:
    """Take the mark of a process away that has ended."""
    (folder / name).unlink(missing_ok=True)
