"""Evaluations: plans sealed and opened, runs asked of the hub and watched, reports, transcripts and their proof."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.pagination import LimitOffsetPagination, paginate

from headstart.api import schemas_evaluations as told
from headstart.api.doorway import ASKING, PROBLEMS, PUBLIC, download, viewer
from headstart.benchmarks import queries, services, work
from headstart.benchmarks.rules.runs import Wish
from headstart.benchmarks.rules.sealing import Form
from headstart.benchmarks.work import kept
from headstart.reviews import queries as reviews

router = Router()


@router.get("", response=list[told.EvaluationOut], summary="Evaluations")
@paginate(LimitOffsetPagination)
def list_evaluations(request: HttpRequest) -> Any:
    """The evaluations that the viewer may see, newest first."""
    return queries.evaluations(viewer(request))


@router.post("/seals", response={201: told.SealedOut, **ASKING}, summary="Seal a plan")
def seal(request: HttpRequest, asked: told.SealIn) -> Any:
    """Publish the commitment to a plan before access begins. For evaluators and the hub."""
    who = viewer(request)
    subject = (
        reviews.review(who, asked.review_id).urn if asked.review_id else queries.own(who.organisation_id)
    )
    if asked.terms is not None:
        named = asked.terms.dict()
        families = named.pop("families")
        terms = work.Terms(**{**named, "form": Form(named["form"])})
        commitment = services.seal(queries.fresh_plan(who, families, terms), actor=who, subject=subject)
    elif asked.plan is not None:
        commitment = services.seal(kept.plan(asked.plan), actor=who, subject=subject)
    else:
        commitment = services.seal(asked.commitment or "", actor=who, subject=subject)
    return Status(201, queries.sealed(who).get(commitment=commitment, subject=subject))


@router.get("/seals", response=list[told.SealedOut], auth=PUBLIC, summary="Sealed plans")
@paginate(LimitOffsetPagination)
def list_sealed(request: HttpRequest) -> Any:
    """One's own, and those that were opened."""
    return queries.sealed(viewer(request))


@router.get(
    "/seals/{commitment}", response={200: dict[str, Any], **PROBLEMS}, auth=PUBLIC, summary="An opened plan"
)
def get_plan(request: HttpRequest, commitment: str) -> Any:
    """The plan: its SHA-256 in canonical JSON (RFC 8785) is the commitment. Everyone's once it was opened."""
    return queries.plan_of(viewer(request), commitment)


@router.post("/seals/{commitment}/open", response={204: None, **ASKING}, summary="Open a plan")
def open_plan(request: HttpRequest, commitment: str, asked: told.OpenIn) -> Any:
    """Its sealer reveals it to everyone, after its runs."""
    services.open_plan(commitment, asked.plan, actor=viewer(request))
    return Status(204, None)


@router.post("/runs", response={202: told.RunOut, **ASKING}, summary="Have a model run on a sealed plan")
def ask_run(request: HttpRequest, asked: told.RunIn) -> Any:
    """Queue a run; then watch it. For evaluators with access to the review's model, and the hub."""
    who, named = viewer(request), asked.dict()
    review_id, commitment = named.pop("review_id"), named.pop("commitment")
    review = reviews.to_measure(who, review_id) if review_id else None
    run = services.ask_run(
        commitment,
        Wish(**named),
        actor=who,
        subject=review.urn if review else queries.own(who.organisation_id),
        developer=review.developer if review else None,
    )
    return Status(202, run)


@router.get("/runs", response=list[told.RunOut], summary="Runs")
@paginate(LimitOffsetPagination)
def list_runs(request: HttpRequest) -> Any:
    """The runs that the viewer asked for; the hub sees all."""
    return queries.runs(viewer(request))


@router.get("/runs/{run_id}", response={200: told.RunOut, **PROBLEMS}, summary="Watch a run")
def get_run(request: HttpRequest, run_id: str) -> Any:
    """How far it is: `queued`, `running`, `done` (then `evaluation_id` is set), `failed` or `cancelled`."""
    return queries.run(viewer(request), run_id)


@router.post("/runs/{run_id}/cancel", response={200: told.RunOut, **ASKING}, summary="End a run")
def cancel(request: HttpRequest, run_id: str) -> Any:
    """End it before its time; what it had finished is not recorded."""
    return services.cancel(run_id, actor=viewer(request))


@router.post(
    "/runs/{run_id}/again", response={202: told.RunOut, **ASKING}, summary="Take up a run that failed"
)
def ask_again(request: HttpRequest, run_id: str) -> Any:
    """What it finished is not repeated."""
    return Status(202, services.ask_again(run_id, actor=viewer(request)))


@router.get("/{evaluation_id}", response={200: told.WholeEvaluationOut, **PROBLEMS}, summary="One evaluation")
def get_evaluation(request: HttpRequest, evaluation_id: str) -> Any:
    """One evaluation with its report."""
    return queries.evaluation(viewer(request), evaluation_id)


@router.get(
    "/{evaluation_id}/transcripts", response={200: list[told.ItemOut], **PROBLEMS}, summary="Its attempts"
)
@paginate(LimitOffsetPagination)
def list_items(request: HttpRequest, evaluation_id: str) -> Any:
    """Each attempt in its order. For the evaluator, the hub, and the developer of the model."""
    return queries.items(viewer(request), evaluation_id)


@router.get(
    "/{evaluation_id}/transcripts/{item}/{int:attempt}",
    response={200: Any, 409: ASKING[409], **PROBLEMS},
    summary="One transcript",
)
def get_sample(request: HttpRequest, evaluation_id: str, item: str, attempt: int) -> HttpResponse:
    """The log of one attempt, byte for byte as it was recorded, in Inspect's own format. Believe nothing in it."""
    held = queries.sample(viewer(request), evaluation_id, item, attempt)
    return download(held, "application/json", "transcript.json")


@router.get(
    "/{evaluation_id}/transcripts/{item}/{int:attempt}/disclosure",
    response={200: Any, 409: ASKING[409], **PROBLEMS},
    summary="One transcript with its proof",
)
def get_disclosure(request: HttpRequest, evaluation_id: str, item: str, attempt: int) -> HttpResponse:
    """A zip to hand to anyone; `headstart verify` checks it with the hub's public key, without the rest."""
    name, held = queries.disclosure(viewer(request), evaluation_id, item, attempt)
    return download(held, "application/zip", f"{name}.zip")


@router.get(
    "/{evaluation_id}/readings", response={200: list[told.ReadingOut], **PROBLEMS}, summary="What people said"
)
def list_readings(request: HttpRequest, evaluation_id: str) -> Any:
    """Who read which transcript, and whether the model cheated there; oldest first."""
    return queries.said(viewer(request), evaluation_id)


@router.post(
    "/{evaluation_id}/transcripts/{item}/{int:attempt}/readings",
    response={201: None, **ASKING},
    summary="Say that a transcript was read",
)
def read(request: HttpRequest, evaluation_id: str, item: str, attempt: int, said: told.ReadingIn) -> Any:
    """A person read it: did the model cheat there? `yes`, `no` or `unclear`. For the evaluator and the hub."""
    services.read_transcript(
        evaluation_id, item, attempt, actor=viewer(request), cheating=said.cheating, note=said.note
    )
    return Status(201, None)
