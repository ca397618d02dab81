"""Files that a command writes for its person: new ones alone, secrets for their owner alone."""

import os
from pathlib import Path

from headstart.errors import Invalid


class FileUnfit(Invalid):
    """A file that was named can't be read, handed in, or written."""

    code = "file-unfit"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


def write_new(path: Path, held: bytes, *, mode: int = 0o666) -> None:
    """Write a file that was not there: nothing of yours is overwritten.

    Raises:
        FileUnfit: it is there already, or can't be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise FileUnfit(path, "is there already; name another") from None
    except OSError as error:
        raise FileUnfit(path, error.strerror or str(error)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(held)


def keep_secret(path: Path, secret: str) -> None:
    """Write a secret, a line, to a new file that its owner alone may read.

    Raises:
        FileUnfit: it is there already, or can't be written.
    """
    write_new(path, f"{secret}\n".encode(), mode=0o600)
