"""Worker: what happens next, as a table, and the engine that runs it.

Takes: ledger entries, in their order.
Gives: the next verb of the next room, run as a durable job.
Never: decides; `flow.py` is the whole pipeline on one page.
"""
