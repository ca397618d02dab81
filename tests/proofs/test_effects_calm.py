"""How calm a control has to be, and how long a hang lasts beside one that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.effects import LONGEST_SECONDS, START_SECONDS, calm_seconds, patience


@given(st.floats(min_value=0.1, max_value=120))
def test_a_control_never_needs_as_long_as_a_hang(seconds: float) -> None:
    assert 0 < calm_seconds(seconds) <= seconds / 2


@pytest.mark.parametrize(("seconds", "calm"), [(10, 1.0), (3, 0.3), (1, START_SECONDS), (0.4, 0.2)])
def test_it_is_a_tenth_but_an_interpreter_may_start(seconds: float, calm: float) -> None:
    assert calm_seconds(seconds) == pytest.approx(calm)


SECONDS = st.floats(min_value=0.1, max_value=120)


@given(SECONDS, st.lists(SECONDS, max_size=4))
def test_a_hang_lasts_as_long_as_the_report_says_and_ten_times_its_slowest_control(
    seconds: float, controls: list[float]
) -> None:
    limit = patience(seconds, controls)
    assert seconds <= limit <= LONGEST_SECONDS
    calm = max(controls, default=0) <= calm_seconds(seconds)
    assert limit == (seconds if calm else min(max(seconds, 10 * max(controls)), LONGEST_SECONDS))
