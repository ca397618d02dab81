"""Consent and embargo, after Vultron (CERT/CC): states as data, the shortest proposal wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from headstart.cases.errors import EmbargoInvalid, NoEmbargo

LONGEST_EMBARGO = timedelta(days=180)


class Role(StrEnum):
    """What a party is in a case."""

    FINDER = "finder"
    MAINTAINER = "maintainer"
    COORDINATOR = "coordinator"


class Consent(StrEnum):
    """Whether a party agreed to the embargo's terms (Vultron, participant embargo consent)."""

    INVITED = "invited"
    SIGNATORY = "signatory"
    DECLINED = "declined"
    LAPSED = "lapsed"  # the terms were revised since


class EmbargoState(StrEnum):
    """Where an embargo is (Vultron, embargo management)."""

    NONE = "none"
    PROPOSED = "proposed"
    ACTIVE = "active"
    EXITED = "exited"


class EmbargoMove(StrEnum):
    """What can happen to an embargo."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    SHORTEN = "shorten"
    EXIT = "exit"


MOVES: Mapping[tuple[EmbargoState, EmbargoMove], EmbargoState] = {
    (EmbargoState.NONE, EmbargoMove.PROPOSE): EmbargoState.PROPOSED,
    (EmbargoState.PROPOSED, EmbargoMove.PROPOSE): EmbargoState.PROPOSED,
    (EmbargoState.PROPOSED, EmbargoMove.ACCEPT): EmbargoState.ACTIVE,
    (EmbargoState.ACTIVE, EmbargoMove.SHORTEN): EmbargoState.ACTIVE,  # any party, at once
    (EmbargoState.ACTIVE, EmbargoMove.EXIT): EmbargoState.EXITED,
    (EmbargoState.PROPOSED, EmbargoMove.EXIT): EmbargoState.EXITED,
}


def after(state: EmbargoState, move: EmbargoMove) -> EmbargoState:
    """The state that a move leads to.

    Raises:
        NoEmbargo: the table has no such row.
    """
    try:
        return MOVES[state, move]
    except KeyError:
        raise NoEmbargo(move.value) from None


def until(proposals: Iterable[datetime], *, now: datetime) -> datetime:
    """The embargo's end: the shortest proposal wins.

    Raises:
        EmbargoInvalid: the shortest is not in the future, or further off than an embargo may last.
    """
    shortest = min(proposals)
    if shortest <= now:
        raise EmbargoInvalid("an embargo must end in the future")
    if shortest - now > LONGEST_EMBARGO:
        raise EmbargoInvalid(f"an embargo lasts at most {LONGEST_EMBARGO.days} days")
    return shortest


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it is sent: plain text, summary first (what maintainers ask for)."""

    subject: str
    text: str


def first_letter(
    *, title: str, package: str, summary: str, sentence: str, affected: str, until: str
) -> Letter:
    """The notice to a maintainer: short, proved, no theory, and what happens next."""
    lines = [
        summary,
        "",
        f"Package: {package}",
        f"What was seen: {sentence}",
        f"Releases affected, each one run: {affected or 'not known yet'}",
        "",
        "The report, its proof and a signed receipt of the run are on the case's page. To run it yourself:",
        "    headstart prove THE-REPORT/",
        "",
        f"We propose to keep this between the parties until {until}. A shorter time is yours to set.",
    ]
    return Letter(subject=f"[security] {title}", text="\n".join(lines))
