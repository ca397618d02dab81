"""Verify one file, with keys and no server: what it is, who signed it, and whether it says what was signed.

It knows notes, inclusion bundles and envelopes by itself. What an envelope says is told by the room that signs
such things, through the table that it offers (`headstart.ledger.rules.verified.Describe`).

An entry of the log may be about a file: its details then hold `sha256`. The file lies beside the bundle (`x.json`
beside `x.inclusion.json`) and is held against it.
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
INCLUSION_ENDING = ".inclusion.json"

CHECKPOINT, INCLUSION, STATEMENT, ENVELOPE = "checkpoint", "inclusion", "statement", "envelope"


def verify_file(
    path: Path, keys: Collection[Ed25519PublicKey], kinds: Mapping[str, Describe] | None = None
) -> Verified:
    """Say whether a file verifies with one of the keys.

    A document that is signed in an envelope beside it (`x.json` in `x.dsse.json`) is verified with that envelope; an
    envelope, with the files beside it that it names. A file that an entry of the log is about (`x.json` beside
    `x.inclusion.json`) is verified with that bundle. `kinds` are the tables of the rooms, merged.

    Raises:
        NotReadable: absent, not a plain file, or too large.
        NothingToVerify: it was read, and is nothing that is signed.
    """
    bundle = path.with_name(path.name.removesuffix(".json") + INCLUSION_ENDING)
    if not path.name.endswith(INCLUSION_ENDING) and bundle.is_file():
        return _inclusion(bundle, _read(bundle, LARGEST), keys, kinds or {}, wanted=path)
    content = _read(path, LARGEST)
    if content.lstrip()[:1] != b"{":
        return _note(path, content, keys)
    found = _json(content)
    if not isinstance(found, dict):
        raise NothingToVerify(str(path))
    if found.get("format") == bundles.FORMAT:
        return _inclusion(path, content, keys, kinds or {})
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


def _inclusion(
    path: Path,
    content: bytes,
    keys: Collection[Ed25519PublicKey],
    kinds: Mapping[str, Describe],
    wanted: Path | None = None,
) -> Verified:
    try:
        found = msgspec.json.decode(content, type=bundles.Bundle)
    except (msgspec.DecodeError, RecursionError) as error:
        return no(INCLUSION, f"the inclusion bundle can't be read: {error}")
    head = _head(found.checkpoint, keys)
    if head is None:
        return no(INCLUSION, "the bundle's checkpoint was not signed by a key that is trusted here")
    if not bundles.proves(found, head):
        return no(INCLUSION, f"entry {found.index} is not, as it is told here, in the signed log")
    entry = msgspec.to_builtins(found.entry)
    differs, beside = _file_of(path, found.entry.details.get("sha256"), wanted)
    if differs:
        return no(INCLUSION, differs, entry=entry)
    told = _what(found.entry.kind, entry, kinds)
    if told is not None and not told.holds:
        return told
    sentence = (
        f"entry {found.index} of {head.origin}, {found.entry.kind} of {found.entry.at}, is in the signed log"
    )
    return yes(
        INCLUSION,
        (f"{sentence}: {told.sentence}" if told else sentence) + beside,
        origin=head.origin,
        index=found.index,
        size=head.size,
        entry=entry,
        **(told.details if told else {}),
    )


def _what(kind: str, entry: Mapping[str, Any], kinds: Mapping[str, Describe]) -> Verified | None:
    """What the entry's room says of it; None where no room tells of such entries."""
    describe = kinds.get(kind)
    try:
        return describe(entry) if describe else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return no(INCLUSION, f"it is in the signed log, and not in the form of {kind[:120]}")


def _file_of(bundle: Path, digest: Any, wanted: Path | None) -> tuple[str, str]:
    """Hold the file beside a bundle against the digest in its entry: how it differs, else empty; what was held."""
    if digest is None:
        return ("" if wanted is None else f"the entry beside {wanted.name} is about no file"), ""
    path = wanted or bundle.with_name(bundle.name.removesuffix(INCLUSION_ENDING) + ".json")
    if path == bundle or not path.is_file():
        return "", "; the file that it is about is not beside it"
    if hashlib.sha256(_read(path, LARGEST_SUBJECT)).hexdigest() != digest:
        return f"{path.name} is not the file that the entry of the log is about", ""
    return "", f"; {path.name} is the file that it is about"


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
