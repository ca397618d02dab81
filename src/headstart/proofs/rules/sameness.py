"""Are two reports the same flaw? The facts, each with its sentence, and what they amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from headstart.proofs.rules.evidence import Run
from headstart.reports.rules import Expect


class Same(StrEnum):
    """A three-valued answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


STATE = "crash state"
FIX = "the same fix"
RANGE = "affected releases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was looked at."""

    name: str
    answer: Same
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What comparing two reports showed."""

    facts: tuple[Fact, ...]
    same: Same


def weigh(facts: Sequence[Fact]) -> Evidence:
    """What the facts amount to.

    The same, only where the same fix stops both in each direction that could be tried and nothing speaks
    against it, or where place and releases agree with no fix to try. Not the same, where a fix of one leaves
    the other, or their releases differ. A place alone decides nothing: two flaws may crash in one function,
    and one flaw may show in two.
    """
    answers = {fact.name: fact.answer for fact in facts}
    fix, state, ranged = (answers.get(name, Same.UNKNOWN) for name in (FIX, STATE, RANGE))
    if Same.NO in (fix, ranged):
        return Evidence(facts=tuple(facts), same=Same.NO)
    supported = Same.YES in (state, ranged) if fix is Same.YES else state is ranged is Same.YES
    return Evidence(facts=tuple(facts), same=Same.YES if supported else Same.UNKNOWN)


def states(ours: Sequence[str], theirs: Sequence[str]) -> Fact:
    """Whether the effect is at the same place: two frames in common in order, or all of a shorter stack."""
    if not ours or not theirs:
        return Fact(
            name=STATE, answer=Same.UNKNOWN, sentence="For one of them the place of the effect is not known."
        )
    common = _in_order(ours, theirs)
    need = min(2, len(ours), len(theirs))
    if common >= need:
        said = f"Both show at {ours[0]}." if ours[0] == theirs[0] else f"Both pass through {theirs[0]}."
        return Fact(name=STATE, answer=Same.YES, sentence=said)
    return Fact(name=STATE, answer=Same.NO, sentence=f"One shows at {ours[0]}, the other at {theirs[0]}.")


def _in_order(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest run of frames that both have in the same order."""
    best = [0] * (len(theirs) + 1)
    for mine in ours:
        before = 0
        for at, other in enumerate(theirs, 1):
            kept = best[at]
            best[at] = before + 1 if mine == other else max(best[at], best[at - 1])
            before = kept
    return best[-1]


def signature(run: Run, expect: Expect) -> tuple[str, ...]:
    """What names the effect of a run: who caused it, and where; of a crash its kind too. Empty where none was seen.

    A crash is told by its whole state; elsewhere the stack at one moment is a sample, and only the target's
    innermost function counts.
    """
    if not run.seen:
        return ()
    if expect is Expect.CRASH:
        return (run.attribution.value, run.evidence.partition(", in ")[0], *run.state)
    return (run.attribution.value, *run.state[:1])
