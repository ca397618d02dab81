"""The world of a gateway, for every test of the room."""

from pathlib import Path
from typing import Any

import pytest
from tests.simulators.reached import Reached


@pytest.fixture
def world(cast: Any, data: Path) -> Reached:
    """A window that is open, and an evaluator in it."""
    del data
    return Reached(cast)
