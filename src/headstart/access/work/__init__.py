"""What the access room does to files and values: the vault, tables, the addresses that may be reached."""

from headstart.access.rules.addresses import allowed_address
from headstart.access.work.tables import usage_csv
from headstart.access.work.vault import Vault, forget, open_vault, rotate

__all__ = ["Vault", "allowed_address", "forget", "open_vault", "rotate", "usage_csv"]
