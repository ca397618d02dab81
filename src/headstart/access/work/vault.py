"""The vault: what the hub keeps sealed, and the file of keys that opens it.

AES-256-GCM by `cryptography`, a fresh nonce of 96 bits for each sealing (NIST SP 800-38D 8.2.2: far fewer than 2^32
under one key). What a thing is and which row it belongs to are bound in as associated data: a sealed value that was
moved to another row, or to another column, does not open.

The file holds a line for each key, the newest first: an id of eight hexadecimal digits, a space, 32 bytes in base64.
The first line seals; every line opens. Whoever takes the database without this file has nothing.
"""

import base64
import binascii
import os
import secrets
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headstart.access.errors import VaultShut

FORMAT = b"\x01"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 4, 12
HEAD_BYTES = len(FORMAT) + ID_BYTES + NONCE_BYTES
MOST_FILE_BYTES = 64 * 1024
KEPT_KEYS = 2


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens by the keys of one file."""

    path: Path
    _keys: Mapping[bytes, AESGCM] = field(repr=False)  # the newest first

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return next(iter(self._keys)).hex()

    def seal(self, plain: bytes, *, what: str, row: str) -> bytes:
        """`plain`, sealed for one column (`what`) of one row."""
        key_id, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + key_id + nonce + key.encrypt(nonce, plain, _bound(what, row))

    def unseal(self, sealed: bytes, *, what: str, row: str) -> bytes:
        """What was sealed for that column of that row.

        Raises:
            VaultShut: by no key of the file, or not for that row, or it was changed.
        """
        sealed = bytes(sealed)
        key = self._keys.get(sealed[len(FORMAT) : len(FORMAT) + ID_BYTES])
        if sealed[: len(FORMAT)] != FORMAT or key is None:
            raise VaultShut(
                f"{self.path} holds no key that opens {what} of {row}; restore the file from a backup"
            )
        try:
            return key.decrypt(
                sealed[len(FORMAT) + ID_BYTES : HEAD_BYTES], sealed[HEAD_BYTES:], _bound(what, row)
            )
        except InvalidTag:
            raise VaultShut(
                f"{what} of {row} was changed since it was sealed, or belongs to another row"
            ) from None


def _bound(what: str, row: str) -> bytes:
    """The associated data: each part behind its length, so that no two pairs read alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (what.encode(), row.encode()))


_lock = threading.Lock()
_open: dict[Path, tuple[tuple[int, int, int], Vault]] = {}


def open_vault(data: Path) -> Vault:
    """The vault of a data folder; its file is made on first use. Read again whenever the file has changed.

    Raises:
        VaultShut: the file can't be read, is not a file of keys, or others than its owner can read it.
    """
    path = data / "keys" / "vault"
    with _lock:
        try:
            try:
                mark = _mark(path)
            except FileNotFoundError:
                _make(path)
                mark = _mark(path)
            held = _open.get(path)
            if held is None or held[0] != mark:
                held = _open[path] = (mark, Vault(path, _read(path)))
        except OSError as error:
            raise VaultShut(f"{path} can't be read: {error.strerror}") from error
        return held[1]


def rotate(data: Path) -> Vault:
    """Put a fresh key in front of a vault's file; what is sealed from now on is sealed by it, and the others open."""
    vault = open_vault(data)
    _write(vault.path, [_line(), *vault.path.read_text().splitlines()])
    return open_vault(data)


def forget(data: Path) -> int:
    """Take the older keys out of a vault's file, once all was sealed anew by the newest; how many.

    The newest two stay: another process may have sealed by the one before in the very moment of the change.
    """
    vault = open_vault(data)
    lines = vault.path.read_text().splitlines()
    _write(vault.path, lines[:KEPT_KEYS])
    return max(0, len(lines) - KEPT_KEYS)


def _line() -> str:
    return f"{secrets.token_hex(ID_BYTES)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _mark(path: Path) -> tuple[int, int, int]:
    """By what a changed file is known: it is replaced as a whole, so that its inode is another."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise VaultShut(f"{path} is not a plain file")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultShut(f"others can read {path}: chmod 600 it, and rotate its key (headstart vault rotate)")
    return found.st_ino, found.st_mtime_ns, found.st_size


def _make(path: Path) -> None:
    """Write the first key, unless another process was first: its file is the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = _beside(path, [_line()])
    try:
        os.link(whole, path)  # all of it or none, and never over another's
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def _write(path: Path, lines: list[str]) -> None:
    _beside(path, lines).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _beside(path: Path, lines: list[str]) -> Path:
    whole = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    return whole


def _read(path: Path) -> dict[bytes, AESGCM]:
    with path.open("rb") as file:
        lines = file.read(MOST_FILE_BYTES).decode("ascii", "replace").splitlines()
    keys: dict[bytes, AESGCM] = {}
    for line in lines:
        try:
            name, _, coded = line.partition(" ")
            key_id, key = bytes.fromhex(name), base64.b64decode(coded, validate=True)
        except (ValueError, binascii.Error):
            key_id, key = b"", b""
        if len(key_id) != ID_BYTES or len(key) != KEY_BYTES:
            raise VaultShut(f"{path} is not a file of keys; restore it from a backup")
        keys.setdefault(key_id, AESGCM(key))
    if not keys:
        raise VaultShut(f"{path} is empty; restore it from a backup")
    return keys
