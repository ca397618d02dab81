"""Which sandbox this machine gets."""

import os
import stat
from pathlib import Path

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.providers.toolbox import is_private
from headstart.sandbox.rules.tools import Tools


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

    `prefer` (or the environment's HEADSTART_SANDBOX) names one: `bubblewrap` or `landlock`.

    Raises:
        Unfit: none is fit, or not the one that was named; it says why.
    """
    wanted = prefer or os.environ.get("HEADSTART_SANDBOX") or Bubblewrap.name
    if wanted != Bubblewrap.name:
        raise Unfit(f"there is no provider {wanted!r}")
    return Bubblewrap(ground.lay(root_for(folder)))


def tools(sandbox: Sandbox) -> Tools:
    """The Python, Node.js and C compiler inside a sandbox."""
    return sandbox.tools
