"""Real sandboxes, both providers, with control groups and without."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground
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
    try:
        started(PROVIDERS[provider.partition(",")[0]](base))
    except Unfit as error:
        pytest.skip(str(error))
    return started(PROVIDERS[provider](base))  # where it starts at all, it starts without control groups too


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
