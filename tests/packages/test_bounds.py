"""A store is bounded: whatever kind of thing it keeps is counted, and the least recently used goes."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from headstart.packages.work import Store, entries


def filled(size: int) -> entries.Fill:
    def fill(tree: Path) -> dict[str, str]:
        (tree / "data").write_bytes(b"x" * size)
        return {}

    return fill


def aged(path: Path, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_built_targets_and_sources_are_counted_with_the_releases(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", limit_bytes=2500)
    built = store.keep("built", "old", ("1",), filled(1000)).path.parent
    source = store.keep("sources", "older", ("1",), filled(1000)).path.parent
    aged(built / entries.RECORD, 2)
    aged(source / entries.RECORD, 3)
    store.keep("archives", "new", ("1",), filled(1000))
    assert (built.exists(), source.exists()) == (True, False)


def test_a_clone_counts_with_what_was_fetched_later(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    who = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a",
    }

    def commit(size: int) -> None:
        (home / f"{size}").write_bytes(os.urandom(size))
        for words in (["add", "."], ["commit", "--quiet", "-m", "x"]):
            subprocess.run(["git", *words], cwd=home, env={**os.environ, **who}, check=True)

    subprocess.run(["git", "init", "--quiet", "-b", "main"], cwd=home, check=True)
    commit(10)
    store = Store(tmp_path / "store", limit_bytes=400_000)
    first = store.repository(home)
    kept = store.keep("built", "other", ("1",), filled(100_000)).path.parent
    aged(kept / entries.RECORD, 2)
    commit(500_000)
    assert store.repository(home).path == first.path
    assert not kept.exists()


def test_the_same_key_is_made_once_and_another_again(tmp_path: Path) -> None:
    store, made = Store(tmp_path / "store"), []

    def fill(tree: Path) -> dict[str, str]:
        made.append(tree)
        return {}

    for key in ("1", "1", "2"):
        store.keep("built", "x", (key,), fill)
    assert len(made) == 2


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")

    def fill(tree: Path) -> dict[str, str]:
        (tree / "half").write_text("x")
        raise KeyError("half")

    with pytest.raises(KeyError):
        store.keep("built", "x", ("1",), fill)
    assert list((store.folder / "built").iterdir()) == []


def test_stores_of_root_whose_own_folder_is_gone_are_swept_away(tmp_path: Path) -> None:
    stores = tmp_path / "stores"
    for name, origin in (
        ("gone", tmp_path / "absent" / "store"),
        ("kept", tmp_path / "store"),
        ("nameless", None),
    ):
        (stores / name / "pypi" / "x").mkdir(parents=True)
        if origin is not None:
            (stores / name / "origin").write_text(str(origin))
        for each in (*(stores / name).rglob("*"), stores / name):
            aged(each, 2)
    (stores / "fresh" / "pypi").mkdir(parents=True)
    entries.sweep_abandoned(stores)
    assert sorted(each.name for each in stores.iterdir()) == ["fresh", "kept"]
