"""Signed envelopes: DSSE v1 (secure-systems-lab/dsse) around in-toto statements, with Ed25519 keys.

The envelope names its key by an id that anyone can work out from the public key: the first 16 hexadecimal
digits of the SHA-256 of its 32 raw bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

INTOTO_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
MOST_SIGNATURES = 64  # of one envelope are looked at


class Signature(msgspec.Struct):
    """One signature of an envelope."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct):
    """A DSSE envelope; `payload` and `sig` are base64."""

    payload: str
    payloadType: str  # noqa: N815 - the standard's spelling
    signatures: list[Signature]

    def body(self) -> bytes:
        """The payload's bytes; check the signature first."""
        return _unbase64(self.payload)


def _unbase64(text: str) -> bytes:
    """Base64 in the standard alphabet or the URL-safe one: a verifier accepts either (DSSE protocol)."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)


def raw_public(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key (RFC 8032)."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """The id under which Headstart names a key: 16 hexadecimal digits."""
    return hashlib.sha256(raw_public(key)).hexdigest()[:16]


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the DSSE protocol: what is really signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, key: Ed25519PrivateKey) -> Envelope:
    """An envelope with one signature."""
    signature = key.sign(pre_authentication_encoding(payload_type, payload))
    return Envelope(
        payload=base64.b64encode(payload).decode(),
        payloadType=payload_type,
        signatures=[Signature(sig=base64.b64encode(signature).decode(), keyid=key_id(key.public_key()))],
    )


def signer(envelope: Envelope, keys: Iterable[Ed25519PublicKey]) -> Ed25519PublicKey | None:
    """The first of `keys` that signed the envelope; None where none did, or its base64 is broken."""
    try:
        signed = pre_authentication_encoding(envelope.payloadType, envelope.body())
        signatures = [_unbase64(each.sig) for each in envelope.signatures[:MOST_SIGNATURES]]
    except ValueError:
        return None
    for key in keys:
        for signature in signatures:
            try:
                key.verify(signature, signed)
            except InvalidSignature:
                continue
            return key
    return None


def statement(
    predicate_type: str, predicate: Mapping[str, Any], subjects: Mapping[str, str]
) -> dict[str, Any]:
    """An in-toto statement v1; `subjects` maps a name to its SHA-256 in hexadecimal."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def sign_statement(content: Mapping[str, Any], key: Ed25519PrivateKey) -> Envelope:
    """Sign an in-toto statement, its JSON canonical (RFC 8785)."""
    return sign(INTOTO_TYPE, rfc8785.dumps(dict(content)), key)
