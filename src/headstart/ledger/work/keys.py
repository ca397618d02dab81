"""Keys in files: made once, kept to their owner."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from headstart.ledger.errors import KeyUnreadable


def hub_key(data: Path) -> Ed25519PrivateKey:
    """The key by which the hub of a data folder speaks, made on first use.

    Raises:
        KeyUnreadable: the file is there and is not an Ed25519 private key.
    """
    return load_or_make_key(hub_key_path(data))


def hub_key_path(data: Path) -> Path:
    """Where the hub of a data folder keeps its key."""
    return data / "keys" / "hub.pem"


def load_or_make_key(path: Path) -> Ed25519PrivateKey:
    """The private key at `path` (PKCS #8 PEM, mode 0600); a fresh one is written where there is none.

    Its public half is kept beside it as `<name>.pub.pem`.

    Raises:
        KeyUnreadable: the file is there and is not an Ed25519 private key.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        pass
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first: its key is the key
        return _load(path)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public_path(path).write_bytes(public_pem(key.public_key()))
    return key


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise KeyUnreadable(str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnreadable(str(path))
    return key


def public_path(path: Path) -> Path:
    """Where the public half of the key at `path` is kept."""
    return path.with_suffix(".pub.pem")


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM (SubjectPublicKeyInfo)."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def load_public(path: Path) -> Ed25519PublicKey:
    """The public key at `path`.

    Raises:
        KeyUnreadable: absent, or not an Ed25519 public key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyUnreadable(str(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnreadable(str(path))
    return key
