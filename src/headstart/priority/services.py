"""The priority room's writes: work out what each operator is to do, in which order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from headstart import clock
from headstart.exposure import queries as exposure
from headstart.exposure.models import Hit, Inventory
from headstart.ledger import services as ledger
from headstart.packages.rules.ranges import Affected
from headstart.people.errors import NotYours
from headstart.people.rules import Viewer
from headstart.priority import work
from headstart.priority.models import Task
from headstart.priority.rules import words
from headstart.priority.rules.decisions import Answer, Decision, Impact, Inputs, Timeline, decide
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities.models import Vulnerability


@dataclass(frozen=True, slots=True, kw_only=True)
class _Risk:
    """What is known of a vulnerability, wherever it runs."""

    in_kev: Answer
    automatable: Answer
    impact: Impact
    epss: float | None


@transaction.atomic
def rank(vulnerability_id: str | None = None, *, actor: Viewer) -> list[Task]:
    """Work out the tasks of one vulnerability, or of all, and each affected operator's order. Again changes nothing.

    A task whose asset holds nothing affected any more goes. The days run from the moment at which the operator may
    know; what it was told once it is never given longer for because the hub learnt of something worse.

    Raises:
        NotYours: the actor is not the hub.
        VulnerabilityNotFound: there is none.
        SignalsInvalid: a file of risk signals can't be read.
    """
    if not actor.is_hub:
        raise NotYours("rank", "the hub")
    found = vulnerabilities.vulnerabilities(actor)
    asked = [vulnerabilities.vulnerability(actor, vulnerability_id)] if vulnerability_id else list(found)
    signals = work.read_signals(Path(settings.HEADSTART_DATA) / "risk")
    now = clock.now()
    made: list[Task] = []
    touched: set[str] = set()
    for vulnerability in asked:
        tasks = _tasks(vulnerability, _risk(vulnerability, signals), now)
        gone = Task.objects.filter(vulnerability=vulnerability).exclude(id__in=[each.id for each in tasks])
        touched.update(gone.values_list("operator_id", flat=True), (each.operator_id for each in tasks))
        gone.delete()
        made += tasks
        ledger.append(
            actor=actor.organisation_id,
            kind="priority.ranked",
            subject=vulnerability.urn,
            details={"tasks": len(tasks), "operators": len({each.operator_id for each in tasks})},
        )
        _tell(vulnerability, [each for each in tasks if each.told_at == now], actor)
    for operator_id in sorted(touched):
        _order(operator_id)
    return list(Task.objects.filter(id__in=[each.id for each in made]))


def rank_case(case_id: str, *, actor: Viewer) -> list[Task]:
    """Rank the vulnerability of a case again: the coordinator has decided what running can't show.

    Raises:
        NotYours: the actor is not the hub.
        VulnerabilityNotFound: there is no such case.
    """
    found = vulnerabilities.vulnerabilities(actor).filter(case__id=case_id).first()
    return rank(found.id if found else case_id, actor=actor)


def _risk(vulnerability: Vulnerability, signals: work.Signals) -> _Risk:
    """The case is a later room's: its decision is read through the vulnerability, and is unknown without a case."""
    case: Any = getattr(vulnerability, "case", None)
    cves = _cves(vulnerability)
    return _Risk(
        in_kev=signals.in_kev(cves),
        automatable=Answer(case.automatable) if case else Answer.UNKNOWN,
        impact=Impact(case.impact) if case else Impact.UNKNOWN,
        epss=signals.chance(cves),
    )


def _cves(vulnerability: Vulnerability) -> set[str]:
    """The CVE ids by which public advisories know it; none for what nobody has published."""
    names = (name for each in vulnerability.beside for name in (each.get("id"), *each.get("aliases", ())))
    return {name for name in names if isinstance(name, str) and name.startswith("CVE-")}


def _tell(vulnerability: Vulnerability, tasks: Sequence[Task], actor: Viewer) -> None:
    """Write down, for each operator alone, that it has been told: its days run from here."""
    for operator_id, count in sorted(Counter(each.operator_id for each in tasks).items()):
        ledger.append(
            actor=actor.organisation_id,
            kind="task.told",
            subject=vulnerability.urn,
            details={"tasks": count},
            audience=[operator_id],
        )


def _tasks(vulnerability: Vulnerability, risk: _Risk, now: datetime) -> list[Task]:
    """One task for each asset that holds something affected."""
    hits = (
        exposure.standing()
        .filter(vulnerability=vulnerability)
        .select_related("vulnerability", "inventory", "inventory__operator", "component")
        .order_by("inventory__operator_id", "inventory__asset", "component__name", "component__version")
    )
    return [
        _task(inventory, list(group), risk, now)
        for inventory, group in groupby(hits, key=lambda each: each.inventory)
    ]


def _task(inventory: Inventory, hits: Sequence[Hit], risk: _Risk, now: datetime) -> Task:
    vulnerability = hits[0].vulnerability
    inputs = Inputs(
        exposed=Answer(inventory.exposed),
        in_kev=risk.in_kev,
        automatable=risk.automatable,
        impact=risk.impact,
    )
    decision = decide(work.bod_26_04(), inputs)
    place = {"operator": inventory.operator, "vulnerability": vulnerability, "asset": inventory.asset}
    task = Task.objects.filter(**place).first() or Task(**place, made_at=now)
    if task.told_at is None and _may_know(vulnerability, inventory.operator.as_viewer()):
        task.told_at = now
    since = _since(task, decision, now)
    zone = ZoneInfo(inventory.time_zone)
    told = since.astimezone(zone).date()
    task.inputs = {
        "exposed": inputs.exposed,
        "in_kev": inputs.in_kev,
        "automatable": inputs.automatable,
        "impact": inputs.impact,
        "epss": risk.epss,
    }
    task.decision = {
        "table": "CISA BOD 26-04",
        "possible": list(decision.possible),
        "sentence": decision.sentence,
        "forensic_triage": decision.forensic_triage,
        "since": since.isoformat(),
    }
    task.due_earliest = _end_of(decision.earliest, since, zone)
    task.due_latest = _end_of(decision.latest, since, zone)
    task.what = words.what(inventory.asset, [_need(each) for each in hits], decision.forensic_triage)
    task.by_when = words.by_when(decision, told)
    reasons = words.why(inputs, title=vulnerability.title, service=inventory.service, epss=risk.epss)
    task.why = f"{reasons} {words.basis(told)}"
    task.save()
    return task


def _may_know(vulnerability: Vulnerability, operator: Viewer) -> bool:
    return vulnerabilities.vulnerabilities(operator).filter(id=vulnerability.id).exists()


def _since(task: Task, decision: Decision, now: datetime) -> datetime:
    """From when the days run: from when it was told, or when it became more urgent than it was told.

    What became more urgent is never due later than before: the days then begin as much earlier as that takes.
    """
    if task.told_at is None:
        return now
    before = task.decision or {}
    if "since" not in before or datetime.fromisoformat(before["since"]) < task.told_at:
        return task.told_at
    urgency = list(Timeline)
    change = urgency.index(decision.earliest) - urgency.index(Timeline(before["possible"][0]))
    if change == 0:
        return datetime.fromisoformat(before["since"])
    if change < 0:
        return task.told_at
    days = timedelta(days=decision.earliest.days or 0)
    return min(now, task.due_earliest - days) if task.due_earliest else now


def _end_of(timeline: Timeline, since: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the last day in time, by the operator's calendar."""
    due = timeline.due(since.astimezone(zone).date())
    return None if due is None else datetime.combine(due, time(23, 59, 59), zone).astimezone(UTC)


def _need(hit: Hit) -> words.Need:
    return words.Need(
        name=hit.component.name,
        version=hit.component.version,
        fixed=hit.fixed or None,
        affected=Affected(hit.affected),
    )


def _order(operator_id: str) -> None:
    """Number an operator's tasks: by the earliest day that is possible, then the latest, then EPSS."""
    ordered = sorted(Task.objects.filter(operator_id=operator_id), key=_urgency)
    for position, task in enumerate(ordered, 1):
        task.position = position
    Task.objects.bulk_update(ordered, ["position"], batch_size=200)


def _urgency(task: Task) -> tuple[float, float, float, datetime, str]:
    never = float("inf")
    first = task.due_earliest.timestamp() if task.due_earliest else never
    last = task.due_latest.timestamp() if task.due_latest else never
    return first, last, -(task.inputs.get("epss") or 0.0), task.made_at, task.id
