"""Which sandbox this machine gets, and whether it is fit."""

import os
import stat
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from headstart.sandbox.errors import SandboxBroke, Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.providers.landlock import Landlock
from headstart.sandbox.providers.toolbox import is_private
from headstart.sandbox.rules.examination import ways_out
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Trust
from headstart.sandbox.rules.tools import Tools
from headstart.sandbox.work import doctor, memory

BROUGHT = {
    "docker": "headstart.agents.providers.containers:docker",
    "k8s": "headstart.agents.providers.containers:k8s",
}
"""By name: a function of a folder that gives a `Sandbox`, in a later room; so it is named, not imported."""


def root_for(folder: Path) -> Path:
    """Where the sandbox keeps its things: below `folder` if jobs' users can pass through it, else in /var/tmp.

    Raises:
        Unfit: the place in /var/tmp belongs to somebody else.
    """
    folder = folder.resolve()
    if os.geteuid() != 0 or _is_passable(folder):
        return folder / "sandbox"
    place = Path(f"/var/tmp/headstart-{os.geteuid()}")  # noqa: S108 - checked to be ours
    place.mkdir(mode=0o755, exist_ok=True)
    if not is_private(place):
        raise Unfit(f"{place} is not this user's own; remove it")
    return place


def _is_passable(folder: Path) -> bool:
    """Whether every user may pass through a folder, or through what is there of the way to it."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents) if each.exists())


def choose(folder: Path, *, prefer: str | None = None) -> Sandbox:
    """The best sandbox that is fit on this machine.

    Bubblewrap, if it starts and no way out works (tried once after each boot, and remembered below `folder`);
    else Landlock, which runs only what ships with Headstart. `prefer` (or the environment's HEADSTART_SANDBOX)
    names one: `bubblewrap`, `landlock`, or one that another room brings (`docker`, `k8s`), which must hold too.

    Raises:
        Unfit: none is fit, or not the one that was named; it says why.
    """
    wanted = prefer or named()
    if wanted not in {None, Bubblewrap.name, Landlock.name}:
        other = brought(wanted, folder)
        hold(started(other), folder)
        return other
    base = lay(folder)
    if wanted == Landlock.name:
        return started(Landlock(base))
    try:
        strong = started(Bubblewrap(base))
        hold(strong, folder)
    except (Unfit, SandboxBroke) as error:
        if wanted == Bubblewrap.name:
            raise error if isinstance(error, Unfit) else Unfit(str(error)) from error
        return _weak(base, error.why if isinstance(error, Unfit) else str(error))
    return strong


def named() -> str | None:
    """The sandbox that the environment names; None where the choice is left to Headstart."""
    return os.environ.get("HEADSTART_SANDBOX") or None


def check_name(name: str) -> dict[str, str]:
    """See that a sandbox of that name is known; those that other rooms bring, and where they are made.

    Raises:
        Unfit: nobody knows it.
    """
    found = {**BROUGHT, **{each.name: each.value for each in entry_points(group="headstart.sandboxes")}}
    known = sorted({Bubblewrap.name, Landlock.name, *found})
    if name not in known:
        raise Unfit(f"HEADSTART_SANDBOX names {name!r}, which is none of {', '.join(known)}")
    return found


def brought(name: str, folder: Path) -> Sandbox:
    """A sandbox that another room, or another package, brings under the entry points `headstart.sandboxes`.

    Raises:
        Unfit: nobody brings one of that name, or it can't be had here.
    """
    module, _, make = check_name(name)[name].partition(":")
    made: Sandbox = getattr(import_module(module), make)(root_for(folder) / name)
    return made


def lay(folder: Path) -> ground.Ground:
    """The ground that providers stand on.

    Raises:
        Unfit: this is not Linux, or no Python runs where jobs can read it.
    """
    if sys.platform != "linux":
        raise Unfit("sandboxes need Linux")
    return ground.lay(root_for(folder))


def started(sandbox: Sandbox) -> Sandbox:
    """The sandbox, once a job has run in it.

    Raises:
        Unfit: it starts no job.
    """
    with sandbox.scratch() as scratch:
        work = scratch / "work"
        work.mkdir()
        trial = Job(
            argv=("python", "-I", "-S", "-c", "print(6 * 7)"), work=work, limits=Limits(), trust=Trust.SHIPPED
        )
        try:
            outcome = sandbox.run(trial)
        except SandboxBroke as error:
            raise Unfit(str(error)) from error
    if outcome.ended is not Ended.EXITED or outcome.stdout != b"42\n":
        said = outcome.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Unfit(f"{sandbox.name} does not run Python ({outcome.ended}): {' '.join(said)}")
    return sandbox


def hold(sandbox: Sandbox, folder: Path) -> None:
    """See that no way out works, as tried once after each boot; with what the doctor found since.

    Raises:
        Unfit: one works; it says which.
    """
    tries = memory.recall(sandbox)
    if tries is None:
        tries = doctor.reaches(sandbox, folder)
        memory.keep(sandbox, tries)
    out = ways_out(tries)
    if out:
        raise Unfit(f"in {sandbox.name} {out[0].sentence}")


def _weak(base: ground.Ground, why: str) -> Sandbox:
    try:
        return started(Landlock(base, instead=why))
    except Unfit as error:
        raise Unfit(f"{why}; and {error.why}") from error


def tools(sandbox: Sandbox) -> Tools:
    """The Python, Node.js and C compiler inside a sandbox."""
    return sandbox.tools
