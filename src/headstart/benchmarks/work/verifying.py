"""What evaluators sign: this room's part of `headstart verify`; and a whole run, held against its own plan."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from headstart.benchmarks.errors import FamilyUnknown
from headstart.benchmarks.rules.ability import estimate, tallied
from headstart.benchmarks.rules.items import digest
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.rules.statements import OPENED, RESULT, SEALED, TRANSCRIPT
from headstart.benchmarks.work import sealed
from headstart.benchmarks.work.catalogue import family
from headstart.benchmarks.work.folder import RunFolder
from headstart.ledger.rules.tree import leaf_hash, root_from_inclusion
from headstart.ledger.rules.verified import Describe, Verified, no, yes
from headstart.ledger.work import verify_file

RUN = "run"


def _sealed(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    commitment = said["subject"][0]["digest"]["sha256"]
    sentence = f"a plan was sealed at {found['sealedAt']}: {commitment}"
    return yes("sealed-plan", sentence, commitment=commitment, sealed_at=found["sealedAt"])


def _opened(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    families = ", ".join(f"{name} {version}" for name, version in found["families"].items())
    return yes("opened-plan", f"the plan was opened at {found['openedAt']}: {families}; {found['stopping']}")


def _result(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    low, high = found["interval"]
    sentence = f"{found['model']}: ability {found['ability']} ({low} to {high}), {found['items']} items"
    return yes("evaluation", sentence, root=found["root"], commitment=found["commitment"])


def _transcript(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    line = found["line"].encode()
    path = [bytes.fromhex(each) for each in found["path"]]
    reached = root_from_inclusion(leaf_hash(line), found["index"], found["size"], path)
    if reached is None or reached.hex() != found["root"]:
        return no("transcript", "the line of the journal does not lead to the run's root")
    score = msgspec.json.decode(line, type=ItemScore)
    if score.sample != said["subject"][0]["digest"]["sha256"]:
        return no("transcript", "the line of the journal is of another transcript")
    sentence = (
        f"the transcript of {score.item} ({score.outcome}) belongs to the run with the root {found['root']}"
    )
    return yes("transcript", sentence, root=found["root"], item=score.item, outcome=str(score.outcome))


KINDS: Mapping[str, Describe] = {SEALED: _sealed, OPENED: _opened, RESULT: _result, TRANSCRIPT: _transcript}


def verify_run(run: RunFolder, keys: Collection[Ed25519PublicKey]) -> Verified:
    """Hold a whole run against its plan: signed, each seed derived, each item made again, each log as it was.

    Raises:
        RunUnreadable: it is not a run's folder.
    """
    header, plan, scores = run.header(), run.plan(), list(run.scores())
    if header.commitment != plan.commitment:
        return no(RUN, "plan.json is not the plan that the run was begun under")
    wrong = next(_wrong(run, plan, scores), None)
    if wrong is not None:
        return no(RUN, wrong)
    if header.ended is None:
        return yes(
            RUN, f"{len(scores)} items so far, as their plan says; it has not ended", items=len(scores)
        )
    signed = verify_file(run.path / sealed.RESULT, keys, KINDS)
    if not signed.holds:
        return no(RUN, signed.sentence)
    found = estimate(tallied(_first(scores)), Scale.of(plan.scale))
    if signed.details["root"] != run.root().hex() or f"ability {found.mean:.3f} " not in signed.sentence:
        return no(
            RUN, f"the journal speaks for an ability of {found.mean:.3f}, and something else was signed"
        )
    sentence = f"{signed.sentence}; every item derives from the sealed plan, and every log is as it was"
    return yes(RUN, sentence, root=run.root().hex(), commitment=plan.commitment, items=len(scores))


def _first(scores: list[ItemScore]) -> Iterator[tuple[str, int, bool]]:
    return ((each.family, each.level, each.earned) for each in scores if each.counts and each.attempt == 1)


def _wrong(run: RunFolder, plan: Plan, scores: list[ItemScore]) -> Iterator[str]:
    """What does not hold, one sentence each."""
    derived: dict[tuple[str, int], dict[int, None]] = {}
    for score in scores:
        try:
            made_by = family(score.family)
        except FamilyUnknown as error:
            yield str(error)
            return
        cell = (score.family, score.level)
        if cell not in derived:
            derived[cell] = {plan.chosen(*cell, n).seed: None for n in range(plan.items + 1)}
        if int(score.seed, 16) not in derived[cell]:
            yield f"the seed of {score.item} does not derive from the sealed plan"
        if score.digest and made_by.version != score.version:
            yield f"{score.item} was made by version {score.version} of its generator; here is {made_by.version}"
        elif score.digest and digest(made_by.item(int(score.seed, 16), score.level)) != score.digest:
            yield f"{score.item} can't be made again from its seed"
        held = run.sample(score.item, score.attempt)
        if score.sample and (held is None or hashlib.sha256(held).hexdigest() != score.sample):
            yield f"the log of {score.item} is gone, or is not what it was when it was scored"
