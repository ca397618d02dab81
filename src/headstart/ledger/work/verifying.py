"""Verify one file, with keys and no server: what it is, who signed it, and whether it says what was signed.

It knows notes, inclusion bundles and envelopes by itself. What an envelope says is told by the room that signs
such things, through the table that it offers (`headstart.ledger.rules.verified.Describe`).
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from headstart.ledger.errors import NothingToVerify, NotReadable
from headstart.ledger.rules import bundles, dsse, notes
from headstart.ledger.rules.verified import Describe, Verified, no, yes
from headstart.ledger.work.files import read_plain

LARGEST = 16 * 1024 * 1024
LARGEST_SUBJECT = 64 * 1024 * 1024
ENVELOPE_ENDING = ".dsse.json"

CHECKPOINT, INCLUSION, STATEMENT, ENVELOPE = "checkpoint", "inclusion", "statement", "envelope"


def verify_file(
    path: Path, keys: Collection[Ed25519PublicKey], kinds: Mapping[str, Describe] | None = None
) -> Verified:
    """Say whether a file verifies with one of the keys.

    A document that is signed in an envelope beside it (`x.json` in `x.dsse.json`) is verified with that envelope; an
    envelope, with the files beside it that it names. `kinds` are the tables of the rooms, merged.

    Raises:
        NotReadable: absent, not a plain file, or too large.
        NothingToVerify: it was read, and is nothing that is signed.
    """
    content = _read(path, LARGEST)
    if content.lstrip()[:1] != b"{":
        return _note(path, content, keys)
    found = _json(content)
    if not isinstance(found, dict):
        raise NothingToVerify(str(path))
    if found.get("format") == bundles.FORMAT:
        return _inclusion(content, keys)
    if "payloadType" in found:
        return _envelope(path, content, keys, kinds or {})
    beside = path.with_name(path.name.removesuffix(".json") + ENVELOPE_ENDING)
    if not beside.is_file():
        raise NothingToVerify(str(path))
    return _envelope(beside, _read(beside, LARGEST), keys, kinds or {}, wanted=path.name)


def _read(path: Path, most: int) -> bytes:
    try:
        content = read_plain(path, most)
    except OSError as error:
        raise NotReadable(str(path), error.strerror or str(error)) from error
    if len(content) > most:
        raise NotReadable(str(path), f"it is larger than {most} bytes")
    return content


def _json(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None


def _note(path: Path, content: bytes, keys: Collection[Ed25519PublicKey]) -> Verified:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise NothingToVerify(str(path)) from None
    if "\n\n\u2014 " not in text:
        raise NothingToVerify(str(path))
    head = _head(text, keys)
    if head is None:
        return no(CHECKPOINT, "the checkpoint was not signed by a key that is trusted here")
    return yes(
        CHECKPOINT,
        f"checkpoint of {head.origin}: {head.size} entries, signed",
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
    )


def _head(note: str, keys: Collection[Ed25519PublicKey]) -> notes.Checkpoint | None:
    return next((head for key in keys if (head := notes.read(note, key))), None)


def _inclusion(content: bytes, keys: Collection[Ed25519PublicKey]) -> Verified:
    try:
        found = msgspec.json.decode(content, type=bundles.Bundle)
    except (msgspec.ValidationError, RecursionError) as error:
        return no(INCLUSION, f"the inclusion bundle can't be read: {error}")
    head = _head(found.checkpoint, keys)
    if head is None:
        return no(INCLUSION, "the bundle's checkpoint was not signed by a key that is trusted here")
    if not bundles.proves(found, head):
        return no(INCLUSION, f"entry {found.index} is not, as it is told here, in the signed log")
    return yes(
        INCLUSION,
        f"entry {found.index} of {head.origin}, {found.entry.kind} of {found.entry.at}, is in the signed log",
        origin=head.origin,
        index=found.index,
        size=head.size,
        entry=msgspec.to_builtins(found.entry),
    )


def _envelope(
    path: Path,
    content: bytes,
    keys: Collection[Ed25519PublicKey],
    kinds: Mapping[str, Describe],
    wanted: str | None = None,
) -> Verified:
    try:
        envelope = msgspec.json.decode(content, type=dsse.Envelope)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return no(ENVELOPE, "the envelope can't be read: it is not DSSE")
    key = dsse.signer(envelope, keys)
    if key is None:
        return no(ENVELOPE, "it was not signed by a key that is trusted here")
    said = _json(envelope.body())
    if not isinstance(said, dict):
        return no(ENVELOPE, f"it is signed, and holds {envelope.payloadType[:80]}, which can't be read here")
    kind = envelope.payloadType
    if kind == dsse.INTOTO_TYPE:
        kind = str(said.get("predicateType"))
        missing = _subjects(path.parent, said, wanted)
        if missing:
            return no(STATEMENT, missing, key=dsse.key_id(key))
    return _told(kind, said, kinds, dsse.key_id(key))


def _told(kind: str, said: Mapping[str, Any], kinds: Mapping[str, Describe], key: str) -> Verified:
    describe = kinds.get(kind)
    if describe is None:
        return yes(STATEMENT, f"signed by {key}: a statement of the kind {kind[:120]}", key=key, says=said)
    try:
        answer = describe(said)
    except (KeyError, TypeError, ValueError, AttributeError):
        return no(STATEMENT, f"signed by {key}, and not in the form of {kind[:120]}", key=key)
    return Verified(
        holds=answer.holds,
        kind=answer.kind,
        sentence=answer.sentence,
        details={**answer.details, "key": key},
    )


def _subjects(folder: Path, said: Mapping[str, Any], wanted: str | None) -> str:
    """Hold the files beside an envelope against the digests it names; the sentence where one differs, else empty."""
    try:
        named = {str(each["name"]): str(each["digest"]["sha256"]) for each in said["subject"]}
    except (KeyError, TypeError):
        return "it is signed, and names its subjects in a way that can't be read here"
    if wanted is not None and wanted not in named:
        return f"the signature beside {wanted} is about something else"
    for name, digest in named.items():
        path = folder / name
        if name != Path(name).name or not path.is_file():
            continue  # not a file beside it: a receipt's subject, say
        if hashlib.sha256(_read(path, LARGEST_SUBJECT)).hexdigest() != digest:
            return f"{name} is not the file that was signed"
    return ""
