"""What the proofs room does to plain files and values; the names most used are here."""

from headstart.proofs.work.proving import Setting, prove
from headstart.proofs.work.verdict import Verdict

__all__ = ["Setting", "Verdict", "prove"]
