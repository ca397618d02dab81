"""Reports: the developer reads first; others by the marking, from the reply on, or when the time to reply is over."""

from dataclasses import dataclass, replace
from datetime import datetime

from headstart import clock
from headstart.outcomes.errors import ReportNotFound
from headstart.outcomes.models import Report
from headstart.outcomes.rules import reports as rules
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.models import Review
from headstart.reviews.rules import Marking, Reader, is_noted


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSeen:
    """A report as one viewer may see it.

    `text` and `reply` are None where the marking wants the read in the ledger: then `services.read_report` gives them.
    """

    id: str
    review_id: str
    author_id: str
    author: str
    title: str
    evaluation_id: str
    digest: str
    marking: Marking
    handed_at: datetime
    reply_until: datetime
    replied_at: datetime | None
    text: str | None
    reply: str | None
    own: bool
    """Whether it is the viewer's own."""
    may_reply: bool
    opened: bool
    """Whether others than its author and the developer may read it by now, as far as the marking goes."""


def reports(viewer: Viewer, review_id: str) -> list[ReportSeen]:
    """The reports of a review that the viewer may read, oldest first.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    review = reviews.review(viewer, review_id)
    found = Report.objects.filter(review=review).select_related("author")
    reader = reviews.reader(viewer, review)
    return [_shown(each, viewer, review) for each in found if _may_see(each, reader, review)]


def report(viewer: Viewer, report_id: str) -> Report:
    """One report that the viewer may read.

    Raises:
        ReportNotFound: absent, or not this viewer's to read yet: the two look alike.
    """
    found = (
        Report.objects.select_related("author", "review", "review__developer").filter(id=report_id).first()
    )
    if found is None or not reviews.reviews(viewer).filter(id=found.review_id).exists():
        raise ReportNotFound(report_id)
    if not _may_see(found, reviews.reader(viewer, found.review), found.review):
        raise ReportNotFound(report_id)
    return found


def report_seen(viewer: Viewer, report_id: str) -> ReportSeen:
    """The same as the viewer may see it in a list.

    Raises:
        ReportNotFound: absent, or not this viewer's to read yet.
    """
    found = report(viewer, report_id)
    return _shown(found, viewer, found.review)


def with_words(seen: ReportSeen, read: Report) -> ReportSeen:
    """A report with its text and reply, once `services.read_report` has given them."""
    return replace(seen, text=read.text, reply=read.reply)


def may_report(viewer: Viewer, review: Review) -> bool:
    """Whether the viewer may hand in a report: the hub, and an evaluator that has, or had, access."""
    if viewer.is_hub:
        return True
    return (
        viewer.kind is Kind.EVALUATOR
        and review.accesses.filter(organisation_id=viewer.organisation_id).exists()
    )


def _may_see(report: Report, reader: Reader, review: Review) -> bool:
    sides = (report.author_id, review.developer_id)
    return rules.may_see(report.marking, reader, sides=sides, opened=_opened(report))


def _opened(report: Report) -> bool:
    return report.replied_at is not None or clock.now() >= report.reply_until


def _shown(report: Report, viewer: Viewer, review: Review) -> ReportSeen:
    at_once = not is_noted(report.marking)
    return ReportSeen(
        id=report.id,
        review_id=review.id,
        author_id=report.author_id,
        author=report.author.name,
        title=report.title,
        evaluation_id=report.evaluation_id,
        digest=report.digest,
        marking=report.marking,
        handed_at=report.handed_at,
        reply_until=report.reply_until,
        replied_at=report.replied_at,
        text=report.text if at_once else None,
        reply=report.reply if at_once else None,
        own=viewer.organisation_id == report.author_id,
        may_reply=viewer.organisation_id == review.developer_id and report.replied_at is None,
        opened=_opened(report),
    )
