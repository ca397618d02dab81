"""Real sandboxes, both providers, with control groups and without."""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground, launch
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.providers.landlock import Landlock
from headstart.sandbox.rules.jobs import Job, Limits, Outcome, Trust
from headstart.sandbox.work.choice import started

PROVIDERS: dict[str, Callable[[ground.Ground], Sandbox]] = {
    "bubblewrap": Bubblewrap,
    "bubblewrap, sampled": lambda base: Bubblewrap(base, with_cgroups=False),
    "landlock": Landlock,
    "landlock, sampled": lambda base: Landlock(base, with_cgroups=False),
}


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that other users can pass through, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="hs-tests-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def base(folder: Path) -> ground.Ground:
    return ground.lay(folder / "sandbox")


def make(base: ground.Ground, provider: str) -> Sandbox:
    """Skips only where this machine lacks what the provider stands on; a provider that is broken fails."""
    lacking = _machine_lacks(provider)
    if lacking:
        pytest.skip(lacking)
    return started(PROVIDERS[provider](base))


@functools.cache
def _machine_lacks(provider: str) -> str | None:
    if provider.startswith("landlock"):
        return None if launch.abi() else "the kernel has no Landlock"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    plain = ["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--proc", "/proc", "/usr/bin/true"]
    plain[5:5] = ["--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"]
    ran = subprocess.run(plain, capture_output=True, check=False, cwd="/", **other)  # type: ignore[call-overload]
    return None if ran.returncode == 0 else f"user namespaces are refused here: {ran.stderr.decode().strip()}"


@pytest.fixture(scope="session", params=PROVIDERS)
def sandbox(request: pytest.FixtureRequest, base: ground.Ground) -> Sandbox:
    """Each provider in turn."""
    return make(base, request.param)


@pytest.fixture(scope="session")
def bubblewrap(base: ground.Ground) -> Sandbox:
    return make(base, "bubblewrap")


@pytest.fixture(scope="session")
def landlock(base: ground.Ground) -> Sandbox:
    return make(base, "landlock")


@pytest.fixture
def work(base: ground.Ground) -> Iterator[Path]:
    """A fresh work folder."""
    with base.scratch() as scratch:
        place = scratch / "work"
        place.mkdir()
        yield place


Run = Callable[..., Outcome]


@pytest.fixture
def run(work: Path) -> Run:
    """Run a Python script, or other words, in a sandbox."""

    def do(sandbox: Sandbox, *words: str, script: str | None = None, **kwargs: object) -> Outcome:
        argv = ("python", "-I", "-S", "-c", script, *words) if script is not None else words
        limits = kwargs.pop("limits", None) or Limits(wall_seconds=15)
        return sandbox.run(
            Job(argv=argv, work=work, limits=limits, trust=Trust.SHIPPED, **kwargs)  # type: ignore[arg-type]
        )

    return do
