"""What every test can ask for: a cast to look with, a data folder of its own; and what is skipped, visibly."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from headstart import clock
from headstart.people.rules import Kind, Viewer

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("HEADSTART_SHARED", ROOT.parent / "shared"))
LONGEST_ID = 60  # characters of a parameter in a test's name


# numpy's threads wait for each other by spinning: with a worker on every core that takes twenty times as long
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# no test is timed: a machine that is busy fools nobody
hypothesis.settings.register_profile(
    "headstart", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("headstart")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--records`: a second database need not see again what touches none."""
    parser.addoption("--records", action="store_true", help="only the tests that touch the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine has not got, and let network tests open sockets."""
    if config.getoption("--records"):
        kept = [each for each in items if _touches_records(each)]
        config.hook.pytest_deselected(items=[each for each in items if not _touches_records(each)])
        items[:] = kept
    online: bool | None = None
    for item in items:
        if item.get_closest_marker("shared") and not (SHARED / "data").exists():
            item.add_marker(pytest.mark.skip(reason=f"no shared data at {SHARED} (HEADSTART_SHARED)"))
        if item.get_closest_marker("browser") and not _chromium():
            item.add_marker(pytest.mark.skip(reason="no Chromium here"))
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.enable_socket)
            if online is None:
                from headstart.packages.work import is_online

                online = is_online()
            if not online:
                item.add_marker(pytest.mark.skip(reason="the package registries can't be reached"))


def pytest_make_parametrize_id(val: object) -> str | None:
    """A test that is given a megabyte is named by its beginning and length."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        return f"{val[:LONGEST_ID]!a} of {len(val):,}"
    return None


def _touches_records(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"})


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def shared() -> Path:
    """The folder of real data."""
    return SHARED


@pytest.fixture(autouse=True)
def calendar() -> Iterator[None]:
    """No test leaves the calendar turned."""
    yield
    clock.set_shift(clock.shift() * 0)


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    """A data folder of the test's own."""
    settings.HEADSTART_DATA = tmp_path / "data"
    settings.HEADSTART_DATA.mkdir()
    return tmp_path / "data"


class Cast:
    """Organisations made as they are asked for: `cast.finder`, `cast.hub`, `cast.another_operator`."""

    def __init__(self) -> None:
        self._viewers: dict[str, Viewer] = {}

    def __getattr__(self, name: str) -> Viewer:
        from headstart.people import services

        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._viewers:
            if name == "hub":
                self._viewers[name] = services.found_hub("Hub").as_viewer()
            else:
                kind = Kind(name.removeprefix("another_").split("_")[0])
                admitted = services.admit(name, kind, actor=self.hub, contact=f"{name}@example.org")
                self._viewers[name] = admitted.as_viewer()
        return self._viewers[name]

    def organisation(self, name: str) -> Any:
        """The organisation behind a viewer."""
        from headstart.people import queries

        return queries.organisation(self.hub, getattr(self, name).organisation_id)


@pytest.fixture
def cast(db: None) -> Cast:
    """Who takes part."""
    del db
    return Cast()
