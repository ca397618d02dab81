"""Counts by day, each with its own denominator; what a summary may say."""

from headstart.outcomes.rules.figures import Figures, figures
from headstart.outcomes.rules.pairs import Held, Said, deployed
from headstart.outcomes.rules.standing import (
    Point,
    Series,
    Span,
    Standing,
    Step,
    Unit,
    count,
    days,
    overlap,
    series,
)

__all__ = [
    "Figures", "Held", "Point", "Said", "Series", "Span", "Standing", "Step", "Unit", "count", "days", "deployed",
    "figures", "overlap", "series",
]  # fmt: skip
