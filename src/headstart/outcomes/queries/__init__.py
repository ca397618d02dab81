"""The outcomes room's reads; each asks who is looking, but for what is everyone's (summaries, aggregate)."""

from headstart.outcomes.queries.records import Record, record
from headstart.outcomes.queries.reports import (
    ReportSeen,
    may_report,
    report,
    report_seen,
    reports,
    with_words,
)
from headstart.outcomes.queries.standing import came_of, standing
from headstart.outcomes.queries.summaries import (
    aggregate,
    ended_at,
    has_ended,
    summaries,
    summary,
    summary_of,
    withdrawals,
)

__all__ = [
    "Record",
    "ReportSeen",
    "aggregate",
    "came_of",
    "ended_at",
    "has_ended",
    "may_report",
    "record",
    "report",
    "report_seen",
    "reports",
    "standing",
    "summaries",
    "summary",
    "summary_of",
    "with_words",
    "withdrawals",
]
