"""The outcomes room's writes."""

from headstart.outcomes.services.reports import hand_report, read_report, reply
from headstart.outcomes.services.summaries import publish_summary

__all__ = ["hand_report", "publish_summary", "read_report", "reply"]
