"""What the pages of one review share: its name for this viewer, the programme, documents with who may read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from headstart.people import queries as people
from headstart.people.errors import MemberNotFound, OrganisationNotFound
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.web import review_forms as forms
from headstart.web import review_words as wording

if TYPE_CHECKING:
    from headstart.people.models import Organisation
    from headstart.reviews.models import Review
    from headstart.reviews.queries.documents import Paper

FIELDS = {
    "model_name": "Model",
    "description": "What the developer says of it",
    "planned_release_on": "Planned release",
}
NOT_CARRIED = {"csrfmiddlewaretoken", "do", "envelope"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A document in a list; reading one that is `noted` is written down."""

    row: "Paper"
    kind: str
    noted: bool


def sheet(viewer: Viewer, review: "Review") -> dict[str, Any]:
    """What every page of a review is told."""
    programme = review.programme
    return {
        "review": review,
        "name": queries.name_for(viewer, review),
        "programme": programme,
        "zone": programme.zone,
        "role": queries.role_of(viewer, review),
        "stage": stage(review),
    }


def stage(review: "Review") -> str:
    """Where it is, in words."""
    said = wording.STAGES.get(review.stage, review.stage)
    why = wording.ENDED.get(review.ended_by, "")
    return f"{said}: {why}" if why and review.stage == "closed" else said


def carried(said: QueryDict) -> list[tuple[str, str]]:
    """What a form said, to be sent again by the next one."""
    return [(name, value) for name in said if name not in NOT_CARRIED for value in said.getlist(name)]


def known(viewer: Viewer, review: "Review") -> list[str]:
    """The names of the organisations of this review that the viewer knows of already, for a form to offer."""
    names = {each.organisation.name for each in queries.accesses(viewer, review.id)}
    names |= {each.organisation.name for each in queries.partners(viewer, review.id)}
    names |= {each.counterpart.name for each in queries.agreements(viewer, review.id)}
    return sorted(names)


def documents(viewer: Viewer, review: "Review") -> list[Row]:
    """The documents that the viewer may read."""
    return [_row(each) for each in queries.documents(viewer, review.id)]


def _row(paper: "Paper") -> Row:
    kind = wording.DOCUMENTS.get(paper.kind, paper.kind)
    return Row(row=paper, kind=kind, noted=paper.is_noted)


def fields(viewer: Viewer, review: "Review") -> list[dict[str, Any]]:
    """The review's own marked fields, as far as the viewer may read them."""
    return [
        {
            "name": name,
            "label": FIELDS[name],
            "field": each,
            "said": each.value or "nothing was said",
            "suffix": f"-{name}",
            "named": "\n".join(names_of(viewer, each.marking.named)),
        }
        for name, each in queries.fields(viewer, review).items()
    ]


def organisation(viewer: Viewer, said: Mapping[str, Any], name: str, field: str) -> "Organisation":
    """The organisation that a form names.

    Raises:
        FieldWrong: nothing was typed, or nobody is known here by that name.
    """
    typed = forms.line(said, name, field, needed=True)
    try:
        return people.named(viewer, typed)
    except OrganisationNotFound:
        raise forms.FieldWrong(field, f"nobody is known here as {typed[:100]!r}") from None


def ids_of(viewer: Viewer, names: Iterable[str]) -> tuple[str, ...]:
    """Organisations and persons by their exact names (or ids), as a marking names them.

    Raises:
        FieldWrong: one is neither.
    """
    return tuple(_id_of(viewer, each) for each in names)


def _id_of(viewer: Viewer, name: str) -> str:
    try:
        return people.named(viewer, name).id
    except OrganisationNotFound:
        pass
    try:
        return people.person_named(viewer, name).id
    except MemberNotFound:
        raise forms.FieldWrong("Named", f"nobody is known here as {name[:100]!r}") from None


def names_of(viewer: Viewer, ids: Iterable[str]) -> list[str]:
    """The names behind the ids of a marking; an id as it stands where there is none any more."""
    return [_name_of(viewer, each) for each in ids]


def _name_of(viewer: Viewer, named: str) -> str:
    try:
        return people.named(viewer, named).name
    except OrganisationNotFound:
        pass
    try:
        return people.person_named(viewer, named).user.get_username()
    except MemberNotFound:
        return named
