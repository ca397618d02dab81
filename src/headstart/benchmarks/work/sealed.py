"""Seal a plan, open it, sign how a run ended, disclose one transcript: files that `headstart verify` takes."""

import hashlib
import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headstart import clock
from headstart.benchmarks.errors import SealBroken, TranscriptMissing
from headstart.benchmarks.rules import statements
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work.evaluation import Evaluation
from headstart.benchmarks.work.folder import RunFolder, plan_bytes, read_plan
from headstart.ledger.rules import dsse
from headstart.ledger.rules.tree import inclusion_proof, leaf_hash

PLAN = "plan.json"
SEAL, OPENING, RESULT = "plan.dsse.json", "plan.opened.dsse.json", "result.dsse.json"


def seal(plan: Plan, folder: Path, key: Ed25519PrivateKey) -> Path:
    """Write a plan, for its owner's eyes, and the signed commitment to it, which is to be published. Gives the latter.

    Raises:
        SealBroken: another plan is sealed there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLAN
    if path.exists():
        raise SealBroken(f"{path} is there already; a sealed plan is never written over: name another folder")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(plan_bytes(plan))
    _write(folder / SEAL, dsse.sign_statement(statements.sealed(plan, clock.now()), key))
    return folder / SEAL


def open_plan(folder: Path, key: Ed25519PrivateKey) -> Path:
    """Show a sealed plan to everyone: readable from now on, with a signed statement of what it says. Gives that.

    Raises:
        RunUnreadable: there is no plan.
        SealBroken: it is not the plan that was sealed, or no seal of this key is beside it.
    """
    plan = read_plan(folder / PLAN)
    committed = sealed_commitment(folder / SEAL, key.public_key())
    if committed is None:
        raise SealBroken(f"{folder / SEAL} is no seal that was signed with this place's key")
    if committed != plan.commitment:
        raise SealBroken
    (folder / PLAN).chmod(0o644)
    _write(folder / OPENING, dsse.sign_statement(statements.opened(plan, clock.now()), key))
    return folder / OPENING


def sealed_commitment(path: Path, key: Ed25519PublicKey) -> str | None:
    """The commitment that a seal speaks of; None where the key did not sign it, or it is none."""
    try:
        envelope = msgspec.json.decode(path.read_bytes()[: 1 << 20], type=dsse.Envelope)
        if dsse.signer(envelope, [key]) is None:
            return None
        said = msgspec.json.decode(envelope.body())
        return (
            str(said["subject"][0]["digest"]["sha256"])
            if said["predicateType"] == statements.SEALED
            else None
        )
    except (OSError, msgspec.MsgspecError, KeyError, IndexError, TypeError):
        return None


def sign_result(evaluation: Evaluation, key: Ed25519PrivateKey) -> Path:
    """Sign how a run ended, into its folder."""
    folder = evaluation.folder.path
    with (folder / "journal.jsonl").open("rb") as journal:
        digest = hashlib.file_digest(journal, "sha256").hexdigest()
    header = evaluation.header
    ended = statements.Ended(
        model=header.model,
        commitment=header.commitment,
        root=header.root,
        items=len(evaluation.items),
        stopped_by=header.stopped_by,
        ability=evaluation.ability,
        ended=evaluation.ended,
        journal=digest,
    )
    _write(folder / RESULT, dsse.sign_statement(statements.result(ended), key))
    return folder / RESULT


def disclose(run: RunFolder, item: str, attempt: int, out: Path, key: Ed25519PrivateKey) -> Path:
    """Write one sample's log and the signed proof that it belongs to the run, and nothing of the others. Gives the log.

    Raises:
        TranscriptMissing: the run has no such item, or no log of it.
    """
    lines = list(run.lines())
    numbered = (
        (n, each) for n, each in enumerate(run.scores()) if (each.item, each.attempt) == (item, attempt)
    )
    index, score = next(numbered, (-1, None))
    if score is None:
        raise TranscriptMissing(item)
    held = run.sample(item, attempt)
    if held is None or hashlib.sha256(held).hexdigest() != score.sample:
        raise TranscriptMissing(item, "its log is not here as it was when it was scored")
    leaves = [leaf_hash(line) for line in lines]
    path = inclusion_proof(index, leaves)
    said = statements.transcript(score, lines[index], index, len(lines), path, run.root())
    out.mkdir(parents=True, exist_ok=True)
    log = out / score.sample_name
    log.write_bytes(held)
    _write(log.with_name(log.name.removesuffix(".json") + ".dsse.json"), dsse.sign_statement(said, key))
    return log


def _write(path: Path, envelope: dsse.Envelope) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(envelope)) + b"\n")
