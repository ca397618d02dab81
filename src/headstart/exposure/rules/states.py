"""Reach, and what an operator has done about a vulnerability."""

from enum import StrEnum


class Exposed(StrEnum):
    """Whether untrusted people can reach an asset over a public network (CISA BOD 26-04, "publicly exposed")."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # nobody said: that is not "no"


class State(StrEnum):
    """What an operator says it has done. Any state may follow any other: a patch can be rolled back."""

    NOT_YET = "not yet"
    PLANNED = "planned"
    DEPLOYED = "deployed"
    MITIGATED = "mitigated"  # something stands in the way; the flaw is still there
    NOT_AFFECTED = "not affected"  # the reason says why; without one it is a hope


OPEN = frozenset({State.NOT_YET, State.PLANNED})  # what still counts as unpatched
NEEDS_REASON = frozenset({State.NOT_AFFECTED})
