"""What the API says and takes of marked words: fields, documents, copies, declarations."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import StringConstraints

from headstart.api.schemas_reviews import Name
from headstart.people import queries as people
from headstart.people.errors import OrganisationNotFound
from headstart.people.rules import Viewer
from headstart.reviews.rules import Marking, Tlp

LARGEST = 1 << 20
Paper = Annotated[str, StringConstraints(max_length=LARGEST)]


class MarkingIn(Schema):
    """How it is marked. `named`: organisations and persons (ids or exact names) that it is meant for."""

    tlp: Tlp
    trade_secret: bool = False
    named: list[Name] = Field(default_factory=list, max_length=50)

    def marking(self, who: Viewer) -> Marking:
        """As the room's rules have it, by ids."""
        named = tuple(dict.fromkeys(_named(who, each) for each in self.named))
        return Marking(tlp=self.tlp, trade_secret=self.trade_secret, named=named)


def _named(who: Viewer, name: str) -> str:
    """The id of an organisation or a person."""
    try:
        return people.named(who, name).id
    except OrganisationNotFound:
        return people.person_named(who, name).id


class Marked(Schema):
    """How something is marked."""

    tlp: str
    trade_secret: bool
    named: list[str]

    @staticmethod
    def resolve_tlp(marked: Any) -> str:
        """The label of TLP 2.0."""
        return str(marked.marking.tlp.value)

    @staticmethod
    def resolve_trade_secret(marked: Any) -> bool:
        """Whether it is marked as one."""
        return bool(marked.marking.trade_secret)

    @staticmethod
    def resolve_named(marked: Any) -> list[str]:
        """The ids of those that it is meant for, to who may read it."""
        return list(marked.marking.named)


class FieldOut(Marked):
    """A field of a review. `value` is null where it is not the viewer's to read, or each reading is written down."""

    name: str
    value: str | None
    readable: bool


class DocumentIn(Schema):
    """Words to put into a review, a measurement of this hub, or both."""

    kind: Literal["evidence", "model-card", "note"]
    title: Name
    text: Paper = ""
    evaluation_id: Annotated[str, StringConstraints(max_length=32)] = ""
    marking: MarkingIn | None = None


class DocumentOut(Marked):
    """A document. `text` is null where it is TLP:AMBER or stricter: read it at its own address."""

    id: str
    review_id: str
    owner: str
    kind: str
    title: str
    text: str | None
    evaluation_id: str
    advisory: bool
    digest: str
    at: datetime

    @staticmethod
    def resolve_owner(paper: Any) -> str:
        """The name of who put it there."""
        return str(getattr(paper, "owner_name", "") or paper.owner.name)


class ExportIn(Schema):
    """What the copy is for."""

    reason: Annotated[str, StringConstraints(max_length=300)]


class ExportOut(Marked):
    """A copy that was asked for. `until`: when the asker may take it at the latest."""

    id: str
    document_id: str
    title: str
    asked_by: str
    asked_by_organisation: str
    reason: str
    asked_at: datetime
    agreed_by: str
    agreed_at: datetime | None
    taken_at: datetime | None
    until: datetime | None
    mark: str
    may_agree: bool
    may_take: bool


class DeclarationIn(Schema):
    """A person's interests in the developer or its competitors; empty: none."""

    interests: Annotated[str, StringConstraints(max_length=4000)]


class DeclarationOut(Schema):
    """What a person said of their interests."""

    person: str
    organisation: str
    interests: str
    at: datetime

    @staticmethod
    def resolve_person(made: Any) -> str:
        """The name that they sign in with."""
        return str(made.member.user.get_username())

    @staticmethod
    def resolve_organisation(made: Any) -> str:
        """Whose person it is."""
        return str(made.member.organisation.name)
