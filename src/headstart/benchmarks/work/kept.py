"""What the records keep of a run: its values as a table holds them, where its folder is, what people said."""

import dataclasses
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from headstart.agents.rules.assignments import Budget, Prices
from headstart.benchmarks.errors import PlanInvalid
from headstart.benchmarks.rules.results import ItemScore, Reading
from headstart.benchmarks.rules.runs import MOST_RECENT
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work.catalogue import family
from headstart.benchmarks.work.evaluation import Evaluation
from headstart.benchmarks.work.folder import RunFolder
from headstart.benchmarks.work.planning import Terms, check
from headstart.benchmarks.work.sessions import RunLimits, Standing

STANDS = ("done", "most", "solved", "counted", "refusals", "infrastructure", "tokens", "cost", "seconds")


def evaluation_record(result: Evaluation) -> dict[str, Any]:
    """An evaluation's columns, but for whose it is and where it lies."""
    header, ability, rate = result.header, result.ability, result.rate
    costs = [each.cost for each in result.items]
    known = [each for each in costs if each is not None]
    record: dict[str, Any] = storable(
        {
            "model_name": result.model[:200],
            "snapshot": header.snapshot[:200],
            "access_level": header.access_level[:8],
            "safeguards": header.safeguards,
            "independence": header.independence,
            "scaffold": header.scaffold[:300],
            "families": dict(result.families),
            "commitment": result.plan.commitment,
            "plan": result.plan.as_dict(),
            "ability": ability.mean,
            "standard_error": ability.standard_error,
            "low": ability.low,
            "high": ability.high,
            "solved": rate.hits,
            "counted": rate.total,
            "rate_low": rate.low,
            "rate_high": rate.high,
            "refusals": result.refusals,
            "infrastructure": result.infrastructure,
            "cheated": sum(each.cheated for each in result.items),
            "input_tokens": sum(each.input_tokens for each in result.items),
            "output_tokens": sum(each.output_tokens for each in result.items),
            "cost": sum(known) if known and len(known) == len(costs) else None,
            "budget": dict(header.budget),
            "run_limits": dict(header.run_limits),
            "prices": dict(header.prices) if header.prices else None,
            "stopped_by": header.stopped_by[:300],
            "sandbox": header.sandbox[:32],
            "weaker": header.weaker,
            "root": header.root[:64],
        }
    )
    return {**record, "started_at": result.started, "ended_at": result.ended}


def in_short(result: Evaluation) -> dict[str, Any]:
    """An evaluation as its entry of the ledger tells it."""
    ability = result.ability
    return {
        "model": storable(result.model[:200]),
        "commitment": result.plan.commitment,
        "root": result.header.root,
        "ability": f"{ability.mean:.3f}",
        "interval": [f"{ability.low:.3f}", f"{ability.high:.3f}"],
        "items": result.rate.total,
    }


def item_record(score: ItemScore, scale: Scale) -> dict[str, Any]:
    """An attempt's columns."""
    record: dict[str, Any] = storable(
        {
            "order": score.order,
            "item": score.item[:100],
            "attempt": score.attempt,
            "family": score.family[:60],
            "version": score.version,
            "side": str(score.side),
            "seed": score.seed[:64],
            "level": score.level,
            "difficulty": scale.difficulty(score.family, score.level),
            "digest": score.digest,
            "anchor": score.anchor,
            "held_out": score.held_out,
            "framing": str(score.framing),
            "outcome": str(score.outcome),
            "elsewhere": score.elsewhere,
            "sentence": score.sentence[:1000],
            "ending": score.ending[:16],
            "signs": msgspec.to_builtins(score.signs),
            "input_tokens": score.input_tokens,
            "output_tokens": score.output_tokens,
            "messages": score.messages,
            "seconds": score.seconds,
            "cost": score.cost,
            "sample": score.sample,
        }
    )
    return {**record, "started_at": score.started, "ended_at": score.ended}


class Board:
    """How a run stands, for its page: the numbers, and the last items, over every sitting."""

    def __init__(self, held: Mapping[str, Any]) -> None:
        self.held: dict[str, Any] = dict(held)

    def add(self, standing: Standing) -> None:
        """An item was scored."""
        recent = [*self.held.get("recent", ()), _recent(standing.last)][-MOST_RECENT:]
        numbers = {name: getattr(standing, name) for name in STANDS}
        self.held = {**numbers, "ability": asdict(standing.ability), "recent": recent}


def _recent(score: ItemScore) -> dict[str, Any]:
    record: dict[str, Any] = storable(
        {
            "item": score.item,
            "family": score.family,
            "side": str(score.side),
            "level": score.level,
            "attempt": score.attempt,
            "outcome": str(score.outcome),
            "sentence": score.sentence[:300],
            "cheated": score.cheated,
        }
    )
    return record


def plan(held: Mapping[str, Any]) -> Plan:
    """A plan out of its row.

    Raises:
        PlanInvalid: it is none.
    """
    try:
        return msgspec.convert(held, type=Plan)
    except msgspec.ValidationError as error:
        raise PlanInvalid(f"it is no plan ({error})") from error


def runnable(held: Mapping[str, Any]) -> Plan:
    """A plan out of its row that can be run here: somebody else may have written it, or with an older Headstart.

    Raises:
        PlanInvalid, ScaleInvalid, FamilyUnknown: it can't.
    """
    found = plan(held)
    fields = {
        each.name: getattr(found, each.name)
        for each in dataclasses.fields(Terms)
        if hasattr(found, each.name)
    }
    check([each.name for each in found.families], Terms(**fields))
    if lacking := sorted(set(Scale.of(found.scale).as_dict()) - set(found.scale)):
        raise PlanInvalid(f"its scale does not say {', '.join(lacking)}")
    for used in found.families:
        if family(used.name).version != used.version:
            here = family(used.name).version
            raise PlanInvalid(f"it is of version {used.version} of {used.name}, and here is version {here}")
    try:
        budget = Budget(**found.budget)
    except TypeError as error:
        raise PlanInvalid(f"its budget can't be read: {error}") from error
    if not all(isinstance(each, int | float) and 0 <= each < 1 << 40 for each in asdict(budget).values()):
        raise PlanInvalid("its budget is not of numbers from nought")
    return found


def commitment(text: str) -> str:
    """A commitment as it is written.

    Raises:
        PlanInvalid: it is none.
    """
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise PlanInvalid("a commitment is a SHA-256 in hexadecimal")
    return text


def limits(held: Mapping[str, Any]) -> RunLimits:
    """What a run may use, out of its row."""
    prices = held["prices"]
    return RunLimits(**{**held, "prices": Prices(**prices) if prices else None})


def kept_below(folder: RunFolder, data: Path, name: str) -> str:
    """The folder's path below the data folder; one that lies elsewhere is copied to `evaluations/NAME`."""
    data, path = data.resolve(), folder.path.resolve()
    if path.is_relative_to(data / "evaluations"):
        return path.relative_to(data).as_posix()
    shutil.copytree(path, data / "evaluations" / name, ignore=shutil.ignore_patterns("logs"), symlinks=True)
    return f"evaluations/{name}"


def keep_readings(folder: RunFolder, readings: Iterable[Reading]) -> None:
    """Write down anew what people said, whole or not at all: the records are the truth of it."""
    if not folder.path.is_dir():
        return
    beside = folder.path / ".readings.jsonl.new"
    beside.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in readings))
    beside.replace(folder.path / "readings.jsonl")


def storable(value: Any) -> Any:
    """The same, as long as it was, without what PostgreSQL can't hold: NUL characters, halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return [storable(each) for each in value] if isinstance(value, (list, tuple)) else value
