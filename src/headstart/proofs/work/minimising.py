"""Minimise: a smaller trigger with the same effect, by the same doer, at the same place."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from headstart.proofs.errors import NoOracle, NotRunHere
from headstart.proofs.rules.evidence import Attribution, Role, Run
from headstart.proofs.rules.formats import format_of
from headstart.proofs.rules.minimising import Batch, Spent, Stopped, reduce
from headstart.proofs.rules.sameness import signature
from headstart.proofs.rules.verdicts import controls, who
from headstart.proofs.work.proving import AT_ONCE, Progress, Setting, find_contrast, run_all
from headstart.proofs.work.stage import Stage, run_once, stage
from headstart.proofs.work.targets import Target, obtain
from headstart.proofs.work.trees import copy_report
from headstart.reports import work as reports
from headstart.reports.errors import FolderTaken, ShelfUnwritable
from headstart.reports.rules import Expect, Report
from headstart.reports.work import Folder

CONFIRMED = 3  # fresh runs that the smaller trigger must all pass
SHORTER = 4  # a try of a hang is given this part of the report's time; what it came to is run with all of it
SHORTEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be used up, for all triggers of a report together."""

    runs: int = 600
    seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Smaller:
    """What became of one trigger."""

    path: str
    format: str
    data: bytes
    before_bytes: int
    after_bytes: int
    stopped: Stopped
    k: int  # confirming runs that showed the same effect
    n: int
    control: str  # what the controls said beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimised:
    """What became of a report's triggers."""

    reproduced: bool
    attribution: Attribution
    state: tuple[str, ...]  # where the effect is
    triggers: tuple[Smaller, ...]
    runs: int  # candidates that were run, the confirming runs not counted
    seconds: float
    sentence: str

    @property
    def inputs(self) -> Mapping[str, bytes]:
        """The new bytes of each trigger, by its path in the report."""
        return {each.path: each.data for each in self.triggers}


def minimise(
    folder: Folder, *, setting: Setting, budget: Budget | None = None, progress: Progress | None = None
) -> Minimised:
    """Make each trigger of a report smaller, within a budget.

    A candidate holds if a fresh sandbox shows the same effect, by the same doer, in the same state (of what is
    no crash: in the same innermost function). What is left is run three times more, with the controls beside it,
    and where that fails the last candidate before it that passes is taken.

    Raises:
        NotRunHere: neither trigger nor control says anything here.
        NoOracle: the report is about a decision, and nothing is known that decides rightly.
        Unfit, NotShipped, BuildFailed, Uninstallable, …: as `prove` tells by `unrunnable`.
    """
    began = time.monotonic()
    budget = budget or Budget()
    with stage(setting.sandbox, setting.trust(folder)) as on:
        target = obtain(folder, setting.store, on.sandbox, on.scratch, on.trust)
        seen = run_all(on, target, folder, runs=CONFIRMED)
        if (why := _not_reproduced(seen)) is not None:
            return _nothing(seen, why, time.monotonic() - began)
        beside: Target | None = None
        if folder.report.proof.expect is Expect.DECIDE:
            beside = find_contrast(on, target, folder, setting.store)
            if beside is None:
                raise NoOracle
        spending = _Spending(budget, progress)
        done: dict[str, Smaller] = {}
        for path in folder.report.proof.trigger:
            known = {path: each.data for path, each in done.items()}
            tries = _Tries(on, folder, (target, beside), path, known)
            done[path] = tries.minimise(seen, spending)
    return Minimised(
        reproduced=True,
        attribution=who(seen),
        state=next((run.state for run in seen if run.seen), ()),
        triggers=tuple(done.values()),
        runs=spending.runs,
        seconds=round(time.monotonic() - began, 2),
        sentence=_sentence(list(done.values()), spending.runs),
    )


def write_smaller(folder: Folder, minimised: Minimised, out: Path) -> Folder:
    """A copy of the report with the smaller triggers, in a folder that is not there yet.

    Raises:
        FolderTaken: something is there.
        ReportChanged: the report is not what it was.
        ShelfUnwritable: the disk said no.
    """
    out = out.absolute()
    if out.exists() or out.is_symlink():
        raise FolderTaken(str(out))
    content = {**folder.content(), **minimised.inputs}
    building: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".minimised-", dir=out.parent))
        for path, data in content.items():
            file = building / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o755 if folder.files[path].executable else 0o644)
        building.chmod(0o755)
        reports.read(building)
        building.rename(out)
    except OSError as error:
        raise ShelfUnwritable(str(out), error.strerror or str(error)) from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
    return reports.read(out)


class _Spending:
    """What is left of the budget, for all triggers."""

    def __init__(self, budget: Budget, progress: Progress | None) -> None:
        self.budget, self.progress = budget, progress
        self.runs = 0
        self.until = time.monotonic() + budget.seconds

    def spend(self, runs: int) -> None:
        if self.runs + runs > self.budget.runs or time.monotonic() > self.until:
            raise Spent
        self.runs += runs
        if self.progress:
            self.progress(self.runs, self.budget.runs)


class _Tries:
    """Tries of one trigger: each in a copy of the report in which the candidate stands in its place."""

    def __init__(
        self,
        on: Stage,
        folder: Folder,
        targets: tuple[Target, Target | None],
        path: str,
        known: Mapping[str, bytes],
    ) -> None:
        self.on, self.report, self.path = on, folder.report, path
        self.original = (folder.path / path).read_bytes()
        self.refused = {folder.files[each].sha256 for each in folder.report.proof.control}
        self.answers: dict[bytes, bool] = {}
        self.wanted: set[tuple[str, ...]] = set()
        self.quick = _quicker(folder.report)
        self.places = [self._place(targets, known) for _ in range(AT_ONCE)]

    def _place(
        self, targets: tuple[Target, Target | None], known: Mapping[str, bytes]
    ) -> tuple[Target, Target | None]:
        """A copy of the report for one try at a time, for the target and for the one that is mended."""
        copies: list[Target | None] = []
        for target in targets:
            copy = self.on.scratch / f"tries-{os.urandom(6).hex()}" / "report"
            if target is not None:
                copy_report(target.report, copy)
                for path, data in known.items():
                    (copy / path).write_bytes(data)
            copies.append(target and replace(target, report=copy))
        first, second = copies
        if first is None:
            raise NotRunHere("it has no target")
        return first, second

    def minimise(self, seen: tuple[Run, ...], spending: _Spending) -> Smaller:
        expect = self.report.proof.expect
        shown = [run for run in seen if run.role is Role.TRIGGER and run.input == self.path]
        self.wanted = {signature(run, expect) for run in shown if run.seen}
        self.answers[_key(self.original)] = True

        def ask(batch: Batch) -> int | None:
            return self._first(batch, spending)

        settle = self._settle if self.quick is not self.report else None
        found = reduce(self.original, ask, settle)
        k, control, data = self._confirmed(found.trail)
        return Smaller(
            path=self.path,
            format=str(format_of(self.original)),
            data=data,
            before_bytes=len(self.original),
            after_bytes=len(data),
            stopped=found.stopped if data == found.data else Stopped.UNSTEADY,
            k=k,
            n=CONFIRMED,
            control=control,
        )

    def _first(self, batch: Batch, spending: _Spending) -> int | None:
        """The first candidate that holds; as many are run at a time as there are places."""
        at = 0
        while at < len(batch):
            some: list[int] = []
            while at < len(batch) and len(some) < AT_ONCE:
                known = self.answers.get(_key(batch[at]))
                if known is None and hashlib.sha256(batch[at]).hexdigest() not in self.refused:
                    some.append(at)
                elif known:
                    break
                at += 1
            spending.spend(len(some))
            held = self._together([batch[each] for each in some])
            self.answers |= {_key(batch[each]): holds for each, holds in zip(some, held, strict=True)}
            if True in held:
                return some[held.index(True)]
            if at < len(batch) and self.answers.get(_key(batch[at])):
                return at
        return None

    def _together(self, some: list[bytes]) -> list[bool]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda n: self._holds(some[n], n, self.quick), range(len(some))))

    def _holds(self, data: bytes, place: int, report: Report) -> bool:
        target, beside = self.places[place]
        (target.report / self.path).write_bytes(data)
        run = run_once(self.on, target, report, role=Role.TRIGGER, given=self.path)
        if signature(run, report.proof.expect) not in self.wanted:
            return False
        if beside is None:
            return True
        (beside.report / self.path).write_bytes(data)
        other = run_once(self.on, beside, report, role=Role.TRIGGER, given=self.path)
        return not other.seen and not other.broken and other.status == 10

    def _settle(self, data: bytes) -> bool:
        """Whether what a shorter time came to holds in the report's own; if not, that is used from here on."""
        if self._holds(data, 0, self.report):
            return True
        self.quick = self.report
        self.answers = {_key(self.original): True}
        return False

    def _confirmed(self, trail: tuple[bytes, ...]) -> tuple[int, str, bytes]:
        """The last of the trail that shows it in every confirming run, the controls being silent."""
        step, at = 1, len(trail) - 1
        while True:
            k, control = self._confirm(trail[at])
            if (k == CONFIRMED and control == "silent") or at == 0:
                return k, control, trail[at]
            at, step = max(at - step, 0), step * 2

    def _confirm(self, data: bytes) -> tuple[int, str]:
        k = sum(self._holds(data, 0, self.report) for _ in range(CONFIRMED))
        target = self.places[0][0]
        ran = [
            run_once(self.on, target, self.report, role=Role.CONTROL, given=path)
            for path in self.report.proof.control
        ]
        return k, controls(ran).value


def _key(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _quicker(report: Report) -> Report:
    """The report with less time for a hang: most of what is tried ends at once, and what does not is run again."""
    seconds = max(report.proof.seconds / SHORTER, SHORTEST_SECONDS)
    if report.proof.expect is not Expect.HANG or seconds >= report.proof.seconds:
        return report
    return replace(report, proof=replace(report.proof, seconds=seconds))


def _not_reproduced(seen: tuple[Run, ...]) -> str | None:
    """Why there is nothing to make smaller; None where there is."""
    triggers = [run for run in seen if run.role is Role.TRIGGER]
    if all(run.broken and not run.seen for run in triggers):
        raise NotRunHere(triggers[0].broken)
    if who(seen) is Attribution.HARNESS:
        return "the harness does it itself"
    silent = next(
        (run for run in triggers if not any(o.seen for o in triggers if o.input == run.input)), None
    )
    if silent is not None:
        return f"{silent.input} was not seen to do it: {silent.evidence}"
    answer = controls(seen)
    return None if answer == "silent" else f"the control is not silent ({answer})"


def _nothing(seen: tuple[Run, ...], why: str, seconds: float) -> Minimised:
    return Minimised(
        reproduced=False,
        attribution=who(seen),
        state=(),
        triggers=(),
        runs=0,
        seconds=round(seconds, 2),
        sentence=f"It was not reproduced, so there is nothing to make smaller: {why}.",
    )


def _sentence(triggers: list[Smaller], runs: int) -> str:
    ends = {
        Stopped.ONE_MINIMAL: "nothing single can be dropped any more",
        Stopped.BUDGET: "the budget is used up",
        Stopped.UNSTEADY: "what was smaller still did not do it every time",
    }
    told = [
        f"{each.path} went from {each.before_bytes:,} to {each.after_bytes:,} bytes ({ends[each.stopped]})"
        for each in triggers
    ]
    return f"{'; '.join(told)}, in {runs} runs."
