"""Ledger: what happened, in an order nobody can change.

Takes: one entry for each verb of every room's services, in the same transaction.
Gives: a Merkle log (RFC 6962, RFC 9162) with signed checkpoints (C2SP tlog-checkpoint), and the house's
    signatures: DSSE envelopes and signed notes.
Never: shows an entry's body to anyone but its audience; the public sees the order and a salted commitment,
    and any entry can be opened alone.
"""
