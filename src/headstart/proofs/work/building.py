"""Building a report's target from source: in the sandbox, with AddressSanitizer and UBSan, once for each source.

A build sees the report and the source, never the network. The compilers that it finds on its path add the sanitizers
by themselves, for many a Makefile has flags of its own. What it leaves is hostile: regular files and links that stay
inside are kept, and the report's own files are put back as they were.
"""

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.work import Store
from headstart.proofs.errors import BuildFailed
from headstart.proofs.rules import patches
from headstart.proofs.work.sources import Source, place_of
from headstart.proofs.work.trees import change_files, copy_report, take
from headstart.reports.rules import Build
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Mount, Outcome, Trust

BUILD = Limits(
    cpu_seconds=300,  # of all commands of one build together
    wall_seconds=900,
    memory_bytes=1536 << 20,
    processes=256,
    file_bytes=512 << 20,
    work_bytes=1 << 30,
    work_files=100_000,
    tmp_bytes=256 << 20,
)
SANITIZERS = "-fsanitize=address,undefined"
FLAGS = f"-g -O1 -fno-omit-frame-pointer {SANITIZERS}"
C_COMPILERS = ("cc", "gcc", "clang", "c99", "c89")
CXX_COMPILERS = ("c++", "g++", "clang++")
_WRAPPER = """#!/bin/sh
case " $* " in
  *" -fsanitize=thread"*|*" -fsanitize=memory"*|*" -fsanitize=hwaddress"*) exec {compiler} "$@" ;;
esac
exec {compiler} {flags} "$@"
"""  # those three can't be had together with the address sanitizer
_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_AT = "/compilers"
_IN = 'PATH="$1:$PATH"; export PATH; cd "$0" && shift && exec "$@"'


def build(
    folder: Folder,
    source: Source,
    *,
    store: Store,
    sandbox: Sandbox,
    trust: Trust,
    changes: tuple[patches.Change, ...] = (),
) -> Path:
    """The report's folder with what its build commands made of the source in it; kept in the store.

    Raises:
        BuildFailed: a command failed, or the source could not be laid out.
        PatchInvalid: the changes do not fit the source.
        GitFailed, CommitNotFound: the source could not be had.
    """
    ways = folder.report.build
    if ways is None:
        raise BuildFailed("looking for [build]", "the report has none")

    def fill(tree: Path) -> Mapping[str, Any]:
        with sandbox.scratch() as scratch:
            work = scratch / "work"
            copy_report(folder.path, work / "report")
            place = work / "report" / place_of(folder, ways)
            shutil.rmtree(place, ignore_errors=True)
            source.put(place)
            if changes:
                change_files(place, changes)
            _run_all(ways, place_of(folder, ways), work, sandbox, trust)
            tree.rmdir()
            take(work / "report", tree)
            _put_back(folder, place_of(folder, ways), tree)
        return {"report": folder.digest}

    made_with = (FLAGS, sandbox.name, str(sandbox.tools.cc))
    key = (folder.digest, *source.key, *made_with, sha256(repr(changes).encode()).hexdigest())
    try:
        return store.keep("built", f"{folder.report.purl.name[:60]}-{folder.digest[:8]}", key, fill).path
    except ArchiveUnsafe as error:
        raise BuildFailed("unpacking the source", str(error)) from error
    except (OSError, shutil.Error) as error:
        raise BuildFailed("keeping what was built", str(error).replace("\n", " ")[:200]) from error


def _run_all(ways: Build, place: str, work: Path, sandbox: Sandbox, trust: Trust) -> None:
    with sandbox.scratch() as scratch:
        scratch.chmod(0o755)
        mount = Mount(source=_compilers(scratch / "compilers", sandbox), at=_AT)
        left = BUILD.cpu_seconds
        for command in ways.commands:
            argv = ("/bin/sh", "-c", _IN, f"report/{place}", sandbox.path_of(mount), *command)
            limits = replace(BUILD, cpu_seconds=max(left, 1.0))
            job = Job(argv=argv, work=work, mounts=(mount,), env=_environment(), limits=limits, trust=trust)
            outcome = sandbox.run(job)
            left -= outcome.cpu_seconds
            if outcome.ended is not Ended.EXITED or outcome.status != 0:
                raise BuildFailed(f"building ({shlex.join(command)[:80]})", said(outcome))


def _environment() -> dict[str, str]:
    return {
        "CC": "cc",
        "CXX": "c++",
        "CFLAGS": FLAGS,
        "CXXFLAGS": FLAGS,
        "LDFLAGS": SANITIZERS,
        "ASAN_OPTIONS": "detect_leaks=0",
    }


def _compilers(folder: Path, sandbox: Sandbox) -> Path:
    """Programs by the compilers' names that run them with the sanitizers."""
    folder.mkdir(mode=0o755)
    for names, first in ((C_COMPILERS, sandbox.tools.cc), (CXX_COMPILERS, None)):
        found = {name: shutil.which(name, path=_SYSTEM) for name in names}
        found[names[0]] = first or next((path for path in found.values() if path), None)
        for name, path in found.items():
            if path is not None:
                (folder / name).write_text(_WRAPPER.format(compiler=shlex.quote(path), flags=FLAGS))
                (folder / name).chmod(0o755)
    folder.chmod(0o755)
    return folder


def said(outcome: Outcome, lines: int = 3) -> str:
    """One line of a log: how it ended, the first line that names an error, and the last ones."""
    log = [each.strip() for each in _text(outcome.stderr or outcome.stdout).splitlines() if each.strip()]
    wrong = [each for each in log if "error" in each.lower()][:1]
    ended = "" if outcome.ended is Ended.EXITED else f"stopped by its limit on {outcome.ended}"
    if outcome.ended is Ended.SIGNALLED:
        ended = f"ended by signal {outcome.signal}"
    parts = dict.fromkeys([*([ended] if ended else []), *wrong, *log[-lines:]])
    return " | ".join(each[:160] for each in parts)[:500] or f"exit status {outcome.status}"


def _text(output: bytes) -> str:
    return "".join(
        each if each.isprintable() or each == "\n" else " " for each in output.decode("utf-8", "replace")
    )


def _put_back(folder: Folder, place: str, tree: Path) -> None:
    """The report's own files as they were handed in, whatever the build made of them; the source may differ."""
    for path, data in folder.content().items():
        if path.startswith(f"{place}/"):
            continue
        here = tree
        for part in PurePosixPath(path).parts[:-1]:
            here /= part
            if here.is_symlink() or here.is_file():
                here.unlink()
        here.mkdir(parents=True, exist_ok=True)
        target = tree / path
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        target.write_bytes(data)
        target.chmod(0o755 if folder.files[path].executable else 0o644)
