"""What the doctor found since this boot, kept beside the sandbox's other things so that choosing one is quick."""

import hashlib
import inspect
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import bubblewrap, landlock, seccomp
from headstart.sandbox.rules import syscalls
from headstart.sandbox.rules.examination import Try
from headstart.sandbox.work import reach


def recall(sandbox: Sandbox) -> tuple[Try, ...] | None:
    """What was found of this provider, as it is now, on this machine, since it started; None where nothing was."""
    try:
        kept = json.loads(_place(sandbox).read_text())
        return tuple(Try(**each) for each in kept)
    except (OSError, ValueError, TypeError):
        return None


def keep(sandbox: Sandbox, tries: tuple[Try, ...]) -> None:
    """Remember; an answer of "not known" is not remembered, so that it is asked again."""
    if any(each.held is None for each in tries):
        return
    with tempfile.NamedTemporaryFile("w", dir=sandbox.root, delete=False) as file:
        json.dump([asdict(each) for each in tries], file)
    Path(file.name).replace(_place(sandbox))


def _place(sandbox: Sandbox) -> Path:
    sources = (inspect.getsource(each) for each in (bubblewrap, landlock, seccomp, syscalls, reach))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    configured = sorted(each for each in os.environ.items() if each[0].startswith("HEADSTART_SANDBOX_"))
    key = repr((boot, os.uname(), os.geteuid(), sandbox.name, configured, *sources))
    return sandbox.root / f"tries-{sandbox.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
