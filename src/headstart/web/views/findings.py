"""The findings queue, one finding with its evidence, and its receipts."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode

from headstart.findings import queries
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.web import wording
from headstart.web.doorway import page

ATTRIBUTIONS = {
    "target": "the package: the innermost code outside the standard library is its own, or was called by it",
    "harness": "the harness itself, so the report is refuted",
    "unknown": "running can't tell: a person reads the harness",
}
MOST_OUTPUTS = 6


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
    shown: dict[str, Any] = {
        "finding": found,
        "proof": proof,
        "home": vulnerabilities.of_finding(viewer, found.id),
        "ladder": ladder(proof.rung if proof else "claimed"),
    }
    if proof is not None:
        runs = sorted(proof.runs, key=lambda run: run["role"] != "trigger")
        shown |= {
            "runs": runs,
            "outputs": outputs(runs),
            "to_read": [*proof.flags, *({"sentence": each} for each in proof.unchecked)],
            "attribution": ATTRIBUTIONS.get(proof.attribution, proof.attribution),
        }
    return render(request, "web/finding.html", shown)


def outputs(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs that said something, each output once."""
    said = {(run["role"], run["input"], run["stdout"], run["stderr"]): run for run in reversed(runs)}
    return [run for run in reversed(said.values()) if run["stdout"] or run["stderr"]][:MOST_OUTPUTS]


def ladder(rung: str) -> list[dict[str, str]]:
    """The steps of the evidence ladder with where this one stands; a refutation ends it after the first."""
    steps = list(wording.LADDER)
    at = steps.index(rung) if rung in steps else 0
    drawn = [
        {
            "word": word,
            "means": wording.LADDER[word],
            "state": "done" if place < at else "here" if place == at else "",
        }
        for place, word in enumerate(steps)
    ]
    if rung == "refuted":
        drawn[0]["state"] = "done"
        drawn.insert(1, {"word": rung, "means": wording.RUNGS[rung], "state": "stop"})
    return drawn


@page
def receipt(request: HttpRequest, viewer: Viewer, finding_id: str) -> HttpResponse:  # noqa: ARG001 - Django's
    """The signed receipt of the newest proof (a DSSE envelope)."""
    found = queries.finding(viewer, finding_id)
    proof = proofs.latest_proof(viewer, found.id)
    if proof is None:
        raise proofs.ProofNotFound(finding_id)
    return as_file(proof.receipt, f"receipt-{found.id}.json")


def as_file(document: Any, name: str) -> HttpResponse:
    """A JSON document to be saved under a name of ours."""
    answer = JsonResponse(document, json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
