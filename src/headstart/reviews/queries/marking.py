"""Who is who in a review, and which of its marked fields each may read."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Q

from headstart import clock
from headstart.people.rules import Kind, Viewer
from headstart.reviews.errors import FieldNotFound
from headstart.reviews.models import Review
from headstart.reviews.rules import Marking, Reader, Role, Tlp, is_noted, is_strict, may_read

FIELDS = ("model_name", "description", "planned_release_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A marked field as one viewer sees it. What is `is_noted` has no value here: `services.read_field` gives it to
    who may read it, and writes down that they did."""

    name: str
    value: str | None
    marking: Marking  # whom it names is told to those who may read it alone
    readable: bool
    is_noted: bool
    """Whether a reading is written down."""


def role_of(viewer: Viewer, review: Review) -> Role:
    """How a viewer stands to a review now: access that was taken back, and a partnership that is over, count no more.

    Access that ended with the window counts: what was measured is reported after it.
    """
    if viewer.is_public:
        return Role.PUBLIC
    if viewer.organisation_id == review.developer_id:
        return Role.DEVELOPER
    fixed = {Kind.HUB: Role.HUB, Kind.AUTHORITY: Role.AUTHORITY}.get(viewer.kind)
    if fixed is not None:
        return fixed
    mine = Q(organisation_id=viewer.organisation_id)
    if review.accesses.filter(mine, ended_at__isnull=True).exists():
        return Role.EVALUATOR
    lasts = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    in_force = Q(in_force_at__isnull=False, revoked_at__isnull=True)
    return Role.PARTNER if review.partners.filter(mine, in_force, lasts).exists() else Role.MEMBER


def reader(viewer: Viewer, review: Review) -> Reader:
    """A viewer as the rules of marking see them."""
    return Reader(
        organisation_id=viewer.organisation_id, member_id=viewer.member_id, role=role_of(viewer, review)
    )


def marking_of(review: Review, field: str) -> Marking:
    """How a field is marked: as the developer said, else as the programme does, else AMBER.

    Raises:
        FieldNotFound: no field of a review that is marked.
    """
    if field not in FIELDS:
        raise FieldNotFound(field, FIELDS)
    said: Any = review.markings_text.get(field)
    if said is not None:
        return msgspec.convert(said, Marking)
    return Marking(tlp=review.programme.markings.get(field, Tlp.AMBER))


def value_of(review: Review, field: str) -> str:
    """What a field says, in one spelling for every door; empty where the developer said nothing."""
    value = getattr(review, field)
    return "" if value is None else str(value)


def is_noted_field(marking: Marking, field: str) -> bool:
    """Whether each reading of a field is written down. A model's name of AMBER is not: it is the heading of its review,
    told to all who take part in it."""
    return is_strict(marking) if field == "model_name" else is_noted(marking)


def fields(viewer: Viewer, review: Review) -> dict[str, Field]:
    """The marked fields of a review as the viewer sees them, by name."""
    who = reader(viewer, review)
    return {name: _seen(review, name, who) for name in FIELDS}


def _seen(review: Review, name: str, who: Reader) -> Field:
    marking = marking_of(review, name)
    readable = may_read(marking, who, review.developer_id)
    noted = is_noted_field(marking, name)
    shown = value_of(review, name) if readable and not noted else None
    told = marking if readable else Marking(tlp=marking.tlp, trade_secret=marking.trade_secret)
    return Field(name=name, value=shown, marking=told, readable=readable, is_noted=noted)


def name_for(viewer: Viewer, review: Review) -> str:
    """What a review is called before this viewer: its model's name, or whose model it is.

    A name stricter than AMBER is called by its owner's people alone: they gave it, and must tell their reviews apart.
    Whom it names reads it by `services.read_field`.
    """
    marking = marking_of(review, "model_name")
    readable = may_read(marking, reader(viewer, review), review.developer_id)
    if readable and (not is_strict(marking) or viewer.organisation_id == review.developer_id):
        return review.model_name
    return f"a model of {review.developer.name}"
