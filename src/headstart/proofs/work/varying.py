"""Variations of a report's triggers, run on what was mended, and beside it on what was not."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath

from headstart.errors import HeadstartError
from headstart.proofs.rules.evidence import Attribution, Role, Run
from headstart.proofs.rules.ladders import (
    VARIATIONS,
    Result,
    RungResult,
    StillWorks,
    VariationsSeen,
    not_tried,
    readable,
)
from headstart.proofs.rules.variations import Variation, variations
from headstart.proofs.work.fixes import plain
from headstart.proofs.work.proving import Setting, run_these
from headstart.proofs.work.stage import Stage
from headstart.proofs.work.targets import Target
from headstart.proofs.work.trees import copy_report
from headstart.reports.rules import Expect
from headstart.reports.work import Folder

AT_A_TIME = 8  # variations between two looks at the clock; as many are always tried
KEPT = 8
SHOWN = 200
USES = (Expect.HANG, Expect.EXHAUST)


@dataclass(slots=True, kw_only=True)
class _Count:
    """What was seen so far."""

    tried: int = 0
    sound: int = 0
    working: int = 0
    compared: bool = True
    still: list[StillWorks] = field(default_factory=list)
    other: int = 0
    log: str = ""


def variations_rung(
    on: Stage, fixed: Sequence[tuple[Folder, Target]], setting: Setting, seconds: float
) -> RungResult:
    """Variations of every trigger, within about so many seconds, are silent too."""
    if any(folder.report.proof.expect is Expect.DECIDE for folder, _ in fixed):
        why = "a variation of what must be refused may rightly be accepted: only a person can tell"
        return not_tried(VARIATIONS, why)
    count = _Count()
    jobs = [(folder, target, path) for folder, target in fixed for path in folder.report.proof.trigger]
    ends = time.monotonic() + seconds
    for at, (folder, target, path) in enumerate(jobs):
        share = (ends - time.monotonic()) / (len(jobs) - at)
        _Varied(on, folder, target, setting, count).all(path, time.monotonic() + share)
        if count.still:
            break
    return _told(count)


class _Varied:
    """Copies of one report for what is mended and what is not, with the variations beside its inputs."""

    def __init__(self, on: Stage, folder: Folder, fixed: Target, setting: Setting, count: _Count) -> None:
        self.on, self.folder, self.count = on, folder, count
        self.fixed = self._copy(fixed)
        self.plain: Target | None
        try:
            self.plain = self._copy(plain(on, folder, setting))
        except HeadstartError:
            self.plain = None
            count.compared = False
        self.own: frozenset[str] | None = None

    def _copy(self, target: Target) -> Target:
        copy = self.on.scratch / f"varied-{os.urandom(6).hex()}" / "report"
        copy_report(target.report, copy)
        return replace(target, report=copy)

    def all(self, path: str, until: float) -> None:
        """One trigger's variations, until the clock says so or one still works."""
        proof = self.folder.report.proof
        made = variations(
            (self.folder.path / path).read_bytes(),
            (self.folder.path / proof.control[0]).read_bytes() if proof.control else b"",
            self.folder.digest,
            bounded=proof.expect in USES,
        )
        while some := list(islice(made, AT_A_TIME)):
            runs = self._run(self.fixed, some, path)
            self.count.tried += len(runs)
            self.count.sound += sum(not (run.broken or run.was_cut_off) for run in runs)
            for variation, run in zip(some, runs, strict=True):
                if run.seen and run.attribution is not Attribution.HARNESS:
                    self._seen(variation, path)
            if self.count.still:
                return
            if self.plain is not None and time.monotonic() < until:
                self.count.working += sum(run.seen for run in self._run(self.plain, some, path))
            if time.monotonic() >= until:
                return

    def _run(self, target: Target, some: Sequence[Variation], path: str) -> tuple[Run, ...]:
        suffix = PurePosixPath(path).suffix
        names = [f"variation-{at}{suffix}" for at in range(len(some))]
        for name, each in zip(names, some, strict=True):
            (target.report / name).write_bytes(each.data)
        return run_these(self.on, target, self.folder, [(Role.TRIGGER, name) for name in names])

    def _seen(self, variation: Variation, path: str) -> None:
        """One that shows the effect is run again; an exception that a report names must be raised where it was."""
        (again,) = self._run(self.fixed, [variation], path)
        if not again.seen or again.attribution is Attribution.HARNESS:
            return
        if self.folder.report.proof.exception and not self._is_here(again, path):
            self.count.other += 1
            return
        self.count.log = again.stderr or again.stdout
        self.count.still.append(
            StillWorks(
                how=variation.how,
                sha256=variation.digest,
                size=len(variation.data),
                start=readable(variation.data[:SHOWN].decode("utf-8", "replace")),
                evidence=again.evidence,
            )
        )

    def _is_here(self, run: Run, path: str) -> bool:
        """Whether an exception comes from the code that the trigger's came from: else it may be a refusal."""
        if self.plain is None:
            return True
        if self.own is None:
            data = (self.folder.path / path).read_bytes()
            (before,) = self._run(self.plain, [Variation(data=data, how="the trigger")], path)
            self.own = frozenset(before.state)
        return not self.own or bool(self.own & set(run.state))


def _told(count: _Count) -> RungResult:
    seen = VariationsSeen(
        tried=count.tried,
        sound=count.sound,
        working=count.working if count.compared else None,
        still=tuple(count.still[:KEPT]),
    )
    told = f"{count.tried} tried, {count.sound} of them sound"
    if count.compared:
        told += f"; {count.working} show the effect without the fix"
    if count.other:
        told += f"; {count.other} raise the same exception elsewhere: look at whether they are refusals"
    if not count.tried:
        return not_tried(VARIATIONS, "nothing near to the trigger can be made of it")
    if count.still:
        first = count.still[0]
        why = f"a variation still works ({first.how}): {first.evidence}; {told}"
        return RungResult(
            name=VARIATIONS, result=Result.FAILED, why=why, log=readable(count.log), variations=seen
        )
    return RungResult(name=VARIATIONS, result=Result.PASSED, why=told, variations=seen)
