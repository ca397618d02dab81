"""The store: whole entries, once each, readable by others, bounded, shared by processes; and the real registries."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headstart.packages.errors import PackageNotFound, RegistryUnreachable, Uninstallable
from headstart.packages.ports import Contents, Release
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.work import Installed, Store, digest_of, is_online

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


class Shelf:
    """A registry in memory: counts what it is asked, and can be taken off the network."""

    def __init__(self) -> None:
        self.installs = 0
        self.asked_as_of: list[datetime | None] = []
        self.is_up = True
        self.size = 10

    def releases(self, purl: Purl) -> tuple[Release, ...]:
        if not self.is_up:
            raise RegistryUnreachable("test", "it is off")
        return tuple(
            Release(purl=purl.at(each), published=FIRST) for each in ("1.10", "1.2", "2.0rc1", "2.0")
        )

    def fetch(self, purls: Sequence[Purl], folder: Path) -> None:
        pass

    def install(
        self, purl: Purl, into: Path, as_of: datetime | None, archives_at: Path | None = None
    ) -> Contents:
        self.installs += 1
        self.asked_as_of.append(as_of)
        (into / "pkg").mkdir(mode=0o700)
        (into / "pkg" / "code.py").write_text("x" * self.size)
        (into / "pkg" / "code.py").chmod(0o600)
        if purl.version == "2.0":
            raise Uninstallable(str(purl), "build", "cc: no such file")
        return Contents(own=("pkg",), dependencies=("other",))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def store(tmp_path: Path, shelf: Shelf) -> Store:
    return Store(tmp_path / "store", registries={"pypi": shelf})


def purl(version: str) -> Purl:
    return parse(f"pkg:pypi/example@{version}")


def test_releases_stand_in_their_order_not_in_their_spellings(store: Store) -> None:
    assert [each.purl.version for each in store.releases(purl("1"))] == ["1.2", "1.10", "2.0rc1", "2.0"]


def test_a_release_is_installed_once_and_then_taken_from_the_store(
    store: Store, shelf: Shelf, tmp_path: Path
) -> None:
    first, again = store.obtain(purl("1.2")), store.obtain(purl("1.2"))
    another = Store(tmp_path / "store", registries={"pypi": shelf}).obtain(purl("1.2"))
    assert first == again == another
    assert (shelf.installs, shelf.asked_as_of) == (1, [FIRST])
    assert (first.own, first.dependencies, first.published) == (("pkg",), ("other",), FIRST)
    assert first.digest == digest_of(first.path)[0]


def test_anyone_may_read_an_entry_and_its_owner_alone_write(store: Store) -> None:
    path = store.obtain(purl("1.2")).path
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path, path / "pkg")}
    assert modes == {0o755}
    assert stat.S_IMODE((path / "pkg" / "code.py").stat().st_mode) == 0o644


def test_a_step_that_fails_leaves_nothing_and_says_which(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Uninstallable) as refused:
        store.obtain(purl("2.0"))
    assert (refused.value.step, refused.value.last_line) == ("build", "cc: no such file")
    assert [each.name for each in (Store(tmp_path / "store").folder / "pypi").iterdir()] == ["listings"]


def test_many_are_had_at_once_and_a_failure_stands_in_its_place(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    found = store.obtain_many([purl("1.2"), purl("2.0"), purl("1.10")], lambda *each: seen.append(each))
    assert isinstance(found[purl("1.2")], Installed)
    assert isinstance(found[purl("2.0")], Uninstallable)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_threads_that_want_the_same_release_make_it_once(store: Store, shelf: Shelf) -> None:
    threads = [threading.Thread(target=store.obtain, args=(purl("1.2"),)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert shelf.installs == 1


def test_processes_that_want_the_same_release_all_get_it(tmp_path: Path) -> None:
    source = tmp_path / "targets" / "small" / "1.0"
    source.mkdir(parents=True)
    (source / "main.c").write_text("int main(void) { return 0; }\n")
    script = (
        "import sys; from pathlib import Path; from headstart.packages.work import Store, parse\n"
        f"store = Store(Path({str(tmp_path / 'store')!r}), local=(Path({str(tmp_path / 'targets')!r}),))\n"
        "print(store.obtain(parse('pkg:generic/small@1.0')).digest)"
    )
    running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(4)]
    answers = {each.communicate()[0] for each in running}
    assert [each.returncode for each in running] == [0, 0, 0, 0]
    assert len(answers) == 1
    left = [each.name for each in (Store(tmp_path / "store").folder / "generic").iterdir()]
    assert len(left) == 1


def test_an_entry_whose_record_is_torn_is_made_again(store: Store, shelf: Shelf) -> None:
    place = store.obtain(purl("1.2")).path.parent
    (place / "entry.json").write_text('{"purl": ')
    assert store.obtain(purl("1.2")).path.is_dir()
    assert shelf.installs == 2


def test_the_least_recently_used_entries_go_but_none_that_may_be_running(
    tmp_path: Path, shelf: Shelf
) -> None:
    shelf.size = 1000
    store = Store(tmp_path / "store", registries={"pypi": shelf}, limit_bytes=2500)
    old, older, fresh = (store.obtain(purl(each)).path.parent for each in ("1.2", "1.10", "2.0rc1"))
    assert old.is_dir()
    assert older.is_dir()
    for place, age in ((old, 7200), (older, 9000)):
        moment = place.stat().st_mtime - age
        os.utime(place / "entry.json", (moment, moment))
    store.obtain(purl("3.0"))
    assert not older.exists()
    assert not old.exists()
    assert fresh.is_dir()


def test_what_a_killed_process_left_half_made_is_swept_away_later(store: Store, tmp_path: Path) -> None:
    for name in (".building-old", ".building-new"):
        (Store(tmp_path / "store").folder / "pypi" / name / "tree").mkdir(parents=True)
    os.utime(Store(tmp_path / "store").folder / "pypi" / ".building-old", (0, 0))
    store.obtain(purl("1.2"))
    left = {
        each.name
        for each in (Store(tmp_path / "store").folder / "pypi").iterdir()
        if each.name.startswith(".")
    }
    assert left == {".building-new"}


def test_a_listing_is_still_known_when_the_registry_is_off(tmp_path: Path, shelf: Shelf) -> None:
    store = Store(tmp_path / "store", registries={"pypi": shelf})
    before = store.releases(purl("1"))
    listing = next((Store(tmp_path / "store").folder / "pypi" / "listings").iterdir())
    os.utime(listing, (0, 0))
    shelf.is_up = False
    assert store.releases(purl("1")) == before
    with pytest.raises(RegistryUnreachable):
        store.releases(parse("pkg:pypi/another"))


def test_local_targets_are_releases_too_and_a_change_is_seen(tmp_path: Path) -> None:
    home = tmp_path / "targets" / "small"
    for version in ("1.10.0", "1.9.0"):
        (home / version / "src").mkdir(parents=True)
        (home / version / "src" / "main.c").write_text(version)
    store = Store(tmp_path / "store", local=(tmp_path / "targets",))
    found = store.releases(parse("pkg:generic/small"))
    assert [each.purl.version for each in found] == ["1.9.0", "1.10.0"]
    first = store.obtain(found[0].purl)
    assert (first.path / "src" / "main.c").read_text() == "1.9.0"
    (home / "1.9.0" / "src" / "main.c").write_text("mended")
    assert store.obtain(found[0].purl).digest != first.digest


@pytest.mark.parametrize("name", ["absent@1", "..%2Fsmall@1.0", "small@..%2F1.0", "small@9", "small"])
def test_a_local_target_that_is_not_there_or_climbs_is_not_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "targets" / "small" / "1.0").mkdir(parents=True)
    with pytest.raises(PackageNotFound):
        Store(tmp_path / "store", local=(tmp_path / "targets",)).obtain(parse(f"pkg:generic/{name}"))


def test_a_local_target_with_a_link_is_not_installed(tmp_path: Path) -> None:
    source = tmp_path / "targets" / "small" / "1.0"
    source.mkdir(parents=True)
    (source / "link").symlink_to("/etc/passwd")
    with pytest.raises(Uninstallable):
        Store(tmp_path / "store", local=(tmp_path / "targets",)).obtain(parse("pkg:generic/small@1.0"))


def test_an_ecosystem_without_a_registry_says_so(tmp_path: Path) -> None:
    with pytest.raises(Uninstallable, match="maven"):
        Store(tmp_path / "store").obtain(parse("pkg:maven/org.example/thing@1.0"))


@pytest.mark.parametrize(
    "text", ["pkg:npm/a@file:..", "pkg:npm/--global@1.0.0", "pkg:npm/a@1.0.0%20--x", "pkg:npm/a@npm:b@1.0.0"]
)
def test_npm_is_never_handed_a_folder_an_alias_or_a_flag(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackageNotFound):
        Store(tmp_path / "store").obtain(parse(text))


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is a port of this machine that nobody listens on."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple/")


@pytest.mark.usefixtures("unplugged")
def test_a_machine_without_a_network_knows_it() -> None:
    assert is_online() is False


def test_an_index_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{listening.getsockname()[1]}/simple/")
        assert is_online(0.3) is False


@pytest.mark.usefixtures("unplugged")
def test_a_registry_that_can_not_be_reached_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnreachable) as refused:
        Store(tmp_path / "store").releases(parse("pkg:pypi/sqlparse"))
    assert "\n" not in str(refused.value)


@pytest.mark.network
def test_real_pypi_releases_have_dates_and_install_with_their_own_names(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    releases = {each.purl.version: each for each in store.releases(parse("pkg:pypi/sqlparse"))}
    assert list(releases).index("0.4.1") < list(releases).index("0.4.4")
    published = releases["0.4.1"].published
    assert published is not None
    assert published.year == 2020
    installed = store.obtain(releases["0.4.1"].purl)
    assert installed.own == ("sqlparse", "sqlparse-0.4.1.dist-info")
    script = f"import sys; sys.path.insert(0, {str(installed.path)!r}); import sqlparse; print(sqlparse.__version__)"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"0.4.1"


@pytest.mark.network
def test_what_a_real_release_needs_is_resolved_as_of_its_day_and_told_apart(tmp_path: Path) -> None:
    installed = Store(tmp_path / "store").obtain(parse("pkg:pypi/jinja2@3.1.2"))
    assert installed.own == ("Jinja2-3.1.2.dist-info", "jinja2")
    assert "markupsafe" in installed.dependencies
    assert installed.as_of is not None
    assert installed.published is not None
    assert installed.as_of > installed.published


@pytest.mark.network
def test_real_npm_releases_install_in_bulk_and_with_what_they_need(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    wanted = [parse(f"pkg:npm/minimist@{each}") for each in ("1.2.5", "1.2.6", "77.0.0")]
    found = store.obtain_many(wanted)
    small = found[wanted[0]]
    assert isinstance(small, Installed)
    manifest = json.loads((small.path / "node_modules" / "minimist" / "package.json").read_bytes())
    assert manifest["version"] == "1.2.5"
    assert isinstance(found[wanted[2]], PackageNotFound)
    scoped = store.obtain(parse("pkg:npm/%40babel/code-frame@7.0.0"))
    assert scoped.own == ("node_modules/@babel/code-frame",)
    assert "node_modules/@babel/highlight" in scoped.dependencies


@pytest.mark.network
@pytest.mark.parametrize("text", ["pkg:pypi/headstart-no-such-package@1", "pkg:pypi/sqlparse@77.0"])
def test_what_pypi_has_not_got_is_not_found(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackageNotFound):
        Store(tmp_path / "store").obtain(parse(text))


@pytest.mark.network
def test_a_release_with_no_wheel_for_here_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(Uninstallable) as refused:
        Store(tmp_path / "store").obtain(parse("pkg:pypi/pyyaml@5.3"))
    assert refused.value.step == "find a wheel"
    with contextlib.suppress(FileNotFoundError):
        assert not [
            each for each in (Store(tmp_path / "store").folder / "pypi").iterdir() if each.name != "listings"
        ]
