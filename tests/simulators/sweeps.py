"""A sweep that has ended, as the proofs room keeps it, without running anything."""

from collections.abc import Mapping

from headstart import clock
from headstart.findings.models import Finding
from headstart.proofs.models import ReleaseRun, Sweep


def swept(finding: Finding, answers: Mapping[str, str], *, ran: bool = True, note: str = "") -> Sweep:
    """A sweep of a finding with these answers, in this order."""
    sweep = Sweep.objects.create(
        finding=finding,
        report_digest="",
        sandbox="",
        began_at=clock.now(),
        finished_at=clock.now(),
    )
    ReleaseRun.objects.bulk_create(
        ReleaseRun(
            sweep=sweep,
            position=at,
            version=version,
            installed=ran and answer != "unknown",
            ran=ran and answer != "unknown",
            runs=2 * (ran and answer != "unknown"),
            affected=answer,
            note=note,
        )
        for at, (version, answer) in enumerate(answers.items())
    )
    return sweep
