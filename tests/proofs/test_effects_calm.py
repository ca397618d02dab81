"""How calm a control has to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.effects import START_SECONDS, calm_seconds


@given(st.floats(min_value=0.1, max_value=120))
def test_a_control_never_needs_as_long_as_a_hang(seconds: float) -> None:
    assert 0 < calm_seconds(seconds) <= seconds / 2


@pytest.mark.parametrize(("seconds", "calm"), [(10, 1.0), (3, 0.3), (1, START_SECONDS), (0.4, 0.2)])
def test_it_is_a_tenth_but_an_interpreter_may_start(seconds: float, calm: float) -> None:
    assert calm_seconds(seconds) == pytest.approx(calm)
