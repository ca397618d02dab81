"""A tier's signed index: which files it offers, by digest and size, under a number that only grows.

It is a DSSE envelope whose payload is JSON of its own type, so that an index can't pass for anything else. Each
document has an envelope of its own beside it: an in-toto statement that names the document by its digest and the
tier that it was signed for, so that a file can't be moved to another tier.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from headstart.advisories.rules.content import Tier
from headstart.ledger.rules import dsse

PAYLOAD_TYPE = "application/vnd.headstart.tier-index+json"
PREDICATE = "urn:headstart:predicate:advisory-release:1"
INDEX_NAME = "index.json"
CSAF_ENDING, OSV_ENDING = ".csaf.json", ".osv.json"
ENVELOPE_ENDING = ".dsse.json"

LARGEST_INDEX = 8 * 1024 * 1024
LARGEST_DOCUMENT = 8 * 1024 * 1024
MOST_FILES = 40_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.(csaf|osv)(\.dsse)?\.json", re.ASCII)


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a tier."""

    name: str
    sha256: str
    bytes: int


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tier offers, and until when that may be believed."""

    format: int
    tier: str
    sequence: int
    issued_at: datetime
    expires_at: datetime
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something signed, or said to be, is not believed: one clause."""

    why: str


def envelope_name(document: str) -> str:
    """`HS-2026-0001.csaf.json` is signed in `HS-2026-0001.csaf.dsse.json`."""
    return document.removesuffix(".json") + ENVELOPE_ENDING


def document_names(tracking_id: str) -> tuple[str, str]:
    """The names of an advisory's CSAF and OSV documents."""
    return tracking_id + CSAF_ENDING, tracking_id + OSV_ENDING


def is_envelope(name: str) -> bool:
    """Whether a file of a tier is the signature of another."""
    return name.endswith(ENVELOPE_ENDING)


def is_name(name: str) -> bool:
    """Whether a tier may hold a file of this name: a plain one, of an advisory's document or its envelope."""
    return bool(_NAME.fullmatch(name))


def entry(name: str, content: bytes) -> FileEntry:
    """A file's line in the index."""
    return FileEntry(name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def sign_document(name: str, content: bytes, tier: Tier, key: Ed25519PrivateKey) -> dsse.Envelope:
    """The envelope that stands beside a document: the same bytes for the same document, tier and key."""
    digest = hashlib.sha256(content).hexdigest()
    return dsse.sign_statement(dsse.statement(PREDICATE, {"tier": str(tier)}, {name: digest}), key)


def sign_index(index: Index, key: Ed25519PrivateKey) -> dsse.Envelope:
    """The index in its envelope."""
    return dsse.sign(PAYLOAD_TYPE, rfc8785.dumps(msgspec.to_builtins(index)), key)


def read_index(content: bytes, keys: Iterable[Ed25519PublicKey]) -> Index | Refused:
    """The index in an envelope that one of the keys signed; what it says is not judged here."""
    if len(content) > LARGEST_INDEX:
        return Refused(f"its index is larger than {LARGEST_INDEX} bytes")
    try:
        envelope = msgspec.json.decode(content, type=dsse.Envelope)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return Refused("its index is not a DSSE envelope")
    if envelope.payloadType != PAYLOAD_TYPE:
        return Refused(f"its index is signed as {envelope.payloadType[:80]!r}, which is something else")
    if dsse.signer(envelope, keys) is None:
        return Refused("its index was not signed by a key that is trusted here")
    try:
        return msgspec.json.decode(envelope.body(), type=Index)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        return Refused(f"its index can't be read: {error}")


def contents_digest(index: Index) -> str:
    """SHA-256 over what an index lists, whenever it was issued: one number has one of these."""
    return hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(index.files))).hexdigest()


def judge(
    index: Index, tier: Tier, *, now: datetime, last: int = 0, last_contents: str = ""
) -> Refused | None:
    """Whether a signed index may be followed; `last` is the highest number seen of this tier, with its contents.

    The checks are those of a TUF client on timestamp and snapshot (TUF 1.0.33, 5.4 and 5.5), in one file.
    """
    if index.format != 1:
        return Refused(f"its index has format {index.format}; this program reads format 1")
    if index.tier != str(tier):
        return Refused(f"its index is that of the tier {index.tier[:40]!r}")
    if index.expires_at.tzinfo is None or index.expires_at <= now:
        return Refused(f"its index expired at {index.expires_at.isoformat()}")
    if index.sequence < last:
        return Refused(
            f"its index has number {index.sequence}, and {last} was seen before: an older one is replayed"
        )
    if index.sequence == last and last_contents and contents_digest(index) != last_contents:
        return Refused(f"two different indexes carry the number {last}: its publisher says two things")
    return _judge_files(index.files)


def _judge_files(files: tuple[FileEntry, ...]) -> Refused | None:
    names = {each.name for each in files}
    if len(files) > MOST_FILES:
        return Refused(f"its index lists more than {MOST_FILES} files")
    if len(names) != len(files):
        return Refused("its index lists a file twice")
    for each in files:
        if not is_name(each.name):
            return Refused(f"its index lists {each.name[:80]!r}, which is no name of an advisory's file")
        if not 0 <= each.bytes <= LARGEST_DOCUMENT:
            return Refused(f"{each.name} is said to have {each.bytes} bytes; {LARGEST_DOCUMENT} are the most")
        if not is_envelope(each.name) and envelope_name(each.name) not in names:
            return Refused(f"{each.name} is listed without its signature")
    return None


def judge_document(
    name: str, content: bytes, envelope: bytes, tier: Tier, keys: Iterable[Ed25519PublicKey]
) -> Refused | None:
    """Whether the envelope signs these bytes, under this name, for this tier."""
    try:
        signed = msgspec.json.decode(envelope, type=dsse.Envelope)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return Refused(f"the signature of {name} is not a DSSE envelope")
    if signed.payloadType != dsse.INTOTO_TYPE or dsse.signer(signed, keys) is None:
        return Refused(f"{name} was not signed by a key that is trusted here")
    try:
        statement = msgspec.json.decode(signed.body(), type=Statement)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return Refused(f"the signature of {name} is no statement about an advisory")
    if statement.predicateType != PREDICATE or statement.predicate.get("tier") != str(tier):
        return Refused(f"{name} was not signed for the tier {tier}")
    digest = hashlib.sha256(content).hexdigest()
    if not any(each.name == name and each.digest.get("sha256") == digest for each in statement.subject):
        return Refused(f"{name} is not the document that was signed")
    return judge_marking(name, content, tier)


class Subject(msgspec.Struct, frozen=True):
    """What an in-toto statement is about."""

    name: str
    digest: Mapping[str, str]


class Statement(msgspec.Struct, frozen=True):
    """An in-toto statement v1 about files."""

    predicateType: str  # noqa: N815 - the standard's spelling
    subject: tuple[Subject, ...]
    predicate: Mapping[str, Any]


def judge_marking(name: str, content: bytes, tier: Tier) -> Refused | None:
    """A document says for itself whose it is and how far it may travel: both must fit where it was found."""
    try:
        document = msgspec.json.decode(content)
        if name.endswith(CSAF_ENDING):
            own_id = document["document"]["tracking"]["id"]
            wide = document["document"]["distribution"]["tlp"]["label"] == "WHITE"
        else:
            own_id = document["id"].removeprefix("x_")
            wide = document["database_specific"]["tlp"] == "TLP:CLEAR"
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
        return Refused(f"{name} can't be read as an advisory")
    if name not in document_names(own_id):
        return Refused(f"{name} is the advisory {str(own_id)[:40]} by its own words")
    if tier is Tier.EVERYONE and not wide:
        return Refused(f"{name} is marked for fewer than everyone")
    return None
