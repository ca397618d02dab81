"""Vulnerabilities: the list, and one with its releases, its findings, its fix, its case and its advisory."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from headstart.advisories import queries as advisories
from headstart.cases import queries as cases
from headstart.exposure import queries as exposure
from headstart.ledger import queries as ledger
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries
from headstart.web import strips
from headstart.web.documents import Document, told_of
from headstart.web.doorway import page
from headstart.web.evidence import climb
from headstart.web.happenings import told
from headstart.web.swept import opinions, swept
from headstart.web.views.findings import as_envelope

if TYPE_CHECKING:
    from headstart.cases.models import Case
    from headstart.vulnerabilities.models import Membership, Vulnerability

EMBARGO = {
    "none": "none",
    "proposed": "proposed, until {until}; not every party has agreed",
    "active": "agreed by every party, until {until}",
    "exited": "ended",
}


@page
def vulnerabilities(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every one that the viewer may see, newest first."""
    sheet = Paginator(queries.vulnerabilities(viewer).reverse(), 50).get_page(request.GET.get("page"))
    ran = queries.all_releases_run(viewer, list(sheet))
    rows = [{"found": each, **_in_brief(ran[each.id])} for each in sheet]
    return render(request, "web/vulnerabilities.html", {"sheet": sheet, "rows": rows})


def _in_brief(answers: Mapping[str, Any]) -> dict[str, Any]:
    releases = [(version, str(answer)) for version, answer in answers.items()]
    return {"strip": strips.small(releases), "counts": strips.counts(releases), "of": len(releases)}


@page
def vulnerability(request: HttpRequest, viewer: Viewer, vulnerability_id: str) -> HttpResponse:
    """One root cause, with all its evidence that the viewer may see."""
    found = queries.vulnerability(viewer, vulnerability_id)
    members = list(queries.memberships(viewer, found.id))
    shown: dict[str, Any] = {
        "found": found,
        "exposed": _exposed(viewer, found.id),
        "members": [_member(viewer, each) for each in members],
        "check": _check(viewer, found.id),
        "documents": _documents(viewer, found.id),
        **_releases(viewer, found, members),
        **_case(viewer, found.id),
    }
    return render(request, "web/vulnerability.html", shown)


@page
def fix_receipt(request: HttpRequest, viewer: Viewer, vulnerability_id: str) -> HttpResponse:  # noqa: ARG001
    """The signed receipt of the newest check of a fix (a DSSE envelope)."""
    found = queries.vulnerability(viewer, vulnerability_id)
    check = proofs.latest_fix_check(viewer, found.id)
    if check is None:
        raise proofs.ProofNotFound(vulnerability_id)
    return as_envelope(check.receipt, f"fix-{found.id}.json")


def _exposed(viewer: Viewer, vulnerability_id: str) -> str:
    """How far it reaches, as counts; nothing for those who have no inventories and don't coordinate."""
    counts = exposure.counts(viewer, vulnerability_id)
    if not counts.assets:
        return "no inventory holds it" if viewer.is_hub else ""
    reach = f"{counts.assets} asset{'s' * (counts.assets != 1)}"
    if viewer.is_hub:
        reach += f" of {counts.operators} operator{'s' * (counts.operators != 1)}"
    return f"{reach}; {counts.affected} affected, {counts.unknown} unknown"


def _member(viewer: Viewer, membership: "Membership") -> dict[str, Any]:
    proof = proofs.latest_proof(viewer, membership.finding_id)
    return {
        "finding": membership.finding,
        "basis": membership.basis,
        "undone_at": membership.undone_at,
        "rung": proof.rung if proof else "claimed",
        "facts": [_fact(each) for each in membership.evidence],
    }


def _fact(fact: Any) -> str:
    """One line of evidence: its sentence where it has one, else its fields as they are."""
    if not isinstance(fact, Mapping):
        return str(fact)
    return str(fact.get("sentence") or ", ".join(f"{key}: {value}" for key, value in fact.items()))


def _releases(viewer: Viewer, found: "Vulnerability", members: Sequence["Membership"]) -> dict[str, Any]:
    """What the releases showed, all findings together, and on which of them the public advisories say otherwise."""
    answers = {version: str(answer) for version, answer in queries.releases_run(viewer, found).items()}
    if not answers:
        return {"beside": found.beside}
    rows = [
        row
        for each in members
        if each.undone_at is None
        for row in proofs.release_runs(viewer, each.finding_id)
    ]
    return {
        "sweep": swept(answers, rows, opinions(list(answers), found.beside)),
        "beside": found.beside,
    }


def _check(viewer: Viewer, vulnerability_id: str) -> dict[str, Any] | None:
    check = proofs.latest_fix_check(viewer, vulnerability_id)
    if check is None:
        return None
    url = reverse("web:fix-receipt", args=[vulnerability_id])
    return {"check": check, "steps": climb(check), "receipt_url": url}


def _case(viewer: Viewer, vulnerability_id: str) -> dict[str, Any]:
    case = cases.case_of(viewer, vulnerability_id)
    if case is None:
        return {}
    until = f"{case.embargo_until:%d %B %Y}" if case.embargo_until else "a day not named"
    return {
        "case": case,
        "embargo": EMBARGO[case.embargo].format(until=until.lstrip("0")),
        "parties": cases.parties(viewer, case.id),
        "timeline": _timeline(viewer, case),
    }


def _timeline(viewer: Viewer, case: "Case") -> list[dict[str, Any]]:
    """Messages with their text, and the case's entries of the ledger, in the order of their times."""
    messages = [
        {"who": each.sender.name, "said": f"wrote: {each.subject}", "at": each.at, "text": each.text}
        for each in cases.messages(viewer, case.id)
    ]
    steps = [
        {"who": each.who, "said": each.said, "at": each.at, "text": ""}
        for each in told(viewer, ledger.about(viewer, case.urn))
        if each.kind != "case.message"
    ]
    return sorted([*messages, *steps], key=itemgetter("at"))


def _documents(viewer: Viewer, vulnerability_id: str) -> list[Document]:
    advisory = advisories.of_vulnerability(viewer, vulnerability_id)
    return [told_of(viewer, advisory)] if advisory else []
