"""Usage as a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from headstart.access.rules import Ending, Usage

COLUMNS = (
    "organisation", "person", "keys", "live_keys", "requests", "tokens_in", "tokens_out", "cost_usd", "estimated",
    "bounded", "last_at", "tokens_left", "cost_left_usd",
)  # fmt: skip
ENDINGS = tuple(each for each in Ending)
UNLIMITED = "no limit"
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # a spreadsheet would work out what begins so (OWASP, CSV injection)


def usage_csv(rows: Iterable[Usage]) -> str:
    """Usage as CSV (RFC 4180), a line a person; the last columns count requests by how they ended."""
    held = io.StringIO()
    table = csv.writer(held)
    table.writerow([*COLUMNS, *(f"ended_{each.value.replace(' ', '_')}" for each in ENDINGS)])
    for row in rows:
        plain = [
            row.organisation, row.person, row.keys, row.live_keys, row.requests, row.tokens_in, row.tokens_out,
            row.cost, row.estimated, row.bounded, row.last_at.isoformat() if row.last_at else "",
            UNLIMITED if row.tokens_left is None else row.tokens_left,
            UNLIMITED if row.cost_left is None else row.cost_left,
        ]  # fmt: skip
        counts = [row.endings.get(each, 0) for each in ENDINGS]
        table.writerow([_harmless(each) if isinstance(each, str) else each for each in [*plain, *counts]])
    return held.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
