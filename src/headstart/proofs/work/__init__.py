"""What the proofs room does to plain files and values; the names most used are here."""

from headstart.proofs.work.comparing import Side, same
from headstart.proofs.work.examples import examples_table
from headstart.proofs.work.fixes import Fix
from headstart.proofs.work.mending import check_fix
from headstart.proofs.work.minimising import Budget, Minimised, minimise, write_smaller
from headstart.proofs.work.places import place
from headstart.proofs.work.proving import Progress, Setting, prove
from headstart.proofs.work.receipts import (
    mitigation_receipt,
    read_envelope,
    receipt,
    verify_receipt,
    write_envelope,
)
from headstart.proofs.work.records import proof_record, storable
from headstart.proofs.work.shipped import shipped_digests
from headstart.proofs.work.sweeping import Sweep, sweep
from headstart.proofs.work.verdict import Verdict
from headstart.proofs.work.vouching import vouch

__all__ = [
    "Budget",
    "Fix",
    "Minimised",
    "Progress",
    "Setting",
    "Side",
    "Sweep",
    "Verdict",
    "check_fix",
    "examples_table",
    "minimise",
    "mitigation_receipt",
    "place",
    "proof_record",
    "prove",
    "read_envelope",
    "receipt",
    "same",
    "shipped_digests",
    "storable",
    "sweep",
    "verify_receipt",
    "vouch",
    "write_envelope",
    "write_smaller",
]
