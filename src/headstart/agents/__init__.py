"""Agents: drive a model with tools through Inspect AI; the reference models.

Takes: assignments (what is asked, which files, which mounts, where the answer goes) and a model string.
Gives: attempts: how each ended, what was handed in, what it cost; Inspect's own log beside them.
Never: scores an answer, knows an oracle, runs anything outside the sandbox, or opens a socket but to the model.

Inspect AI lives in a process of its own (`driver`), as it changes its host's logging and exception hooks, and
so that a run that hangs can be killed.
"""
