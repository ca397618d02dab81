"""Generate items, run a model on a sealed plan, score by running."""

from headstart.benchmarks.work.bench import SandboxBench
from headstart.benchmarks.work.catalogue import families, family, item, missing, usable_families
from headstart.benchmarks.work.evaluation import About, Evaluation, evaluate
from headstart.benchmarks.work.folder import Header, RunFolder, plan_bytes, read_plan
from headstart.benchmarks.work.planning import BUDGET, Terms, plan
from headstart.benchmarks.work.sessions import RunLimits, Standing

__all__ = [
    "BUDGET",
    "About",
    "Evaluation",
    "Header",
    "RunFolder",
    "RunLimits",
    "SandboxBench",
    "Standing",
    "Terms",
    "evaluate",
    "families",
    "family",
    "item",
    "missing",
    "plan",
    "plan_bytes",
    "read_plan",
    "usable_families",
]
