"""Scratch folders of a process that was killed."""

import os
from pathlib import Path

from headstart.sandbox.providers import ground
from headstart.sandbox.providers.ground import SWEEP_SECONDS, Ground
from headstart.sandbox.rules.tools import Tools


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_or_new_is_not(tmp_path: Path) -> None:
    tools = Tools(python="python3", python_version="3.11", node=None, cc=None)
    base = Ground(root=tmp_path, support=tmp_path, tools=tools, others=False)
    parent = tmp_path / "scratch"
    with base.scratch() as used:
        new, old, link = parent / "new", parent / "old", parent / "link"
        new.mkdir()
        (old / "deep").mkdir(parents=True)
        link.symlink_to(tmp_path)
        for each in (used, old):
            then = each.stat().st_mtime - 2 * SWEEP_SECONDS
            os.utime(each, (then, then))
        ground.sweep(parent)
        assert sorted(each.name for each in parent.iterdir()) == sorted(["link", "new", used.name])
    assert not used.exists()
    assert tmp_path.exists()
