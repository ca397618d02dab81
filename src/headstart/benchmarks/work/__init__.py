"""Generate items, run a model on a sealed plan, score by running."""

from headstart.benchmarks.work.bench import SandboxBench
from headstart.benchmarks.work.evaluation import (
    BUDGET,
    Evaluation,
    evaluate,
    families,
    family,
    item,
    plan,
    usable_families,
)

__all__ = [
    "BUDGET",
    "Evaluation",
    "SandboxBench",
    "evaluate",
    "families",
    "family",
    "item",
    "plan",
    "usable_families",
]
