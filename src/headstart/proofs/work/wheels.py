"""Source distributions built in the sandbox: what the packages room's `Builder` is here."""

import contextlib
import json
import os
import shutil
import sysconfig
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headstart.errors import HeadstartError
from headstart.packages.errors import SourceNotBuilt
from headstart.packages.ports import Backend
from headstart.proofs.work.building import BUILD, said
from headstart.proofs.work.trees import copy_report
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Ended, Job, Mount
from headstart.sandbox.work import left

LARGEST_WHEEL = 256 << 20
AT_ONCE = 2  # a sweep asks for many, and each may take all the memory that a build may
STEP = "build its source"
_CALL = """
import importlib, json, os, sys
module, folders, hook, out = json.loads(sys.argv[1])
sys.path[:] = [os.path.abspath(each) for each in folders] + [each for each in sys.path if each]
sys.argv[1:] = []
name, _, inner = module.partition(":")
backend = importlib.import_module(name)
for each in filter(None, inner.split(".")):
    backend = getattr(backend, each)
call = getattr(backend, hook, None)
given = [out] if hook == "build_wheel" else []
result = call(*given) if call is not None else []
with open(os.path.join(out, "result.json"), "w") as file:
    json.dump(result, file)
"""
_CFLAGS = "-O1 -fcommon -Wno-error -Wno-implicit-function-declaration -Wno-int-conversion"
"""What old C took for granted, and a compiler of today refuses or may refuse."""


class SandboxedBuilder:
    """Calls a build backend (PEP 517) in a sandbox: no network, limits of its own, the source in a copy."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def requirements(self, source: Path, site: Path, backend: Backend) -> tuple[str, ...]:
        """What `get_requires_for_build_wheel` says.

        Raises:
            SourceNotBuilt: it failed, or said what is no list of texts.
        """
        with self._called("get_requires_for_build_wheel", source, site, backend) as out:
            said = _result(out)
        if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
            raise SourceNotBuilt(STEP, "it names what it needs in no list of texts")
        return tuple(said)

    def wheel(self, source: Path, site: Path, backend: Backend, into: Path) -> Path:
        """What `build_wheel` left.

        Raises:
            SourceNotBuilt: it failed, or left no wheel.
        """
        with self._called("build_wheel", source, site, backend) as out:
            names = sorted(each.name for each in out.glob("*.whl"))[:1]
            data = left(out, names[0], LARGEST_WHEEL + 1) if names else None
        if not names or data is None or len(data) > LARGEST_WHEEL:
            raise SourceNotBuilt(STEP, "it left no wheel, or too large a one")
        place = into / _plain(names[0])
        place.write_bytes(data)
        return place

    @contextlib.contextmanager
    def _called(self, hook: str, source: Path, site: Path, backend: Backend) -> Iterator[Path]:
        """The folder that a hook wrote in, once it ended well."""
        try:
            with self._turns, self._sandbox.scratch() as scratch:
                scratch.chmod(0o755)
                work = scratch / "work"
                copy_report(source, work / "source")
                (work / "out").mkdir()
                mounts = [Mount(source=_readable(site, scratch / "site"), at="/site")]
                if (headers := _headers(self._sandbox, scratch)) is not None:
                    mounts.append(Mount(source=headers, at="/headers"))
                self._run(hook, backend, work, tuple(mounts))
                yield work / "out"
        except SourceNotBuilt:
            raise
        except HeadstartError as error:  # no sandbox for it here, or it broke
            raise SourceNotBuilt(STEP, str(error)) from error
        except OSError as error:
            raise SourceNotBuilt(STEP, error.strerror or str(error)) from error

    def _run(self, hook: str, backend: Backend, work: Path, mounts: tuple[Mount, ...]) -> None:
        out = f"{self._sandbox.path_of_work(work)}/out"
        words = json.dumps([backend.module, list(backend.folders), hook, out])
        seen = [self._sandbox.path_of(each) for each in mounts]
        env = {"PYTHONPATH": seen[0], "PYTHONDONTWRITEBYTECODE": "1", "CFLAGS": _CFLAGS}
        env["CC"] = "cc" if backend.compiles else "false"
        if len(seen) > 1:
            env["CPATH"] = seen[1]
        argv = ("/bin/sh", "-c", 'cd source && exec "$@"', "sh", "python", "-c", _CALL, words)
        outcome = self._sandbox.run(Job(argv=argv, work=work, mounts=mounts, env=env, limits=BUILD))
        if outcome.ended is not Ended.EXITED or outcome.status != 0:
            raise SourceNotBuilt(STEP, said(outcome))


def _result(out: Path) -> Any:
    try:
        return json.loads(left(out, "result.json", 1 << 20) or b"")
    except (ValueError, RecursionError) as error:
        raise SourceNotBuilt(STEP, "it says nothing that can be read") from error


def _plain(name: str) -> str:
    """A wheel's own file name, as an installer reads it."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        parse_wheel_filename(name)
    except (InvalidWheelFilename, ValueError) as error:
        raise SourceNotBuilt(STEP, f"{name[:80]!r} is no name of a wheel") from error
    return name


def _readable(folder: Path, to: Path) -> Path:
    """A copy that a job's own user may read."""
    shutil.copytree(folder, to, symlinks=False)
    for here, _, files in os.walk(to):
        Path(here).chmod(0o755)
        for each in files:
            (Path(here) / each).chmod(0o644)
    return to


def _headers(sandbox: Sandbox, scratch: Path) -> Path | None:
    """Python's own headers, for extensions in C, where the jobs' Python is the one that runs here."""
    found = Path(sysconfig.get_path("include"))
    same = sysconfig.get_python_version() == sandbox.tools.python_version
    if not same or not (found / "Python.h").is_file():
        return None
    return _readable(found, scratch / "headers")
