"""What the public may know of one review: each field of a summary is made here, and nothing else gets in."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from headstart.outcomes.rules.standing import Series, Step, Unit

FORMAT = "headstart-summary-1"
DETERMINATION = "determination"  # the line of an agreement's `may_publish` that lets the answer be told

TITLES: Mapping[Step, str] = {
    Step.FOUND: "Found",
    Step.PROVED: "Held up when it was run",
    Step.MERGED: "Merged into vulnerabilities",
    Step.TOLD: "Maintainer told",
    Step.FIXED: "Fix proved",
    Step.FIRST_TIER: "First tier told",
    Step.DEPLOYED: "Deployed where it matters",
}
DENOMINATORS: Mapping[Step, str] = {
    Step.FOUND: "reports that were handed in",
    Step.PROVED: "reports that were handed in",
    Step.MERGED: "reports that held up",
    Step.TOLD: "vulnerabilities",
    Step.FIXED: "vulnerabilities",
    Step.FIRST_TIER: "vulnerabilities",
    Step.DEPLOYED: "pairs of a vulnerability and a system that holds what it affects",
}
SAYS_NOT = (
    "It does not say how much was not found: nobody knows that.",
    "It does not say whether the model was, is or will be dangerous, and it decides nothing about its release.",
    "Counts of reports, of vulnerabilities and of systems have different denominators, and are not added.",
)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `n` of `of`; of `unknown` more nobody could say. `of` is None where there is no denominator."""

    step: Step
    unit: Unit
    title: str
    n: int
    of: int | None
    of_what: str
    unknown: int


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The authority's answer, where the developer's agreement with the authority lets it be told."""

    answer: str
    on: date


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public summary. No field holds words that a party wrote, but a model's name that is marked TLP:CLEAR."""

    format: str = FORMAT
    programme: str
    programme_name: str
    longest_days: int
    model: str | None
    developer: str | None
    asked_on: date
    opened_on: date | None
    ended_on: date | None
    ended_by: str
    released_on: date | None
    days: float | None
    as_of: date
    evaluators: int
    partners: int
    evaluations: int
    answers: int
    answer: Answered | None
    counts: tuple[Count, ...]
    says_not: tuple[str, ...] = SAYS_NOT


def counts(series: Iterable[Series]) -> tuple[Count, ...]:
    """The last day of each step that is known."""
    return tuple(
        Count(
            step=each.step,
            unit=each.unit,
            title=TITLES[each.step],
            n=each.last.n,
            of=each.last.of,
            of_what=DENOMINATORS[each.step],
            unknown=each.last.unknown,
        )
        for each in series
        if each.last is not None
    )


def may_tell(answer_terms: Iterable[str]) -> bool:
    """Whether one of an agreement's lines on what may be published is the determination."""
    return any(each.strip().casefold() == DETERMINATION for each in answer_terms)


def length(opens: datetime | None, ended: datetime | None) -> float | None:
    """How many days a window was open, to a tenth; None where it never opened, or nobody knows when it ended."""
    if opens is None or ended is None:
        return None
    return round(max(0.0, (ended - opens).total_seconds() / 86_400), 1)


def day(moment: datetime | None) -> date | None:
    """Its day in UTC."""
    return moment.astimezone(UTC).date() if moment else None


def as_json(content: Content) -> dict[str, Any]:
    """As it is kept and told."""
    return dict(msgspec.json.decode(msgspec.json.encode(content)))


def read(content: Mapping[str, Any]) -> Content:
    """From how it was kept."""
    return msgspec.convert(content, Content, strict=False)
