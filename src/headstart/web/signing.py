"""Signing on a page: the words are shown and downloaded, the key stays with its owner, the envelope comes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest, HttpResponse

from headstart.errors import Invalid
from headstart.ledger.rules import dsse

if TYPE_CHECKING:
    from headstart.people.models import Organisation

LARGEST_ENVELOPE = 1 << 20  # bytes; of a file or of what was pasted


class EnvelopeUnreadable(Invalid):
    """What came back is no envelope."""

    code = "envelope-unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; sign words.json with `headstart review sign` and hand in what it prints")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is to be signed: the predicate's lines for a person, the whole of it as text."""

    lines: tuple[tuple[str, str], ...]
    text: str


def words(statement: Mapping[str, Any], *parties: "Organisation") -> Words:
    """A statement as a page shows it; the parties that it names by their ids are called by their names too."""
    predicate = statement.get("predicate", {})
    names = {each.id: f"{each.name} ({each.id})" for each in parties}
    lines = tuple((label, names.get(said, said)) for label, said in _lines("", predicate))
    return Words(lines=lines, text=_text(statement))


def _lines(where: str, value: Any) -> list[tuple[str, str]]:
    """Every leaf with the way to it: `criteria 1 name`."""
    if isinstance(value, Mapping) and value:
        pairs = [(str(name).replace("_", " "), each) for name, each in value.items()]
    elif isinstance(value, list | tuple) and value:
        if not any(isinstance(each, Mapping | list | tuple) for each in value):
            return [(where, ", ".join(map(str, value)))]
        pairs = [(str(at), each) for at, each in enumerate(value, 1)]
    else:
        return [(where, _leaf(value))]
    return [line for name, each in pairs for line in _lines(f"{where} {name}".strip(), each)]


def _leaf(value: Any) -> str:
    if value is None or value in ("", [], (), {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _text(statement: Mapping[str, Any]) -> str:
    return json.dumps(statement, indent=2, ensure_ascii=False)


def download(statement: Mapping[str, Any]) -> HttpResponse:
    """`words.json`, for the machine where the key is."""
    answer = HttpResponse(_text(statement), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="words.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def envelope(request: HttpRequest) -> dsse.Envelope:
    """The envelope that came back, as a file or as text; whether it was signed over the words is the room's to say.

    Raises:
        EnvelopeUnreadable: there is none, it is too large, or it is no envelope.
    """
    file = request.FILES.get("envelope_file")
    held = file.read(LARGEST_ENVELOPE + 1) if file else request.POST.get("envelope", "").encode()
    if not held.strip():
        raise EnvelopeUnreadable("there is no envelope yet")
    if len(held) > LARGEST_ENVELOPE:
        raise EnvelopeUnreadable(f"an envelope has at most {LARGEST_ENVELOPE >> 10} KiB")
    try:
        return msgspec.json.decode(held, type=dsse.Envelope)
    except (msgspec.DecodeError, RecursionError):
        raise EnvelopeUnreadable("that is no signed envelope") from None
