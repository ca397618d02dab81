"""Control groups as files: version 2, which not every test machine has, read from a folder that looks like one."""

from pathlib import Path

import pytest

from headstart.sandbox.providers import cgroups
from headstart.sandbox.providers.cgroups import Base, Group
from headstart.sandbox.rules.jobs import Limits


def test_version_2_is_written_and_read_by_its_own_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[str, str] = {}

    def write(path: Path, text: str) -> None:
        written[path.name] = text

    monkeypatch.setattr(cgroups, "_write", write)
    base = Base(2, dict.fromkeys(("memory", "pids", "cpu"), tmp_path))
    group = cgroups.make(base, Limits(memory_bytes=1 << 20, processes=5))
    assert written == {
        "memory.max": "1048576", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "7",
    }  # fmt: skip
    folder = group.folders["memory"]
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\nnice_usec x\n")
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 0\n")
    assert (group.cpu_seconds(), group.is_out_of_memory(), group.peak_memory_bytes()) == (1.5, False, None)
    (folder / "memory.events").write_text("low 0\noom_kill 1\n")
    (folder / "memory.peak").write_text("4096\n")
    assert (group.is_out_of_memory(), group.peak_memory_bytes()) == (True, 4096)
    with group.joined():
        group.add(77)
    assert written["cgroup.procs"] == "77"


def test_a_machine_that_lets_no_group_be_made_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "_is_usable", lambda *_, **__: False)
    monkeypatch.setattr(cgroups, "_own_path", lambda _: "/")
    assert cgroups._version_1() is None
    assert cgroups._version_2() is None


def test_groups_of_hubs_that_died_are_taken_away(tmp_path: Path) -> None:
    dead, alive, other = (
        tmp_path / each for each in ("headstart-999999999-1", "headstart-1-1", "system.slice")
    )
    for each in (dead, alive, other):
        each.mkdir()
    cgroups._sweep(Base(1, {"memory": tmp_path}))
    assert sorted(each.name for each in tmp_path.iterdir()) == [alive.name, other.name]


@pytest.mark.skipif(cgroups.base() is None, reason="this machine lets no group be made")
def test_no_group_is_left_behind() -> None:
    base = cgroups.base()
    assert base is not None
    group: Group = cgroups.make(base, Limits())
    with group.joined():
        pass
    group.remove()
    assert not any(folder.exists() for folder in group.folders.values())
    mine = Path("/proc/thread-self/cgroup").read_text()
    assert "headstart-" not in mine
