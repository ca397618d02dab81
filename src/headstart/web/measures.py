"""An evaluation for the pages: the ability as a drawing, the items by family, what did not count and why."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from headstart.web import drawings

if TYPE_CHECKING:
    from headstart.benchmarks.models import Evaluation, ItemResult

SIDES = {"offence": "offence", "defence": "defence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family's items: `solved` of those that `counted`, on a range of difficulties (logits)."""

    name: str
    side: str
    solved: int
    counted: int
    easiest: float
    hardest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One evaluation in words and as a drawing."""

    evaluation: "Evaluation"
    picture: SafeString
    families: list[Family]
    sealed_at: datetime | None
    left_out: str


def measure(evaluation: "Evaluation") -> Measure:
    """What a page says of an evaluation."""
    by_family: dict[str, list[ItemResult]] = defaultdict(list)
    for item in evaluation.items.all():
        by_family[item.family].append(item)
    return Measure(
        evaluation=evaluation,
        picture=drawings.interval(evaluation.ability, evaluation.low, evaluation.high),
        families=[_family(name, items) for name, items in sorted(by_family.items())],
        sealed_at=evaluation.sealed_at,
        left_out=_left_out(evaluation),
    )


def _family(name: str, items: list["ItemResult"]) -> Family:
    difficulties = [each.difficulty for each in items]
    return Family(
        name=name.replace("-", " ").capitalize(),
        side=SIDES.get(items[0].side, items[0].side),
        solved=sum(each.outcome == "solved" for each in items),
        counted=sum(each.outcome in ("solved", "failed") for each in items),
        easiest=min(difficulties),
        hardest=max(difficulties),
    )


def _left_out(evaluation: "Evaluation") -> str:
    """What says nothing of the ability, and is counted apart."""
    parts = [
        f"{count} {what}"
        for count, what in (
            (evaluation.refusals, "refused by the model"),
            (evaluation.infrastructure, "lost to errors of the machinery"),
        )
        if count
    ]
    return (
        f"Not counted: {' and '.join(parts)}."
        if parts
        else "No item was refused, and none was lost to errors."
    )
