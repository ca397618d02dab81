"""User ids to lend to jobs: one to each run, never to two at a time.

The range is the one that systemd's list of user ids (UIDS-GIDS) calls unused; a lock file for each id is held
while it is lent, and the kernel lets go of it if this process dies.
"""

import contextlib
import fcntl
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headstart.sandbox.errors import Unfit

FIRST, LAST = 60706, 61183
LOCKS = Path("/run/headstart-sandbox")

_turns = itertools.count(os.getpid())


def _lock(folder: Path, uid: int) -> int | None:
    """The held lock of an id as an open file; None where somebody else holds it."""
    handle = os.open(folder / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def reclaim(folder: Path = LOCKS) -> None:
    """Kill what still runs under an id that nobody lends: the rest of a hub that was killed at a bad moment."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            uid = place.stat().st_uid
            if not FIRST <= uid <= LAST:
                continue
            handle = _lock(folder, uid)
            if handle is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(place.name), signal.SIGKILL)
                os.close(handle)


@contextmanager
def lent(folder: Path = LOCKS) -> Iterator[int]:
    """A user id that nobody else on this machine runs jobs under; also its group id.

    Raises:
        Unfit: all of them are lent.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = LAST - FIRST + 1
    for _ in range(size):
        uid = FIRST + next(_turns) % size
        handle = _lock(folder, uid)
        if handle is None:
            continue
        try:
            yield uid
        finally:
            os.close(handle)
        return
    raise Unfit(f"all {size} user ids for jobs are in use")
