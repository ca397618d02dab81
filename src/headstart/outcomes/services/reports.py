"""An evaluator's or the hub's report: the developer first, with time to reply; the reply attached for ever."""

import hashlib

from django.db import transaction

from headstart import clock
from headstart.benchmarks import queries as benchmarks
from headstart.ledger import services as ledger
from headstart.outcomes import queries
from headstart.outcomes.errors import AlreadyReplied, MayNotReport, NotTheDevelopers, ReportRefused
from headstart.outcomes.models import Report
from headstart.outcomes.rules import reports as rules
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.models import Review
from headstart.reviews.rules import Marking, Tlp, is_noted
from headstart.reviews.services.documents import checked_marking


@transaction.atomic
def hand_report(
    review_id: str,
    *,
    actor: Viewer,
    title: str,
    text: str,
    evaluation_id: str = "",
    marking: Marking | None = None,
) -> Report:
    """Hand in a report: the developer reads it at once, others by its marking once it replied or had its time to.

    Without a marking it is marked as the author's terms with the developer say, else TLP:AMBER. The time to reply is
    the terms', else five days.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        MayNotReport: the actor is neither the hub nor an evaluator with access.
        ReportRefused: the title or the text is empty or too large, or the evaluation is of something else.
        MarkingInvalid: it names somebody who is not here.
        EvaluationNotFound: the evaluation that it names is absent, or not this actor's to see.
    """
    review = reviews.review(actor, review_id)
    if not queries.may_report(actor, review):
        raise MayNotReport
    said, words = rules.title(title), rules.body(text, "its text")
    if evaluation_id and benchmarks.evaluation(actor, evaluation_id).subject != review.urn:
        raise ReportRefused(f"the evaluation {evaluation_id} is not of this review's model")
    terms = reviews.terms_in_force(review.id, actor.organisation_id)
    marked = checked_marking(marking or Marking(tlp=terms.terms.confidentiality if terms else Tlp.AMBER))
    now = clock.now()
    made = Report.objects.create(
        review=review,
        author_id=actor.organisation_id,
        title=said,
        text=words,
        evaluation_id=evaluation_id,
        digest=_digest(words),
        tlp=marked.tlp.value,
        trade_secret=marked.trade_secret,
        named=list(marked.named),
        handed_at=now,
        reply_until=rules.reply_until(now, terms.terms.reply_days if terms else None),
    )
    details = {"sha256": made.digest, "tlp": made.tlp, "reply_until": made.reply_until.isoformat()}
    _record(made, review, actor, "report.handed", details)
    return made


@transaction.atomic
def reply(report_id: str, text: str, *, actor: Viewer) -> Report:
    """The developer replies, at any time; the reply is attached to the report for ever.

    Raises:
        ReportNotFound: absent, or not this actor's to read.
        NotTheDevelopers: the actor is not the developer.
        AlreadyReplied: a reply is attached already.
        ReportRefused: the reply is empty or too large.
    """
    seen = queries.report(actor, report_id)
    if actor.organisation_id != seen.review.developer_id:
        raise NotTheDevelopers
    words = rules.body(text, "the reply")
    found = Report.objects.select_for_update().get(id=seen.id)
    if found.replied_at is not None:
        raise AlreadyReplied
    found.reply, found.replied_at = words, clock.now()
    found.save(update_fields=["reply", "replied_at"])
    details = {"organisation": found.author_id, "report": found.digest, "reply": _digest(text)}
    _record(found, seen.review, actor, "report.replied", details)
    return found


@transaction.atomic
def read_report(report_id: str, *, actor: Viewer) -> Report:
    """A report with its text and reply; where it is marked TLP:AMBER or stricter the read is in the ledger.

    Raises:
        ReportNotFound: absent, or not this actor's to read yet.
    """
    found = queries.report(actor, report_id)
    if is_noted(found.marking):
        who = {"organisation": actor.organisation_id, "member": actor.member_id or ""}
        details = {"tlp": found.tlp, **who}
        _record(found, found.review, actor, "report.read", details)
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(report: Report, review: Review, actor: Viewer, kind: str, details: dict[str, str]) -> None:
    """Write it down for the author, the developer, and who did it."""
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=report.urn,
        details={"review": review.id, **details},
        audience=[report.author_id, review.developer_id, actor.organisation_id],
    )
