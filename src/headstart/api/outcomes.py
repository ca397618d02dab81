"""What came of a review: how it stands by day, reports with their replies, the record; summaries for everyone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.pagination import LimitOffsetPagination, paginate

from headstart.api import schemas_outcomes as told
from headstart.api.doorway import ASKING, PROBLEMS, PUBLIC, viewer
from headstart.outcomes import queries, services
from headstart.outcomes.rules import aggregates

router = Router()


@router.get(
    "/reviews/{review_id}/standing",
    response={200: told.StandingOut, **PROBLEMS},
    summary="What was found, and what came of it, by day",
)
def get_standing(request: HttpRequest, review_id: str) -> Any:
    """Found, held up, merged, told, fixed, told first, deployed where it matters: each with its own denominator."""
    return queries.standing(viewer(request), review_id)


@router.get(
    "/reviews/{review_id}/reports", response={200: list[told.ReportOut], **PROBLEMS}, summary="Reports"
)
def list_reports(request: HttpRequest, review_id: str) -> Any:
    """The reports that the viewer may read: the author and the developer at once, others after the reply."""
    return queries.reports(viewer(request), review_id)


@router.post(
    "/reviews/{review_id}/reports", response={201: told.ReportOut, **ASKING}, summary="Hand in a report"
)
def hand_report(request: HttpRequest, review_id: str, asked: told.ReportIn) -> Any:
    """For an evaluator with access, and the hub. The developer reads it first, with time to reply."""
    who = viewer(request)
    marked = asked.marking.marking(who) if asked.marking else None
    made = services.hand_report(
        review_id,
        actor=who,
        title=asked.title,
        text=asked.text,
        evaluation_id=asked.evaluation_id,
        marking=marked,
    )
    return Status(201, queries.report_seen(who, made.id))


@router.post(
    "/reports/{report_id}/read", response={200: told.ReportOut, **ASKING}, summary="Read a marked report"
)
def read_report(request: HttpRequest, report_id: str) -> Any:
    """Its text and reply. Where it is TLP:AMBER or stricter, the read is written into the ledger."""
    who = viewer(request)
    read = services.read_report(report_id, actor=who)
    return queries.with_words(queries.report_seen(who, report_id), read)


@router.post(
    "/reports/{report_id}/reply", response={200: told.ReportOut, **ASKING}, summary="Reply to a report"
)
def reply(request: HttpRequest, report_id: str, asked: told.ReplyIn) -> Any:
    """The developer's reply, at any time: attached to the report for ever."""
    who = viewer(request)
    services.reply(report_id, asked.text, actor=who)
    return queries.report_seen(who, report_id)


@router.get(
    "/reviews/{review_id}/record", response={200: list[told.RecordOut], **PROBLEMS}, summary="The record"
)
def get_record(request: HttpRequest, review_id: str) -> Any:
    """The authority's signed answers, with what was looked at; each envelope verifies without this hub."""
    return queries.record(viewer(request), review_id)


@router.post(
    "/reviews/{review_id}/summary", response={201: told.SummaryOut, **ASKING}, summary="Publish a summary"
)
def publish(request: HttpRequest, review_id: str) -> Any:
    """The hub publishes what the public may know of a review that has ended."""
    return Status(201, services.publish_summary(review_id, actor=viewer(request)))


@router.get("/summaries", response=list[told.SummaryOut], auth=PUBLIC, summary="Public summaries")
@paginate(LimitOffsetPagination)
def list_summaries(request: HttpRequest) -> Any:
    """The newest summary of each review that has one, newest first; for anyone."""
    del request
    return queries.summaries()


@router.get(
    "/summaries/{summary_id}",
    response={200: told.SummaryOut, **PROBLEMS},
    auth=PUBLIC,
    summary="A public summary",
)
def get_summary(request: HttpRequest, summary_id: str) -> Any:
    """One summary, older versions too; for anyone."""
    del request
    return queries.summary(summary_id)


@router.get("/together", response=told.AggregateOut, auth=PUBLIC, summary="All reviews together")
def get_aggregate(request: HttpRequest) -> Any:
    """How many reviews, how long, how they ended, what came of those that have; for anyone."""
    del request
    return queries.aggregate()


@router.get("/together.csv", auth=PUBLIC, summary="All reviews together, as CSV")
def get_aggregate_csv(request: HttpRequest) -> HttpResponse:
    """The same, one measure a line, each with its denominator (RFC 4180)."""
    del request
    return HttpResponse(aggregates.as_csv(queries.aggregate()), content_type="text/csv; charset=utf-8")
