"""Reading a file that somebody else put there: only a plain one, and only so much of it."""

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path, most: int, *, through_links: bool = True) -> bytes:
    """A plain file's bytes, at most one more than `most`; a device or a pipe is never waited for.

    Raises:
        OSError: it can't be opened, or is not a plain file (its `strerror` says which).
    """
    links = 0 if through_links else os.O_NOFOLLOW
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(handle)
