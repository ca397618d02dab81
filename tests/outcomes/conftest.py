"""A review that is open, and what was found in it."""

from typing import Any

import pytest
from django.core.cache import cache
from tests.simulators.outcomes import Found, opened


@pytest.fixture
def review(cast: Any) -> Any:
    cache.clear()
    return opened(cast)


@pytest.fixture
def found(cast: Any, review: Any) -> Found:
    return Found(review, cast.evaluator)
