"""Whose key it is: asked of the books, and not again for each of many requests in a row."""

import hashlib
import time

from headstart.access.errors import BooksSilent
from headstart.access.ports import Books, Pass
from headstart.access.work.limits import Limits
from headstart.access.work.watching import patiently
from headstart.errors import HeadstartError

MOST_KEPT = 1024


class Admission:
    """Remembers passes for a few seconds, by their keys' digests.

    What was remembered opens nothing by itself: `begin` asks the records anew whether the key still may, and open
    streams are polled. A refusal is never remembered.
    """

    def __init__(self, books: Books, limits: Limits) -> None:
        self._books = books
        self._limits = limits
        self._kept: dict[bytes, tuple[float, Pass]] = {}

    async def remembered(self, key: str) -> Pass:
        """What this key is good for, or was a few seconds ago.

        Raises:
            KeyUnknown, KeyOver, BooksSilent: see `asked`.
        """
        digest = hashlib.sha256(key.encode()).digest()
        until, holder = self._kept.get(digest, (0.0, None))
        if holder is not None and time.monotonic() < until:
            return holder
        self._kept.pop(digest, None)
        holder = await self.asked(key)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[digest] = (time.monotonic() + self._limits.pass_seconds, holder)
        return holder

    async def asked(self, key: str) -> Pass:
        """What this key is good for now.

        Raises:
            KeyUnknown, KeyOver: nothing.
            BooksSilent: they can't be asked.
        """
        try:
            return await patiently(self._books.admit(key), self._limits.admit_seconds)
        except HeadstartError:
            raise
        except Exception:  # noqa: BLE001 - whatever it was, they did not say that this may pass
            raise BooksSilent from None
