"""The proofs room's rules: what evidence is, and what follows from it. The names most used are here."""

from headstart.proofs.rules.evidence import Attribution, Frame, Place, Role, Run, Rung
from headstart.proofs.rules.verdicts import Answer, Decision, decide

__all__ = ["Answer", "Attribution", "Decision", "Frame", "Place", "Role", "Run", "Rung", "decide"]
