"""The sides of one review, each with its own key."""

from typing import Any

import pytest
from tests.simulators.sides import Side, side

from headstart.people.rules import Kind
from headstart.reviews import services
from headstart.reviews.models import Review
from headstart.reviews.work import load_programme


@pytest.fixture
def lab(cast: Any) -> Side:
    """The developer."""
    return side(cast, "Lab", Kind.DEVELOPER)


@pytest.fixture
def agency(cast: Any) -> Side:
    """The authority."""
    return side(cast, "Agency", Kind.AUTHORITY)


@pytest.fixture
def institute(cast: Any) -> Side:
    """An evaluator."""
    return side(cast, "Institute", Kind.EVALUATOR)


@pytest.fixture
def hospitals(cast: Any) -> Side:
    """A defender of critical infrastructure."""
    return side(cast, "Hospitals", Kind.PARTNER)


@pytest.fixture
def enquiry(lab: Side) -> Review:
    """What the lab asked for; no access was given yet."""
    return services.enquire("Model 1", load_programme("eo14409"), actor=lab.viewer)
