"""The doctor's whole examination: what is missing, what was tried, and whether untrusted jobs may run here."""

import shutil
import sys
from pathlib import Path

from headstart.sandbox.errors import SandboxBroke, Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import seccomp
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.providers.landlock import Landlock
from headstart.sandbox.rules.examination import Examination, Missing, family_of, remedy, ways_out
from headstart.sandbox.rules.jobs import Job, Limits, Trust
from headstart.sandbox.work import choice, doctor, memory

UNTRUSTED_REFUSED = "untrusted jobs are refused: only what ships with Headstart can be run"

_NO_NAMESPACES = (f"{Bubblewrap.name} could not start", f"{Bubblewrap.name} does not run")


def examine(folder: Path) -> Examination:
    """Try every way out for real, in about three seconds, and say what this machine lacks.

    Fit means: bubblewrap (or the sandbox that HEADSTART_SANDBOX names) starts, and no way out worked. What is found
    is remembered, so that `choose` refuses a machine on which one did.

    Raises:
        Unfit: HEADSTART_SANDBOX names a sandbox that nobody knows.
    """
    sandbox, why = _best(folder)
    if sandbox is None:
        wanted = choice.named()
        lacks = _missing(None, why) if wanted in {None, Bubblewrap.name} else _instead(wanted)
        return Examination(provider=None, fit=False, why=why, tries=(), missing=lacks)
    tries = (*doctor.reaches(sandbox, folder), *doctor.limits(sandbox))
    memory.keep(sandbox, tries)
    out = ways_out(tries)
    if out:
        why = f"in {sandbox.name} {out[0].sentence}"
    elif sandbox.weaker and why is None:
        why = f"{sandbox.name} runs only what ships with Headstart"
    return Examination(
        provider=sandbox.name,
        fit=not sandbox.weaker and not out,
        why=why,
        tries=tries,
        missing=_missing(sandbox, why),
    )


def _best(folder: Path) -> tuple[Sandbox | None, str | None]:
    """The provider to examine, and why it is not the one that was wanted: bubblewrap, where none is named."""
    wanted = choice.named()
    if wanted in {None, Bubblewrap.name}:
        return _strongest(folder)
    choice.check_name(wanted)
    try:
        if wanted == Landlock.name:
            return choice.started(Landlock(choice.lay(folder))), None
        return choice.started(choice.brought(wanted, folder)), None
    except (Unfit, SandboxBroke) as error:
        return None, error.why if isinstance(error, Unfit) else str(error)


def _strongest(folder: Path) -> tuple[Sandbox | None, str | None]:
    why = None
    try:
        base = choice.lay(folder)
        try:
            return choice.started(Bubblewrap(base)), None
        except (Unfit, SandboxBroke) as error:
            why = error.why if isinstance(error, Unfit) else str(error)
        return choice.started(Landlock(base, instead=why)), why
    except Unfit as error:
        return None, f"{why}; and {error.why}" if why else error.why


def _instead(wanted: str) -> tuple[Missing, ...]:
    """What lacks where a sandbox was named and can't be had: that one, as Headstart takes no other by itself."""
    to_do = "set it up (docs/howto/sandbox.md), or unset HEADSTART_SANDBOX to use bubblewrap on this machine"
    return (Missing(what=wanted, consequence="nothing is run: HEADSTART_SANDBOX names it", remedy=to_do),)


def _missing(sandbox: Sandbox | None, why: str | None) -> tuple[Missing, ...]:
    family = family_of(_os_release(), sys.platform)
    found = []
    if shutil.which("bwrap") is None:
        found.append(("bubblewrap", UNTRUSTED_REFUSED))
    if not seccomp.available():
        found.append(("libseccomp", "system calls can't be filtered: nothing is run"))
    if any(shutil.which(each) is None for each in ("chroot", "prlimit")):
        found.append(("chroot and prlimit", "no sandbox starts: nothing is run"))
    if sandbox is None or not _compiles(sandbox):
        found.append(("a C compiler with AddressSanitizer", "targets in C or C++ are unrunnable"))
    if sandbox is None or sandbox.tools.cxx is None:
        found.append(("a C++ compiler", "targets in C++ are unrunnable"))
    if sandbox is None or sandbox.tools.make is None or sandbox.tools.cmake is None:
        found.append(("make and cmake", "targets in C and C++ whose build commands call them are unrunnable"))
    if sandbox is None or sandbox.tools.node is None:
        found.append(("Node.js", "targets from npm are unrunnable"))
    listed = [Missing(what=what, consequence=then, remedy=remedy(what, family)) for what, then in found]
    if why is not None and why.startswith(_NO_NAMESPACES):
        listed.append(Missing(what="user namespaces", consequence=UNTRUSTED_REFUSED, remedy=_namespaces()))
    return tuple(listed)


def _namespaces() -> str:
    """What to type so that bubblewrap may make namespaces here."""
    for setting, wanted in (
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),  # Ubuntu 24.04
        ("kernel/unprivileged_userns_clone", "1"),  # Debian's own, before 11
    ):
        path = Path("/proc/sys") / setting
        if path.exists() and path.read_text().strip() != wanted:
            return f"sudo sysctl -w {setting.replace('/', '.')}={wanted}"
    return (
        "run Headstart outside a container, or start the container with "
        "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
    )


def _compiles(sandbox: Sandbox) -> bool:
    """Whether a sanitised C program can be built and run inside."""
    source = "#include <stdlib.h>\nint main(void) { char *p = malloc(1); free(p); return p[0]; }\n"
    with sandbox.scratch() as scratch:
        work = scratch / "work"
        work.mkdir()
        (work / "t.c").write_text(source)
        job = Job(
            argv=("sh", "-c", "cc -w -fsanitize=address,undefined t.c -o t && ./t"),
            work=work,
            limits=Limits(memory_bytes=1 << 30),
            trust=Trust.SHIPPED,
        )
        try:
            return b"AddressSanitizer: heap-use-after-free" in sandbox.run(job).stderr
        except SandboxBroke:
            return False


def _os_release() -> str:
    try:
        return Path("/etc/os-release").read_text()
    except OSError:
        return ""
