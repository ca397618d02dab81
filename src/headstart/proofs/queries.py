"""The proofs room's reads: a proof is seen by whoever may see its finding."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.people.rules import Viewer
from headstart.proofs.errors import ProofNotFound
from headstart.proofs.models import FixCheck, Proof, ReleaseRun
from headstart.proofs.rules.evidence import Rung

__all__ = [
    "ProofNotFound",
    "fix_checks",
    "latest_fix_check",
    "latest_proof",
    "proof",
    "proofs",
    "proved",
    "queue",
    "release_runs",
    "rung_counts",
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
    """The findings with the rung of each (`.rung`, `claimed` where nothing ran), newest first."""
    newest = Proof.objects.filter(finding=OuterRef("pk")).order_by("-at", "-id").values("rung")[:1]
    found = findings.findings(viewer).annotate(rung=Coalesce(Subquery(newest), Value(Rung.CLAIMED.value)))
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


def release_runs(viewer: Viewer, finding_id: str) -> QuerySet[ReleaseRun]:
    """The newest sweep of a finding, in the ecosystem's order; empty where the viewer may not see it."""
    seen = findings.findings(viewer).filter(id=finding_id).values("id")
    return ReleaseRun.objects.filter(finding__in=seen)


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
