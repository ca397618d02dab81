"""What the API says and takes of what two sides agree on: terms, trusted partners."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from ninja import Field, Schema
from pydantic import AwareDatetime, StringConstraints

from headstart import clock
from headstart.api.schemas_reviews import EnvelopeIn, Name
from headstart.reviews.rules import AccessLevel, Content, Proposal, Safeguards, Scope, Terms, Tier, Tlp

Words = Annotated[str, StringConstraints(max_length=4000)]


class TermsIn(Schema, extra="forbid"):
    """What is to be agreed. None of it can delay a release: there is no such field."""

    access_level: AccessLevel
    safeguards: Safeguards = Safeguards.ON
    confidentiality: Tlp = Tlp.AMBER_STRICT
    trade_secrets: Words = ""
    data_handling: Words = ""
    keep_content: Content = Content.DIGESTS
    keep_days: int = 90
    may_publish: list[Words] = Field(default_factory=list, max_length=32)
    reply_days: int = 5
    notes: Words = ""

    def terms(self) -> Terms:
        """As the room's rules have it."""
        return msgspec.convert(self.model_dump(mode="json"), Terms)


class AgreementIn(Schema):
    """The next version of what the developer and `counterpart` (id or exact name) agree on."""

    counterpart: Name
    terms: TermsIn


class SignatureOut(Schema):
    """One side's signature."""

    signer: str
    signer_id: str
    key_id: str
    envelope: dict[str, Any]
    at: datetime

    @staticmethod
    def resolve_signer(signature: Any) -> str:
        """The name of whose it is."""
        return str(signature.signer.name)


class AgreementOut(Schema):
    """One version of what was agreed. `state`: `proposed`, `in force` or `superseded`."""

    id: str
    review_id: str
    counterpart: str
    counterpart_id: str
    version: int
    previous: str
    terms: dict[str, Any]
    state: str
    signatures: list[SignatureOut]
    proposed_by: str
    proposed_at: datetime
    in_force_at: datetime | None
    superseded_at: datetime | None

    @staticmethod
    def resolve_counterpart(agreement: Any) -> str:
        """Its name."""
        return str(agreement.counterpart.name)

    @staticmethod
    def resolve_proposed_by(agreement: Any) -> str:
        """The name of the side that proposed it."""
        return str(agreement.proposed_by.name)

    @staticmethod
    def resolve_terms(agreement: Any) -> Any:
        """As they were signed."""
        return agreement.terms_text

    @staticmethod
    def resolve_signatures(agreement: Any) -> list[Any]:
        """In the order in which they were given."""
        return sorted(agreement.signatures.all(), key=lambda each: each.at)

    @staticmethod
    def resolve_state(agreement: Any) -> str:
        """Where it is."""
        if agreement.superseded_at is not None:
            return "superseded"
        return "proposed" if agreement.in_force_at is None else "in force"


class SignedIn(Schema):
    """A side's envelope, over the words that the hub gave."""

    envelope: EnvelopeIn


class PartnerIn(Schema):
    """Who is to be a trusted partner (id or exact name), why, in which tier, with which scopes, until when."""

    organisation: Name
    reason: Annotated[str, StringConstraints(max_length=300)]
    tier: Tier = Tier.OTHER
    scopes: list[Scope] = Field(min_length=1, max_length=8)
    expires_at: AwareDatetime | None = None

    def proposal(self) -> Proposal:
        """As the room's rules have it."""
        ends = self.expires_at.astimezone(UTC) if self.expires_at else None
        return Proposal(reason=self.reason, tier=self.tier, scopes=tuple(self.scopes), expires_at=ends)


class PartnerSignedIn(PartnerIn):
    """The proposal with a side's envelope, over the words of `partners/words`."""

    envelope: EnvelopeIn


class PartnerOut(Schema):
    """A trusted partner. `state`: `proposed`, `in force`, `expired` or `revoked`."""

    id: int
    organisation: str
    organisation_id: str
    reason: str
    tier: str
    scopes: list[str]
    state: str
    signatures: list[SignatureOut]
    proposed_at: datetime
    in_force_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    @staticmethod
    def resolve_organisation(partner: Any) -> str:
        """Its name."""
        return str(partner.organisation.name)

    @staticmethod
    def resolve_signatures(partner: Any) -> list[Any]:
        """In the order in which they were given."""
        return sorted(partner.signatures.all(), key=lambda each: each.at)

    @staticmethod
    def resolve_state(partner: Any) -> str:
        """Where it is."""
        if partner.revoked_at is not None:
            return "revoked"
        if partner.expires_at is not None and partner.expires_at <= clock.now():
            return "expired"
        return "proposed" if partner.in_force_at is None else "in force"


class RevokeIn(Schema):
    """Why, for the record."""

    reason: Annotated[str, StringConstraints(max_length=300)]
