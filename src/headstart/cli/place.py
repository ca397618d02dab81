"""Where the plain-file commands keep releases, sandboxes and their key: below one folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from headstart.proofs.work import Setting

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

in_data = click.option(
    "--data", type=click.Path(path_type=Path), default=Path("var"), show_default=True,
    help="Where releases, sandboxes and the key are kept.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What a plain-file command works with."""

    data: Path

    def setting(self) -> "Setting":
        """The store, the strongest sandbox that is fit here, and what ships.

        Raises:
            Unfit: no sandbox is.
        """
        from headstart.proofs.work import place

        return place(self.data)

    def shipped(self) -> frozenset[str]:
        """The reports that ship with Headstart: all that a weaker sandbox runs."""
        from headstart.proofs.work import shipped_digests

        return shipped_digests(EXAMPLES)

    def key(self) -> "Ed25519PrivateKey":
        """This place's own key, made on first use."""
        from headstart.ledger.work import load_or_make_key

        return load_or_make_key(self.data.absolute() / "keys" / "hub.pem")
