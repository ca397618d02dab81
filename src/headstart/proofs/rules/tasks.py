"""What can be asked of the hub for a finding, and the states of such a task."""

from enum import StrEnum

from headstart.proofs.rules.evidence import Rung

MOST_UNDER_WAY = 20  # tasks that one organisation (but the hub) may have queued or running
ENOUGH = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)
"""What must have been reached before silence shows anything."""


class Verb(StrEnum):
    """What is to be run."""

    PROVE = "prove"  # the report again, in fresh sandboxes
    SWEEP = "sweep"  # the report on every release of its package
    MINIMISE = "minimise"  # the search for a smaller trigger
    FIX = "fix"  # the ladder, with a patch or a release


class State(StrEnum):
    """How far a task is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it could not be done: `why` says why; an unwelcome answer is still `done`


UNDER_WAY = (State.QUEUED, State.RUNNING)
NEEDS_PROOF = frozenset({Verb.SWEEP, Verb.MINIMISE})
