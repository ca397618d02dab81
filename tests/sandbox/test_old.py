"""Older bubblewraps, and machines whose programs do not do what they should."""

import os
from pathlib import Path

import pytest

from headstart.sandbox.errors import SandboxBroke, Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import bubblewrap as provider
from headstart.sandbox.providers import cgroups, ground, landlock
from headstart.sandbox.providers.landlock import Landlock
from headstart.sandbox.rules.jobs import Job, Trust
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


def test_one_with_rights_of_its_own_is_refused(base: ground.Ground, tmp_path: Path) -> None:
    own = tmp_path / "bwrap"
    own.write_text("")
    for mode in (0o4755, 0o2755):
        own.chmod(mode)
        with pytest.raises(Unfit, match="rights of its own, which must go: sudo chmod ug-s"):
            provider._plain(str(own))
    own.chmod(0o755)
    provider._plain(str(own))


@pytest.mark.skipif(os.geteuid() != 0, reason="only a root hub lends user ids")
@pytest.mark.parametrize("kind", [provider.Bubblewrap, Landlock])
def test_a_job_that_did_not_get_its_user_id_never_runs(
    kind: type, base: ground.Ground, work: Path, bubblewrap: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = ground.chain
    another = 60700  # as if the machine's chroot changed the user id to something else
    for module in (provider, landlock):
        monkeypatch.setattr(
            module,
            "chain",
            lambda paths, limits, uid, *, processes: chain(paths, limits, another, processes=processes),
        )
    job = Job(argv=("sh", "-c", "echo > ran"), work=work, trust=Trust.SHIPPED)
    with pytest.raises(SandboxBroke, match="it runs as 60700, not as the user id lent to it"):
        kind(base).run(job)
    assert not (work / "ran").exists()
