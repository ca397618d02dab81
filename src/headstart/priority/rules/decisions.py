"""By when to remediate, from what is known of four things; what is unknown leaves more than one answer standing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from headstart.priority.rules.tables import Table


class Answer(StrEnum):
    """Yes, no, or nobody knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Impact(StrEnum):
    """How much control a vulnerability gives (SSVC, "technical impact")."""

    PARTIAL = "partial"
    TOTAL = "total"
    UNKNOWN = "unknown"


class Timeline(StrEnum):
    """The outcomes of BOD 26-04, by their keys in the table."""

    UPGRADE = "FSU"
    DAYS_60 = "60D"
    DAYS_14 = "14D"
    DAYS_3 = "3D"
    DAYS_3_TRIAGE = "3DF"

    @property
    def days(self) -> int | None:
        """Calendar days from the day on which it is told; None: the asset's next upgrade, whenever that is."""
        return _DAYS[self]

    def due(self, told: date) -> date | None:
        """The last day in time."""
        return None if self.days is None else told + timedelta(days=self.days)


_DAYS: Mapping[Timeline, int | None] = {
    Timeline.UPGRADE: None,
    Timeline.DAYS_60: 60,
    Timeline.DAYS_14: 14,
    Timeline.DAYS_3: 3,
    Timeline.DAYS_3_TRIAGE: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the table asks about a vulnerability on an asset."""

    exposed: Answer = Answer.UNKNOWN
    in_kev: Answer = Answer.UNKNOWN
    automatable: Answer = Answer.UNKNOWN
    impact: Impact = Impact.UNKNOWN

    def known(self) -> dict[str, str]:
        """What is known of it, as the ids and values of the table."""
        said = {
            "cisa:PE:1.0.0": _KEYS.get(self.exposed),
            "cisa:KEV:1.0.0": _KEYS.get(self.in_kev),
            "ssvc:A:2.0.0": _KEYS.get(self.automatable),
            "ssvc:TI:1.0.0": _KEYS.get(self.impact),
        }
        return {name: value for name, value in said.items() if value is not None}


_KEYS: Mapping[str, str] = {Answer.YES: "Y", Answer.NO: "N", Impact.PARTIAL: "P", Impact.TOTAL: "T"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the table still allows; `possible` has the most urgent first."""

    inputs: Inputs
    possible: tuple[Timeline, ...]
    if_exposed: tuple[Timeline, ...]
    if_not_exposed: tuple[Timeline, ...]

    @property
    def earliest(self) -> Timeline:
        """The most urgent that is possible: it orders the list."""
        return self.possible[0]

    @property
    def latest(self) -> Timeline:
        """The least urgent that is possible."""
        return self.possible[-1]

    @property
    def forensic_triage(self) -> Answer:
        """Whether the directive wants evidence saved before patching."""
        if Timeline.DAYS_3_TRIAGE not in self.possible:
            return Answer.NO
        return Answer.YES if len(self.possible) == 1 else Answer.UNKNOWN

    @property
    def reach_matters(self) -> bool:
        """Whether it is unknown who can reach the asset, and knowing it would change the answer."""
        return self.inputs.exposed is Answer.UNKNOWN and self.if_exposed != self.if_not_exposed

    @property
    def sentence(self) -> str:
        """In a few words, without dates: `within 14 days`, `within 3 to 60 days`, `at the next upgrade`."""
        first, last = self.earliest.days, self.latest.days
        if first is None:
            return "at the next upgrade"
        if last is None:
            return f"within {first} days, or at the next upgrade: it depends on what is not known yet"
        if first == last:
            return f"within {first} days"
        return f"within {first} to {last} days: it depends on what is not known yet"


def decide(table: Table, inputs: Inputs) -> Decision:
    """What the table says; for inputs that are unknown, all that it may say."""

    def possible(asked: Inputs) -> tuple[Timeline, ...]:
        return tuple(Timeline(each) for each in table.possible(asked.known()))

    return Decision(
        inputs=inputs,
        possible=possible(inputs),
        if_exposed=possible(replace(inputs, exposed=Answer.YES)),
        if_not_exposed=possible(replace(inputs, exposed=Answer.NO)),
    )
