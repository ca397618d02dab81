"""Trusted partners: proposed by either side, in force with two signatures, revoked by one."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import PartnerNotFound
from headstart.reviews.rules import Proposal, Scope, Tier
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web import signing
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import carried, known, sheet
from headstart.web.review_sheet import organisation as named

if TYPE_CHECKING:
    from headstart.reviews.models import Partner, Review


@require_http_methods(["GET", "POST"])
@page
def propose(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """Who, why, in which tier, for what and until when; then the words, with the proposer's signature."""
    found = queries.review(viewer, review_id)
    do = request.POST.get("do", "")
    if request.method == "GET" or do == "change":
        return _form(request, viewer, found)
    if do == "words":
        return kept(
            lambda: _words(request, viewer, found), lambda refused: _form(request, viewer, found, refused)
        )
    if do == "download":
        return signing.download(_statement(request, viewer, found))
    return kept(
        lambda: _sign_new(request, viewer, found), lambda refused: _words(request, viewer, found, refused)
    )


def _form(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    said = request.POST
    shown = sheet(viewer, found) | {
        "known": known(viewer, found),
        "typed": said.dict(),
        "scopes": [
            (each, wording.SCOPES[each], not said or each in said.getlist("scopes")) for each in Scope
        ],
        "tiers": _tiers(found, said.get("tier", "")),
        "refused": refused,
    }
    return render(request, "web/review_partner_new.html", shown)


def _tiers(found: "Review", chosen: str) -> list[dict[str, Any]]:
    days = {each.tier: each.from_day for each in found.programme.tiers}
    return [
        {"tier": each, "means": wording.TIERS[each], "day": days.get(each), "here": each == chosen}
        for each in Tier
    ]


def _proposal(request: HttpRequest, found: "Review") -> Proposal:
    return forms.proposal(request.POST, found.programme.zone)


def _statement(request: HttpRequest, viewer: Viewer, found: "Review") -> dict[str, Any]:
    organisation = named(viewer, request.POST, "organisation", "Who")
    return services.partnership_words(found, organisation, _proposal(request, found))


def _words(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    organisation = named(viewer, request.POST, "organisation", "Who")
    shown = sheet(viewer, found) | {
        "organisation": organisation,
        "proposal": _proposal(request, found),
        "words": signing.words(_statement(request, viewer, found), found.developer, organisation),
        "carried": carried(request.POST),
        "refused": refused,
        "envelope": request.POST.get("envelope", ""),
    }
    return render(request, "web/review_partner_sign.html", shown)


def _sign_new(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    organisation = named(viewer, request.POST, "organisation", "Who")
    made = services.sign_partner(
        found.id,
        organisation,
        signing.envelope(request),
        actor=viewer,
        proposal=_proposal(request, found),
    )
    return _signed(request, found, made)


def _signed(request: HttpRequest, found: "Review", partner: "Partner") -> HttpResponse:
    name = partner.organisation.name
    if partner.in_force_at is not None:
        messages.success(request, f"Signed by both sides: {name} is a trusted partner.")
    else:
        messages.success(request, f"Signed. {name} is a trusted partner once the other side has signed too.")
    return redirect("web:review-partner", found.id, partner.pk)


@require_http_methods(["GET", "POST"])
@page
def partner(request: HttpRequest, viewer: Viewer, review_id: str, partner_id: int) -> HttpResponse:
    """One partner: what was proposed, who signed, the other signature, and its end."""
    found = queries.review(viewer, review_id)
    one = _one(viewer, found, partner_id)
    if request.method == "GET":
        return _partner(request, viewer, found, one)
    act = _revoke if request.POST.get("do") == "revoke" else _sign
    return kept(
        lambda: act(request, viewer, found, one),
        lambda refused: _partner(request, viewer, found, one, refused),
    )


def _one(viewer: Viewer, found: "Review", partner_id: int) -> "Partner":
    one = queries.partner(viewer, partner_id)
    if one.review_id != found.id:
        raise PartnerNotFound(str(partner_id))
    return one


def _partner(
    request: HttpRequest, viewer: Viewer, found: "Review", one: "Partner", refused: str = ""
) -> HttpResponse:
    signatures = list(one.signatures.all())
    signed = {each.signer_id for each in signatures}
    chooses = viewer.organisation_id == found.developer_id or viewer.kind is Kind.AUTHORITY
    shown = sheet(viewer, found) | {
        "partner": one,
        "scopes": [wording.SCOPES.get(each, each) for each in one.scopes],
        "tier": wording.TIERS.get(one.tier, one.tier),
        "signatures": signatures,
        "may_sign": chooses
        and viewer.organisation_id not in signed
        and not one.in_force_at
        and not one.revoked_at,
        "may_revoke": chooses and one.revoked_at is None,
        "words": signing.words(_words_of(found, one), found.developer, one.organisation),
        "refused": refused,
        "envelope": request.POST.get("envelope", "") if refused else "",
    }
    return render(request, "web/review_partner.html", shown)


def _words_of(found: "Review", one: "Partner") -> dict[str, Any]:
    return services.partnership_words(found, one.organisation, one.proposal)


def _sign(request: HttpRequest, viewer: Viewer, found: "Review", one: "Partner") -> HttpResponse:
    made = services.sign_partner(
        found.id, one.organisation, signing.envelope(request), actor=viewer, proposal=one.proposal
    )
    return _signed(request, found, made)


def _revoke(request: HttpRequest, viewer: Viewer, found: "Review", one: "Partner") -> HttpResponse:
    reason = forms.line(request.POST, "why", "Reason", needed=True)
    services.revoke_partner(one.pk, actor=viewer, reason=reason)
    messages.success(request, f"{one.organisation.name} is no trusted partner any more; its keys ended.")
    return redirect("web:review", found.id)


@page
def partner_words(request: HttpRequest, viewer: Viewer, review_id: str, partner_id: int) -> HttpResponse:  # noqa: ARG001
    """The words, to sign where the key is."""
    found = queries.review(viewer, review_id)
    return signing.download(_words_of(found, _one(viewer, found, partner_id)))
