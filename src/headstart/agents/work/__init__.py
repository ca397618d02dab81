"""Run a model on assignments or a public suite, and serve the reference models."""

from headstart.agents.rules.assignments import log_name
from headstart.agents.work.handles import REFERENCE, ModelHandle, model, reference_model
from headstart.agents.work.running import Progress, Source, listed, run
from headstart.agents.work.suites import run_suite

__all__ = [
    "REFERENCE",
    "ModelHandle",
    "Progress",
    "Source",
    "listed",
    "log_name",
    "model",
    "reference_model",
    "run",
    "run_suite",
]
