"""Prove: run a report in fresh sandboxes, and say what was seen."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from headstart.errors import HeadstartError, NotFound, Unable
from headstart.packages.rules.purl import Purl
from headstart.packages.work import Store
from headstart.proofs.errors import PatchInvalid
from headstart.proofs.rules.effects import patience
from headstart.proofs.rules.evidence import Attribution, Role, Run, Rung
from headstart.proofs.rules.verdicts import DOUBTS, Answer, Decision, decide
from headstart.proofs.work.stage import Stage, is_watchable, run_once, stage
from headstart.proofs.work.targets import Target, is_as_released, obtain, on_release, patched
from headstart.proofs.work.verdict import Verdict
from headstart.reports.rules import Expect, Flag, Report, lint
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust

Progress = Callable[[int, int], None]
AT_ONCE = 2
PATCH = "fix.patch"
LATER_RELEASES = 5  # how many later releases are tried as a contrast, until one does nothing

UNCHECKED = (
    "that the boundary and the preconditions hold where the package is really used",
    "that the harness uses the package as its users do",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a proof is run with."""

    store: Store
    sandbox: Sandbox
    shipped: frozenset[str] = frozenset()  # digests of the reports that ship with Headstart
    runs: int = 3

    def trust(self, folder: Folder) -> Trust:
        """How far a report is trusted: those that ship may run in the weak sandbox too."""
        return Trust.SHIPPED if folder.digest in self.shipped else Trust.UNTRUSTED


def prove(
    folder: Folder,
    *,
    store: Store,
    sandbox: Sandbox,
    runs: int = 3,
    contrast: Literal["auto", "none"] = "auto",
    shipped: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Verdict:
    """Run a report's triggers and controls, each `runs` times in fresh sandboxes, and give the verdict.

    Where it is reproduced and controlled, the same trigger is run once more against the package with the
    report's fix.patch, or against later releases, to see it do nothing (`contrast="none"` leaves that out).
    What can't be run here is `unrunnable` with the step, never an error.
    """
    began = time.monotonic()
    setting = Setting(store=store, sandbox=sandbox, shipped=shipped, runs=runs)
    try:
        with stage(sandbox, setting.trust(folder)) as on:
            target = obtain(folder, store, sandbox, on.scratch, on.trust)
            seen = run_all(on, target, folder, runs=runs, progress=progress)
            first = decide(seen, expect=folder.report.proof.expect)
            against = None
            if contrast == "auto" and first.rung is Rung.CONTROLLED:
                against = find_contrast(on, target, folder, store)
            final = (
                first
                if against is None
                else decide(seen, expect=folder.report.proof.expect, contrast=Answer.SILENT)
            )
            flags = flags_of(folder, seen, store, target.names)
            label = against.label if against else None
            verdict = _verdict(folder, target, final, seen, against=label, on=on, flags=flags)
            return replace(verdict, seconds=round(time.monotonic() - began, 2))
    except (Unable, NotFound) as error:
        return unrunnable(folder, error, time.monotonic() - began)


def run_all(
    on: Stage, target: Target, folder: Folder, *, runs: int, progress: Progress | None = None
) -> tuple[Run, ...]:
    """Every control and every trigger, `runs` times each, two at a time."""
    proof = folder.report.proof
    todo = [(Role.CONTROL, path) for path in proof.control] + [(Role.TRIGGER, path) for path in proof.trigger]
    return run_these(on, target, folder, [each for each in todo for _ in range(runs)], progress)


def run_these(
    on: Stage,
    target: Target,
    folder: Folder,
    todo: Sequence[tuple[Role, str]],
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """These inputs, two at a time, the controls first: they say how long a hang has to last."""
    done: list[Run] = []
    report = folder.report
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for role in (Role.CONTROL, Role.TRIGGER):
            given = [path for wanted, path in todo if wanted is role]
            for run in pool.map(partial(_run_as, on, target, report, role), given):
                done.append(run)
                if progress:
                    progress(len(done), len(todo))
            report = patient(report, done)
    return tuple(done)


def _run_as(on: Stage, target: Target, report: Report, role: Role, given: str) -> Run:
    return run_once(on, target, report, role=role, given=given)


def patient(report: Report, runs: Sequence[Run]) -> Report:
    """The report with the limit that its controls ask for, where it is about a hang; `runs` hold the controls."""
    if report.proof.expect is not Expect.HANG:
        return report
    quickest: dict[str, float] = {}
    for run in runs:
        if run.role is Role.CONTROL:
            quickest[run.input] = min(run.cpu_seconds, quickest.get(run.input, run.cpu_seconds))
    seconds = patience(report.proof.seconds, quickest.values())
    return replace(report, proof=replace(report.proof, seconds=seconds))


def is_silent(on: Stage, target: Target, folder: Folder) -> Answer:
    """What every trigger does on another target, once each, beside the controls, which must still work there."""
    proof = folder.report.proof
    todo = [(Role.CONTROL, path) for path in proof.control] + [(Role.TRIGGER, path) for path in proof.trigger]
    seen = run_these(on, target, folder, todo)
    if any(run.seen for run in seen):
        return Answer.SEEN
    return Answer.FAILED if any(run.broken or run.was_cut_off for run in seen) else Answer.SILENT


def find_contrast(on: Stage, target: Target, folder: Folder, store: Store) -> Target | None:
    """A patched copy or a later release on which the very same trigger does nothing."""
    if folder.has_patch:
        try:
            patch = folder.content()[PATCH]
            fixed = patched(
                folder, target, patch, store=store, sandbox=on.sandbox, scratch=on.scratch, trust=on.trust
            )
            if is_silent(on, fixed, folder) is Answer.SILENT:
                return fixed
        except (PatchInvalid, Unable):
            pass  # a patch that does not fit shows nothing: the later releases may
    for purl in later_releases(store, folder.report.purl):
        try:
            later = on_release(folder, purl, store=store, sandbox=on.sandbox, trust=on.trust)
            if is_silent(on, later, folder) is Answer.SILENT:
                return later
        except HeadstartError:
            continue  # what can't be had or built here shows nothing
    return None


def later_releases(store: Store, purl: Purl) -> list[Purl]:
    """The next release and the newest, then some between them, without those that were withdrawn."""
    try:
        listed = [each.purl for each in store.releases(purl) if not each.yanked or each.purl == purl]
    except HeadstartError:
        return []
    versions = [each.version for each in listed]
    if purl.version not in versions:
        return []
    later = listed[versions.index(purl.version) + 1 :]
    last = len(later) - 1
    places = (0, last, last // 2, 3 * last // 4, last // 4) if later else ()
    return [later[at] for at in dict.fromkeys(places)][:LATER_RELEASES]


def _verdict(
    folder: Folder,
    target: Target,
    decision: Decision,
    runs: tuple[Run, ...],
    *,
    against: str | None,
    on: Stage,
    flags: tuple[Flag, ...],
) -> Verdict:
    shown = next((run for run in runs if run.role is Role.TRIGGER and run.seen), None)
    broken = next((run.broken for run in runs if run.role is Role.TRIGGER and run.broken), None)
    return Verdict(
        rung=decision.rung,
        attribution=decision.attribution,
        k=decision.k,
        n=decision.n,
        control=decision.control,
        contrast=against,
        sentence=decision.sentence,
        runs=runs,
        crash_state=shown.state if shown else (),
        flags=flags,
        unchecked=_unchecked(folder, decision),
        step=f"run: {broken}" if decision.rung is Rung.UNRUNNABLE else None,
        report_digest=folder.digest,
        purl=str(folder.report.purl),
        target_digest=target.digest,
        applied=on.applied[-1] if on.applied else None,
        tools=on.sandbox.tools.versions,
    )


def unrunnable(folder: Folder, error: HeadstartError, seconds: float) -> Verdict:
    """The verdict where a step before the first run could not be done: it says nothing about the report."""
    return Verdict(
        rung=Rung.UNRUNNABLE,
        attribution=Attribution.UNKNOWN,
        k=0,
        n=0,
        control=Answer.NOT_RUN,
        contrast=None,
        sentence=f"It could not be run here, which says nothing about the report: {error}.",
        step=f"{error.code}: {error}",
        report_digest=folder.digest,
        purl=str(folder.report.purl),
        seconds=round(seconds, 2),
    )


def flags_of(folder: Folder, runs: Sequence[Run], store: Store, names: tuple[str, ...]) -> tuple[Flag, ...]:
    """What a person should look at: the lints of the harness, and what the runs themselves showed."""
    report = folder.report
    flags = list(lint(report, folder.content(), names))
    path = report.proof.harness or "report.toml"
    for text in dict.fromkeys(flag for run in runs for flag in run.flags):
        code, _, what = text.partition(": ")
        flags.append(Flag(code=code, sentence=DOUBTS[code].format(what=what or "somewhere"), path=path))
    doubtful = [run for run in runs if run.seen and run.attribution is Attribution.UNKNOWN]
    if doubtful:
        code = "decided-by-harness" if report.proof.expect is Expect.DECIDE else "unknown-cause"
        flags.append(Flag(code=code, sentence=DOUBTS[code], path=path))
    if not is_watchable(report.proof.run):
        said = "`run` switches off the hub's witness with Python's own options"
        flags.append(Flag(code="witness-off", sentence=said, path="report.toml"))
    if report.build is not None and not is_as_released(folder, store):
        said = "The target's source came with the report; hold it beside the release that it says it is"
        flags.append(Flag(code="source-from-report", sentence=said, path=report.build.source))
    return tuple(flags)


def _unchecked(folder: Folder, decision: Decision) -> tuple[str, ...]:
    told = [*UNCHECKED]
    if folder.report.proof.expect is Expect.DECIDE:
        told.append("that the harness reports the target's decision and not its own")
    elif decision.attribution is Attribution.UNKNOWN:
        told.append("who caused the effect, the package or the harness")
    return tuple(told)
