"""The proofs room's writes: prove, sweep, compare, check a fix; and what people ask of them.

Each runs first, for as long as it takes, and then records in one transaction; a sweep also keeps each row as it
becomes known.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from headstart import clock
from headstart.errors import HeadstartError
from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.findings.rules import may_ask
from headstart.ledger import services as ledger
from headstart.ledger.work import load_or_make_key
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected
from headstart.people.rules import Viewer
from headstart.proofs import queries, work
from headstart.proofs.errors import (
    MayNotAsk,
    NotProved,
    OtherFixUnderWay,
    TaskEnded,
    TooManyTasks,
    VerbUnknown,
)
from headstart.proofs.models import FixCheck, Proof, ReleaseRun, SmallerTrigger, Sweep, Task
from headstart.proofs.rules import sweeps
from headstart.proofs.rules.bisecting import How
from headstart.proofs.rules.sameness import Evidence
from headstart.proofs.rules.tasks import (
    ENOUGH,
    MOST_UNDER_WAY,
    NEEDS_PROOF,
    UNDER_WAY,
    State,
    Verb,
    fix_to_check,
)
from headstart.reports import work as reports
from headstart.reports.work import Folder

EVERY_SECONDS = 0.5  # a task's progress is written


def prove(finding_id: str, *, actor: Viewer, task: Task | None = None) -> Proof:
    """Run a finding's report and write the verdict down, with its signed receipt; `task`: that asked for it.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        Unfit: no sandbox is fit on this machine.
    """
    finding = findings.finding(actor, finding_id)
    folder = reports.read(finding.folder)
    setting = _setting()
    verdict = work.prove(
        folder,
        store=setting.store,
        sandbox=setting.sandbox,
        shipped=setting.shipped,
        progress=_meter(task),
    )
    receipt = work.receipt(verdict, folder, _key())
    with transaction.atomic():
        proof = Proof.objects.create(
            finding=finding,
            receipt=msgspec.to_builtins(receipt),
            at=clock.now(),
            **work.proof_record(verdict),
        )
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
        _settle(task, proof.id, proof.sentence)
    return proof


def sweep(
    finding_id: str, *, actor: Viewer, how: How = How.AUTO, task: Task | None = None
) -> dict[str, Affected]:
    """Run the releases of a finding's package; the answer for each version, which is also written down.

    Each row is written as it becomes known. One that was killed goes on from there; one that has ended is
    replaced by the next, as soon as that has ended too.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        NotProved: it was not reproduced, so its silence would show nothing.
        PackageNotFound, RegistryUnreachable: the releases can't be listed.
    """
    finding = _proved(finding_id, actor)
    folder, setting = reports.read(finding.folder), _setting()
    book = _Rows(_open_sweep(finding, folder, setting))
    found = work.sweep(folder, setting=setting, how=how, book=book, progress=_meter(task))
    with transaction.atomic():
        if book.close(found):
            counts = {str(answer): list(found.results.values()).count(answer) for answer in Affected}
            _record(finding, actor, "releases.swept", {"releases": len(found.table), "affected": counts})
        _settle(task)
    return found.results


@transaction.atomic
def _open_sweep(finding: Finding, folder: Folder, setting: work.Setting) -> Sweep:
    """The sweep of this very report that was not ended, or a new one."""
    same = {"report_digest": folder.digest, "sandbox": setting.sandbox.name}
    finding.sweeps.filter(finished_at=None).exclude(**same).delete()
    opened, _ = Sweep.objects.get_or_create(
        finding=finding, finished_at=None, defaults={**same, "began_at": clock.now()}
    )
    return opened


class _Rows:
    """The book of a sweep in the database: each row is written in a transaction of its own."""

    def __init__(self, opened: Sweep) -> None:
        self._sweep = opened

    def known(self) -> dict[str, sweeps.ReleaseRun]:
        """What was written before."""
        names = [each.name for each in fields(sweeps.ReleaseRun)]
        rows = [sweeps.ReleaseRun(**row) for row in self._sweep.rows.values(*names)]
        return {row.version: replace(row, affected=Affected(row.affected)) for row in rows}

    @transaction.atomic
    def write(self, row: sweeps.ReleaseRun) -> None:
        """Keep a row, unless another worker has ended this very sweep meanwhile."""
        if Sweep.objects.select_for_update().filter(id=self._sweep.id, finished_at=None).exists():
            values = {name: value for name, value in work.storable(asdict(row)).items() if name != "version"}
            self._sweep.rows.update_or_create(version=row.version, defaults=values)

    def close(self, found: work.Sweep) -> bool:
        """Let this be the sweep that counts, with its rows in order; False where another worker did so already."""
        ended = Sweep.objects.filter(id=self._sweep.id, finished_at=None).update(
            finished_at=clock.now(), how=found.how
        )
        if not ended:
            return False
        self._sweep.rows.all().delete()
        ReleaseRun.objects.bulk_create(
            ReleaseRun(sweep=self._sweep, position=at, **work.storable(asdict(row)))
            for at, row in enumerate(found.table)
        )
        Sweep.objects.filter(finding=self._sweep.finding).exclude(id=self._sweep.id).delete()
        return True


def compare(finding_id: str, other_id: str, *, actor: Viewer) -> Evidence:
    """Whether two findings tell of the same flaw, with the evidence; nothing is written.

    Raises:
        FindingNotFound: one is absent, or not this actor's to see.
        NotProved: one was not reproduced.
    """
    sides = [_side(_proved(each, actor), actor) for each in (finding_id, other_id)]
    return work.same(sides[0], sides[1], setting=_setting())


def check_fix(
    finding_ids: Sequence[str],
    *,
    actor: Viewer,
    patch: str = "",
    release: str = "",
    about: str = "",
    task: Task | None = None,
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
    seconds: float = settings.HEADSTART_FIX_SECONDS
    ladder = work.check_fix(folders, fix, setting=_setting(), seconds=seconds, progress=_meter(task))
    receipt = work.mitigation_receipt(ladder, fix, folders, _key())
    with transaction.atomic():
        check = FixCheck.objects.create(
            about=about,
            release=version,
            patch_digest=fix.digest if patch else "",
            rungs=work.storable(msgspec.to_builtins(ladder.rungs)),
            held=ladder.holds,
            sentence=work.storable(ladder.sentence),
            receipt=msgspec.to_builtins(receipt),
            at=clock.now(),
        )
        check.findings.set(found)
        details: dict[str, Any] = {"fix": str(fix), "held": ladder.holds, "check": check.id}
        if about:
            details["vulnerability"] = about
        _record(found[0], actor, "fix.checked", details)
        _settle(task, check.id, check.sentence)
    return check


def minimise(finding_id: str, *, actor: Viewer, task: Task | None = None) -> work.Minimised:
    """Look for a smaller input in place of each trigger of a finding; what was found is kept beside the report.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        NotProved: it was not reproduced.
        NotRunHere, NoOracle: nothing can be told by running.
    """
    finding = _proved(finding_id, actor)
    found = work.minimise(reports.read(finding.folder), setting=_setting(), progress=_meter(task))
    kept = [each for each in found.triggers if each.after_bytes < each.before_bytes]
    with transaction.atomic():
        finding.smaller_triggers.all().delete()
        SmallerTrigger.objects.bulk_create(
            SmallerTrigger(
                finding=finding,
                path=each.path,
                content=each.data,
                was_bytes=each.before_bytes,
                runs=found.runs,
                stopped=each.stopped.value,
                at=clock.now(),
            )
            for each in kept
        )
        _record(finding, actor, "trigger.minimised", {"smaller": len(kept), "runs": found.runs})
        _settle(task, said=found.sentence)
    return found


def ask(finding_id: str, verb: str, *, actor: Viewer, patch: str = "", release: str = "") -> Task:
    """Have the hub run something for a finding; asking for what is under way gives the task that is there.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        MayNotAsk: the actor is neither the hub, nor the finder, nor a maintainer.
        VerbUnknown, FixMissing, FixWrong, PatchInvalid: it can't be asked for like this.
        NotProved: it was not reproduced, so silence would show nothing.
        OtherFixUnderWay, TooManyTasks: not now.
    """
    finding = findings.finding(actor, finding_id)
    if not may_ask(actor, finder_id=finding.finder_id):
        raise MayNotAsk
    if verb not in set(Verb):
        raise VerbUnknown(verb, ", ".join(Verb))
    if verb in NEEDS_PROOF:
        _proved(finding_id, actor)
    wish = fix_to_check(finding.package, patch, release) if verb == Verb.FIX else {"patch": "", "release": ""}
    with transaction.atomic():
        under_way = Task.objects.filter(asked_by_id=actor.organisation_id, state__in=UNDER_WAY)
        new = {"asked_by_id": actor.organisation_id, "asked_at": clock.now(), **wish}
        task, made = Task.objects.get_or_create(
            finding=finding, verb=verb, state__in=UNDER_WAY, defaults={"state": State.QUEUED, **new}
        )
        if (task.patch, task.release) != (wish["patch"], wish["release"]):
            raise OtherFixUnderWay
        if made:
            if not actor.is_hub and under_way.count() > MOST_UNDER_WAY:
                raise TooManyTasks(MOST_UNDER_WAY)
            _record(finding, actor, "proof.asked", {"task": task.id, "verb": str(verb)})
    return task


def carry_out(task_id: str, *, actor: Viewer) -> None:
    """Do what a task asks for. A task that ended is left alone, so that a second call changes nothing.

    Raises:
        HeadstartError: it can't be done; the task says why.
    """
    began = Task.objects.filter(id=task_id, state__in=UNDER_WAY)
    if not began.update(state=State.RUNNING, began_at=clock.now(), done=0, total=0):
        return
    task = Task.objects.get(id=task_id)
    try:
        match Verb(task.verb):
            case Verb.PROVE:
                prove(task.finding_id, actor=actor, task=task)
            case Verb.SWEEP:
                sweep(task.finding_id, actor=actor, task=task)
            case Verb.MINIMISE:
                minimise(task.finding_id, actor=actor, task=task)
            case Verb.FIX:
                check_fix([task.finding_id], actor=actor, patch=task.patch, release=task.release, task=task)
    except TaskEnded:
        return
    except HeadstartError as error:
        give_up(task_id, str(error))
        raise


def give_up(task_id: str, why: str) -> None:
    """Say of a task that it could not be done; one that ended keeps what it says."""
    Task.objects.filter(id=task_id, state__in=UNDER_WAY).update(
        state=State.FAILED, said=work.storable(why)[:2000], ended_at=clock.now()
    )


def _settle(task: Task | None, result: str = "", said: str = "") -> None:
    """End a task in the transaction that writes down what it brought: both, or neither."""
    if task is None:
        return
    running = Task.objects.filter(id=task.id, state=State.RUNNING)
    if not running.update(
        state=State.DONE, result=result, said=work.storable(said)[:2000], ended_at=clock.now()
    ):
        raise TaskEnded(task.id)


def _meter(task: Task | None) -> work.Progress | None:
    """Writes down how far a task is, twice a second at most."""
    if task is None:
        return None
    last = 0.0

    def write(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > EVERY_SECONDS or done == total:
            last = now
            Task.objects.filter(id=task.id, state=State.RUNNING).update(done=done, total=total)

    return write


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
        fixed_in=sweeps.fixed_in(str(folder.report.purl.version), ran),
    )


def _setting() -> work.Setting:
    return work.place(Path(settings.HEADSTART_DATA), builds=settings.HEADSTART_BUILDS)


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
