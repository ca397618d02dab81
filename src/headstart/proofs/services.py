"""The proofs room's writes: prove, sweep, compare, check a fix.

Each runs first, for as long as it takes, and then records in one transaction.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from headstart import clock
from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.ledger import services as ledger
from headstart.ledger.work import load_or_make_key
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected
from headstart.packages.work import Store
from headstart.people.rules import Viewer
from headstart.proofs import queries, work
from headstart.proofs.errors import NotProved
from headstart.proofs.models import FixCheck, Proof, ReleaseRun
from headstart.proofs.rules.evidence import Rung
from headstart.proofs.rules.sameness import Evidence
from headstart.proofs.work.verdict import Verdict
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
ENOUGH = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)


def prove(finding_id: str, *, actor: Viewer) -> Proof:
    """Run a finding's report and write the verdict down, with its signed receipt.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        Unfit: no sandbox is fit on this machine.
    """
    finding = findings.finding(actor, finding_id)
    folder = reports.read(finding.folder)
    setting = _setting()
    verdict = work.prove(folder, store=setting.store, sandbox=setting.sandbox, shipped=setting.shipped)
    receipt = work.receipt(verdict, folder, _key())
    with transaction.atomic():
        proof = Proof.objects.create(finding=finding, receipt=msgspec.to_builtins(receipt), **_row(verdict))
        _record(
            finding,
            actor,
            "finding.proved",
            {
                "rung": verdict.rung.value,
                "attribution": verdict.attribution.value,
                "k": verdict.k,
                "n": verdict.n,
                "weaker": verdict.weaker,
                "proof": proof.id,
            },
        )
    return proof


def sweep(finding_id: str, *, actor: Viewer) -> dict[str, Affected]:
    """Run every release of a finding's package; the answer for each version, which is also written down.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        NotProved: it was not reproduced, so its silence would show nothing.
        PackageNotFound, RegistryUnreachable: the releases can't be listed.
    """
    finding = _proved(finding_id, actor)
    setting = _setting()
    found = work.sweep(
        reports.read(finding.folder),
        store=setting.store,
        sandbox=setting.sandbox,
        shipped=setting.shipped,
    )
    with transaction.atomic():
        finding.release_runs.all().delete()
        ReleaseRun.objects.bulk_create(
            ReleaseRun(finding=finding, position=at, **asdict(row)) for at, row in enumerate(found.table)
        )
        counts = {str(answer): list(found.results.values()).count(answer) for answer in Affected}
        _record(finding, actor, "releases.swept", {"releases": len(found.table), "affected": counts})
    return found.results


def compare(finding_id: str, other_id: str, *, actor: Viewer) -> Evidence:
    """Whether two findings tell of the same flaw, with the evidence; nothing is written.

    Raises:
        FindingNotFound: one is absent, or not this actor's to see.
        NotProved: one was not reproduced.
    """
    sides = [_side(_proved(each, actor), actor) for each in (finding_id, other_id)]
    return work.same(sides[0], sides[1], setting=_setting())


def check_fix(
    finding_ids: Sequence[str], *, actor: Viewer, patch: str = "", release: str = "", about: str = ""
) -> FixCheck:
    """Climb the patch ladder with a patch or a release (its version or purl), for findings that are one flaw.

    `about` names what they belong to (a vulnerability's id), and is written down with it.

    Raises:
        FindingNotFound: one is absent, or not this actor's to see.
        FixMissing: neither a patch nor a release was named, or both.
    """
    found = [findings.finding(actor, each) for each in finding_ids]
    folders = [reports.read(each.folder) for each in found]
    version = str(parse(release).version or "") if release.startswith("pkg:") else release
    fix = work.Fix(patch=patch.encode(), release=version)
    ladder = work.check_fix(folders, fix, setting=_setting())
    receipt = work.mitigation_receipt(ladder, fix, folders, _key())
    with transaction.atomic():
        check = FixCheck.objects.create(
            about=about,
            release=version,
            patch_digest=fix.digest if patch else "",
            rungs=[msgspec.to_builtins(each) for each in ladder.rungs],
            held=ladder.holds,
            sentence=ladder.sentence,
            receipt=msgspec.to_builtins(receipt),
            at=clock.now(),
        )
        check.findings.set(found)
        details: dict[str, Any] = {"fix": str(fix), "held": ladder.holds, "check": check.id}
        if about:
            details["vulnerability"] = about
        _record(found[0], actor, "fix.checked", details)
    return check


def _proved(finding_id: str, actor: Viewer) -> Finding:
    finding = findings.finding(actor, finding_id)
    proof = queries.latest_proof(actor, finding_id)
    if proof is None or proof.rung not in ENOUGH:
        raise NotProved(finding.title)
    return finding


def _side(finding: Finding, actor: Viewer) -> work.Side:
    proof = queries.latest_proof(actor, finding.id)
    ran = {each.version: Affected(each.affected) for each in queries.release_runs(actor, finding.id)}
    folder = reports.read(finding.folder)
    return work.Side(
        folder=folder,
        state=tuple(proof.crash_state) if proof else (),
        releases=ran or None,
        fixed_in=_fixed_in(folder, ran),
    )


def _fixed_in(folder: Folder, ran: dict[str, Affected]) -> str | None:
    """The first release after the report's own on which nothing was seen."""
    ordered = list(ran)
    own = str(folder.report.purl.version)
    later = ordered[ordered.index(own) + 1 :] if own in ordered else []
    return next((version for version in later if ran[version] is Affected.NO), None)


def _row(verdict: Verdict) -> dict[str, Any]:
    applied = verdict.applied
    return {
        "rung": verdict.rung.value,
        "attribution": verdict.attribution.value,
        "k": verdict.k,
        "n": verdict.n,
        "control": verdict.control.value,
        "contrast": (verdict.contrast or "")[:200],
        "sentence": verdict.sentence,
        "step": verdict.step or "",
        "crash_state": list(verdict.crash_state),
        "runs": [_clean(msgspec.to_builtins(run)) for run in verdict.runs],
        "flags": [_clean(msgspec.to_builtins(flag)) for flag in verdict.flags],
        "unchecked": list(verdict.unchecked),
        "sandbox": applied.provider if applied else "",
        "limits": list(applied.by) if applied else [],
        "weaker": verdict.weaker,
        "at": clock.now(),
        "seconds": verdict.seconds,
    }


def _clean(value: Any) -> Any:
    """The same without NUL characters, which PostgreSQL's JSON can't hold."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, (list, tuple)) else value


def _setting() -> work.Setting:
    data = Path(settings.HEADSTART_DATA)
    return work.Setting(
        store=Store(data / "store", local=(EXAMPLES / "targets",)),
        sandbox=_sandbox(data / "sandbox"),
        shipped=work.shipped_digests(EXAMPLES),
    )


@lru_cache(maxsize=4)
def _sandbox(folder: Path) -> Sandbox:
    return choose(folder)


def _key() -> Ed25519PrivateKey:
    return load_or_make_key(Path(settings.HEADSTART_DATA) / "keys" / "hub.pem")


def _record(finding: Finding, actor: Viewer, kind: str, details: dict[str, Any]) -> None:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=finding.urn,
        details=details,
        audience=findings.readers_of(finding),
    )
