"""Verdicts, sweeps and ladders as plain values that every database can hold."""

from typing import Any

import msgspec

from headstart.proofs.work.verdict import Verdict


def proof_record(verdict: Verdict) -> dict[str, Any]:
    """A verdict by the names of the columns that keep it; without its time and its receipt."""
    applied = verdict.applied
    record: dict[str, Any] = storable(
        {
            "rung": verdict.rung.value,
            "attribution": verdict.attribution.value,
            "k": verdict.k,
            "n": verdict.n,
            "control": verdict.control.value,
            "contrast": (verdict.contrast or "")[:200],
            "sentence": verdict.sentence,
            "step": verdict.step or "",
            "crash_state": list(verdict.crash_state),
            "runs": msgspec.to_builtins(verdict.runs),
            "flags": msgspec.to_builtins(verdict.flags),
            "unchecked": list(verdict.unchecked),
            "sandbox": applied.provider if applied else "",
            "limits": list(applied.by) if applied else [],
            "weaker": verdict.weaker,
            "seconds": verdict.seconds,
        }
    )
    return record


def storable(value: Any) -> Any:
    """The same without what PostgreSQL can't hold in a text: NUL characters, and halves of surrogate pairs."""
    if isinstance(value, str):
        whole = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return [storable(each) for each in value] if isinstance(value, (list, tuple)) else value
