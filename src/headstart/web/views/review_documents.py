"""Documents and fields of a review, each with its marking: added, read, marked."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from headstart.benchmarks import queries as benchmarks
from headstart.people.rules import Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import DocumentNotFound, FieldHidden
from headstart.reviews.rules import Marking, Role, Tlp
from headstart.web import review_forms as forms
from headstart.web import review_words as wording
from headstart.web.doorway import kept, page
from headstart.web.review_sheet import FIELDS, documents, fields, ids_of, names_of, sheet

if TYPE_CHECKING:
    from headstart.reviews.models import Review

MOST_EVALUATIONS = 100


@require_http_methods(["GET", "POST"])
@page
def shelf(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """What lies in the review for this viewer, and the form that adds to it."""
    found = queries.review(viewer, review_id)
    if request.method == "GET":
        return _shelf(request, viewer, found)
    return kept(lambda: _put(request, viewer, found), lambda refused: _shelf(request, viewer, found, refused))


def _shelf(request: HttpRequest, viewer: Viewer, found: "Review", refused: str = "") -> HttpResponse:
    shown = sheet(viewer, found)
    mine = benchmarks.evaluations_of(viewer, found.urn)[:MOST_EVALUATIONS]
    may_add = shown["role"] not in (Role.MEMBER, Role.PUBLIC)
    shown |= {
        "documents": documents(viewer, found),
        "may_add": may_add,
        "kinds": wording.DOCUMENTS.items(),
        "labels": wording.LABELS.items(),
        "evaluations": mine,
        "typed": request.POST.dict(),
        "fields": fields(viewer, found) if shown["role"] is Role.DEVELOPER else [],
        "refused": refused,
    }
    return render(request, "web/review_documents.html", shown)


def _put(request: HttpRequest, viewer: Viewer, found: "Review") -> HttpResponse:
    made = services.put_document(
        found.id,
        actor=viewer,
        kind=request.POST.get("kind", ""),
        title=forms.line(request.POST, "title", "Title", needed=True),
        text=_text(request),
        evaluation_id=request.POST.get("evaluation", ""),
        marking=_marking(request, viewer),
    )
    messages.success(request, f"Added, marked {made.marking.tlp}.")
    return redirect("web:review-documents", found.id)


def _marking(request: HttpRequest, viewer: Viewer) -> Marking | None:
    if not request.POST.get("tlp") and (
        request.POST.get("trade_secret") or request.POST.get("named", "").strip()
    ):
        raise forms.FieldWrong(
            "Label", "choose one for what is a trade secret, or is meant for those that are named"
        )
    return forms.marking(
        request.POST, ids_of(viewer, forms.lines(request.POST, "named", "Whom it is meant for"))
    )


def _text(request: HttpRequest) -> str:
    """What was typed, or a file of text in its place; how long it may be is the room's to say."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "").replace("\r\n", "\n")
    try:
        return bytes(file.read()).decode()
    except UnicodeDecodeError:
        raise forms.FieldWrong("File", "it is no text in UTF-8") from None


@require_http_methods(["GET", "POST"])
@page
def document(request: HttpRequest, viewer: Viewer, review_id: str, document_id: str) -> HttpResponse:
    """One document: its text, or for what is marked AMBER or stricter a button that says it is written down."""
    found = queries.review(viewer, review_id)
    paper = queries.document(viewer, document_id)
    if paper.review_id != found.id:
        raise DocumentNotFound(document_id)
    text = paper.text
    if request.method == "POST":
        text = services.read_document(document_id, actor=viewer).text
    shown = sheet(viewer, found) | {
        "document": paper,
        "text": text,
        "kind": wording.DOCUMENTS.get(paper.kind, paper.kind),
        "written_down": request.method == "POST" and paper.is_noted,
        "named": ", ".join(names_of(viewer, paper.marking.named)),
        "mine": viewer.organisation_id == paper.owner_id,
        "named_lines": "\n".join(names_of(viewer, paper.marking.named)),
        "labels": wording.LABELS.items(),
    }
    answer = render(request, "web/review_document.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
@page
def field(request: HttpRequest, viewer: Viewer, review_id: str, name: str) -> HttpResponse:
    """One field of which each reading is written down: before, that it is written down; then, what it says."""
    found = queries.review(viewer, review_id)
    one = queries.fields(viewer, found).get(name)
    if one is None or not one.readable:
        raise FieldHidden(name)
    if not one.is_noted:
        return redirect("web:review", found.id)
    shown = sheet(viewer, found) | {"label": FIELDS[name], "field": name, "marking": one.marking}
    if request.method == "POST":
        shown["value"] = services.read_field(found.id, name, actor=viewer)
        shown["read"] = True
    answer = render(request, "web/review_field.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@page
def mark(request: HttpRequest, viewer: Viewer, review_id: str) -> HttpResponse:
    """The developer marks a field of its review anew."""
    name = request.POST.get("field", "")
    marking = _marking(request, viewer) or Marking(tlp=Tlp.AMBER_STRICT)
    services.mark_field(review_id, name, marking, actor=viewer)
    messages.success(request, f"{FIELDS.get(name, name)}: marked {marking.tlp} from now on.")
    return redirect("web:review-documents", review_id)


@require_POST
@page
def mark_document(request: HttpRequest, viewer: Viewer, review_id: str, document_id: str) -> HttpResponse:
    """Who wrote a document marks it anew."""
    if queries.document(viewer, document_id).review_id != review_id:
        raise DocumentNotFound(document_id)
    marking = _marking(request, viewer) or Marking(tlp=Tlp.AMBER_STRICT)
    made = services.mark_document(document_id, marking, actor=viewer)
    messages.success(request, f"Marked {made.marking.tlp} from now on.")
    return redirect("web:review-document", made.review_id, made.id)
