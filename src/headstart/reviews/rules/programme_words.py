"""A programme in words that a person reads: what each of its fields is called, and its values."""

from collections.abc import Iterator
from typing import Any

import msgspec

from headstart.reviews.rules.programmes import Programme

LABELS = {
    "name": "Name",
    "status": "Status",
    "longest_window_days": "Longest window, in days",
    "length_is": "That length is",
    "runs_to": "The window runs to",
    "voluntary": "Taking part is voluntary",
    "authority": "Authority",
    "may_join": "Who may join",
    "partners_chosen_by": "Who choose trusted partners",
    "legal_basis": "Legal basis",
    "zone": "Days are counted in",
    "criteria": "What the authority looks at",
    "terms": "Terms",
    "sources": "Sources",
}
TIER = "From which day partners reach the model: "
MARKING = "How it is marked: "
OF_THEIR_OWN = frozenset({"name", "legal_basis", "criteria", "terms", "sources"})  # shown apart
MARKED = {
    "model_name": "the model's name",
    "description": "what is said of the model",
    "planned_release_on": "the day on which its release is planned",
}
NOTHING = "nothing is said"


def label(field: str) -> str:
    """What a field of a programme, or of a difference between two, is called."""
    of, _, inside = field.partition(".")
    if of == "tiers":
        return TIER + inside.replace("-", " ")
    if of == "markings":
        return MARKING + MARKED.get(inside, inside)
    return LABELS.get(field, field)


def said(value: Any) -> str:
    """A value on one line."""
    if value is None or value in ((), [], ""):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return str(value)


def lines(value: Any) -> list[str]:
    """A list of sentences as its lines; anything else as one."""
    if isinstance(value, list | tuple) and any(" " in each for each in value):
        return list(value)
    return [said(value)]


def facts(programme: Programme) -> Iterator[tuple[str, str]]:
    """What fits a line each: a name and a value, in the order of LABELS; then tiers and markings."""
    held = msgspec.structs.asdict(programme)
    for field in LABELS:
        if field not in OF_THEIR_OWN:
            yield label(field), said(held[field])
    for tier in programme.tiers:
        yield label(f"tiers.{tier.tier}"), str(tier.from_day)
    for field, tlp in programme.markings.items():
        yield label(f"markings.{field}"), tlp.value
