"""One run of one input in a fresh sandbox: what is planted for it, and what is found afterwards."""

import compileall
import contextlib
import os
import secrets
import shutil
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

from headstart.proofs.rules.effects import import_failed, observe, unsound
from headstart.proofs.rules.evidence import Attribution, Frame, Role, Run
from headstart.proofs.rules.facts import Facts, Sanitizer
from headstart.proofs.rules.native import native_place, of_its_process, undefined
from headstart.proofs.rules.witness import Language, Places, read
from headstart.proofs.work.targets import Target
from headstart.proofs.work.trees import copy_report, within
from headstart.reports.rules import Expect, Report
from headstart.sandbox.errors import SandboxBroke
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules import crashes
from headstart.sandbox.rules.jobs import Applied, Job, Limits, Mount, Outcome, Trust

WITNESSES = Path(__file__).parent.parent / "preloads"
CODE = frozenset({".py", ".js", ".cjs", ".mjs"})
MOST_CODE = 100  # files of it that are read
LARGEST_LOG = 8 << 20
TAIL = 4000  # characters of output that a verdict keeps
SAMPLES = 40  # stack samples in the time that a hang is given
PROCESSES = 64
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where runs happen: a sandbox, a scratch folder on the host, the witnesses laid out in it."""

    sandbox: Sandbox
    scratch: Path
    trust: Trust
    applied: list[Applied] = field(default_factory=list)  # the limits of each run so far, as it ran

    @property
    def witness(self) -> Mount:
        """The witnesses, as every run sees them."""
        return Mount(source=self.scratch / "witness", at="/headstart")


@contextmanager
def stage(sandbox: Sandbox, trust: Trust) -> Iterator[Stage]:
    """A place to run in; all of it is gone at the end."""
    with sandbox.scratch() as scratch:
        shutil.copytree(WITNESSES, scratch / "witness", ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(
            scratch / "witness" / "python", quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )  # so that no run has to
        for path in (scratch / "witness", *(scratch / "witness").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield Stage(sandbox=sandbox, scratch=scratch, trust=trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What the hub made fresh for one run; paths as the run sees them, `host` where it is here."""

    host: Path
    seen_at: str
    name: str  # a fresh word in every name
    key: bytes
    secret: bytes
    token: bytes
    status: int  # what a sanitizer ends a program with

    def path(self, what: str) -> str:
        """The run's own path of `secret`, `marker`, `forbidden` or `log`."""
        return f"{self.seen_at}/{what}-{self.name}"

    def folder(self, what: str) -> Path:
        """The same on the host."""
        return self.host / f"{what}-{self.name}"


def language_of(run: tuple[str, ...]) -> Language:
    """What runs the harness; Python without its site module could not be watched, so it counts as native."""
    program = PurePosixPath(run[0]).name
    if program in ("python", "python3"):
        return Language.PYTHON
    return Language.NODE if program == "node" else Language.NATIVE


def is_watchable(run: tuple[str, ...]) -> bool:
    """Whether the witness will be loaded: a run may switch it off by Python's own options."""
    for word in run[1:]:
        if not word.startswith("-") or word in ("-c", "-m", "--"):
            break
        if not word.startswith(("-X", "-W", "--")) and set(word[1:]) & set("IES"):
            return False
    return True


def run_once(on: Stage, target: Target, report: Report, *, role: Role, given: str) -> Run:
    """Run the harness once on one input, in a fresh folder with fresh secrets.

    A sandbox that broke says nothing about the job, nor does an interpreter that our own sampling killed: it is
    tried again, with everything fresh, twice at most.

    Raises:
        Unable: the sandbox could not run it.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(SandboxBroke):
            run = _run(on, target, report, role=role, given=given)
            if not _killed_by_sampling(report, run):
                return run
    return _run(on, target, report, role=role, given=given)


def _killed_by_sampling(report: Report, run: Run) -> bool:
    """Whether the look at the stack may have been what ended the run.

    Python's fault handler reads the stack while it changes, and now and then that is a segmentation fault of its
    own (seen once in 25 runs of 2 s on 3.11, in a loop of generators).
    """
    is_sampled = language_of(report.proof.run) is Language.PYTHON
    is_sampled = is_sampled and report.proof.expect in (Expect.HANG, Expect.EXHAUST)
    return is_sampled and run.signal in (signal.SIGSEGV, signal.SIGBUS)


def _run(on: Stage, target: Target, report: Report, *, role: Role, given: str) -> Run:
    work = on.scratch / f"run-{secrets.token_hex(8)}"
    try:
        planted = _plant(on, target, work, report)
        job = _job(on, target, report, planted, given)
        outcome = on.sandbox.run(job)
        on.applied.append(outcome.applied)
        facts = _facts(target, report, planted, outcome, on.sandbox.path_of(_mount(target)))
        return _describe(facts, role, given)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _plant(on: Stage, target: Target, work: Path, report: Report) -> Planted:
    copy_report(target.report, work / "report")
    planted = Planted(
        host=work,
        seen_at=on.sandbox.path_of_work(work),
        name=secrets.token_hex(6),
        key=secrets.token_bytes(32),
        secret=f"headstart-secret-{secrets.token_hex(16)}".encode(),
        token=secrets.token_hex(16).encode(),
        status=32 + secrets.randbelow(80),
    )
    planted.folder("log").mkdir()
    match report.proof.expect:
        case Expect.DISCLOSE:
            planted.folder("secret").write_bytes(planted.secret + b"\n")
        case Expect.EXECUTE:
            marker = planted.folder("marker")
            ran = f"{planted.path('log')}/ran"
            marker.write_text(f"#!/bin/sh\nprintf %s {planted.token.decode()} > {ran}\n")
            marker.chmod(0o755)
        case Expect.WRITE:
            planted.folder("forbidden").mkdir()
            (planted.folder("forbidden") / "kept").write_bytes(planted.token)
        case _:
            pass
    if target.path is not None and (target.path / "node_modules").is_dir():
        (work / "node_modules").symlink_to(f"{on.sandbox.path_of(_mount(target))}/node_modules")
    return planted


def _mount(target: Target) -> Mount:
    return Mount(source=target.path or target.report, at="/target")


def _job(on: Stage, target: Target, report: Report, planted: Planted, given: str) -> Job:
    proof = report.proof
    neutral = f"input-{planted.name}{PurePosixPath(given).suffix}"
    shutil.copyfile(planted.host / "report" / given, planted.host / "report" / neutral)
    argv = tuple(word.replace("{input}", neutral) for word in proof.run)
    witness, mount = on.sandbox.path_of(on.witness), on.sandbox.path_of(_mount(target))
    language = language_of(proof.run)
    watched = language is not Language.NATIVE and is_watchable(proof.run)
    cpu = proof.seconds
    memory = proof.memory_mib if language is not Language.NATIVE else max(proof.memory_mib, 1024)
    if proof.expect is Expect.EXHAUST:
        memory = proof.memory_mib
    return Job(
        argv=within("report", argv),
        work=planted.host,
        mounts=(on.witness,) if target.path is None else (on.witness, _mount(target)),
        env={**_language_env(language, witness, mount, planted), **_planted_env(report, planted)},
        limits=Limits(
            cpu_seconds=cpu,
            wall_seconds=3 * cpu + 20,
            memory_bytes=memory << 20,
            processes=PROCESSES,
            last_words=language is Language.NATIVE and proof.expect is Expect.HANG,
        ),
        stdin=_words(report, planted, target, mount) if watched else b"",
        trust=on.trust,
    )


def _language_env(language: Language, witness: str, mount: str, planted: Planted) -> dict[str, str]:
    return _sanitizer_env(planted) | _loading_env(language, witness, mount)


def _sanitizer_env(planted: Planted) -> dict[str, str]:
    """Where sanitizers write: also those of a program that a harness in another language starts."""
    log = f"log_path={planted.path('log')}/san:symbolize=1"
    return {
        "ASAN_OPTIONS": f"{log}:detect_leaks=0:handle_abort=1:exitcode={planted.status}",
        "UBSAN_OPTIONS": f"{log}:print_stacktrace=1:halt_on_error=1:abort_on_error=1",
        "MSAN_OPTIONS": log,
        "LSAN_OPTIONS": log,
        "TSAN_OPTIONS": f"{log}:halt_on_error=1",
    }


def _loading_env(language: Language, witness: str, mount: str) -> dict[str, str]:
    match language:
        case Language.PYTHON:
            found = f"{witness}/python:{mount}"
            return {"PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"}
        case Language.NODE:
            options = f"--require={witness}/node/preload.cjs --max-old-space-size=16384"
            return {"NODE_OPTIONS": options, "NODE_PATH": f"{mount}/node_modules:{mount}"}
        case _:
            return {"PYTHONPATH": mount, "NODE_PATH": f"{mount}/node_modules:{mount}"}


def _planted_env(report: Report, planted: Planted) -> dict[str, str]:
    match report.proof.expect:
        case Expect.DISCLOSE:
            return {"HEADSTART_SECRET_FILE": planted.path("secret")}
        case Expect.EXECUTE:
            return {"HEADSTART_MARKER": planted.path("marker")}
        case Expect.WRITE:
            return {"HEADSTART_FORBIDDEN": planted.path("forbidden")}
        case _:
            return {}


def _sample_seconds(report: Report) -> float:
    """How often a witness looks at what computes."""
    return max(report.proof.seconds / SAMPLES, 0.01) if report.proof.expect is Expect.HANG else 0.02


def _words(report: Report, planted: Planted, target: Target, mount: str) -> bytes:
    """What the witness reads from standard input before the harness starts."""
    expect = report.proof.expect
    watched = {Expect.DISCLOSE: "secret", Expect.EXECUTE: "marker", Expect.WRITE: "forbidden"}.get(expect)
    log = planted.path("log")
    words = (
        "headstart",
        planted.key.hex(),
        expect.value,
        planted.path(watched) if watched else "",
        _target_root(target, planted, mount),
        f"{log}/seen",
        f"{log}/faults",
        f"{_sample_seconds(report):.3f}",
        "native" if _has_extensions(target) else "python",
        str(report.proof.memory_mib),
        "",
    )
    return "\n".join(words).encode()


def _has_extensions(target: Target) -> bool:
    """Whether the target holds native modules, whose calls show no frame of their own."""
    if target.path is None:
        return False
    own = [target.path / name for name in target.own] or [target.path]
    return any(each.suffix == ".so" or next(each.rglob("*.so"), None) is not None for each in own)


def _target_root(target: Target, planted: Planted, mount: str) -> str:
    return f"{planted.seen_at}/report/{target.source}/" if target.path is None else f"{mount}/"


def _facts(target: Target, report: Report, planted: Planted, outcome: Outcome, mount: str) -> Facts:
    language = language_of(report.proof.run)
    root = _target_root(target, planted, mount)
    places = Places(target=root, own=target.own)
    logs = planted.folder("log")
    faults = read_plain(logs / "faults")
    return Facts(
        proof=report.proof,
        language=language,
        outcome=outcome,
        testimony=read(
            language, log=read_plain(logs / "seen"), faults=faults, key=planted.key, places=places
        ),
        secret=planted.secret,
        marker=planted.path("marker"),
        marker_ran=read_plain(logs / "ran") == planted.token,
        changed=_changed(planted) if report.proof.expect is Expect.WRITE else (),
        sanitizer=_sanitizer(logs, target, f"{planted.seen_at}/report/"),
        sanitizer_status=planted.status,
        fatal_dump=b"Fatal Python error" in faults,
        built=target.source,
        root=root,
        names=target.names,
        sample_seconds=_sample_seconds(report),
        code=_code(target.report, f"{planted.seen_at}/report/") if report.proof.expect is Expect.HANG else {},
        extensions=b"\nExtension modules: " in faults or _has_extensions(target),
    )


def _code(folder: Path, seen_at: str) -> dict[str, str]:
    """The report's own Python and JavaScript, by the path as the run saw it."""
    files = [each for each in sorted(folder.rglob("*")) if each.suffix in CODE]
    if len(files) > MOST_CODE:
        return {}
    return {
        f"{seen_at}{each.relative_to(folder)}": read_plain(each).decode("utf-8", "replace") for each in files
    }


def _changed(planted: Planted) -> tuple[str, ...]:
    """The names in the forbidden folder that are new, gone or different."""
    folder = planted.folder("forbidden")
    try:
        names = {entry.name for entry in os.scandir(folder)}
    except OSError:
        return ("the folder itself",)
    new = sorted(names - {"kept"})
    same = "kept" in names and read_plain(folder / "kept") == planted.token
    return (*new, *(() if same else ("kept",)))


def _sanitizer(logs: Path, target: Target, root: str) -> Sanitizer | None:
    """What a sanitizer wrote in the file that the hub named; text on standard error is not believed.

    UBSan beside ASan writes to standard error whatever it is told, so it aborts, which ASan writes to the file.
    """
    for path in sorted(logs.glob("san.*"))[:8]:
        said = read_plain(path)
        crash = crashes.parse(said)
        if crash is None or not of_its_process(said, path.name):
            continue
        names = tuple(frame.function for frame in crash.frames)
        stack = tuple(
            Frame(
                file=frame.file or "",
                line=frame.line or 0,
                function=frame.function,
                place=native_place(frame.file or "", root=root, source=target.source, files=target.files),
            )
            for frame in crash.frames
        )
        kind = undefined(names) or crash.kind
        return Sanitizer(kind=kind, stack=stack, state=crash.state, ends=b"AddressSanitizer" in said)
    return None


def _describe(facts: Facts, role: Role, given: str) -> Run:
    found = observe(facts)
    outcome = facts.outcome
    broken = unsound(facts) if role is Role.CONTROL else import_failed(facts)
    return Run(
        role=role,
        input=given,
        seen=found.seen,
        broken="" if found.seen else broken,
        attribution=found.attribution if found.seen else Attribution.UNKNOWN,
        evidence=found.evidence,
        ended=outcome.ended.value,
        status=outcome.status,
        signal=outcome.signal,
        cpu_seconds=round(outcome.cpu_seconds, 3),
        wall_seconds=round(outcome.wall_seconds, 3),
        peak_memory_bytes=outcome.peak_memory_bytes,
        stack=found.stack[:20],
        state=found.state,
        flags=found.flags,
        stdout=outcome.stdout[-TAIL:].decode("utf-8", "replace"),
        stderr=outcome.stderr[-TAIL:].decode("utf-8", "replace"),
    )


def read_plain(path: Path) -> bytes:
    """A file that a job may have left, bounded; empty where it is absent, a link or no plain file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(LARGEST_LOG) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
