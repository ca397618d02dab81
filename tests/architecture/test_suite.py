"""The suite itself: what it rests on."""

import pytest


@pytest.mark.xdist_group("together")
def test_tests_that_belong_together_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """With `--dist loadgroup` each has its group at the end of its id; pytest 9.2 with pytest-xdist 3.8 lost it in
    silence, and what one process had under way another counted (pytest-xdist#1386)."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@together")
