"""Scales as files: fitted from runs of several models, read and written as JSON."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from headstart.benchmarks.errors import ScaleInvalid
from headstart.benchmarks.rules.ability import tallied
from headstart.benchmarks.rules.calibration import Calibration, calibrate
from headstart.benchmarks.rules.grid import Cell
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.work.folder import RunFolder

MOST_BYTES = 1 << 20


def calibrated(runs: Sequence[RunFolder]) -> Calibration:
    """The scale that runs of several models speak for: first attempts that count and show no sign of cheating.

    Runs of one model are one model's answers. `source` names the runs by the hashes of their journals.

    Raises:
        RunUnreadable: a folder holds no run of this format.
        TooLittleToCalibrate: no family has answers enough of both kinds, from two models.
    """
    answers: dict[str, list[tuple[str, int, bool]]] = {}
    roots = {}
    for run in runs:
        own = answers.setdefault(run.header().model, [])
        own += [
            (each.family, each.level, each.solved)
            for each in run.scores()
            if each.counts and each.attempt == 1 and not each.cheated
        ]
        roots[run.root().hex()] = run.header().model
    tallies: list[dict[Cell, tuple[int, int]]] = [tallied(own) for own in answers.values()]
    named = ", ".join(f"{model} {root[:16]}" for root, model in sorted(roots.items()))
    every = hashlib.sha256("\n".join(sorted(roots)).encode()).hexdigest()
    return calibrate(tallies, f"fitted to {len(roots)} runs: {named[:2000]} (all: {every})")


def write_scale(found: Calibration, path: Path) -> None:
    """Write a scale and what it was fitted from, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_scale(path: Path) -> Scale:
    """A scale as `bench calibrate` wrote it.

    Raises:
        ScaleInvalid: there is no such file, it is no JSON, or its numbers can't be a scale's.
    """
    try:
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ScaleInvalid(f"{path} can't be read ({error.strerror})") from None
    if len(held) > MOST_BYTES:
        raise ScaleInvalid(f"{path} is larger than {MOST_BYTES:,} bytes")
    try:
        found = json.loads(held)
    except (ValueError, RecursionError):
        raise ScaleInvalid(f"{path} is no JSON") from None
    if not isinstance(found, dict):
        raise ScaleInvalid(f"{path} has not the form of a scale")
    return Scale.of(found.get("scale", found))
