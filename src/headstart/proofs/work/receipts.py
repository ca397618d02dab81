"""Receipts: what was seen, signed, so that anyone can hold it against our key without a server."""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headstart import clock
from headstart.ledger.rules import dsse
from headstart.ledger.rules.dsse import Envelope
from headstart.proofs.errors import ReceiptInvalid
from headstart.proofs.rules.evidence import Run
from headstart.proofs.rules.ladders import Ladder, Line, TestsSeen, VariationsSeen
from headstart.proofs.rules.receipts import MITIGATION, PREDICATES, REPRODUCTION
from headstart.proofs.work.fixes import Fix
from headstart.proofs.work.verdict import Verdict
from headstart.reports.work import Folder
from headstart.sandbox.rules.jobs import Applied

LARGEST = 8 << 20
UNCHECKED = ("that nothing else about the package has changed", "that the tests test what the fix is about")


def receipt(verdict: Verdict, folder: Folder, key: Ed25519PrivateKey) -> Envelope:
    """The signed receipt of a reproduction (docs/schemas/reproduction-1.schema.json)."""
    subjects = {"report": verdict.report_digest}
    if verdict.target_digest:
        subjects[verdict.purl] = verdict.target_digest
    predicate: dict[str, Any] = {
        "ranAt": _zulu(clock.now()),
        "package": verdict.purl,
        "expect": folder.report.proof.expect.value,
        "rung": verdict.rung.value,
        "attribution": verdict.attribution.value,
        "seen": {"k": verdict.k, "n": verdict.n},
        "control": verdict.control.value,
        "contrast": verdict.contrast,
        "sentence": verdict.sentence,
        "step": verdict.step,
        "keptHarness": verdict.harness_digest,
        "crashState": list(verdict.crash_state),
        "flags": [asdict(flag) for flag in verdict.flags],
        "notChecked": list(verdict.unchecked),
        "inputs": {path: entry.sha256 for path, entry in folder.files.items()},
        "runs": [_run(run) for run in verdict.runs],
        "sandbox": _sandbox(verdict.applied),
        "tools": _tools(verdict.tools),
    }
    return dsse.sign_statement(dsse.statement(REPRODUCTION, predicate, subjects), key)


def mitigation_receipt(
    ladder: Ladder, fix: Fix, folders: Iterable[Folder], key: Ed25519PrivateKey
) -> Envelope:
    """The signed receipt of a fix that was checked (docs/schemas/mitigation-1.schema.json)."""
    listed = list(folders)
    subjects = {"fix": fix.digest} | {f"report {each.digest[:12]}": each.digest for each in listed}
    predicate: dict[str, Any] = {
        "checkedAt": _zulu(clock.now()),
        "packages": sorted({str(each.report.purl) for each in listed}),
        "fix": {"release": fix.release or None, "patchSha256": fix.digest if fix.patch else None},
        "holds": ladder.holds,
        "sentence": ladder.sentence,
        "rungs": [{"name": each.name, "result": each.result.value, "why": each.why} for each in ladder.rungs],
        "tests": next((_tests(each.tests) for each in ladder.rungs if each.tests), None),
        "variations": next((_variations(each.variations) for each in ladder.rungs if each.variations), None),
        "lines": [_line(line) for each in ladder.rungs for line in each.lines],
        "runs": ladder.runs,
        "inputs": {
            each.digest: {path: entry.sha256 for path, entry in each.files.items()} for each in listed
        },
        "notChecked": [*ladder.unchecked, *UNCHECKED],
        "sandbox": _sandbox(ladder.applied),
        "tools": _tools(ladder.tools),
    }
    return dsse.sign_statement(dsse.statement(MITIGATION, predicate, subjects), key)


def verify_receipt(envelope: Envelope, keys: Iterable[Ed25519PublicKey]) -> Mapping[str, Any]:
    """The in-toto statement of a receipt that one of `keys` signed.

    Raises:
        ReceiptInvalid: none of them did, or what is signed is no receipt of ours.
    """
    if envelope.payloadType != dsse.INTOTO_TYPE:
        raise ReceiptInvalid(f"its payload is {envelope.payloadType[:80]!r}, not an in-toto statement")
    if dsse.signer(envelope, keys) is None:
        raise ReceiptInvalid("none of the known keys signed it")
    try:
        statement: Mapping[str, Any] = msgspec.json.decode(envelope.body(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ReceiptInvalid("its payload is not JSON") from error
    if statement.get("_type") != dsse.STATEMENT_TYPE or statement.get("predicateType") not in PREDICATES:
        raise ReceiptInvalid("it is signed, and about something else")
    return statement


def write_envelope(envelope: Envelope) -> bytes:
    """An envelope as JSON."""
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2)


def read_envelope(data: bytes) -> Envelope:
    """An envelope from JSON.

    Raises:
        ReceiptInvalid: too large, or not an envelope.
    """
    if len(data) > LARGEST:
        raise ReceiptInvalid(f"it is larger than {LARGEST >> 20} MiB")
    try:
        return msgspec.json.decode(data, type=Envelope)
    except msgspec.DecodeError as error:
        raise ReceiptInvalid("it is no DSSE envelope") from error


def _run(run: Run) -> dict[str, Any]:
    return {
        "role": run.role.value,
        "input": run.input,
        "seen": run.seen,
        "attribution": run.attribution.value,
        "evidence": run.evidence,
        "ended": run.ended,
        "status": run.status,
        "signal": run.signal,
        "cpuMilliseconds": round(run.cpu_seconds * 1000),
        "wallMilliseconds": round(run.wall_seconds * 1000),
        "peakMemoryBytes": run.peak_memory_bytes,
        "stack": [str(frame) for frame in run.stack],
    }


def _tests(seen: TestsSeen) -> dict[str, Any]:
    return {
        "command": seen.command,
        "found": seen.found,
        "passedBefore": seen.passed_before,
        "passedAfter": seen.passed_after,
        "broken": list(seen.broken),
        "failedBefore": list(seen.failed_before),
    }


def _variations(seen: VariationsSeen) -> dict[str, Any]:
    still = [{"how": each.how, "sha256": each.sha256, "evidence": each.evidence} for each in seen.still]
    return {"tried": seen.tried, "sound": seen.sound, "workWithoutTheFix": seen.working, "stillWork": still}


def _line(line: Line) -> dict[str, Any]:
    return {
        "release": line.version,
        "withoutTheFix": line.without.value,
        "applies": line.applies,
        "withTheFix": line.after.value,
        "note": line.note,
    }


def _sandbox(applied: Applied | None) -> dict[str, Any] | None:
    if applied is None:
        return None
    return {"provider": applied.provider, "weaker": applied.weaker, "limits": list(applied.by)}


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _tools(found: Mapping[str, str]) -> dict[str, str]:
    """The versions of what jobs find; of the hub's own Python where nothing was run."""
    return {"python": platform.python_version(), **found, "headstart": _version()}


def _version() -> str:
    from importlib.metadata import version

    return version("headstart")
