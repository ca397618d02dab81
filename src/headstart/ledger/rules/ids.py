"""Ids that can be read aloud: a room's prefix and twelve characters of Crockford's base 32 (60 bits)."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A fresh id such as `fnd_4t9k2v0c8xqa`."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
