"""What is sealed opens for its own row alone, by a key that its owner alone can read."""

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.errors import VaultShut
from headstart.access.work import forget, open_vault, rotate
from headstart.access.work import vault as vaults

SECRET = b"sk-upstream-secret"


def test_what_was_sealed_opens_and_does_not_show(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    sealed = vault.seal(SECRET, what="key", row="ups_1")
    assert SECRET not in sealed
    assert vault.unseal(sealed, what="key", row="ups_1") == SECRET
    assert sealed != vault.seal(SECRET, what="key", row="ups_1")


@pytest.mark.parametrize(
    ("what", "row"), [("key", "ups_2"), ("words", "ups_1"), ("keyups", "_1"), ("", "keyups_1")]
)
def test_a_sealed_value_that_was_moved_to_another_row_or_column_does_not_open(
    tmp_path: Path, what: str, row: str
) -> None:
    vault = open_vault(tmp_path)
    with pytest.raises(VaultShut, match="belongs to another row") as refused:
        vault.unseal(vault.seal(SECRET, what="key", row="ups_1"), what=what, row=row)
    assert SECRET.decode() not in str(refused.value)


@given(st.binary(max_size=80), st.integers(0, 10**6), st.integers(1, 255))
def test_any_changed_byte_is_seen(plain: bytes, where: int, flip: int) -> None:
    vault = vaults.Vault(Path("vault"), {b"abcd": vaults.AESGCM(b"k" * 32)})
    sealed = bytearray(vault.seal(plain, what="key", row="ups_1"))
    sealed[where % len(sealed)] ^= flip
    with pytest.raises(VaultShut):
        vault.unseal(bytes(sealed), what="key", row="ups_1")


@given(st.binary(max_size=60))
def test_what_was_never_sealed_is_refused_in_a_line(junk: bytes) -> None:
    vault = vaults.Vault(Path("vault"), {b"abcd": vaults.AESGCM(b"k" * 32)})
    with pytest.raises(VaultShut):
        vault.unseal(junk, what="key", row="ups_1")


def test_the_file_is_its_owners_alone_and_is_made_once(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    before = vault.path.read_bytes()
    assert open_vault(tmp_path) is vault
    assert vault.path.read_bytes() == before
    assert [each.name for each in vault.path.parent.iterdir()] == ["vault"]


def test_many_that_come_first_at_once_have_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As processes would: without the lock that threads share."""
    together = threading.Barrier(8)
    make = vaults._make

    def slowly(path: Path) -> None:
        together.wait()
        make(path)

    made = [threading.Thread(target=slowly, args=(tmp_path / "keys" / "vault",)) for _ in range(8)]
    for each in made:
        each.start()
    for each in made:
        each.join()
    assert len((tmp_path / "keys" / "vault").read_text().splitlines()) == 1
    assert [each.name for each in (tmp_path / "keys").iterdir()] == ["vault"]


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = open_vault(tmp_path).path
    path.chmod(0o640)
    with pytest.raises(VaultShut, match="chmod 600"):
        open_vault(tmp_path)


@pytest.mark.parametrize("text", ["", "abc\n", "00000000 AAAA\n", "zzzzzzzz " + "A" * 44, "\xff\xfe\n"])
def test_a_file_that_is_not_one_of_keys_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    path = open_vault(tmp_path).path
    path.write_text(text, encoding="latin-1")
    os.utime(path, ns=(1, 1))
    with pytest.raises(VaultShut, match="restore it from a backup"):
        open_vault(tmp_path)


def test_a_fresh_key_seals_and_the_one_before_still_opens(tmp_path: Path) -> None:
    old = open_vault(tmp_path)
    sealed = old.seal(SECRET, what="key", row="ups_1")
    new = rotate(tmp_path)
    assert new.newest != old.newest
    assert stat.S_IMODE(new.path.stat().st_mode) == 0o600
    assert open_vault(tmp_path) is new  # what another process would read
    assert new.unseal(sealed, what="key", row="ups_1") == SECRET
    with pytest.raises(VaultShut, match="holds no key that opens"):
        old.unseal(new.seal(SECRET, what="key", row="ups_1"), what="key", row="ups_1")


def test_older_keys_are_forgotten_but_for_the_one_before(tmp_path: Path) -> None:
    sealed = [open_vault(tmp_path).seal(SECRET, what="key", row="ups_1")]
    sealed += [rotate(tmp_path).seal(SECRET, what="key", row="ups_1") for _ in range(3)]
    assert forget(tmp_path) == 2
    vault = open_vault(tmp_path)
    assert [vault.unseal(each, what="key", row="ups_1") for each in sealed[2:]] == [SECRET, SECRET]
    with pytest.raises(VaultShut):
        vault.unseal(sealed[1], what="key", row="ups_1")


def test_no_key_is_in_a_repr(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    coded = vault.path.read_text().split()[1]
    assert coded not in repr(vault)
    assert "AESGCM" not in repr(vault)
