"""Families: what a model is measured on, each explained, with one item that everyone may see."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headstart.benchmarks import queries
from headstart.benchmarks.work import examples
from headstart.people.rules import Viewer
from headstart.web import harmless, wording
from headstart.web.doorway import page

if TYPE_CHECKING:
    from headstart.benchmarks.ports import Family

SIDES = ("offence", "defence")
MOST = 64 << 10  # bytes of a file that are shown: an item's files are smaller than that together


@page
def families(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """All that the viewer may read about, offence and defence apart."""
    found = queries.shown_families(viewer)
    sides = [(side, [_told(each) for each in found if each.side == side]) for side in SIDES]
    return render(request, "web/families.html", {"sides": sides, "count": len(found)})


@page
def family(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """One family; its example without what scores it."""
    found = queries.shown_family(viewer, name)
    item = examples.example(found.name)
    shown = {
        "family": _told(found),
        "paragraphs": found.about.split("\n\n"),
        "item": {"prompt": item.prompt, "level": item.level, "seed": f"{item.seed:x}"},
        "files": [
            {"name": path, "size": len(held), "text": harmless.shown(held[:MOST], len(held), MOST)}
            for path, held in sorted(item.files.items())
        ],
    }
    return render(request, "web/family.html", shown)


def _told(family: "Family") -> dict[str, Any]:
    return {
        "name": family.name,
        "title": family.name.replace("-", " ").capitalize(),
        "side": str(family.side),
        "summary": family.summary,
        "version": family.version,
        "needs": _needs(family.needs),
    }


def _needs(needs: Iterable[str]) -> str:
    return (
        " and ".join(wording.NEEDS.get(each, each) for each in sorted(needs)) or "nothing beside the sandbox"
    )
