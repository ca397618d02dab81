"""Read what a job left in its work folder: it is hostile, so no link is followed and nothing waits."""

import os
import stat
from pathlib import Path, PurePosixPath

_MOST_BYTES = 16 << 20


def left(work: Path, relative: str, most_bytes: int = _MOST_BYTES) -> bytes | None:
    """The content of a regular file that a job left, cut at `most_bytes`.

    None where there is none, or a link, a pipe or a device is in the way at any step of the path.

    Raises:
        ValueError: the path leaves the folder.
    """
    parts = PurePosixPath(relative).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise ValueError(f"{relative!r} is not a path inside a work folder")
    handle = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for part in parts:
            deeper = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
            os.close(handle)
            handle = deeper
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(most_bytes)
    except OSError:
        return None
    finally:
        os.close(handle)
