"""Terms between a developer and a counterpart: proposed, compared version by version, signed by both."""

from typing import TYPE_CHECKING, Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import AgreementNotFound
from headstart.reviews.rules import AccessLevel, Content, Role, Safeguards, Terms, Tlp
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web import signing
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import known, sheet
from headstart.web.review_sheet import organisation as named

if TYPE_CHECKING:
    from headstart.reviews.models import Agreement, Review


PROPOSERS = (Role.DEVELOPER, Role.EVALUATOR, Role.PARTNER, Role.AUTHORITY)


@require_http_methods(["GET", "POST"])
@page
def terms(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """Every version with every counterpart that the viewer may see, and the form that proposes another."""
    found = queries.review(viewer, review_id)
    if request.method == "POST":
        return kept(
            lambda: _propose(request, viewer, found), lambda refused: _terms(request, viewer, found, refused)
        )
    return _terms(request, viewer, found)


def _terms(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found)
    versions = list(queries.agreements(viewer, found.id))
    by_side: dict[str, list[Agreement]] = {}
    for each in versions:
        by_side.setdefault(each.counterpart.name, []).insert(0, each)
    newest = versions[-1] if versions else None
    typed: dict[str, Any] = _typed(newest.terms if newest else None)
    counterpart = str(request.GET.get("with", ""))
    if refused:
        typed, counterpart = request.POST.dict(), request.POST.get("counterpart", "")
    is_developer = shown["role"] is Role.DEVELOPER
    shown |= {
        "by_side": by_side,
        "typed": typed,
        "counterpart": counterpart,
        "known": known(viewer, found),
        "may_propose": shown["role"] in PROPOSERS,
        "is_developer": is_developer,
        "levels": wording.LEVELS.items(),
        "safeguards": wording.WITH_SAFEGUARDS.items(),
        "keeps": wording.KEEPS.items(),
        "labels": list(Tlp),
        "refused": refused,
    }
    return render(request, "web/review_terms.html", shown)


def _typed(terms: Terms | None) -> dict[str, Any]:
    """What the form says at first: the newest version's terms, or those that protect most."""
    if terms is None:
        terms = Terms(access_level=AccessLevel.AL1)
    found: dict[str, Any] = msgspec.to_builtins(terms)
    return {**found, "may_publish": "\n".join(terms.may_publish)}


def _propose(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    proposed = forms.terms(request.POST)
    is_developer = viewer.organisation_id == found.developer_id
    if is_developer:
        counterpart = named(viewer, request.POST, "counterpart", "With whom")
    else:
        counterpart = people.organisation(viewer, viewer.organisation_id)
    made = services.propose_terms(found.id, counterpart, proposed, actor=viewer)
    messages.success(request, "Proposed. They are in force once both sides have signed these very words.")
    return redirect("web:review-agreement", found.id, made.id)


@require_http_methods(["GET", "POST"])
@page
def agreement(request: HttpRequest, viewer: Viewer, review_id: str, agreement_id: str) -> HttpResponse:
    """One version beside the one before it, and its signing."""
    version = _version(viewer, review_id, agreement_id)
    found = version.review
    if request.method == "POST":
        return kept(
            lambda: _sign(request, viewer, found, version),
            lambda refused: _agreement(request, viewer, found, version, refused),
        )
    return _agreement(request, viewer, found, version)


def _version(viewer: Viewer, review_id: str, agreement_id: str) -> "Agreement":
    """A version: its counterpart sees it before it sees anything else of the review."""
    version = queries.agreement(viewer, agreement_id)
    if version.review_id != review_id:
        raise AgreementNotFound(agreement_id)
    return version


def _agreement(
    request: HttpRequest, viewer: Viewer, found: "Review", version: "Agreement", refused: str = ""
) -> HttpResponse:
    others = [each for each in queries.agreements(viewer, found.id) if _may_compare(each, version)]
    wanted = request.GET.get("with", "")
    chosen = next((each for each in others if str(each.version) == wanted), None)
    before = chosen or next((each for each in reversed(others) if each.version < version.version), None)
    sides = (found.developer_id, version.counterpart_id)
    signatures = list(version.signatures.all())
    signed = {each.signer_id for each in signatures}
    shown = sheet(viewer, found) | {
        "version": version,
        "others": others,
        "before": before,
        "rows": compared(before.terms if before else None, version.terms),
        "signatures": signatures,
        "may_sign": viewer.organisation_id in sides
        and viewer.organisation_id not in signed
        and version.superseded_at is None,
        "words": signing.words(services.agreement_words(version), found.developer, version.counterpart),
        "refused": refused,
        "envelope": request.POST.get("envelope", "") if refused else "",
    }
    return render(request, "web/review_agreement.html", shown)


def _may_compare(each: "Agreement", version: "Agreement") -> bool:
    return each.counterpart_id == version.counterpart_id and each.id != version.id


def compared(before: Terms | None, now: Terms) -> list[dict[str, Any]]:
    """Each term with what it says now and said before, and whether that changed."""
    rows = []
    for name, label in wording.TERMS.items():
        said = _said(now, name)
        was = "" if before is None else _said(before, name)
        rows.append({"label": label, "was": was, "now": said, "changed": before is not None and was != said})
    return rows


def _said(terms: Terms, name: str) -> str:
    value = getattr(terms, name)
    if isinstance(value, tuple):
        return "\n".join(value) or "nothing"
    if isinstance(value, AccessLevel):
        return f"{value}: {wording.LEVELS[value]}"
    if isinstance(value, Safeguards):
        return wording.WITH_SAFEGUARDS[value]
    if isinstance(value, Content):
        return wording.KEEPS[value]
    return str(value) or "nothing"


def _sign(request: HttpRequest, viewer: Viewer, found: "Review", version: "Agreement") -> HttpResponse:
    signed = services.sign_terms(version.id, signing.envelope(request), actor=viewer)
    if signed.in_force_at is not None:
        messages.success(request, "Signed by both sides: these terms are in force.")
    else:
        messages.success(request, "Signed. They are in force once the other side has signed too.")
    return redirect("web:review-agreement", found.id, version.id)


@page
def agreement_words(request: HttpRequest, viewer: Viewer, review_id: str, agreement_id: str) -> HttpResponse:  # noqa: ARG001
    """The words of one version, to sign where the key is."""
    return signing.download(services.agreement_words(_version(viewer, review_id, agreement_id)))
