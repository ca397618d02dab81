"""The findings room's writes."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from headstart import clock
from headstart.findings import queries
from headstart.findings.errors import MayNotHandIn
from headstart.findings.models import Finding, Reader
from headstart.ledger import services as ledger
from headstart.people.models import Organisation
from headstart.people.rules import Viewer
from headstart.reports import work as reports
from headstart.reviews import queries as reviews


def hand_in(folder: Path, *, actor: Viewer, review_id: str | None = None) -> Finding:
    """Take a report in: check it whole, keep it by its digest, write it down once.

    Handing in the same report again gives the finding that is here already.

    Raises:
        ReportInvalid: the folder breaks a rule of the format; nothing is stored.
        MayNotHandIn: the public has no seat to hand in from.
        ReviewNotFound: the review is absent, or not this actor's to see.
    """
    if actor.is_public:
        raise MayNotHandIn
    review = reviews.review(actor, review_id) if review_id else None
    checked = reports.read(folder)
    reports.keep(checked, Path(settings.HEADSTART_DATA) / "reports")
    report = checked.report
    with transaction.atomic():
        finding, made = Finding.objects.get_or_create(
            finder_id=actor.organisation_id,
            digest=checked.digest,
            defaults={
                "review": review,
                "title": report.title,
                "summary": report.summary,
                "purl": str(report.purl),
                "package": str(report.purl.without_version),
                "expect": report.proof.expect.value,
                "weaknesses": list(report.weaknesses),
                "claimed_vers": report.affected or "",
                "ai": report.finder.ai or "",
                "human_reviewed": report.finder.human_reviewed,
                "received_at": clock.now(),
            },
        )
        if made:
            ledger.append(
                actor=actor.organisation_id,
                kind="finding.handed_in",
                subject=finding.urn,
                details={"digest": checked.digest, "purl": finding.purl, "title": finding.title},
                audience=[actor.organisation_id],
            )
    return finding


@transaction.atomic
def share(finding: Finding, organisation: Organisation, *, actor: Viewer) -> None:
    """Let one more organisation see a finding; sharing twice changes nothing.

    Raises:
        FindingNotFound: the actor itself may not see it.
    """
    queries.finding(actor, finding.id)
    _, made = Reader.objects.get_or_create(finding=finding, organisation=organisation)
    if made:
        ledger.append(
            actor=actor.organisation_id,
            kind="finding.shared",
            subject=finding.urn,
            details={"with": organisation.id},
            audience=[finding.finder_id, organisation.id],
        )
