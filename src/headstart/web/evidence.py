"""A proof, a fix and a report as a page shows them: what was seen, in which run, whose code it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headstart.proofs.rules.tasks import State, Verb
from headstart.reports import work as reports
from headstart.web import wording
from headstart.web.harmless import shown

if TYPE_CHECKING:
    from headstart.proofs.models import FixCheck, Proof, Task
    from headstart.reports.work import Folder

MOST_RUNS = 40  # of one proof are shown; the receipt has them all
MOST_FRAMES = 40
MOST_BYTES = 8192  # of one file
MOST_FILES = 12

ATTRIBUTIONS = {
    "target": "the package",
    "harness": "the harness itself, so the report is refuted",
    "unknown": "running can't tell: a person reads the harness",
}
PLACES = {
    "target": "the package",
    "dependency": "a dependency",
    "library": "standard library",
    "harness": "the harness",
}
ENDED = {
    "exited": "exit status {status}",
    "signalled": "signal {signal}",
    "cpu-time": "CPU limit",
    "wall-time": "time limit",
    "memory": "memory limit",
    "output": "output limit",
    "disk": "disk limit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFrame:
    """A frame of a stack, and whose it is; `decides`: for this one the effect is put down to its owner."""

    function: str
    where: str
    place: str
    whose: str
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """One fresh sandbox."""

    number: int
    role: str
    input: str
    seen: bool
    said: str
    ended: str
    cpu_seconds: float
    memory_mib: float | None
    stack: list[ShownFrame]
    frames_left_out: int
    stdout: str
    stderr: str

    @property
    def has_more(self) -> bool:
        """Whether there is a stack or an output to open."""
        return bool(self.stack or self.stdout or self.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file of the report: its beginning as text, or as hexadecimal."""

    path: str
    role: str
    size: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a ladder. `state`: "done", "here", "stop", "skipped" or "" (not reached)."""

    word: str
    means: str
    state: str
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A task as the page tells it."""

    task: "Task"
    what: str
    told: str


def runs(proof: "Proof") -> list[ShownRun]:
    """The runs, triggers first, numbered in their order."""
    ordered = sorted(enumerate(proof.runs, 1), key=lambda each: each[1]["role"] != "trigger")
    return [_run(number, run) for number, run in ordered[:MOST_RUNS]]


def _run(number: int, run: Mapping[str, Any]) -> ShownRun:
    frames: Sequence[Mapping[str, Any]] = run.get("stack") or ()
    told = _told(frames)
    decides = deciding(frames, str(run.get("attribution", "")))
    peak = run.get("peak_memory_bytes")
    ended = ENDED.get(str(run.get("ended", "")), "").format(
        status=run.get("status"), signal=run.get("signal")
    )
    return ShownRun(
        number=number,
        role=str(run["role"]),
        input=str(run["input"]),
        seen=bool(run["seen"]),
        said=str(run.get("broken") or run["evidence"]),
        ended=ended,
        cpu_seconds=float(run["cpu_seconds"]),
        memory_mib=peak / (1 << 20) if isinstance(peak, int) else None,
        stack=[_frame(frame, at == decides) for at, frame in enumerate(told)],
        frames_left_out=len(frames) - len(told),
        stdout=str(run.get("stdout", "")),
        stderr=str(run.get("stderr", "")),
    )


def _told(frames: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Without the language's own frames at the outer end, which tell nothing."""
    last = max(
        (at for at, frame in enumerate(frames) if frame.get("place") != "library"), default=len(frames) - 1
    )
    return frames[: min(last + 1, MOST_FRAMES)]


def deciding(frames: Sequence[Mapping[str, Any]], attribution: str) -> int | None:
    """Which frame, innermost first, decided who did it; None where running could not tell."""
    owned = (at for at, frame in enumerate(frames) if frame.get("place") in ("target", "harness"))
    first = next(owned, None)
    return first if first is not None and frames[first]["place"] == attribution else None


def _frame(frame: Mapping[str, Any], decides: bool) -> ShownFrame:
    file = str(frame.get("file", ""))
    for prefix in ("/target/", "/work/report/"):
        file = file.removeprefix(prefix)
    place = str(frame.get("place", ""))
    place = place if place in PLACES else ""
    return ShownFrame(
        function=str(frame.get("function", "")),
        where=f"{file}:{frame.get('line', '')}",
        place=place,
        whose=PLACES.get(place, "not known"),
        decides=decides,
    )


def ladder(rung: str) -> list[Step]:
    """The steps of the evidence ladder with where this one stands; a refutation ends it after the first."""
    steps = list(wording.LADDER)
    at = steps.index(rung) if rung in steps else 0
    drawn = [
        Step(
            word=word,
            means=wording.LADDER[word],
            state="done" if place < at else "here" if place == at else "",
        )
        for place, word in enumerate(steps)
    ]
    if rung in ("refuted", "unrunnable"):
        first = Step(word=drawn[0].word, means=drawn[0].means, state="done")
        state = "stop" if rung == "refuted" else "skipped"
        drawn[:1] = [first, Step(word=rung, means=wording.RUNGS[rung], state=state)]
    return drawn


def climb(check: "FixCheck") -> list[Step]:
    """The patch ladder, rung by rung: passed, failed with its log, or not tried and why."""
    states = {"passed": "done", "failed": "stop", "not tried": "skipped"}
    found = []
    for rung in check.rungs:
        first, _, rest = str(rung.get("why", "")).strip().partition("\n")
        log = "\n".join(each for each in (rest.strip("\n"), str(rung.get("log") or "")) if each)
        if len(first) > 240:
            first, log = f"{first[:240]}…", f"{first}\n{log}"
        found.append(
            Step(word=str(rung["name"]), means=first, state=states.get(str(rung["result"]), ""), log=log)
        )
    return found


def files(folder: "Folder | None") -> list[ShownFile]:
    """What a person needs to read: triggers, controls, the harness, the proposed fix, then what else came with it."""
    if folder is None:
        return []
    proof = folder.report.proof
    roles = dict.fromkeys(proof.trigger, "trigger") | dict.fromkeys(proof.control, "control")
    roles.setdefault(proof.harness, "harness")
    roles.setdefault(reports.PATCH, "proposed fix")
    for path in sorted(folder.files, key=lambda each: (each.count("/"), each)):
        roles.setdefault(path, "file")
    listed = [path for path in roles if path in folder.files][:MOST_FILES]
    return [
        ShownFile(
            path=path,
            role=roles[path],
            size=folder.files[path].size,
            text=shown(data, folder.files[path].size),
        )
        for path, data in reports.beginnings(folder, listed, MOST_BYTES).items()
    ]


def asked(task: "Task") -> Asked:
    """A task in words."""
    release = f" {task.release}" if task.release else ": a patch"
    what = wording.VERBS[task.verb] + (release if task.verb == Verb.FIX else "")
    said = (
        f"{task.done} of {task.total}"
        if task.state == State.RUNNING and task.total
        else wording.STATES[task.state]
    )
    return Asked(task=task, what=what, told=said)
