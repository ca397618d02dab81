"""Programmes, windows, moves, agreements, markings: values and pure functions. None can hold a release back."""

from headstart.reviews.rules.agreements import (
    AGREEMENT,
    AccessLevel,
    Content,
    Safeguards,
    Terms,
    check_terms,
    read_terms,
)
from headstart.reviews.rules.determinations import DETERMINATION, Answer, Criterion, Met, Ruling, ruling
from headstart.reviews.rules.marking import (
    IN_REVIEW,
    READS,
    READS_SECRETS,
    Marking,
    Reader,
    Role,
    Standing,
    Tlp,
    is_noted,
    is_strict,
    label,
    may_read,
    standings,
)
from headstart.reviews.rules.moves import MOVES, Move, Stage, after, can_release
from headstart.reviews.rules.pace import Fits, Remaining
from headstart.reviews.rules.partners import (
    PARTNERSHIP,
    Proposal,
    Reach,
    Scope,
    Tier,
    check_proposal,
    in_order,
    sides,
)
from headstart.reviews.rules.programmes import (
    Difference,
    Programme,
    TierRule,
    differences,
    from_day,
    read_programme,
)
from headstart.reviews.rules.texts import as_id, line, passage
from headstart.reviews.rules.watermarks import new_mark, one_mark
from headstart.reviews.rules.windows import Window, looked, moments, over_for_good, shortened, window

__all__ = [
    "AGREEMENT", "DETERMINATION", "IN_REVIEW", "MOVES", "PARTNERSHIP", "READS", "READS_SECRETS", "AccessLevel",
    "Answer", "Content", "Criterion", "Difference", "Fits", "Marking", "Met", "Move", "Programme", "Proposal",
    "Reach", "Reader", "Remaining", "Role", "Ruling", "Safeguards", "Scope", "Stage", "Standing", "Terms",
    "Tier", "TierRule", "Tlp", "Window", "after", "as_id", "can_release", "check_proposal", "check_terms",
    "differences", "from_day", "in_order", "is_noted", "is_strict", "label", "line", "looked", "may_read", "moments",
    "new_mark", "one_mark", "over_for_good", "passage", "read_programme", "read_terms", "ruling", "shortened",
    "sides", "standings", "window",
]  # fmt: skip
