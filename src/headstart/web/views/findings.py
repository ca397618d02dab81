"""The findings queue, one finding with its evidence, and the files that can be downloaded of it."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from headstart.findings import queries
from headstart.findings.rules import may_ask
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.web import evidence, wording
from headstart.web.doorway import page
from headstart.web.swept import opinions, swept
from headstart.web.views.asking import asked_of

if TYPE_CHECKING:
    from headstart.findings.models import Finding
    from headstart.proofs.models import FixCheck, Proof
    from headstart.vulnerabilities.models import Vulnerability

ENVELOPE = "application/vnd.dsse+json"
MOST_CHECKS = 10


@page
def findings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The queue, newest first, by rung and by words."""
    chosen = request.GET.get("rung", "")
    chosen = chosen if chosen in wording.RUNGS else ""
    words = request.GET.get("q", "")[:200].strip().replace("\x00", "")
    counts = proofs.rung_counts(viewer)
    sheet = Paginator(proofs.queue(viewer, rung=chosen, words=words), 25).get_page(request.GET.get("page"))
    asked = {key: value for key, value in (("q", words), ("rung", chosen)) if value}
    shown: dict[str, Any] = {
        "sheet": sheet,
        "words": words,
        "chosen": chosen,
        "total": sum(counts.values()),
        "rungs": [{"word": word, "count": counts.get(word, 0)} for word in wording.RUNGS],
        "query": f"{urlencode(asked)}&" if asked else "",
    }
    return render(request, "web/findings.html", shown)


@page
def finding(request: HttpRequest, viewer: Viewer, finding_id: str) -> HttpResponse:
    """One finding with all that the hub saw."""
    found = queries.finding(viewer, finding_id)
    proof = proofs.latest_proof(viewer, found.id)
    home = vulnerabilities.of_finding(viewer, found.id)
    folder = queries.report(viewer, found.id)
    shown: dict[str, Any] = {
        "finding": found,
        "proof": proof,
        "home": home,
        "ladder": evidence.ladder(proof.rung if proof else "claimed"),
        "report": folder.report if folder else None,
        "files": evidence.files(folder),
        "smaller": proofs.smaller_triggers(viewer, found.id),
        "sweep": _sweep(viewer, found, home),
        "checks": [_check(found, each) for each in proofs.fix_checks_of(viewer, found.id)[:MOST_CHECKS]],
        "may_ask": may_ask(viewer, finder_id=found.finder_id),
        **asked_of(viewer, found.id),
        **(_proof(proof) if proof else {}),
    }
    return render(request, "web/finding.html", shown)


def _proof(proof: "Proof") -> dict[str, Any]:
    runs = evidence.runs(proof)
    return {
        "runs": runs,
        "runs_left_out": len(proof.runs) - len(runs),
        "place": next((each for each in runs if proof.k and each.seen and each.stack), None),
        "to_read": [*proof.flags, *({"sentence": each} for each in proof.unchecked)],
        "attribution": evidence.ATTRIBUTIONS.get(proof.attribution, proof.attribution),
        "believed": proof.rung in ("controlled", "contrasted", "vouched"),
    }


def _sweep(viewer: Viewer, found: "Finding", home: "Vulnerability | None") -> dict[str, Any] | None:
    rows = list(proofs.release_runs(viewer, found.id))
    if not rows:
        return None
    answers = {each.version: each.affected for each in rows}
    said = opinions(list(answers), home.beside if home else (), found.claimed_vers)
    return swept(answers, rows, said)


def _check(found: "Finding", check: "FixCheck") -> dict[str, Any]:
    return {
        "check": check,
        "steps": evidence.climb(check),
        "receipt_url": reverse("web:finding-fix-receipt", args=[found.id, check.id]),
    }


@page
def receipt(request: HttpRequest, viewer: Viewer, finding_id: str) -> HttpResponse:  # noqa: ARG001 - Django's
    """The signed receipt of the newest proof (a DSSE envelope)."""
    found = queries.finding(viewer, finding_id)
    proof = proofs.latest_proof(viewer, found.id)
    if proof is None:
        raise proofs.ProofNotFound(finding_id)
    return as_envelope(proof.receipt, f"receipt-{found.id}.json")


@page
def fix_receipt(request: HttpRequest, viewer: Viewer, finding_id: str, check_id: str) -> HttpResponse:  # noqa: ARG001
    """The signed receipt of one check of a fix."""
    check = proofs.fix_check(viewer, finding_id, check_id)
    return as_envelope(check.receipt, f"receipt-{check.id}.json")


@page
def smaller(request: HttpRequest, viewer: Viewer, finding_id: str, number: int) -> HttpResponse:  # noqa: ARG001
    """A smaller trigger, byte for byte: never shown by the browser, for it is hostile."""
    found = proofs.smaller_trigger(viewer, finding_id, number)
    answer = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="smaller-trigger-{found.pk}.bin"'
    return answer


def as_envelope(envelope: Any, name: str) -> HttpResponse:
    """A DSSE envelope to be saved under a name of ours."""
    answer = JsonResponse(envelope, json_dumps_params={"indent": 2}, content_type=ENVELOPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
