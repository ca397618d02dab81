"""Organisations that keep their own keys, and sign with them: as the sides of a review do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import services as people
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer


@dataclass
class Side:
    """An organisation, and the key that it alone holds."""

    organisation: Organisation
    key: Ed25519PrivateKey

    @property
    def viewer(self) -> Viewer:
        """Its machine."""
        return self.organisation.as_viewer()

    @property
    def id(self) -> str:
        return str(self.organisation.id)

    def sign(self, words: Mapping[str, Any]) -> dsse.Envelope:
        """An envelope over these words by its own key."""
        return dsse.sign_statement(words, self.key)

    def person(self, name: str) -> Viewer:
        """A person with a seat there."""
        return people.seat(self.organisation, name, actor=self.viewer).as_viewer()


def side(cast: Any, name: str, kind: Kind, key: Ed25519PrivateKey | None = None) -> Side:
    """Let an organisation take part, with a key of its own.

    `key` is one that somebody else has too: no verb lets it in, an older database or a restored one may hold it.
    """
    held = key or Ed25519PrivateKey.generate()
    pem = "" if key else public_pem(held.public_key()).decode()
    contact = f"{name.lower().replace(' ', '-')}@example.org"
    admitted = people.admit(name, kind, actor=cast.hub, public_key=pem, contact=contact)
    if key:
        admitted.public_key = public_pem(key.public_key()).decode()
        admitted.save(update_fields=["public_key"])
    return Side(admitted, held)
