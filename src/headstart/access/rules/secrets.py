"""The developer's key must not reach a person: looking for it in what passes, also where it comes in pieces."""

import json
from urllib.parse import quote

LEAST_SECRET = 8  # characters; a shorter one would be found in ordinary words


class SecretSearch:
    """Hands on what passes, and holds back the few bytes at the end that may be the beginning of the secret.

    The secret is looked for as it is, and as JSON and addresses would write it. A chunk is searched once, by the
    C library; ordinary chunks end in a newline or a brace, so that nothing of them is held back.
    """

    def __init__(self, secret: str) -> None:
        """Raises ValueError for a secret that is too short to be told from words."""
        if len(secret) < LEAST_SECRET:
            raise ValueError(f"a key of under {LEAST_SECRET} characters can't be told from words")
        ways = {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
        self._needles = tuple(each.encode() for each in sorted(ways, key=len))
        self._tail = b""

    def feed(self, chunk: bytes) -> bytes | None:
        """What may be handed on now; None once the secret is there: then nothing more may."""
        whole = self._tail + chunk
        if any(each in whole for each in self._needles):
            return None
        kept = max(_begun(whole, each) for each in self._needles)
        self._tail = whole[len(whole) - kept :]
        return whole[: len(whole) - kept] if kept else whole

    def rest(self) -> bytes:
        """What was held back, once nothing more comes."""
        rest, self._tail = self._tail, b""
        return rest


def _begun(whole: bytes, needle: bytes) -> int:
    """How many bytes at the end are a beginning of `needle`."""
    at = whole.find(needle[:1], max(0, len(whole) - len(needle) + 1))
    while at >= 0:
        if needle.startswith(whole[at:]):
            return len(whole) - at
        at = whole.find(needle[:1], at + 1)
    return 0
