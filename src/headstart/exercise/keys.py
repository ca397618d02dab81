"""The players' own signing keys; only the player signs with it."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.exercise.story import Story
from headstart.ledger.work import load_or_make_key


def signing_key(story: Story, who: str) -> Ed25519PrivateKey:
    """A player's key, made once."""
    return load_or_make_key(story.data / "keys" / f"{who}.pem")
