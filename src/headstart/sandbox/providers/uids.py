"""User ids to lend to jobs: one to each run, never to two at a time.

The range is the one that systemd's list of user ids (UIDS-GIDS) calls unused; a lock file for each id is held
while it is lent, and the kernel lets go of it if this process dies. The file says "lent" meanwhile: who finds that
in a lock that nobody holds knows that a hub died, and ends what is left of its job before the id is lent again.
"""

import contextlib
import fcntl
import itertools
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from headstart.sandbox.errors import Unfit

_LENT = b"lent\n"
_END_SECONDS = 5

_turns = itertools.count(os.getpid())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """User ids from `first` to `last`, and the folder of their locks.

    Every process of a machine that lends from the same ids must use the same folder: an id whose lock nobody
    holds there is taken for free, and its processes for leftovers.
    """

    first: int = 60706
    last: int = 61183
    locks: Path = Path("/run/headstart-sandbox")

    @contextmanager
    def lent(self) -> Iterator[int]:
        """A user id that nobody else on this machine runs jobs under; also its group id.

        Raises:
            Unfit: all of them are lent.
        """
        size = self.last - self.first + 1
        for _ in range(size):
            uid = self.first + next(_turns) % size
            with self._locked(uid) as lock:
                if lock is None or (os.pread(lock, 1, 0) and not _ended(uid)):
                    continue
                os.pwrite(lock, _LENT, 0)
                try:
                    yield uid
                finally:
                    os.ftruncate(lock, 0)
                return
        raise Unfit(f"all {size} user ids for jobs are in use")

    def reclaim(self) -> None:
        """Kill what still runs under an id that nobody lends: the rest of a hub that was killed at a bad moment."""
        for uid in set(_owners().values()):
            if self.first <= uid <= self.last:
                with self._locked(uid) as lock:
                    if lock is not None:
                        _ended(uid)

    @contextmanager
    def _locked(self, uid: int) -> Iterator[int | None]:
        """The held lock of an id as an open file; None where somebody else holds it."""
        self.locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.locks / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            yield None
            return
        try:
            yield handle
        finally:
            os.close(handle)


JOBS = Stock()
"""The ids of this machine."""


def _owners() -> dict[int, int]:
    """Every process, and the user id that it runs under."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(place.name)] = place.stat().st_uid
    return found


def _ended(uid: int) -> bool:
    """Kill every process of a user id whose lock is held here; whether all of them are gone."""
    deadline = time.monotonic() + _END_SECONDS
    while sum(_found_alive(pid, uid) for pid, owner in _owners().items() if owner == uid):
        if time.monotonic() > deadline:
            return False
    return True


def _found_alive(pid: int, uid: int) -> bool:
    """Whether that user's process was still there to be killed; it is waited for."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        # a number may be another process's by now: the handle is not, whatever happens after this look
        if Path(f"/proc/{pid}").stat().st_uid != uid or select.select([handle], [], [], 0)[0]:
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], _END_SECONDS)
    except (FileNotFoundError, ProcessLookupError):
        return False
    finally:
        os.close(handle)
    return True
