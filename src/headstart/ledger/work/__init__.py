"""What the ledger does to plain files: keys, and verifying one signed file."""

from headstart.ledger.work.keys import (
    hub_key,
    hub_key_path,
    load_or_make_key,
    load_public,
    public_path,
    public_pem,
)
from headstart.ledger.work.verifying import verify_file

__all__ = [
    "hub_key",
    "hub_key_path",
    "load_or_make_key",
    "load_public",
    "public_path",
    "public_pem",
    "verify_file",
]
