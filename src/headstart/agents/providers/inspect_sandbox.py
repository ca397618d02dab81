"""Headstart's sandbox as a sandbox of Inspect AI: `sandbox="headstart"` in any task (entry point `inspect_ai`).

Each sample has a work folder of its own that lasts as long as the sample; each `exec` is a fresh sandbox around
it, so no process outlives its call and `/tmp` is new each time. Files are written and read by programs inside the
sandbox, so that a link which an agent left there leads nowhere. There is one user: asking for another is refused
(`SandboxUserUnsupportedError`, which Inspect probes for).
"""

import hashlib
import os
import stat
import threading
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, overload

import anyio
from inspect_ai.util import ExecResult, OutputLimitExceededError, SandboxEnvironment, sandboxenv
from inspect_ai.util import SandboxUserUnsupportedError as UserUnsupported
from pydantic import BaseModel

from headstart.sandbox.errors import JobInvalid
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Mount, Outcome, Trust
from headstart.sandbox.work import choose

MOST_READ = 16 << 20
MOST_FILE = 128 << 20
LONGEST_WORD = (128 << 10) - 1  # of a command line: the kernel's MAX_ARG_STRLEN
CANNOT_RUN = 126  # the shell's own status for it
_WRITE = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
_READ = 'test -e "$1" || exit 91; test ! -d "$1" || exit 92; test -r "$1" || exit 93; exec cat "$1"'
_READ_ERRORS = {91: FileNotFoundError, 92: IsADirectoryError, 93: PermissionError}


class Config(BaseModel, frozen=True):
    """What a sample's sandbox gets beside its defaults."""

    folder: str | None = None  # where the sandbox keeps its own things
    provider: str | None = None  # "bubblewrap" or "landlock"; None: the best that is fit
    mounts: tuple[tuple[str, str], ...] = ()  # (host path, path inside), read-only
    shipped: bool = False  # all that is run comes with Headstart: the weak provider may run it
    cpu_seconds: float = 60
    wall_seconds: float = 60
    memory_bytes: int = 1 << 30


@cache
def _sandbox(folder: Path, provider: str | None) -> Sandbox:
    return choose(folder, prefer=provider)


@sandboxenv(name="headstart")
class HeadstartSandbox(SandboxEnvironment):
    """One sample's work folder, and the sandbox that its commands run in."""

    def __init__(self, config: Config, sandbox: Sandbox, work: Path, stack: ExitStack) -> None:
        super().__init__()
        self._config = config
        self._sandbox = sandbox
        self._work = work
        self._stack = stack
        self._lock = threading.Lock()
        self._limiter = anyio.CapacityLimiter(
            1
        )  # a message may hold thousands of calls: they wait here, not in threads

    @classmethod
    async def sample_init(
        cls,
        task_name: str,  # noqa: ARG003 - Inspect's signature
        config: Any,
        metadata: dict[str, str],  # noqa: ARG003
    ) -> dict[str, SandboxEnvironment]:
        """Make the sample's work folder."""
        chosen = config if isinstance(config, Config) else Config()
        folder = Path(chosen.folder) if chosen.folder else Path.cwd() / "var"  # as the commands do
        sandbox = await anyio.to_thread.run_sync(_sandbox, folder, chosen.provider)
        stack = ExitStack()
        work = stack.enter_context(sandbox.scratch()) / "work"
        work.mkdir()
        return {"default": cls(chosen, sandbox, work, stack)}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,  # noqa: ARG003
        config: Any,  # noqa: ARG003
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,  # noqa: ARG003
    ) -> None:
        """Remove the sample's work folder."""
        for each in environments.values():
            if isinstance(each, HeadstartSandbox):
                await anyio.to_thread.run_sync(each._stack.close)  # noqa: SLF001 - its own class

    @classmethod
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """The configuration as Inspect's log keeps it."""
        return Config(**config)

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,  # noqa: A002
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,  # noqa: ASYNC109
        timeout_retry: bool = True,  # noqa: ARG002
        concurrency: bool = True,  # noqa: ARG002
    ) -> ExecResult[str]:
        """Run a command; what passes a limit of time raises `TimeoutError`."""
        if user is not None:
            raise UserUnsupported(f"this sandbox has one user and can't run as {user}")
        if any(len(each.encode(errors="replace")) > LONGEST_WORD for each in cmd):
            return ExecResult(
                success=False, returncode=CANNOT_RUN, stdout="", stderr="Argument list too long"
            )
        given = input.encode(errors="replace") if isinstance(input, str) else input or b""
        try:
            outcome = await self._run(_plain(cmd, cwd), given, env or {}, timeout)
        except JobInvalid as error:  # a NUL in a command, say: the agent's own doing
            return ExecResult(success=False, returncode=CANNOT_RUN, stdout="", stderr=str(error))
        if outcome.ended in (Ended.WALL_TIME, Ended.CPU_TIME):
            raise TimeoutError(f"stopped after {outcome.wall_seconds:.0f} s ({outcome.ended.value})")
        status = outcome.status if outcome.status is not None else 128 + (outcome.signal or 9)
        stderr = outcome.stderr.decode(errors="replace")
        if outcome.ended not in (Ended.EXITED, Ended.SIGNALLED):
            stderr += f"\n[stopped by the sandbox: {outcome.ended.value}]"
        return ExecResult(
            success=status == 0,
            returncode=status,
            stdout=outcome.stdout.decode(errors="replace"),
            stderr=stderr,
        )

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Write a file; its folders are made."""
        content = contents.encode() if isinstance(contents, str) else contents
        outcome = await self._run(("sh", "-c", _WRITE, "sh", file), content, {}, None)
        if outcome.status != 0:
            raise PermissionError(outcome.stderr.decode(errors="replace") or f"can't write {file}")

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        """Read a file of at most 16 MiB."""
        outcome = await self._run(("sh", "-c", _READ, "sh", file), b"", {}, None)
        if outcome.truncated or outcome.ended is Ended.OUTPUT:
            raise OutputLimitExceededError(f"{MOST_READ >> 20} MiB", None)
        if outcome.status != 0:
            raise _READ_ERRORS.get(outcome.status or 0, PermissionError)(file)
        return outcome.stdout.decode() if text else outcome.stdout

    def digest_of(self, name: str) -> str | None:
        """SHA-256 of a file in the work folder, read from outside and through no link; None where there is none."""
        parts = Path(name).parts
        if not parts or ".." in parts or parts[0] == "/":
            return None
        with ExitStack() as stack:
            try:
                held = os.open(self._work, os.O_RDONLY | os.O_DIRECTORY)
                stack.callback(os.close, held)
                for part in parts[:-1]:
                    held = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=held)
                    stack.callback(os.close, held)
                last = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=held)
            except OSError:
                return None
            with os.fdopen(last, "rb") as file:
                found = os.fstat(last)
                if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_FILE:
                    return None
                return hashlib.file_digest(file, "sha256").hexdigest()

    async def _run(
        self, argv: tuple[str, ...], given: bytes, env: dict[str, str], timeout_seconds: int | None
    ) -> Outcome:
        config = self._config
        wall = min(config.wall_seconds, timeout_seconds or config.wall_seconds)
        job = Job(
            argv=argv,
            work=self._work,
            mounts=tuple(Mount(source=Path(source), at=at) for source, at in config.mounts),
            env=env,
            stdin=given,
            trust=Trust.SHIPPED if config.shipped else Trust.UNTRUSTED,
            limits=Limits(
                cpu_seconds=config.cpu_seconds,
                wall_seconds=wall,
                memory_bytes=config.memory_bytes,
                output_bytes=MOST_READ,
                file_bytes=MOST_FILE,
            ),
        )
        return await anyio.to_thread.run_sync(
            partial(self._alone, job), abandon_on_cancel=True, limiter=self._limiter
        )

    def _alone(self, job: Job) -> Outcome:
        """One run at a time: a call that was given up still runs to its end, in the same folder."""
        with self._lock:
            return self._sandbox.run(job)


def _plain(cmd: list[str], cwd: str | None) -> tuple[str, ...]:
    """The command without a login shell (its profile would take the sandbox's PATH away), in its folder."""
    words = [word for n, word in enumerate(cmd) if not (n == 1 and cmd[0] == "bash" and word == "--login")]
    return (*(("sh", "-c", 'cd "$0" && exec "$@"', cwd) if cwd else ()), *words)
