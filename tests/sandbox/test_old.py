"""Older bubblewraps."""

import pytest

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import bubblewrap as provider
from headstart.sandbox.providers import cgroups, ground
from headstart.sandbox.work.choice import started

pytestmark = pytest.mark.sandbox

OF_0_6 = "--json-status-fd --clearenv --die-with-parent --block-fd"


def test_one_without_sized_folders_runs_where_control_groups_bound_them(
    bubblewrap: Sandbox, base: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_abilities", lambda _: OF_0_6)
    with pytest.raises(Unfit, match="too old to bound /tmp"):
        provider.Bubblewrap(base, with_cgroups=False)
    if cgroups.base() is not None:
        old = started(provider.Bubblewrap(base))
        assert "nested user namespaces: refused by seccomp" in old.applied().by  # type: ignore[attr-defined]


def test_one_that_cannot_tell_a_status_is_refused(base: ground.Ground, bubblewrap: Sandbox) -> None:
    with pytest.raises(Unfit, match="too old: it has no --json-status-fd"):
        provider._abilities("/bin/true")
