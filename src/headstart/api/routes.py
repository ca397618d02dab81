"""Every endpoint: a query or a service each, for whoever holds the token."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import File, NinjaAPI, Status, UploadedFile
from ninja.errors import HttpError, ValidationError
from ninja.pagination import LimitOffsetPagination, paginate

from headstart import __version__
from headstart.advisories import queries as advisories
from headstart.api import (
    access,
    evidence,
    outcomes,
    programmes,
    review_papers,
    review_sides,
    reviews,
    schemas,
)
from headstart.api import evaluations as measured
from headstart.api.doorway import PROBLEMS, PUBLIC, STATUS, Strict, Token, faults, viewer
from headstart.errors import HeadstartError
from headstart.exposure import services as deploying
from headstart.findings import queries as findings
from headstart.findings import services as handing_in
from headstart.ledger import queries as ledger
from headstart.people import queries as people
from headstart.people import services as taking_part
from headstart.people.rules import Viewer
from headstart.priority import queries as priority
from headstart.proofs import queries as proofs
from headstart.reports import work as reports
from headstart.vulnerabilities import queries as vulnerabilities

UNKNOWN = "this needs a token that is known here, as a bearer; the hub gives them out"
api = NinjaAPI(
    title="Headstart",
    version=__version__,
    description="The defenders' head start: findings proved, merged, fixed; defenders told first.",
    auth=Token(),
    docs_url=None,
    urls_namespace="api",
    parser=Strict(),
)
api.add_router("", outcomes.router)
api.add_router("/findings", evidence.router)
api.add_router("/evaluations", measured.router)
api.add_router("/reviews", reviews.router)
api.add_router("/programmes", programmes.router)
api.add_router("", review_sides.router)
api.add_router("", review_papers.router)
api.add_router("", access.router)


@api.exception_handler(HeadstartError)
def refuse(request: HttpRequest, error: HeadstartError) -> HttpResponse:
    """One clear line, and the status of its root."""
    status = next((status for root, status in STATUS if isinstance(error, root)), 500)
    return api.create_response(request, {"code": error.code, "message": str(error)}, status=status)


@api.exception_handler(ValidationError)
def refuse_values(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body or an address that breaks its schema: the same shape as any other refusal."""
    return api.create_response(request, {"code": "invalid", "message": faults(error.errors)}, status=422)


@api.exception_handler(HttpError)
def refuse_requests(request: HttpRequest, error: HttpError) -> HttpResponse:
    """No token, a token that is not known, a body that can't be read."""
    if isinstance(error.__cause__, HeadstartError):
        return refuse(request, error.__cause__)
    said = ("token-unknown", UNKNOWN) if error.status_code == 401 else ("unreadable", str(error))
    return api.create_response(request, {"code": said[0], "message": said[1]}, status=error.status_code)


@api.exception_handler(RequestDataTooBig)
def refuse_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """A body that is larger than the hub reads."""
    del error
    problem = {"code": "too-large", "message": "the body is larger than this hub takes"}
    return api.create_response(request, problem, status=413)


@api.get("/me", response=schemas.Me, summary="Who is looking")
def me(request: HttpRequest) -> Viewer:
    """The organisation that this token belongs to, and the person, where it is a person's."""
    return viewer(request)


@api.get("/me/keys", response=list[schemas.KeyOut], summary="What your organisation signs with")
def list_keys(request: HttpRequest) -> Any:
    """Its keys, the newest first: what was signed with an earlier one still verifies."""
    looking = viewer(request)
    return people.keys(people.organisation(looking, looking.organisation_id))


@api.post("/me/keys", response={200: schemas.KeyOut, **PROBLEMS}, summary="Sign with another key from now on")
def set_key(request: HttpRequest, given: schemas.KeyIn) -> Any:
    """Its first key, or another, which a person of it alone may set. The private half never comes here."""
    looking = viewer(request)
    own = people.organisation(looking, looking.organisation_id)
    return people.keys(taking_part.set_key(own, given.public_key, actor=looking))[0]


@api.get("/organisations", response=list[schemas.OrganisationOut], summary="Who takes part")
@paginate(LimitOffsetPagination)
def list_organisations(request: HttpRequest) -> Any:
    """As far as the viewer may know: the hub all; others the hub, the authority and themselves."""
    return people.organisations(viewer(request))


@api.get("/findings", response=list[schemas.FindingOut], summary="Findings")
@paginate(LimitOffsetPagination)
def list_findings(request: HttpRequest) -> Any:
    """The findings that the viewer may see, oldest first."""
    return findings.findings(viewer(request))


@api.post("/findings", response={202: schemas.Queued, **PROBLEMS}, summary="Hand in a report")
def hand_in(request: HttpRequest, report: File[UploadedFile], review_id: str | None = None) -> Any:
    """A zip of one report folder (docs/report-format.md). Its proof is queued; watch `/findings/{id}/proof`."""
    with tempfile.TemporaryDirectory(prefix="headstart-upload-") as folder:
        unpacked = reports.unpack(BytesIO(report.read(reports.LARGEST_BYTES + 1)), Path(folder))
        return Status(202, handing_in.hand_in(unpacked, actor=viewer(request), review_id=review_id))


@api.get("/findings/{finding_id}", response={200: schemas.FindingOut, **PROBLEMS}, summary="One finding")
def get_finding(request: HttpRequest, finding_id: str) -> Any:
    """One finding."""
    return findings.finding(viewer(request), finding_id)


@api.get("/findings/{finding_id}/proof", response={200: schemas.ProofOut, **PROBLEMS}, summary="Its proof")
def get_proof(request: HttpRequest, finding_id: str) -> Any:
    """The newest proof of a finding, with its signed receipt; 404 until it was run."""
    seen = findings.finding(viewer(request), finding_id)
    proof = proofs.latest_proof(viewer(request), seen.id)
    if proof is None:
        raise proofs.ProofNotFound(finding_id)
    return proof


@api.get("/vulnerabilities", response=list[schemas.VulnerabilityOut], summary="Vulnerabilities")
@paginate(LimitOffsetPagination)
def list_vulnerabilities(request: HttpRequest) -> Any:
    """The vulnerabilities that the viewer may see."""
    return vulnerabilities.vulnerabilities(viewer(request))


@api.get(
    "/vulnerabilities/{vulnerability_id}",
    response={200: schemas.VulnerabilityOut, **PROBLEMS},
    summary="One vulnerability",
)
def get_vulnerability(request: HttpRequest, vulnerability_id: str) -> Any:
    """One vulnerability with its affected releases."""
    return vulnerabilities.vulnerability(viewer(request), vulnerability_id)


@api.get(
    "/vulnerabilities/{vulnerability_id}/releases",
    response={200: list[schemas.ReleaseOut], **PROBLEMS},
    summary="Its releases",
)
def list_releases(request: HttpRequest, vulnerability_id: str) -> Any:
    """What every release that was run showed, in the ecosystem's order."""
    seen = vulnerabilities.vulnerability(viewer(request), vulnerability_id)
    found = vulnerabilities.releases_run(viewer(request), seen)
    return [{"version": version, "affected": str(answer)} for version, answer in found.items()]


@api.get(
    "/vulnerabilities/{vulnerability_id}/findings",
    response={200: list[schemas.MembershipOut], **PROBLEMS},
    summary="Its findings",
)
def list_memberships(request: HttpRequest, vulnerability_id: str) -> Any:
    """The findings that are this vulnerability, with the evidence for each merge."""
    return list(vulnerabilities.memberships(viewer(request), vulnerability_id))


@api.get(
    "/vulnerabilities/{vulnerability_id}/fix",
    response={200: schemas.FixCheckOut, 204: None, **PROBLEMS},
    summary="Its fix",
)
def get_fix(request: HttpRequest, vulnerability_id: str) -> Any:
    """The newest fix that was checked, rung by rung; 204 while there is none."""
    seen = vulnerabilities.vulnerability(viewer(request), vulnerability_id)
    return proofs.latest_fix_check(viewer(request), seen.id) or Status(204, None)


@api.get("/tasks", response=list[schemas.TaskOut], summary="What to do first")
def list_tasks(request: HttpRequest) -> Any:
    """An operator's list: what, by when, why; the most urgent first."""
    return list(priority.tasks(viewer(request), viewer(request).organisation_id))


@api.post("/deployments", response={204: None, **PROBLEMS}, summary="Report a deployment")
def report_deployment(request: HttpRequest, report: schemas.DeploymentIn) -> Any:
    """An operator says what it did about a vulnerability."""
    deploying.report_deployment(
        report.vulnerability_id,
        actor=viewer(request),
        state=report.state,
        asset=report.asset,
        reason=report.reason,
    )
    return Status(204, None)


@api.get("/advisories", response=list[schemas.AdvisoryOut], auth=PUBLIC, summary="Advisories")
@paginate(LimitOffsetPagination)
def list_advisories(request: HttpRequest) -> Any:
    """Released advisories as CSAF and OSV: to everyone without a token, to a tier's members with one."""
    return advisories.advisories(viewer(request))


@api.get("/published/{tier}/{name}", auth=PUBLIC, summary="A published file")
def get_published(request: HttpRequest, tier: str, name: str) -> HttpResponse:
    """A tier's index, document or envelope, byte for byte as it was signed: what a follower fetches.

    The address of a hub's tiers is `/api/published`; the tier `everyone` needs no token.
    """
    path = advisories.published_file(viewer(request), tier, name)
    return HttpResponse(path.read_bytes(), content_type="application/json")


@api.get("/ledger", response=list[schemas.EntryOut], auth=PUBLIC, summary="What happened")
@paginate(LimitOffsetPagination)
def list_entries(request: HttpRequest) -> Any:
    """The ledger entries whose body the viewer may read."""
    return ledger.entries(viewer(request))


@api.get(
    "/ledger/checkpoint", response={200: schemas.CheckpointOut, 204: None}, auth=None, summary="Checkpoint"
)
def get_checkpoint(request: HttpRequest) -> Any:
    """The newest signed checkpoint, for anyone."""
    del request
    return ledger.last_checkpoint() or Status(204, None)
