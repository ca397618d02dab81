"""What the API says and takes of the gateway: endpoints, keys, usage. Money is USD, and text, so that it is exact."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AwareDatetime, PlainSerializer, StringConstraints

from headstart.access.rules import Dialect, endpoints, grants
from headstart.reviews.rules import Safeguards, Scope

Model = Annotated[str, StringConstraints(min_length=1, max_length=endpoints.LONGEST_MODEL)]
Price = Annotated[Decimal, Field(ge=0, le=endpoints.DEAREST, max_digits=12, decimal_places=6)]
Money = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str)]


class UpstreamIn(Schema):
    """A developer's endpoint; prices are USD per million tokens. `secret` is its key: it comes out nowhere."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=endpoints.LONGEST_NAME)]
    dialect: Dialect
    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    secret: Annotated[str, StringConstraints(min_length=1, max_length=endpoints.LONGEST_SECRET)] = Field(
        repr=False
    )
    models: Annotated[list[Model], Field(min_length=1, max_length=endpoints.MOST_MODELS)]
    safeguards: Safeguards = Safeguards.ON
    price_in: Price = Decimal(0)
    price_out: Price = Decimal(0)


class UpstreamOut(Schema):
    """An endpoint, without its secret. `base_url` is for the developer and the hub; empty for others."""

    id: str
    review_id: str
    name: str
    dialect: str
    base_url: str = Field(alias="shown_address")
    models: list[str] = Field(alias="models_text")
    safeguards: str
    price_in: Money
    price_out: Money
    added_at: datetime
    removed_at: datetime | None


class KeyIn(Schema):
    """What a person's key is given for; `member` is the id of their seat, or the name that they sign in with.

    A limit that is left out or null is none; without `expires_at` the key lasts as long as the window.
    """

    upstream_id: str
    member: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))] = Field(default=[*Scope])
    most_tokens: Annotated[int, Field(ge=1, le=grants.MOST_TOKENS)] | None = None
    most_cost: Annotated[Decimal, Field(gt=0, le=grants.MOST_COST, decimal_places=4)] | None = None
    requests_a_minute: Annotated[int, Field(ge=1, le=grants.MOST_A_MINUTE)] = 60
    most_streams: Annotated[int, Field(ge=1, le=grants.MOST_STREAMS)] = 8
    expires_at: AwareDatetime | None = None


class KeyOut(Schema):
    """A person's key: `hint` is its last characters. What was spent is of requests that have ended."""

    id: str
    upstream_id: str
    organisation_id: str
    organisation: str
    member_id: str
    person: str
    hint: str
    scopes: list[str]
    most_tokens: int | None
    most_cost: Money | None
    tokens_spent: int
    cost_spent: Money
    requests_a_minute: int
    most_streams: int
    under_way: int
    given_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @staticmethod
    def resolve_organisation(row: Any) -> str:
        """Its name."""
        return str(row.organisation.name)

    @staticmethod
    def resolve_person(row: Any) -> str:
        """The name that the person signs in with."""
        return str(row.member.user.get_username())


class NewKeyOut(Schema):
    """A key that was just given. `key` is what the person uses: this answer is the only one that shows it."""

    id: str
    key: str
    hint: str
    scopes: list[str]


class UsageOut(Schema):
    """What one person used. `endings` counts the requests by how they ended; null left: no limit."""

    member_id: str
    person: str
    organisation_id: str
    organisation: str
    keys: int
    live_keys: int
    requests: int
    tokens_in: int
    tokens_out: int
    cost: Money
    estimated: int
    bounded: int
    last_at: datetime | None
    tokens_left: int | None
    cost_left: Money | None
    endings: dict[str, int]


class RequestOut(Schema):
    """One request through the gateway: digests (SHA-256), sizes and times, never a word of it."""

    id: str
    key_id: str
    at: datetime
    path: str
    model: str
    request_digest: str
    request_bytes: int
    ended_at: datetime | None
    ending: str
    status: int | None
    response_digest: str
    response_bytes: int
    tokens_in: int
    tokens_out: int
    estimated: bool
    bounded: bool
    cost: Money
    first_byte_ms: float | None
    wall_seconds: float | None
