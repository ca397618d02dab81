"""Transcripts of an evaluation: which there are, one as a conversation, what a person says of it, its proof."""

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from headstart.benchmarks import queries, services
from headstart.people.rules import Viewer
from headstart.web import running, wording
from headstart.web.doorway import page


@page
def transcripts(request: HttpRequest, viewer: Viewer, evaluation_id: str) -> HttpResponse:
    """Every attempt in its order; those with signs of cheating, or that nobody read, or of one outcome."""
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in queries.SHOWS else ""
    found = queries.picked(viewer, evaluation_id, chosen)
    shown = {
        "evaluation": queries.evaluation(viewer, evaluation_id),
        "sheet": Paginator(found, 50).get_page(request.GET.get("page")),
        "chosen": chosen,
        "shows": [(each, wording.TRANSCRIPTS.get(each, each)) for each in queries.SHOWS],
        "total": queries.items(viewer, evaluation_id).count(),
        "read": queries.read(viewer, evaluation_id),
        "query": f"show={chosen}&" if chosen else "",
    }
    return render(request, "web/transcripts.html", shown)


@page
def transcript(
    request: HttpRequest, viewer: Viewer, evaluation_id: str, item: str, attempt: int
) -> HttpResponse:
    """One conversation, with what a program saw in it and what people said of it."""
    found = queries.item(viewer, evaluation_id, item, attempt)
    said = queries.conversation(viewer, evaluation_id, item, attempt)
    pages = Paginator(said.messages, running.MOST_MESSAGES)
    sheet = pages.get_page(request.GET.get("page"))
    shown: dict[str, Any] = {
        "evaluation": found.evaluation,
        "item": found,
        "note": said.note,
        "signs": running.signs(found),
        "sheet": sheet,
        "messages_shown": running.messages(said, found, max(0, sheet.start_index() - 1)),
        "readings": [each for each in queries.readings(viewer, evaluation_id) if each.item_id == found.pk],
        "sayings": wording.SAYINGS.items(),
        "may_judge": queries.may_judge(viewer, found.evaluation),
        "query": "",
    }
    return render(request, "web/transcript.html", shown)


@require_POST
@page
def read(request: HttpRequest, viewer: Viewer, evaluation_id: str, item: str, attempt: int) -> HttpResponse:
    """A person read it, and says whether the model cheated there."""
    services.read_transcript(
        evaluation_id,
        item,
        attempt,
        actor=viewer,
        cheating=request.POST.get("cheating", ""),
        note=request.POST.get("note", ""),
    )
    messages.success(request, "Noted: you read it. The report says so from now on.")
    return redirect("web:transcript", evaluation_id, item, attempt)


@page
def disclosure(
    request: HttpRequest, viewer: Viewer, evaluation_id: str, item: str, attempt: int  # noqa: ARG001 - Django's
) -> HttpResponse:  # fmt: skip
    """The transcript with its proof, to hand to anyone."""
    name, held = queries.disclosure(viewer, evaluation_id, item, attempt)
    return _file(held, "application/zip", f"{name}.zip")


@page
def sample(
    request: HttpRequest, viewer: Viewer, evaluation_id: str, item: str, attempt: int  # noqa: ARG001 - Django's
) -> HttpResponse:  # fmt: skip
    """The whole log, as it was recorded: never shown by the browser, for it is hostile."""
    held = queries.sample(viewer, evaluation_id, item, attempt)
    return _file(held, "application/octet-stream", f"{item}.{attempt}.json")


def _file(held: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(held, content_type=kind)
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
