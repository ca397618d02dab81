"""Everything that a proof needs, below one data folder."""

from functools import lru_cache
from pathlib import Path

from headstart.packages.work import Store
from headstart.proofs.work.proving import Setting
from headstart.proofs.work.shipped import shipped_digests
from headstart.proofs.work.wheels import SandboxedBuilder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"


def place(data: Path, *, builds: bool = True) -> Setting:
    """The store of releases, the strongest sandbox that is fit here, and what ships: below `data`.

    `builds`: whether a release without a wheel for this Python is built from its source, which takes minutes.

    Raises:
        Unfit: no sandbox is fit on this machine.
    """
    data = data.absolute()
    sandbox = _sandbox(data / "sandbox")
    builder = SandboxedBuilder(sandbox) if builds else None
    store = Store(data / "store", local=(EXAMPLES / "targets",), builder=builder)
    return Setting(store=store, sandbox=sandbox, shipped=shipped_digests(EXAMPLES))


@lru_cache(maxsize=4)
def _sandbox(folder: Path) -> Sandbox:
    return choose(folder)
