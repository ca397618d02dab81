"""Go from one service to the next with what the one before gave: as a password, an invitation, a word in a header.

It stands below `web_attacker.py` in a program that is handed in.
"""

import json
from typing import Any


class Hop:
    """One service of several, as a `client` of its own."""

    def __init__(self, client: Any, service: str, last: str, password: str) -> None:
        self.client, self.service, self.found = client, service, ""
        self.NAME, self.PASSWORD, self.OTHER, self.INVITE = (
            client.NAME,
            password,
            client.OTHERS[service],
            last,
        )

    def call(
        self, method: str, target: str, body: str = "", headers: Any = None
    ) -> tuple[int, dict[str, str], str]:
        """One request, with the word that may be asked for."""
        given = {**(headers or {}), "X-Entry": self.INVITE}
        said: tuple[int, dict[str, str], str] = self.client.call(
            method, target, body, given, service=self.service
        )
        return said

    def hand_in(self, secret: str) -> None:
        """Enough: the next service is what matters."""
        self.found = secret
        raise Spent  # type: ignore[name-defined]  # noqa: F821 - put before this


def chain(client: Any, facts: str, *, deep: bool) -> None:
    """From the first service to the last."""
    last = ""
    for service, known in json.loads(facts).items():
        for password in (client.PASSWORD, last):
            hop = Hop(client, service, last, password)
            attack(hop, known, deep=deep)  # type: ignore[name-defined]  # noqa: F821
            if hop.found:
                break
        else:
            return
        last = hop.found
        client.hand_in(last)
