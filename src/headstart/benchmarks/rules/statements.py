"""What evaluators sign: three in-toto predicates, for a sealed plan, a run that ended, and one transcript of it.

The subject of the first is `plan.json`, whose bytes are canonical JSON (RFC 8785): the commitment is its SHA-256, so
that anyone can hold an opened plan against it with `sha256sum`. Until it is opened, the plan stays where it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headstart.benchmarks.rules.ability import Ability
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.sealing import Plan
from headstart.ledger.rules import dsse

SEALED = "urn:headstart:predicate:sealed-plan:1"
OPENED = "urn:headstart:predicate:opened-plan:1"
RESULT = "urn:headstart:predicate:evaluation:1"
TRANSCRIPT = "urn:headstart:predicate:transcript:1"


def sealed(plan: Plan, at: datetime) -> dict[str, Any]:
    """That a plan was fixed at a time; nothing of the plan but how long a run may be."""
    said = {"sealedAt": at.isoformat(), "mostItems": plan.items * plan.attempts}
    return dsse.statement(SEALED, said, {"plan.json": plan.commitment})


def opened(plan: Plan, at: datetime) -> dict[str, Any]:
    """That a plan is shown to everyone from now on, in words that a person can check against the report."""
    said = {
        "openedAt": at.isoformat(),
        "families": {each.name: each.version for each in plan.families},
        "stopping": plan.stopping,
        "scoring": plan.scoring,
        "claim": plan.claim,
        "thresholds": dict(plan.thresholds),
    }
    return dsse.statement(OPENED, said, {"plan.json": plan.commitment})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, as it is signed."""

    model: str
    commitment: str
    root: str
    items: int
    stopped_by: str
    ability: Ability
    ended: datetime
    journal: str  # SHA-256 of journal.jsonl


def result(ended: Ended) -> dict[str, Any]:
    """What came of a run. The root commits to each line of the journal, and so to each sample's log."""
    ability = ended.ability
    said = {
        "model": ended.model,
        "commitment": ended.commitment,
        "root": ended.root,
        "items": ended.items,
        "stoppedBy": ended.stopped_by,
        "ability": f"{ability.mean:.3f}",
        "standardError": f"{ability.standard_error:.3f}",
        "interval": [f"{ability.low:.3f}", f"{ability.high:.3f}"],
        "endedAt": ended.ended.isoformat(),
    }
    return dsse.statement(RESULT, said, {"plan.json": ended.commitment, "journal.jsonl": ended.journal})


def transcript(
    score: ItemScore, line: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> dict[str, Any]:
    """That one sample's log belongs to a run: its line of the journal, and the way from there to the run's root."""
    said: Mapping[str, Any] = {
        "line": line.decode(),
        "index": index,
        "size": size,
        "path": [each.hex() for each in path],
        "root": root.hex(),
    }
    return dsse.statement(TRANSCRIPT, said, {score.sample_name: score.sample})
