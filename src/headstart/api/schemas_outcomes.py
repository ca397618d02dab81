"""What the API says of what came of a review."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema

from headstart.api.schemas_papers import MarkingIn


class MarkingOut(Schema):
    """How something is marked: TLP 2.0, the mark of a trade secret, whom it is meant for."""

    tlp: str
    trade_secret: bool
    named: list[str]


class PointOut(Schema):
    """How it stood at the end of a day (UTC): `n` of `of`; of `unknown` more nobody could say. `of` is null where
    there is no denominator: nobody knows how much there is to be found."""

    day: date
    n: int
    of: int | None
    unknown: int


class SeriesOut(Schema):
    """One step by day. `unit`: what is counted (`reports`, `vulnerabilities`, `pairs`); never add two of them.
    `points` is null where it is not the viewer's to know."""

    step: str
    unit: str
    points: list[PointOut] | None


class StandingOut(Schema):
    """How it stands with what was found, by day. `whole`: all of the review is counted, or what the viewer may see.
    `release`: the day on which the model went out (`released`), or is to at the latest."""

    opens: date | None
    today: date
    release: date | None
    released: bool
    whole: bool
    series: list[SeriesOut]


class ReportIn(Schema):
    """A report. Without a marking: the author's terms with the developer say, else TLP:AMBER."""

    title: str = Field(max_length=200)
    text: str = Field(max_length=1 << 20)
    evaluation_id: str = Field("", max_length=32)
    marking: MarkingIn | None = None


class ReplyIn(Schema):
    """The developer's reply; it is attached for ever."""

    text: str = Field(max_length=1 << 20)


class ReportOut(Schema):
    """A report with its reply. `text` and `reply` are null where reading is written into the ledger: then
    `POST /reports/{id}/read` gives them. `opened`: others than author and developer may read it, by its marking."""

    id: str
    review_id: str
    author: str
    title: str
    evaluation_id: str
    digest: str
    marking: MarkingOut
    handed_at: datetime
    reply_until: datetime
    replied_at: datetime | None
    opened: bool
    text: str | None
    reply: str | None

    @staticmethod
    def resolve_marking(report: Any) -> dict[str, Any]:
        """Of a value with a marking."""
        return {
            "tlp": report.marking.tlp.value,
            "trade_secret": report.marking.trade_secret,
            "named": list(report.marking.named),
        }


class RecordOut(Schema):
    """One answer of an authority. `envelope` is DSSE; `headstart verify` holds it against `public_key` (PEM)."""

    number: int
    review_id: str
    programme: str
    authority: str
    answer: str
    criteria: list[Any]
    reasons: str
    evidence: list[str]
    key_id: str
    public_key: str
    envelope: dict[str, Any]
    at: datetime
    newest: bool


class SummaryOut(Schema):
    """What the public may know of one review: counts, each with its denominator, and dates."""

    id: str
    version: int
    published_at: datetime
    content: dict[str, Any]


class FiguresOut(Schema):
    """Known of `n` of `of` things: median, shortest, longest, in days; null where n is 0."""

    n: int
    of: int
    median: float | None
    shortest: float | None
    longest: float | None


class GroupOut(Schema):
    """The reviews of one programme, or all of them (`programme` is empty). `window`: how long those were open that
    opened and have ended."""

    programme: str
    name: str
    longest_days: int | None
    reviews: int
    enquired: int
    open: int
    ended: int
    ended_by: dict[str, int]
    answered: int
    window: FiguresOut


class CountOut(Schema):
    """One step, counted over the reviews that have ended: `n` of `of`; of `unknown` more nobody could say."""

    step: str
    unit: str
    title: str
    n: int
    of: int | None
    of_what: str
    unknown: int


class AggregateOut(Schema):
    """All reviews of this instance together. `days_until`: from a vulnerability's first report to that step."""

    format: str
    as_of: date
    together: GroupOut
    programmes: list[GroupOut]
    came_of_it: list[CountOut]
    days_until: dict[str, FiguresOut]
    says_not: list[str]
