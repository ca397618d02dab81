"""As root, a store that sandboxes' users could not read is kept where they can."""

import os
from pathlib import Path

import pytest

from headstart.packages.errors import StoreNotOurs
from headstart.packages.rules.purl import parse
from headstart.packages.work import Store

TARGETS = Path(__file__).resolve().parents[2] / "examples" / "targets"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives jobs another user")


def others_may_pass(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def test_below_a_private_home_others_can_still_read_what_is_installed(tmp_path: Path) -> None:
    assert not others_may_pass(tmp_path)  # pytest's folders are private, as /root is
    store = Store(tmp_path / "store", local=(TARGETS,))
    installed = store.obtain(parse("pkg:generic/tinytemplate@1.3.0"))
    assert others_may_pass(installed.path)
    again = Store(tmp_path / "store", local=(TARGETS,)).obtain(parse("pkg:generic/tinytemplate@1.3.0"))
    assert again.path == installed.path
    other = Store(tmp_path / "other", local=(TARGETS,)).obtain(parse("pkg:generic/tinytemplate@1.3.0"))
    assert other.path != installed.path


def test_a_place_that_is_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.lstat

    class Theirs:
        st_mode, st_uid = 0o40755, 1000

    monkeypatch.setattr(Path, "lstat", lambda self: Theirs() if self.name == "headstart-0" else real(self))
    with pytest.raises(StoreNotOurs, match="not root's own"):
        Store(tmp_path / "store")
