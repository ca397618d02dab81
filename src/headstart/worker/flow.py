"""The whole pipeline on one page: when this is in the ledger, that verb comes next.

Each verb is a room's own service, called as the hub. What people decide (an embargo, a release) has no row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headstart.advisories import services as advisories
from headstart.benchmarks import services as benchmarks
from headstart.cases import services as cases
from headstart.exposure import services as exposure
from headstart.people.rules import Viewer
from headstart.priority import services as priority
from headstart.proofs import services as proofs
from headstart.proofs.rules import Rung
from headstart.reviews import services as reviews
from headstart.reviews.rules.letters import LETTERS
from headstart.vulnerabilities import services as vulnerabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a row sees of a ledger entry: the id of its subject, and its details."""

    index: int
    kind: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """After `on`, if `when` holds, `do` is next.

    `queue`: "runs" in parallel, "order" one at a time, "evaluations" for what lasts for hours and keeps nobody waiting.

    `given_up` is told why, where it has failed as often as it is tried.
    """

    on: str
    verb: str
    do: Callable[[Event, Viewer], object]
    queue: str = "order"
    when: Callable[[Event], bool] = lambda _: True
    given_up: Callable[[Event, str], object] = lambda _, __: None


def _believed(event: Event) -> bool:
    return event.details["rung"] in (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)


FLOW: tuple[Row, ...] = (
    *(
        Row(
            on=kind,
            verb="reviews.write_letters",
            do=lambda event, hub: reviews.write_letters(event.index, actor=hub),
            queue="runs",
        )
        for kind in LETTERS
    ),
    Row(
        on="finding.handed_in",
        verb="proofs.prove",
        do=lambda event, hub: proofs.prove(event.subject, actor=hub),
        queue="runs",
    ),
    Row(
        on="proof.asked",
        verb="proofs.carry_out",
        do=lambda event, hub: proofs.carry_out(event.details["task"], actor=hub),
        queue="runs",
        given_up=lambda event, why: proofs.give_up(event.details["task"], why),
    ),
    Row(
        on="evaluation.asked",
        verb="benchmarks.carry_out",
        do=lambda event, _: benchmarks.carry_out(event.subject),
        queue="evaluations",
        given_up=lambda event, why: benchmarks.give_up(event.subject, why),
    ),
    Row(
        on="finding.proved",
        verb="vulnerabilities.group",
        do=lambda event, hub: vulnerabilities.group(event.subject, actor=hub),
        when=_believed,
    ),
    Row(
        on="vulnerability.opened",
        verb="vulnerabilities.find_range",
        do=lambda event, hub: vulnerabilities.find_range(event.subject, actor=hub),
        queue="runs",
    ),
    Row(
        on="vulnerability.opened",
        verb="cases.open_case",
        do=lambda event, hub: cases.open_case(event.subject, actor=hub),
    ),
    Row(
        on="vulnerability.merged",
        verb="vulnerabilities.find_range",  # a fix has to stop the new trigger, too
        do=lambda event, hub: vulnerabilities.find_range(event.subject, actor=hub),
        queue="runs",
    ),
    Row(
        on="vulnerability.merged",
        verb="cases.open_case",  # the new finder becomes a party
        do=lambda event, hub: cases.open_case(event.subject, actor=hub),
    ),
    Row(
        on="vulnerability.ranged",
        verb="exposure.match",
        do=lambda event, hub: exposure.match(event.subject, actor=hub),
    ),
    Row(
        on="inventory.handed_in",
        verb="exposure.match_inventory",
        do=lambda event, hub: exposure.match_inventory(event.subject, actor=hub),
    ),
    Row(
        on="exposure.matched",
        verb="priority.rank",
        do=lambda event, hub: priority.rank(event.subject, actor=hub),
    ),
    Row(
        on="case.decided",
        verb="priority.rank",
        do=lambda event, hub: priority.rank_case(event.subject, actor=hub),
    ),
    Row(
        on="vulnerability.told_first",
        verb="priority.rank",  # the days of what operators are to do run from here
        do=lambda event, hub: priority.rank(event.subject, actor=hub),
    ),
    Row(
        on="case.fix_offered",
        verb="cases.check_fix",
        do=lambda event, hub: cases.check_fix(event.details["fix"], actor=hub),
        queue="runs",
    ),
    Row(
        on="fix.checked",
        verb="advisories.draft",
        do=lambda event, hub: advisories.draft(event.details["vulnerability"], actor=hub),
        when=lambda event: bool(event.details["held"] and event.details.get("vulnerability")),
    ),
)


def next_rows(kind: str) -> tuple[Row, ...]:
    """The rows that follow an entry of this kind."""
    return tuple(row for row in FLOW if row.on == kind)


def row_of(kind: str, verb: str) -> Row | None:
    """The row of a verb behind a kind; None where the table has it no more (a job of an older release)."""
    return next((row for row in next_rows(kind) if row.verb == verb), None)
