"""Any environment of Inspect AI as a sandbox of ours: Docker and Kubernetes by configuration.

Each run is a sample of its own: a fresh environment, the work folder and the mounts copied in, one command, what the
job left copied out, the environment taken away. So mounts are copies, and what a job changes in them is thrown away.
Chosen by `HEADSTART_SANDBOX=docker` or `k8s` (entry points `headstart.sandboxes`); no way out may work in it, as in
any other: `headstart doctor` tries.
"""

import asyncio
import base64
import contextlib
import inspect
import json
import os
import posixpath
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from inspect_ai.util import SandboxEnvironment

from headstart.agents.providers import inspect_inside as inside
from headstart.agents.providers import parcels
from headstart.sandbox.errors import SandboxBroke, Unfit
from headstart.sandbox.providers import trees
from headstart.sandbox.providers.ground import ENVIRONMENT, check
from headstart.sandbox.rules.jobs import Applied, Ended, Job, Mount, Outcome
from headstart.sandbox.rules.tools import Tools

T = TypeVar("T")

START_SECONDS = 600
GRACE_SECONDS = 60
MOST_OUTPUT_BYTES = 6 << 20  # of what Inspect passes on from one command, 10 MiB, in base64
_ASK = (
    "pwd; test -w . && echo yes || echo no; for t in python3 node cc c++ make cmake; do "
    'p=$(command -v $t) && printf "%s\\t%s\\t%s\\n" "$t" "$p" "$($p --version 2>&1 | head -n 1)"; done; true'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of environment: its class in Inspect, its configuration, and what it holds a job to by itself."""

    name: str
    environment: type[SandboxEnvironment]
    config: Any
    holds: tuple[str, ...]  # for receipts
    count_processes: bool  # whether RLIMIT_NPROC counts this environment's processes alone


class InspectSandbox:
    """A `headstart.sandbox.ports.Sandbox` over an environment of Inspect.

    Raises:
        Unfit: the environment can't be had, or has no Python 3.11 or newer.
    """

    weaker = False

    def __init__(self, kind: Kind, root: Path) -> None:
        self.kind = kind
        self.name = kind.name
        self.root = root
        self._loop = _Loop()
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
        try:
            with contextlib.redirect_stdout(sys.stderr):  # Inspect's providers talk; --json must not
                self._loop.run(kind.environment.task_init(f"headstart-{os.getpid()}", kind.config))
            asked = self._loop.run(self._ask())
        except Exception as error:
            raise Unfit(f"{self.name}: {_one_line(error)}") from error
        self._base, self.tools = _place(self.name, asked)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A fresh empty host folder; it is removed at the end, whatever is in it."""
        parent = self.root / "scratch"
        parent.mkdir(mode=0o711, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        try:
            yield folder
        finally:
            trees.remove(folder)

    def path_of(self, mount: Mount) -> str:
        """Mounts are copied to a folder of the environment."""
        return f"{self._base}/mounts{mount.at}"

    def path_of_work(self, work: Path) -> str:  # noqa: ARG002 - the same for each
        """The work folder is copied there too."""
        return f"{self._base}/work"

    def run(self, job: Job) -> Outcome:
        """Run a job to its end; its environment is gone when this returns."""
        check(job)
        try:
            told, packed = self._loop.run(self._run(job))
        except TimeoutError:
            return self._outcome(job, {"code": None, "stopped": Ended.WALL_TIME})
        except (SandboxBroke, Unfit):
            raise
        except Exception as error:
            raise SandboxBroke(self.name, _one_line(error)) from error
        if packed is not None:
            try:
                parcels.unpack(packed, job.work, job.limits)
            except ValueError as error:
                raise SandboxBroke(self.name, f"what the job left can't be read: {error}") from error
        elif not told.get("stopped") and told.get("code") != -9:
            told = {**told, "stopped": Ended.DISK}
        return self._outcome(job, told)

    async def _ask(self) -> str:
        async with self._sample() as environment:
            told = await environment.exec(["sh", "-c", _ASK], timeout=60)
        if not told.success:
            raise Unfit(f"{self.name}: {told.stderr.strip()[:300] or 'it ran no shell'}")
        return told.stdout

    @contextlib.asynccontextmanager
    async def _sample(self) -> AsyncIterator[SandboxEnvironment]:
        kind, task = self.kind, f"headstart-{os.getpid()}"
        made = await asyncio.wait_for(kind.environment.sample_init(task, kind.config, {}), START_SECONDS)
        try:
            yield next(iter(made.values()))
        finally:
            await kind.environment.sample_cleanup(task, kind.config, made, False)

    async def _run(self, job: Job) -> tuple[Mapping[str, Any], bytes | None]:
        asked = {"argv": job.argv, "env": self._environment(job), "limits": self._limits(job)}
        sent = json.dumps(asked).encode() + b"\n" + parcels.packed(job, self.tools.links)
        argv = [self.tools.python, "-I", "-S", "-c", inspect.getsource(inside), self._base]
        wall = int(job.limits.wall_seconds) + GRACE_SECONDS
        async with self._sample() as environment:
            ran = await environment.exec(argv, input=sent, timeout=wall, timeout_retry=False)
            try:
                told = json.loads(ran.stdout)
            except ValueError:
                if ran.returncode in {137, -9}:  # the job ended the one that watched it
                    return {"code": -9}, None
                said = ran.stderr.strip().splitlines()[-1:] or [f"it ended with {ran.returncode}"]
                raise SandboxBroke(self.name, said[0][:300]) from None
            packed = None
            if told.get("packed"):
                packed = await environment.read_file(f"{self._base}/left.tar", text=False)
        return told, packed

    def _environment(self, job: Job) -> dict[str, str]:
        path = f"{self._base}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        own = f"{self._base}/tmp"  # noqa: S108 - the job's own
        return {**ENVIRONMENT, "PATH": path, "HOME": own, "TMPDIR": own, **job.env}

    def _limits(self, job: Job) -> dict[str, Any]:
        most = min(job.limits.output_bytes, MOST_OUTPUT_BYTES)
        return {**asdict(job.limits), "output_bytes": most, "count_processes": self.kind.count_processes}

    def _outcome(self, job: Job, told: Mapping[str, Any]) -> Outcome:
        code = told.get("code")
        stopped = Ended(told["stopped"]) if told.get("stopped") else None
        sent = -code if code is not None and code < 0 else None
        ended = stopped or (Ended.EXITED if sent is None else Ended.SIGNALLED)
        return Outcome(
            ended=ended,
            status=code if ended is Ended.EXITED else None,
            signal=sent if ended is Ended.SIGNALLED else None,
            stdout=base64.b64decode(told.get("stdout", "")),
            stderr=base64.b64decode(told.get("stderr", "")),
            cpu_seconds=float(told.get("cpu_seconds", 0)),
            wall_seconds=float(told.get("wall_seconds", job.limits.wall_seconds if stopped else 0)),
            peak_memory_bytes=told.get("peak_bytes"),
            truncated=bool(told.get("truncated")),
            applied=self.applied(),
        )

    def applied(self) -> Applied:
        """What the environment holds by itself, and what is only watched from inside it."""
        counted = "rlimit" if self.kind.count_processes else "the environment's own limit"
        by = (
            *self.kind.holds,
            "mounts: copies, thrown away afterwards",
            "memory: watchdog that samples, inside",
            f"processes: {counted}",
            "cpu: rlimit, watchdog that samples, inside",
            "wall: watchdog inside, and outside",
            "output: cut at its limit",
            "files: rlimit, watchdog on the work folder, inside",
            "measured inside: a job can end the watchdog with itself, not write its report",
        )
        return Applied(provider=self.name, weaker=False, by=by)


def _place(name: str, asked: str) -> tuple[str, Tools]:
    """The folder to work in, and the tools, from what the environment answered."""
    where, writable, *lines = asked.splitlines()
    found = {tool: (path, version) for tool, path, version in (each.split("\t", 2) for each in lines)}
    python, version = found.pop("python3", ("", ""))
    number = version.removeprefix("Python ").split(".")
    if (
        len(number) < 2
        or not all(each.isdigit() for each in number[:2])
        or tuple(map(int, number[:2])) < (3, 11)
    ):
        raise Unfit(f"{name}: its image has no Python 3.11 or newer on its PATH; name another image")
    paths = {tool: path for tool, (path, _) in found.items()}
    tools = Tools(
        python=python, python_version=".".join(number[:2]), node=paths.get("node"), cc=paths.get("cc"),
        cxx=paths.get("c++"), make=paths.get("make"), cmake=paths.get("cmake"),
        versions={"python": version, **{tool: line for tool, (_, line) in found.items()}},
    )  # fmt: skip
    return posixpath.join(where if writable == "yes" else "/tmp", "headstart"), tools  # noqa: S108 - inside


class _Loop:
    """One event loop in a thread of its own, in which every call sees the context that the first one left."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._context = copy_context()
        threading.Thread(target=self._loop.run_forever, name="inspect", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine's end, from any thread."""
        done: Future[T] = Future()

        async def go() -> None:
            try:
                done.set_result(await work)
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
                done.set_exception(error)

        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(go(), context=self._context))
        return done.result()


def _one_line(error: BaseException) -> str:
    lines = [each.strip() for each in str(error).splitlines() if each.strip()]
    return (" ".join(lines[:3]) or type(error).__name__).removeprefix("ERROR: ")[:300]
