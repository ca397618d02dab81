"""What came of a review: the picture alone, reports with their replies, the record, the summary."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.errors import Conflict, HeadstartError, Invalid
from headstart.outcomes import queries, services
from headstart.outcomes.rules.reports import marking
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.rules import Tlp, label
from headstart.web import standing
from headstart.web.doorway import page
from headstart.web.views.findings import as_envelope

AS_AGREED = ""  # no marking was chosen: the terms say


@page
def picture(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:  # noqa: ARG001 - Django's
    """From report to patch, by day: as SVG."""
    return HttpResponse(standing.alone(viewer, review_id), content_type="image/svg+xml")


@page
def outcomes(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """Reports, the record of the authority's answers, and the public summary."""
    return _page(request, viewer, review_id)


def _page(
    request: HttpRequest,
    viewer: Viewer,
    review_id: str,
    refused: HeadstartError | None = None,
    form: str = "",
) -> HttpResponse:
    """The page; `refused` is why the form of that name (`report`, or a report's id) was, and keeps what was typed."""
    review = reviews.review(viewer, review_id)
    sentence = str(refused) if refused else ""
    shown: dict[str, Any] = {
        "review": review,
        "name": reviews.name_for(viewer, review),
        "reports": [
            {"report": each, "label": label(each.marking), "refused": form == each.id}
            for each in queries.reports(viewer, review_id)
        ],
        "refused": sentence[:1].upper() + sentence[1:],
        "refused_report": form == "report",
        "values": request.POST,
        "may_report": queries.may_report(viewer, review),
        "labels": [each.value for each in Tlp],
        "record": queries.record(viewer, review_id),
        "summary": queries.summary_of(review),
        "may_publish": viewer.is_hub and queries.has_ended(review),
    }
    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    return render(request, "web/outcome_review.html", shown, status=status)


@require_POST
@page
def hand_report(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """An evaluator, or the hub, hands in a report."""
    said = request.POST
    try:
        chosen = said.get("tlp", AS_AGREED)
        secret = "trade_secret" in said
        marked = (
            marking(tlp=chosen, trade_secret=secret, named=said.get("named", "").split())
            if chosen != AS_AGREED or secret
            else None
        )
        made = services.hand_report(
            review_id,
            actor=viewer,
            title=said.get("title", ""),
            text=said.get("text", ""),
            evaluation_id=said.get("evaluation_id", "").strip()[:32],
            marking=marked,
        )
    except Invalid as refused:
        return _page(request, viewer, review_id, refused, "report")
    until = made.reply_until
    messages.success(
        request, f"Handed in. The developer reads it first, and has until {until.day} {until:%B %Y} to reply."
    )
    return redirect("web:review-outcomes", review_id)


@require_POST
@page
def read_report(request: HttpRequest, viewer: Viewer, report_id: str) -> HttpResponse:
    """A marked report with its words; that it was read is in the ledger now."""
    found = services.read_report(report_id, actor=viewer)
    shown = {
        "report": queries.with_words(queries.report_seen(viewer, report_id), found),
        "review": found.review,
        "name": reviews.name_for(viewer, found.review),
        "label": label(found.marking),
    }
    return render(request, "web/outcome_report.html", shown)


@require_POST
@page
def reply(request: HttpRequest, viewer: Viewer, report_id: str) -> HttpResponse:
    """The developer replies to a report; the reply stays with it for ever."""
    seen = queries.report_seen(viewer, report_id)
    try:
        services.reply(report_id, request.POST.get("text", ""), actor=viewer)
    except (Conflict, Invalid) as refused:
        return _page(request, viewer, seen.review_id, refused, report_id)
    messages.success(request, "Your reply is attached to the report, and stays with it.")
    return redirect("web:review-outcomes", seen.review_id)


@page
def determination(request: HttpRequest, viewer: Viewer, review_id: str, number: int) -> HttpResponse:  # noqa: ARG001
    """An authority's signed answer, as the envelope that `headstart verify` takes."""
    found = _record(viewer, review_id, number)
    return as_envelope(found.envelope, f"determination-{review_id}-{number}.dsse.json")


@page
def authority_key(request: HttpRequest, viewer: Viewer, review_id: str, number: int) -> HttpResponse:  # noqa: ARG001
    """The public key that the answer was signed with (PEM)."""
    found = _record(viewer, review_id, number)
    answer = HttpResponse(found.public_key, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="authority-{found.key_id}.pub.pem"'
    return answer


def _record(viewer: Viewer, review_id: str, number: int) -> queries.Record:
    found = next((each for each in queries.record(viewer, review_id) if each.number == number), None)
    if found is None or not found.public_key:
        raise Http404
    return found


@require_POST
@page
def publish(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The hub publishes what the public may know of a review that has ended."""
    made = services.publish_summary(review_id, actor=viewer)
    messages.success(request, f"Published, as version {made.version}. Anyone can read it.")
    return redirect("web:summary", made.id)
