"""Reviews: a developer asks, gives access, and leaves or releases when it likes. Nothing here can hold it back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.pagination import LimitOffsetPagination, paginate

from headstart.api import schemas_evaluations
from headstart.api import schemas_reviews as told
from headstart.api.doorway import ASKING, PROBLEMS, download, viewer
from headstart.benchmarks import queries as evaluations
from headstart.people import queries as people
from headstart.reviews import queries, services
from headstart.reviews.errors import WindowNotOpen
from headstart.reviews.work import calendar_file, shipped

router = Router()


@router.get("", response=list[told.ReviewOut], summary="Pre-release windows")
@paginate(LimitOffsetPagination)
def list_reviews(request: HttpRequest) -> Any:
    """The reviews that the viewer may see, newest first."""
    return queries.reviews(viewer(request))


@router.post("", response={201: told.ReviewOut, **ASKING}, summary="Ask whether a model is covered")
def enquire(request: HttpRequest, asked: told.ReviewIn) -> Any:
    """A developer asks, under a programme's rules. It binds nobody, and the developer may withdraw at any time."""
    made = services.enquire(
        asked.model_name,
        shipped(asked.programme),
        actor=viewer(request),
        description=asked.description,
        planned_release_on=asked.planned_release_on,
    )
    return Status(201, made)


@router.get("/{review_id}", response={200: told.WholeReviewOut, **PROBLEMS}, summary="One window")
def get_review(request: HttpRequest, review_id: str) -> Any:
    """One review."""
    return queries.review(viewer(request), review_id)


@router.get(
    "/{review_id}/evaluations",
    response={200: list[schemas_evaluations.EvaluationOut], **PROBLEMS},
    summary="What the model can do",
)
def list_evaluations(request: HttpRequest, review_id: str) -> Any:
    """The evaluations of a review's model, each with its interval."""
    seen = queries.review(viewer(request), review_id)
    return list(evaluations.evaluations_of(viewer(request), seen.urn))


@router.get(
    "/{review_id}/accesses",
    response={200: list[told.AccessOut], **PROBLEMS},
    summary="Who may reach the model",
)
def list_accesses(request: HttpRequest, review_id: str) -> Any:
    """For the hub, the authority and the developer all of them; for others their own."""
    return list(queries.accesses(viewer(request), review_id))


@router.post("/{review_id}/accesses", response={201: told.ReviewOut, **ASKING}, summary="Give access")
def grant_access(request: HttpRequest, review_id: str, asked: told.AccessIn) -> Any:
    """The developer lets an organisation reach the model; the first grant opens the window."""
    who = viewer(request)
    organisation = people.named(who, asked.organisation)
    made = services.grant_access(review_id, organisation, actor=who, days=asked.days, closes=asked.closes)
    return Status(201, made)


@router.delete(
    "/{review_id}/accesses/{organisation}",
    response={200: told.ReviewOut, **ASKING},
    summary="Take access back",
)
def take_back_access(request: HttpRequest, review_id: str, organisation: str) -> Any:
    """The developer ends an organisation's access (id or exact name), at once."""
    who = viewer(request)
    queries.review(who, review_id)
    return services.take_back_access(review_id, people.named(who, organisation), actor=who)


@router.post("/{review_id}/shorten", response={200: told.ReviewOut, **ASKING}, summary="Close it sooner")
def shorten(request: HttpRequest, review_id: str, asked: told.ShortenIn) -> Any:
    """The developer lets the window end earlier than planned."""
    return services.shorten(review_id, asked.closes, actor=viewer(request))


@router.post(
    "/{review_id}/withdraw", response={200: told.ReviewOut, **ASKING}, summary="The developer leaves"
)
def withdraw(request: HttpRequest, review_id: str) -> Any:
    """Before or during the window, for no reason that it has to give; access ends at once."""
    return services.withdraw(review_id, actor=viewer(request))


@router.post(
    "/{review_id}/release",
    response={200: told.ReviewOut, **ASKING},
    summary="The developer releases its model",
)
def release(request: HttpRequest, review_id: str) -> Any:
    """On any day, in any stage: what is written down is that it did."""
    return services.release(review_id, actor=viewer(request))


@router.get(
    "/{review_id}/remaining",
    response={200: list[told.RemainingOut], **PROBLEMS},
    summary="What remains to be done",
)
def list_remaining(request: HttpRequest, review_id: str) -> Any:
    """What was begun in the window and has not ended, by whom, and whether it fits by its own pace."""
    return queries.remaining(viewer(request), review_id)


@router.get(
    "/{review_id}/calendar", response={200: Any, 409: ASKING[409], **PROBLEMS}, summary="The window's days"
)
def get_calendar(request: HttpRequest, review_id: str) -> HttpResponse:
    """A calendar file (RFC 5545): the window, and a reminder of its end; 409 until it has opened."""
    who = viewer(request)
    seen = queries.review(who, review_id)
    if seen.window is None:
        raise WindowNotOpen(seen.stage)
    held = calendar_file(
        title=f"Pre-release window: {queries.name_for(who, seen)}",
        window=seen.window,
        url=request.build_absolute_uri(f"/reviews/{seen.id}/"),
        moments={},
    )
    return download(held, "text/calendar; charset=utf-8", f"{seen.id}.ics")
