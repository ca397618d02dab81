"""Crash logs read: what kind, where, and a state to tell one crash from another by.

Takes: what a program printed, as bytes; hostile ones too: time is linear in at most `MOST_BYTES` of it.
Gives: the tool that spoke, the kind in its own words, frames from the innermost out, and the crash state: the top
three frames that matter, addresses and numbers masked (ClusterFuzz's idea).
Never: says that a text is true. Who must know that a sanitizer really wrote it gives the sanitizer a log file
that the program can't reach.
"""

from headstart.sandbox.rules.crashes.reading import MOST_BYTES, parse
from headstart.sandbox.rules.crashes.values import Crash, Frame

__all__ = ["MOST_BYTES", "Crash", "Frame", "parse"]
