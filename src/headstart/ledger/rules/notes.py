"""Checkpoints as signed notes: C2SP signed-note and tlog-checkpoint, with Ed25519 keys."""

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headstart.ledger.rules.dsse import raw_public

ED25519 = b"\x01"
MOST_SIGNATURES = 100  # of one note are looked at

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)  # C2SP tlog-checkpoint: decimal, no leading zeros


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log: who keeps it, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text (C2SP tlog-checkpoint): origin, size, root in base64, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes that tell a note's keys apart (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw_public(key)).digest()[:4]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The whole signed note, ready to publish."""
    text = checkpoint.text()
    signature = key_hash(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n\u2014 {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def read(note: str, key: Ed25519PublicKey) -> Checkpoint | None:
    """The checkpoint that `key` signed; None where the note is malformed or nobody with that key signed it."""
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) < 3 or not _SIZE.fullmatch(lines[1]):
        return None
    try:
        checkpoint = Checkpoint(
            origin=lines[0], size=int(lines[1]), root=base64.b64decode(lines[2], validate=True)
        )
    except ValueError:
        return None
    if len(checkpoint.root) != 32 or not all(lines):
        return None
    for line in signatures.split("\n")[:MOST_SIGNATURES]:
        if _signed(line, text + "\n", checkpoint.origin, key):
            return checkpoint
    return None


def _signed(line: str, text: str, name: str, key: Ed25519PublicKey) -> bool:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or parts[1] != name:
        return False
    try:
        blob = base64.b64decode(parts[2], validate=True)
        key.verify(blob[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return blob[:4] == key_hash(name, key)
