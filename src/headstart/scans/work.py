"""Point a model at a release: it looks for an input by running; the hub runs that input and writes the report."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headstart.agents import work as agents
from headstart.agents.rules.assignments import Assignment, Attempt, Budget
from headstart.agents.rules.sheet import Sheet
from headstart.errors import Unable
from headstart.packages.work import Store
from headstart.reports import work as reports
from headstart.reports.rules import Expect, Finder, Proof, Report
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Job, Limits, Mount, Outcome, Trust
from headstart.scans.errors import ScanTargetInvalid
from headstart.scans.rules.effects import WEAKNESSES, Effect, effect, summary, title
from headstart.scans.rules.harness import harness
from headstart.scans.rules.targets import ScanTarget
from headstart.scans.rules.targets import read_targets as read_document

__all__ = ["BUDGET", "FINDER", "ScanTarget", "read_targets", "scan"]

BUDGET = Budget(messages=60, tokens=1_000_000, seconds=600, tool_seconds=90, tool_cpu_seconds=90)
FINDER = Finder(organisation="Headstart scan", contact="headstart@localhost")
SEARCH_SECONDS = 24  # of CPU time: what the task sheet suggests for one search
AT = "/target"

PROMPT = """\
`{name}` of {purl} takes {argument} from outside ({boundary}). The release is installed in {source}, which is read-only;
nothing else of it may be assumed. By its documentation it may raise {exceptions}, and it ends within {seconds:g} s of
CPU time on any argument of at most {longest} characters. Find, by running it, an argument of at most {longest}
characters on which it raises something else, or on which it does not end in that time where ordinary arguments of that
length end at once.

`seeds/` holds ordinary arguments, one a file; `words.json` holds pieces of its input language; `harness.py` hands the
argument that a file holds to it. Write the argument ({encoding}) to the file `answer` in the current folder, then
submit. The hub runs it again, on a machine of its own, before anyone reads about it.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the target is run: the release, mounted, in a sandbox."""

    sandbox: Sandbox
    mount: Mount
    target: ScanTarget
    trust: Trust

    @property
    def source(self) -> str:
        """Where jobs see the release."""
        return self.sandbox.path_of(self.mount)

    def run(self, held: bytes) -> Outcome:
        """Hand one input to the target, in a fresh sandbox, for a little longer than it may take."""
        with self.sandbox.scratch() as scratch:
            work = scratch / "work"
            work.mkdir()
            (work / "harness.py").write_text(harness(self.target))
            (work / "input").write_bytes(held)
            seconds = self.target.seconds
            job = Job(
                argv=("python", "harness.py", "input"),
                work=work,
                mounts=(self.mount,),
                env={"PYTHONPATH": self.source},
                limits=Limits(cpu_seconds=seconds, wall_seconds=30 + 10 * seconds),
                trust=self.trust,
            )
            return self.sandbox.run(job)


def read_targets(path: Path) -> tuple[ScanTarget, ...]:
    """The targets of a TOML file such as examples/scan-targets.toml.

    Raises:
        ScanTargetInvalid: it can't be read, or a table breaks a rule.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScanTargetInvalid(str(path), f"it can't be read: {error}") from error
    return read_document(document, path.name)


def scan(
    target: ScanTarget,
    *,
    model_spec: str | None,
    store: Store,
    sandbox: Sandbox,
    into: Path,
    finder: Finder = FINDER,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[reports.Folder, ...]:
    """Let a model look for a flaw in a release; what it hands in, and the hub then sees, becomes a report folder.

    The folder is `into / <digest of the input>`; a scan that finds the same again gives the same folder. Nothing found
    is an empty tuple. Logs go to `into / "runs"`.

    Raises:
        Uninstallable, RegistryUnreachable: the release can't be had.
        NotShipped: the sandbox is the weak one, and target or model is not ours.
        RunBroke: Inspect did not come through.
    """
    installed = store.obtain(target.purl)
    mount = Mount(source=installed.path, at=AT)
    with agents.model(model_spec, folder=into / "runs", sandbox=sandbox.name) as handle:
        trust = handle.trust if target.offline else Trust.UNTRUSTED
        place = _Place(sandbox=sandbox, mount=mount, target=target, trust=trust)
        asked = _assignment(place)
        heard: list[Attempt] = []
        ran = agents.run(
            agents.listed([asked]),
            handle,
            name="scan",
            budget=BUDGET,
            samples=into / "runs" / "samples",
            on_attempt=heard.append,
        )
    (attempt,) = heard
    if progress is not None:
        progress(1, 1)
    if attempt.answer is None:
        if attempt.ending.value == "infrastructure":
            raise Unable(f"the scan of {target.purl} broke: {attempt.note}")
        return ()
    answer = attempt.answer[: 4 * target.max_length]
    control = target.seeds[0].encode()
    seen = effect(target, place.run(answer), place.run(control))
    if seen is None:
        return ()
    return (_report(place, seen, answer, finder=_named(finder, ran.model), into=into),)


def _assignment(place: _Place) -> Assignment:
    target = place.target
    sheet = Sheet(
        goal="exception or hang",
        language="python",
        source=place.source,
        entry=target.entry,
        accepts="text" if target.argument == "str" else "bytes",
        run=f"env PYTHONPATH={place.source} python harness.py {{input}}",
        seeds="seeds",
        words="words.json",
        allowed=", ".join(each.rpartition(".")[2] for each in target.exceptions),
        more={
            "hang": f"{target.seconds:g}",
            "longest": str(target.max_length),
            "seconds": str(SEARCH_SECONDS),
        },
    )
    prose = PROMPT.format(
        name=f"{target.module}.{target.callable}",
        purl=target.purl,
        argument="a text" if target.argument == "str" else "bytes",
        encoding="UTF-8" if target.argument == "str" else "as it is",
        boundary=target.boundary,
        source=place.source,
        exceptions=", ".join(target.exceptions) or "nothing",
        seconds=target.seconds,
        longest=target.max_length,
    )
    return Assignment(
        id=f"scan {target.purl}",
        prompt=prose + sheet.text(),
        files={
            "harness.py": harness(target).encode(),
            "words.json": json.dumps(target.tokens).encode(),
            **{f"seeds/{n}": seed.encode() for n, seed in enumerate(target.seeds)},
        },
        mounts=(place.mount,),
        trust=place.trust,
    )


def _named(finder: Finder, model: str) -> Finder:
    return Finder(
        organisation=finder.organisation,
        contact=finder.contact,
        ai=model,
        human_reviewed=False,
        policy=finder.policy,
    )


def _report(place: _Place, seen: Effect, answer: bytes, *, finder: Finder, into: Path) -> reports.Folder:
    """Write what was seen in the report format, once for each input."""
    import hashlib

    target = place.target
    report = Report(
        title=title(target, seen),
        summary=summary(target, seen, len(answer)),
        purl=target.purl,
        weaknesses=WEAKNESSES[seen.expect],
        affected=None,
        boundary=target.boundary,
        preconditions=(),
        finder=finder,
        proof=Proof(
            run=("python", "harness.py", "{input}"),
            trigger=("inputs/trigger.txt",),
            control=("inputs/control.txt",),
            expect=seen.expect,
            seconds=target.seconds if seen.expect is Expect.HANG else 10.0,
            exception=seen.exception,
        ),
    )
    files = {
        "harness.py": harness(target).encode(),
        "inputs/trigger.txt": answer,
        "inputs/control.txt": target.seeds[0].encode(),
    }
    folder = into / f"{target.purl.name}-{hashlib.sha256(answer).hexdigest()[:12]}"
    return reports.read(folder) if folder.exists() else reports.write(folder, report, files)
