"""What the API says and takes of reviews: windows, answers, who may reach the model."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from ninja import Field, Schema
from pydantic import AwareDatetime, StringConstraints

from headstart.api.doorway import viewer
from headstart.ledger.rules import dsse
from headstart.reviews import queries
from headstart.reviews.rules import Answer, Fits, Met, Role, Ruling

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class ReviewIn(Schema):
    """A model, and the id of the programme under whose rules its review is to be held."""

    model_name: Name
    programme: Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
    description: Text = ""
    planned_release_on: date | None = None


class ReviewOut(Schema):
    """A pre-release window. `model_name` is how the viewer may call the model; `role`, how they stand to it.

    `running`: the model may be reached now. Nothing here says whether it may be released: it always may.
    """

    id: str
    model_name: str
    developer: str
    developer_id: str
    programme: str
    stage: str
    asked_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    released_at: datetime | None
    ended_by: str
    running: bool

    @staticmethod
    def resolve_model_name(review: Any, context: Any) -> str:
        """What the viewer may call it."""
        return queries.name_for(viewer(context["request"]), review)

    @staticmethod
    def resolve_running(review: Any) -> bool:
        """Its window is open, and its end has not come."""
        return queries.is_running(review)

    @staticmethod
    def resolve_developer(review: Any) -> str:
        """Its name."""
        return str(review.developer.name)

    @staticmethod
    def resolve_programme(review: Any) -> str:
        """The id of its programme."""
        return str(review.programme_text.get("id", ""))


class WholeReviewOut(ReviewOut):
    """One review, and how its viewer stands to it."""

    role: Role

    @staticmethod
    def resolve_role(review: Any, context: Any) -> Role:
        """Developer, authority, hub, evaluator, partner, or nobody in particular."""
        return queries.role_of(viewer(context["request"]), review)


class RemainingOut(Schema):
    """What was begun and has not ended: by whom, how far, and whether it fits in the window by its own pace."""

    what: str
    who: str
    done: int | None
    of: int | None
    ends_at: datetime | None
    fits: Fits


class AccessIn(Schema):
    """Who may reach the model (id or exact name). The first one opens the window, for `days` or until `closes`."""

    organisation: Name
    days: int | None = Field(None, ge=1, le=366)
    closes: AwareDatetime | None = None


class AccessOut(Schema):
    """An organisation that may reach the model while the window is open."""

    organisation: str
    organisation_id: str
    given_at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_organisation(access: Any) -> str:
        """Its name."""
        return str(access.organisation.name)


class ShortenIn(Schema):
    """When the window is to close instead: sooner."""

    closes: AwareDatetime


class SignatureIn(Schema):
    """One signature of an envelope; both in base64."""

    sig: Annotated[str, StringConstraints(max_length=1000)]
    keyid: Annotated[str, StringConstraints(max_length=200)] = ""


class EnvelopeIn(Schema):
    """A DSSE envelope around an in-toto statement, as `headstart review sign` writes it."""

    payload: Annotated[str, StringConstraints(max_length=1_000_000)]
    payloadType: Annotated[str, StringConstraints(max_length=200)]  # noqa: N815 - the standard's spelling
    signatures: list[SignatureIn] = Field(min_length=1, max_length=8)

    def envelope(self) -> dsse.Envelope:
        """As the ledger's rules have it."""
        signatures = [dsse.Signature(sig=each.sig, keyid=each.keyid) for each in self.signatures]
        return dsse.Envelope(payload=self.payload, payloadType=self.payloadType, signatures=signatures)


class CriterionIn(Schema):
    """A criterion, whether it was met, and why the authority says so."""

    name: Name
    met: Met
    why: Text = ""


class RulingIn(Schema):
    """An authority's answer. `evidence`: the SHA-256 of each document of the review that it looked at."""

    answer: Answer
    criteria: list[CriterionIn] = Field(default_factory=list, max_length=64)
    reasons: Text = ""
    evidence: list[Digest] = Field(default_factory=list, max_length=256)

    def ruling(self) -> Ruling:
        """As the room's rules have it."""
        said = self.model_dump(mode="json", include={"answer", "criteria", "reasons", "evidence"})
        return msgspec.convert(said, Ruling)


class DeterminationIn(RulingIn):
    """The answer with its envelope, over the words of `determinations/words`."""

    envelope: EnvelopeIn


class DeterminationOut(Schema):
    """An authority's answer, in an envelope that its key alone can have signed."""

    number: int
    answer: str
    authority: str
    authority_id: str
    criteria: list[Any]
    reasons: str
    evidence: list[str]
    key_id: str
    envelope: dict[str, Any]
    at: datetime

    @staticmethod
    def resolve_authority(made: Any) -> str:
        """Its name."""
        return str(made.authority.name)
