"""A finding's evidence, and what people ask of the hub for it: queue, watch, read, download."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Status

from headstart.api import schemas
from headstart.api.doorway import ASKING, PROBLEMS, viewer
from headstart.findings import queries as findings
from headstart.proofs import queries, services

ENVELOPE = "application/vnd.dsse+json"
router = Router()


@router.post(
    "/{finding_id}/tasks", response={202: schemas.TaskState, **ASKING}, summary="Have something run for it"
)
def ask(request: HttpRequest, finding_id: str, asked: schemas.TaskIn) -> Any:
    """Queue a proof, a sweep, a search for a smaller trigger, or the check of a fix; then watch the task.

    For the hub, the finder, and a maintainer who is a party. Asking for what is under way gives the task that is
    there. A `fix` names a `release` of the same package or carries a `patch` (a unified diff).
    """
    task = services.ask(
        finding_id, asked.verb, actor=viewer(request), patch=asked.patch, release=asked.release
    )
    return Status(202, task)


@router.get(
    "/{finding_id}/tasks",
    response={200: list[schemas.TaskState], **PROBLEMS},
    summary="What was asked for it",
)
def list_tasks(request: HttpRequest, finding_id: str) -> Any:
    """The newest hundred, the newest first."""
    seen = findings.finding(viewer(request), finding_id)
    return list(queries.tasks(viewer(request), seen.id)[:100])


@router.get(
    "/{finding_id}/tasks/{task_id}", response={200: schemas.TaskState, **PROBLEMS}, summary="Watch a task"
)
def watch(request: HttpRequest, finding_id: str, task_id: str) -> Any:
    """How far it is: `queued`, `running` with `done` of `total`, `done` or `failed`, and `said` tells more."""
    return queries.task(viewer(request), finding_id, task_id)


@router.get(
    "/{finding_id}/releases",
    response={200: list[schemas.ReleaseRunOut], **PROBLEMS},
    summary="Its releases, each one run",
)
def list_releases(request: HttpRequest, finding_id: str) -> Any:
    """The evidence table of the newest sweep, in the ecosystem's order; empty until there was one."""
    seen = findings.finding(viewer(request), finding_id)
    return list(queries.release_runs(viewer(request), seen.id))


@router.get(
    "/{finding_id}/fixes", response={200: list[schemas.FixCheckOut], **PROBLEMS}, summary="Fixes of it"
)
def list_fixes(request: HttpRequest, finding_id: str) -> Any:
    """The newest hundred fixes that were checked, rung by rung, the newest first."""
    seen = findings.finding(viewer(request), finding_id)
    return list(queries.fix_checks_of(viewer(request), seen.id)[:100])


@router.get(
    "/{finding_id}/receipt", response={200: Any, **PROBLEMS}, summary="The proof's receipt, as a file"
)
def proof_receipt(request: HttpRequest, finding_id: str) -> HttpResponse:
    """The DSSE envelope of the newest proof; `headstart verify` checks it without a server."""
    seen = findings.finding(viewer(request), finding_id)
    proof = queries.latest_proof(viewer(request), seen.id)
    if proof is None:
        raise queries.ProofNotFound(finding_id)
    return envelope(proof.receipt, f"receipt-{proof.id}.json")


@router.get(
    "/{finding_id}/fixes/{check_id}/receipt",
    response={200: Any, **PROBLEMS},
    summary="A fix's receipt, as a file",
)
def fix_receipt(request: HttpRequest, finding_id: str, check_id: str) -> HttpResponse:
    """The DSSE envelope of one check of a fix."""
    check = queries.fix_check(viewer(request), finding_id, check_id)
    return envelope(check.receipt, f"receipt-{check.id}.json")


def envelope(receipt: Any, name: str) -> HttpResponse:
    """A receipt to be saved under a name of ours (a DSSE envelope)."""
    answer = JsonResponse(receipt, json_dumps_params={"indent": 2}, content_type=ENVELOPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
