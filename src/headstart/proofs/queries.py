"""The proofs room's reads: a proof is seen by whoever may see its finding."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.packages.rules.ranges import Affected
from headstart.people.rules import Viewer
from headstart.proofs.errors import FixCheckNotFound, ProofNotFound, TaskNotFound, TriggerNotFound
from headstart.proofs.models import FixCheck, Proof, ReleaseRun, SmallerTrigger, Sweep, Task
from headstart.proofs.rules.evidence import Rung

__all__ = [
    "ProofNotFound",
    "answers",
    "first_fix",
    "fix_check",
    "fix_checks",
    "fix_checks_of",
    "latest_fix_check",
    "latest_proof",
    "proof",
    "proofs",
    "proved",
    "queue",
    "release_runs",
    "rung_counts",
    "smaller_trigger",
    "smaller_triggers",
    "sweeps",
    "task",
    "tasks",
    "verdicts",
    "with_a_fix",
]


def proofs(viewer: Viewer) -> QuerySet[Proof]:
    """Every verdict that the viewer may see, newest first."""
    seen = findings.findings(viewer).values("id")
    return Proof.objects.filter(finding__in=seen).select_related("finding")


def proof(viewer: Viewer, proof_id: str) -> Proof:
    """One verdict.

    Raises:
        ProofNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = proofs(viewer).filter(id=proof_id).first()
    if found is None:
        raise ProofNotFound(proof_id)
    return found


def latest_proof(viewer: Viewer, finding_id: str) -> Proof | None:
    """The newest verdict on a finding; None where there is none, or the viewer may not see the finding."""
    return proofs(viewer).filter(finding_id=finding_id).first()


def queue(viewer: Viewer, *, rung: str = "", words: str = "") -> QuerySet[Finding]:
    """The findings, newest first, each with what its newest proof says.

    `.rung` is `claimed` and `.sentence` empty where nothing ran.
    """
    newest = Proof.objects.filter(finding=OuterRef("pk")).order_by("-at", "-id")
    found = findings.findings(viewer).annotate(
        rung=Coalesce(Subquery(newest.values("rung")[:1]), Value(Rung.CLAIMED.value)),
        sentence=Coalesce(Subquery(newest.values("sentence")[:1]), Value(""), output_field=TextField()),
    )
    if rung:
        found = found.filter(rung=rung)
    for word in words.split():
        found = found.filter(Q(title__icontains=word) | Q(purl__icontains=word))
    return found.order_by("-received_at", "-id")


def rung_counts(viewer: Viewer) -> dict[str, int]:
    """How many findings stand on which rung."""
    everything: QuerySet[Any] = queue(viewer).order_by()
    counted = everything.values_list("rung").annotate(Count("pk", distinct=True))
    return {str(rung): int(count) for rung, count in counted}


def proved(viewer: Viewer) -> int:
    """How many findings have a verdict."""
    return proofs(viewer).order_by().values("finding_id").distinct().count()


def verdicts(counted: findings.Counted) -> QuerySet[Proof]:
    """Every verdict on what is counted, with `.until`: when a newer one took its place (None: it counts today).

    For the house's own rooms (outcomes), which have asked who is looking; not for people.
    """
    newer = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), id__gt=OuterRef("id"))
    after = Proof.objects.filter(newer, finding=OuterRef("finding")).order_by("at", "id")
    return Proof.objects.filter(counted.where("finding__")).annotate(until=Subquery(after.values("at")[:1]))


def first_fix(about: OuterRef) -> Subquery:
    """When a fix first held for what `about` names, for a query about many; None where none has.

    For the house's own rooms (outcomes); not for people.
    """
    held = FixCheck.objects.filter(about=about, held=True).order_by("at")
    return Subquery(held.values("at")[:1])


def release_runs(viewer: Viewer, finding_id: str) -> QuerySet[ReleaseRun]:
    """The newest sweep of a finding that has ended, in the ecosystem's order; empty where the viewer may not
    see the finding."""
    ended = sweeps(viewer, finding_id).filter(finished_at__isnull=False).order_by("-finished_at", "-id")
    return ReleaseRun.objects.filter(sweep__in=ended.values("id")[:1])


def sweeps(viewer: Viewer, finding_id: str) -> QuerySet[Sweep]:
    """The sweeps of a finding, newest first, with the one that is running (`finished_at` is None)."""
    seen = _seen(viewer, finding_id)
    return Sweep.objects.filter(finding__in=seen)


def fix_checks(viewer: Viewer) -> QuerySet[FixCheck]:
    """Every climb of the ladder that touches a finding which the viewer may see, newest first."""
    seen = findings.findings(viewer).values("id")
    return FixCheck.objects.filter(findings__in=seen).distinct()


def latest_fix_check(viewer: Viewer, about: str) -> FixCheck | None:
    """The newest climb for what `about` names (a vulnerability's id); None where there is none to see."""
    return fix_checks(viewer).filter(about=about).first()


def with_a_fix(viewer: Viewer) -> "QuerySet[FixCheck, str]":
    """The ids of what has a fix that held."""
    held = fix_checks(viewer).filter(held=True).exclude(about="")
    return held.order_by().values_list("about", flat=True).distinct()


def fix_checks_of(viewer: Viewer, finding_id: str) -> QuerySet[FixCheck]:
    """Every climb of the ladder for one finding, newest first; empty where the viewer may not see it."""
    seen = _seen(viewer, finding_id)
    return FixCheck.objects.filter(findings__in=seen).distinct()


def fix_check(viewer: Viewer, finding_id: str, check_id: str) -> FixCheck:
    """One climb of the ladder for a finding.

    Raises:
        FixCheckNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = fix_checks_of(viewer, finding_id).filter(id=check_id).first()
    if found is None:
        raise FixCheckNotFound(check_id)
    return found


def tasks(viewer: Viewer, finding_id: str) -> QuerySet[Task]:
    """What was asked for a finding, newest first; empty where the viewer may not see it."""
    seen = _seen(viewer, finding_id)
    return Task.objects.filter(finding__in=seen).select_related("asked_by")


def task(viewer: Viewer, finding_id: str, task_id: str) -> Task:
    """One thing that was asked for a finding.

    Raises:
        TaskNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = tasks(viewer, finding_id).filter(id=task_id).first()
    if found is None:
        raise TaskNotFound(task_id)
    return found


def smaller_triggers(viewer: Viewer, finding_id: str) -> QuerySet[SmallerTrigger]:
    """The smaller inputs that were found for a finding; empty where the viewer may not see it."""
    seen = _seen(viewer, finding_id)
    return SmallerTrigger.objects.filter(finding__in=seen)


def smaller_trigger(viewer: Viewer, finding_id: str, number: int) -> SmallerTrigger:
    """One of them.

    Raises:
        TriggerNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = smaller_triggers(viewer, finding_id).filter(pk=number).first()
    if found is None:
        raise TriggerNotFound(number)
    return found


def answers(viewer: Viewer, finding_ids: Iterable[str]) -> dict[str, dict[str, Affected]]:
    """What the releases showed, by finding and version, for all those findings in one question."""
    seen = findings.findings(viewer).filter(id__in=list(finding_ids)).values("id")
    ended = Sweep.objects.filter(finding=OuterRef("sweep__finding"), finished_at__isnull=False)
    newest = ended.order_by("-finished_at", "-id").values("id")[:1]
    rows = ReleaseRun.objects.filter(sweep__finding__in=seen, sweep_id=Subquery(newest))
    found: dict[str, dict[str, Affected]] = {}
    for finding_id, version, answer in rows.values_list("sweep__finding_id", "version", "affected"):
        found.setdefault(finding_id, {})[version] = Affected(answer)
    return found


def _seen(viewer: Viewer, finding_id: str) -> "QuerySet[Any, Any]":
    """The one finding, where the viewer may see it."""
    return findings.findings(viewer).filter(id=finding_id).values("id")
