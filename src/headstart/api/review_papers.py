"""Marked words: fields, documents, watermarked copies, declarations. A reading past TLP:AMBER is written down."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from headstart.api import schemas_papers as told
from headstart.api.doorway import ASKING, PROBLEMS, download, viewer
from headstart.reviews import queries, services

router = Router()


@router.get(
    "/reviews/{review_id}/fields",
    response={200: list[told.FieldOut], **PROBLEMS},
    summary="What the developer says of its model",
)
def list_fields(request: HttpRequest, review_id: str) -> Any:
    """Every marked field, with its value where the viewer may read it and no reading has to be written down."""
    who = viewer(request)
    return list(queries.fields(who, queries.review(who, review_id)).values())


@router.get(
    "/reviews/{review_id}/fields/{field}",
    response={200: told.FieldOut, **ASKING},
    summary="Read one field",
)
def read_field(request: HttpRequest, review_id: str, field: str) -> Any:
    """Where it is marked TLP:AMBER or stricter, the reading is in the ledger."""
    who = viewer(request)
    value = services.read_field(review_id, field, actor=who)
    seen = queries.fields(who, queries.review(who, review_id))[field]
    return replace(seen, value=value)


@router.put(
    "/reviews/{review_id}/fields/{field}/marking",
    response={200: told.FieldOut, **ASKING},
    summary="Mark a field",
)
def mark_field(request: HttpRequest, review_id: str, field: str, said: told.MarkingIn) -> Any:
    """The developer says how a field of its review is marked, whatever the programme's own label."""
    who = viewer(request)
    review = services.mark_field(review_id, field, said.marking(who), actor=who)
    return queries.fields(who, review)[field]


@router.get(
    "/reviews/{review_id}/documents",
    response={200: list[told.DocumentOut], **PROBLEMS},
    summary="Documents",
)
def list_documents(request: HttpRequest, review_id: str) -> Any:
    """Those that the viewer may read, oldest first; of the others nothing is said."""
    return queries.documents(viewer(request), review_id)


@router.post(
    "/reviews/{review_id}/documents",
    response={201: told.DocumentOut, **ASKING},
    summary="Put a document into a review",
)
def put_document(request: HttpRequest, review_id: str, said: told.DocumentIn) -> Any:
    """Evidence, a model card, a note. What is no sealed measurement of this hub is marked advisory."""
    who = viewer(request)
    made = services.put_document(
        review_id,
        actor=who,
        kind=said.kind,
        title=said.title,
        text=said.text,
        evaluation_id=said.evaluation_id,
        marking=said.marking.marking(who) if said.marking else None,
    )
    return Status(201, made)


@router.get(
    "/documents/{document_id}", response={200: told.DocumentOut, **PROBLEMS}, summary="Read a document"
)
def read_document(request: HttpRequest, document_id: str) -> Any:
    """With its words. Where it is marked TLP:AMBER or stricter, the reading is in the ledger."""
    return services.read_document(document_id, actor=viewer(request))


@router.put(
    "/documents/{document_id}/marking",
    response={200: told.Marked, **ASKING},
    summary="Mark a document",
)
def mark_document(request: HttpRequest, document_id: str, said: told.MarkingIn) -> Any:
    """Who wrote it marks it anew; from then on that says who may read it. TLP:RED that names nobody takes it back."""
    who = viewer(request)
    return services.mark_document(document_id, said.marking(who), actor=who)


@router.get(
    "/reviews/{review_id}/exports", response={200: list[told.ExportOut], **PROBLEMS}, summary="Copies"
)
def list_exports(request: HttpRequest, review_id: str) -> Any:
    """The copies of its documents that were asked for, as far as the viewer may know of them."""
    return queries.exports(viewer(request), review_id)


@router.post(
    "/documents/{document_id}/exports",
    response={201: told.ExportOut, **ASKING},
    summary="Ask for a copy",
)
def ask_export(request: HttpRequest, document_id: str, said: told.ExportIn) -> Any:
    """A person asks, and says what for; another has to agree. Needs a person's token."""
    who = viewer(request)
    made = services.ask_export(document_id, said.reason, actor=who)
    return Status(201, _copy(who, made.document.review_id, made.id))


@router.post(
    "/exports/{export_id}/agree", response={200: told.ExportOut, **ASKING}, summary="Agree to a copy"
)
def agree_export(request: HttpRequest, export_id: str) -> Any:
    """A second person, who may read the document too. Needs a person's token."""
    who = viewer(request)
    made = services.agree_export(export_id, actor=who)
    return _copy(who, made.document.review_id, made.id)


@router.post("/exports/{export_id}/copy", response={200: Any, **ASKING}, summary="Take a copy")
def take_export(request: HttpRequest, export_id: str) -> HttpResponse:
    """A PDF with who, when and a mark on every page, for who asked. Each taking is written down."""
    name, held = services.take_export(export_id, actor=viewer(request))
    return download(held, "application/pdf", name)


@router.get(
    "/exports/traced/{mark}", response={200: told.ExportOut, **PROBLEMS}, summary="Whose copy a mark is"
)
def trace(request: HttpRequest, mark: str) -> Any:
    """For the document's owner, and others who may read it."""
    return queries.traced(viewer(request), mark)


@router.get(
    "/reviews/{review_id}/declarations",
    response={200: list[told.DeclarationOut], **PROBLEMS},
    summary="Declared interests",
)
def list_declarations(request: HttpRequest, review_id: str) -> Any:
    """For the developer, the authority and the hub all; for others their own organisation's."""
    return list(queries.declarations(viewer(request), review_id))


@router.post(
    "/reviews/{review_id}/declarations",
    response={201: told.DeclarationOut, **ASKING},
    summary="Declare interests",
)
def declare(request: HttpRequest, review_id: str, said: told.DeclarationIn) -> Any:
    """A person says which interests they have in the developer or its competitors. Needs a person's token."""
    return Status(201, services.declare(review_id, said.interests, actor=viewer(request)))


def _copy(who: Any, review_id: str, export_id: str) -> Any:
    """An export as its viewer sees it."""
    return next(each for each in queries.exports(who, review_id) if each.id == export_id)
