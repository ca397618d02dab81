"""What an authority answers, and by what."""

import re
from enum import StrEnum

import msgspec

from headstart.reviews.errors import RulingInvalid
from headstart.reviews.rules.texts import line, passage

DETERMINATION = "urn:headstart:predicate:determination:1"  # what its statement is known by
MOST_CRITERIA = 64
MOST_EVIDENCE = 256
DIGEST = re.compile(r"[0-9a-f]{64}")


class Answer(StrEnum):
    """What an authority can answer to an enquiry (Executive Order 14409, sec. 3)."""

    COVERED = "covered"
    NOT_COVERED = "not covered"
    CANNOT_SAY = "can't say yet"


class Met(StrEnum):
    """Whether a criterion was met."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion that the authority looked at, and what it saw."""

    name: str
    met: Met
    why: str = ""


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's answer with its criteria. `evidence` holds the SHA-256 of each document that it looked at."""

    answer: Answer
    criteria: tuple[Criterion, ...] = ()
    reasons: str = ""
    evidence: tuple[str, ...] = ()


def ruling(said: Ruling | Answer, public: tuple[str, ...]) -> Ruling:
    """A ruling that can be signed; `public` are the programme's criteria, each of which it names.

    A bare answer names every public criterion as unknown: nobody said whether it was met.

    Raises:
        RulingInvalid: a public criterion is left out, one is named twice, or there are too many of anything.
        TextInvalid: a text is too long, or can't be shown.
    """
    if isinstance(said, Answer):
        unknown = tuple(Criterion(name=each, met=Met.UNKNOWN) for each in public)
        return Ruling(answer=said, criteria=unknown)
    names = [line(each.name, "the name of a criterion", 200) for each in said.criteria[: MOST_CRITERIA + 1]]
    if len(names) > MOST_CRITERIA:
        raise RulingInvalid(f"more than {MOST_CRITERIA} criteria")
    if len(set(names)) < len(names):
        raise RulingInvalid("a criterion is named twice")
    if missing := [each for each in public if each not in names]:
        raise RulingInvalid(f"the programme's criterion {missing[0]!r} is left out; unknown is an answer")
    for each in said.criteria:
        passage(each.why, "the why of a criterion", 2000)
    passage(said.reasons, "the reasons", 10_000)
    if len(said.evidence) > MOST_EVIDENCE:
        raise RulingInvalid(f"more than {MOST_EVIDENCE} pieces of evidence")
    if len(set(said.evidence)) < len(said.evidence):
        raise RulingInvalid("a piece of evidence is named twice")
    if not all(DIGEST.fullmatch(each) for each in said.evidence):
        raise RulingInvalid(
            "a piece of evidence is named by its SHA-256, 64 hexadecimal digits in small letters"
        )
    return said
