"""Is the model covered? The authority's answer: criteria, reasons, evidence, and its signature. It blocks nothing."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import NotTheirs
from headstart.reviews.rules import Answer, Met
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web import signing
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import carried, documents, sheet

if TYPE_CHECKING:
    from headstart.reviews.models import Review

BLANK_CRITERIA = 3  # lines beside the programme's own


@require_http_methods(["GET", "POST"])
@page
def determination(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The form; then its words, which the authority signs where its key is."""
    found = queries.review(viewer, review_id)
    if viewer.kind is not Kind.AUTHORITY:
        raise NotTheirs("the authority", "answer whether a model is covered")
    if request.method == "GET" or request.POST.get("do") == "change":
        return _form(request, viewer, found)
    if request.POST.get("do") == "words":
        return kept(
            lambda: _words(request, viewer, found), lambda refused: _form(request, viewer, found, refused)
        )
    if request.POST.get("do") == "download":
        words = services.determination_words(found, forms.ruling(request.POST))
        return signing.download(words)
    return kept(
        lambda: _sign(request, viewer, found), lambda refused: _words(request, viewer, found, refused)
    )


def _form(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    said = request.POST
    names = said.getlist("criterion") or [*found.programme.criteria, *[""] * BLANK_CRITERIA]
    whys = said.getlist("why") or [""] * len(names)
    picked = set(said.getlist("evidence"))
    shown = sheet(viewer, found) | {
        "criteria": [
            {"at": at, "name": name, "why": why, "met": said.get(f"met-{at}", Met.UNKNOWN)}
            for at, (name, why) in enumerate(zip(names, whys, strict=False))
        ],
        "mets": wording.MET.items(),
        "answers": wording.ANSWERS.items(),
        "answer": said.get("answer", Answer.CANNOT_SAY if not said else ""),
        "reasons": said.get("reasons", ""),
        "documents": [
            {"row": each, "picked": each.row.digest in picked} for each in documents(viewer, found)
        ],
        "given": queries.determinations(viewer, found.id),
        "refused": refused,
    }
    return render(request, "web/review_determination.html", shown)


def _words(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    ruling = forms.ruling(request.POST)
    shown = sheet(viewer, found) | {
        "ruling": ruling,
        "words": signing.words(services.determination_words(found, ruling)),
        "carried": carried(request.POST),
        "refused": refused,
        "envelope": request.POST.get("envelope", ""),
    }
    return render(request, "web/review_determination_sign.html", shown)


def _sign(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    ruling = forms.ruling(request.POST)
    services.determine(found.id, ruling, signing.envelope(request), actor=viewer)
    messages.success(request, f"Signed and recorded: {ruling.answer}. The developer sees it now.")
    return redirect("web:review", found.id)
