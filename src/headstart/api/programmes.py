"""Programmes: the rules that windows are held under, for everyone to read and compare."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from headstart.api.doorway import PROBLEMS, PUBLIC
from headstart.reviews import rules, work

router = Router(auth=PUBLIC)


class TierOut(Schema):
    """From which day of the window on partners of a tier reach the model."""

    tier: str
    from_day: int


class ProgrammeOut(Schema):
    """A programme. `length_is` is `stated`, or `assumed` where no public page says how long a window may be.

    A source that begins with `Weak: ` tells what was not read in the text itself.
    """

    id: str
    name: str
    status: str
    longest_window_days: int
    length_is: str
    runs_to: str
    voluntary: bool
    authority: str
    may_join: list[str]
    partners_chosen_by: list[str]
    legal_basis: str
    zone: str
    terms: list[str]
    criteria: list[str]
    markings: dict[str, str]
    tiers: list[TierOut]
    sources: list[str]


class DifferenceOut(Schema):
    """A field in which two programmes part ways; `null` where one of them has none."""

    field: str
    a: Any
    b: Any


@router.get("", response=list[ProgrammeOut], summary="Programmes")
def list_programmes(request: HttpRequest) -> Any:
    """Those that ship: what is in force first."""
    del request
    return work.programmes()


@router.get("/{programme_id}", response={200: ProgrammeOut, **PROBLEMS}, summary="One programme")
def get_programme(request: HttpRequest, programme_id: str) -> Any:
    """Its rules, its terms, where it is from."""
    del request
    return work.shipped(programme_id)


@router.get(
    "/{programme_id}/differences/{other_id}",
    response={200: list[DifferenceOut], **PROBLEMS},
    summary="Two programmes compared",
)
def list_differences(request: HttpRequest, programme_id: str, other_id: str) -> Any:
    """Where two programmes part ways, field by field: `a` is of the first, `b` of the other."""
    del request
    return rules.differences(work.shipped(programme_id), work.shipped(other_id))
