"""What the API says of evaluations: plans, runs, items, readings."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema
from pydantic import FiniteFloat


class TermsIn(Schema):
    """What is decided before a plan is sealed. Without `families`: all that can be run here."""

    families: list[str] | None = None
    form: Literal["adaptive", "fixed"] = "adaptive"
    items: int = 120
    until_se: float | None = 0.3
    anchors: float = 0.2
    in_flight: int = 4
    attempts: int = 1
    claim: str = Field("", max_length=4000)
    threat_model: str = Field("", max_length=4000)
    thresholds: dict[str, FiniteFloat] = Field(default_factory=dict, max_length=20)


class SealIn(Schema):
    """One of: `terms`, over which the hub draws a plan; `plan`, an opened one; `commitment`, of a plan that you keep.

    Without `review_id` it is sealed for whatever comes.
    """

    review_id: str | None = None
    terms: TermsIn | None = None
    plan: dict[str, Any] | None = None
    commitment: str | None = None


class SealedOut(Schema):
    """A sealed plan; the plan itself is read at its own address, once it is opened (by its sealer: before)."""

    commitment: str
    subject: str
    sealed_by: str
    sealed_at: datetime
    opened_at: datetime | None

    @staticmethod
    def resolve_sealed_by(sealed: Any) -> str:
        """The name of who sealed it."""
        return str(sealed.sealer.name)


class OpenIn(Schema):
    """The plan, where the hub does not hold it."""

    plan: dict[str, Any] | None = None


class RunIn(Schema):
    """A model to run on a sealed plan. `model` is one that the hub was set up for; limits are of the whole run."""

    commitment: str
    model: str
    review_id: str | None = None
    snapshot: str = ""
    access_level: Literal["", "AL1", "AL2", "AL3"] = ""
    safeguards: Literal["on", "off", "unknown"] = "unknown"
    independence: str = ""
    tokens: int | None = None
    seconds: float = 86_400.0
    cost: float | None = None
    input_price: float | None = None
    output_price: float | None = None


class RunOut(Schema):
    """How far a run is. `standing`: done of most, solved of counted, ability, tokens, cost, the last items."""

    id: str
    commitment: str
    subject: str
    model: str
    state: str
    standing: dict[str, Any]
    said: str
    evaluation_id: str | None
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def resolve_commitment(run: Any) -> str:
        """Of the plan that is run."""
        return str(run.sealed.commitment)


class EvaluationOut(Schema):
    """What a model can do: its ability with the interval, and what it was measured on."""

    id: str
    model_name: str
    snapshot: str
    access_level: str
    safeguards: str
    scaffold: str
    families: dict[str, Any]
    commitment: str
    root: str
    ability: float
    standard_error: float
    low: float
    high: float
    solved: int
    counted: int
    refusals: int
    infrastructure: int
    cheated: int
    cost: float | None
    stopped_by: str
    sealed_at: datetime | None
    started_at: datetime
    ended_at: datetime


class WholeEvaluationOut(EvaluationOut):
    """The same with its report (docs/schemas/evaluation-1.schema.json)."""

    report: dict[str, Any]


class ItemOut(Schema):
    """One attempt at one item. `sample` is the SHA-256 of its log, which is `entry` of the ledger."""

    item: str
    attempt: int
    order: int
    family: str
    side: str
    level: int
    anchor: bool
    framing: str
    outcome: str
    elsewhere: bool
    sentence: str
    ending: str
    signs: list[Any]
    input_tokens: int
    output_tokens: int
    messages: int
    seconds: float
    cost: float | None
    sample: str
    entry: int | None
    read: int


class ReadingIn(Schema):
    """What a person says who read a transcript: did the model cheat there?"""

    cheating: str
    note: str = Field("", max_length=2000)


class ReadingOut(Schema):
    """What a person said."""

    item: str
    attempt: int
    by: str
    at: datetime
    cheating: str
    note: str
