"""Holding an envelope against the words and the key of the side that hands it in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from headstart.ledger.rules import dsse
from headstart.people.models import Organisation
from headstart.people.rules import Viewer
from headstart.reviews.errors import (
    EnvelopeInvalid,
    KeyMissing,
    SameKey,
    SamePerson,
    SignatureWrong,
    WordsDiffer,
)
from headstart.reviews.models import AgreementSignature, PartnerSignature

LARGEST_PAYLOAD = 256 * 1024  # characters of base64
LONGEST_SIGNATURE = 1024
MOST_SIGNATURES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature that was checked: by which key, and the envelope with that signature alone."""

    key_id: str
    envelope: dict[str, Any]


def check(
    envelope: dsse.Envelope, words: Mapping[str, Any], signer: Organisation, *, beside: Iterable[Organisation]
) -> Signed:
    """Hold an envelope against the words and its signer's key; `beside` are the other sides.

    What is kept is what was checked: signatures by anyone else in the envelope are left out.

    Raises:
        EnvelopeInvalid: it is larger than any that is asked for, or is no in-toto statement's.
        KeyMissing: the signer has no Ed25519 key here.
        SameKey: another side is known by the same key.
        SignatureWrong: it was not signed with that organisation's key.
        WordsDiffer: it was, over other words.
    """
    _bounded(envelope)
    key = _key(signer)
    if key is None:
        raise KeyMissing(signer.name)
    for each in beside:
        if (other := _key(each)) is not None and dsse.raw_public(other) == dsse.raw_public(key):
            raise SameKey(each.name)
    signature = next((each for each in envelope.signatures if _signed(envelope, each, key)), None)
    if signature is None:
        raise SignatureWrong(signer.name)
    _same(envelope.body(), words)
    key_id = dsse.key_id(key)
    kept = dsse.Envelope(
        payload=envelope.payload,
        payloadType=dsse.INTOTO_TYPE,
        signatures=[dsse.Signature(sig=signature.sig, keyid=key_id)],
    )
    return Signed(key_id=key_id, envelope=msgspec.to_builtins(kept))


def apart(
    actor: Viewer, signed: Signed, others: Iterable[AgreementSignature] | Iterable[PartnerSignature]
) -> None:
    """Hold a side's signature against those of the other sides: two keys, and two persons.

    A machine is nobody in particular: two machines of two organisations are two sides.

    Raises:
        SameKey: the same key signed for another side (it may have changed hands since).
        SamePerson: the same member handed in another side's signature.
    """
    for each in others:
        if each.key_id == signed.key_id:
            raise SameKey(each.signer.name)
        if actor.member_id and each.member_id == actor.member_id:
            raise SamePerson


def _bounded(envelope: dsse.Envelope) -> None:
    if envelope.payloadType != dsse.INTOTO_TYPE:
        raise EnvelopeInvalid(f"its payloadType is not {dsse.INTOTO_TYPE}")
    if len(envelope.payload) > LARGEST_PAYLOAD:
        raise EnvelopeInvalid(f"its payload is longer than {LARGEST_PAYLOAD // 1024} KiB")
    if not 1 <= len(envelope.signatures) <= MOST_SIGNATURES:
        raise EnvelopeInvalid(f"it needs 1 to {MOST_SIGNATURES} signatures")
    if any(len(each.sig) > LONGEST_SIGNATURE for each in envelope.signatures):
        raise EnvelopeInvalid("a signature in it is longer than any of Ed25519")


def _key(organisation: Organisation) -> Ed25519PublicKey | None:
    try:
        key = load_pem_public_key(organisation.public_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def _signed(envelope: dsse.Envelope, signature: dsse.Signature, key: Ed25519PublicKey) -> bool:
    alone = dsse.Envelope(payload=envelope.payload, payloadType=envelope.payloadType, signatures=[signature])
    return dsse.signer(alone, [key]) is not None


def _same(body: bytes, words: Mapping[str, Any]) -> None:
    """Whether the body says these words and no others, however its JSON is laid out.

    Raises:
        WordsDiffer: it does not; a key that stands there twice is another word too.
    """
    try:
        said = json.loads(body.decode(), object_pairs_hook=_once)  # UTF-8, as everybody else reads it
        if isinstance(said, dict) and rfc8785.dumps(said) == rfc8785.dumps(dict(words)):
            return
    except (ValueError, RecursionError):
        raise WordsDiffer(["not a statement"]) from None
    raise WordsDiffer(_differing(said, words))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands there twice")
    return made


def _differing(said: Any, words: Mapping[str, Any]) -> list[str]:
    """The names of our own fields that were said otherwise; never what was said there."""
    if not isinstance(said, dict) or said.get("predicateType") != words["predicateType"]:
        return ["another kind of statement"]
    predicate, meant = said.get("predicate"), words["predicate"]
    if not isinstance(predicate, dict):
        return ["predicate"]
    unlike = [
        each
        for each in meant
        if each not in predicate or rfc8785.dumps(predicate[each]) != rfc8785.dumps(meant[each])
    ]
    return unlike or ["more than was asked"]
