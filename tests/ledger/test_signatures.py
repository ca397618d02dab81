"""Notes and envelopes, checked with other people's code."""

import base64
import hashlib
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from headstart.ledger.rules import dsse, notes, tree

NAME = "headstart.example/log"


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def stranger() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def note(key: Ed25519PrivateKey) -> str:
    return notes.sign(notes.Checkpoint(origin=NAME, size=7, root=tree.EMPTY_ROOT), key)


def test_a_checkpoint_comes_back_as_it_was_signed(note: str, key: Ed25519PrivateKey) -> None:
    assert notes.read(note, key.public_key()) == notes.Checkpoint(origin=NAME, size=7, root=tree.EMPTY_ROOT)


def test_a_note_is_as_the_standard_draws_it(note: str, key: Ed25519PrivateKey) -> None:
    """C2SP signed-note and tlog-checkpoint, taken apart here with the primitives alone."""
    lines = note.split("\n")
    assert lines[:4] == [NAME, "7", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", ""]
    dash, name, blob = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("\u2014", NAME, [""])
    signed = base64.b64decode(blob)
    raw = key.public_key().public_bytes_raw()
    assert signed[:4] == hashlib.sha256(NAME.encode() + b"\n\x01" + raw).digest()[:4]
    key.public_key().verify(signed[4:], "\n".join([*lines[:3], ""]).encode())


def test_a_line_that_is_not_ours_is_passed_over(note: str, key: Ed25519PrivateKey) -> None:
    witness = "\u2014 witness.example " + base64.b64encode(b"0123" + b"\x00" * 64).decode()
    body, _, signatures = note.partition("\n\n")
    assert notes.read(f"{body}\n\n{witness}\n{signatures}", key.public_key()) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n\u0667\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("\n7\n", "\n" + "7" * 5000 + "\n"),
        lambda note: note.replace(NAME, "another.example/log", 1),
        lambda note: note.replace(NAME, "another.example/log"),
        lambda note: note.replace("47DE", "57DE"),
        lambda note: note.replace("\u2014", "-"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.partition("\n\n")[0],
        lambda note: note.partition("\n\n")[0] + "\n\n",
        lambda note: note[:-6] + "\n",
        lambda note: "\n" + note,
        lambda note: "",
        lambda note: "\n\n\n\n",
    ],
)
def test_a_changed_note_is_nobodys(change: Callable[[str], str], note: str, key: Ed25519PrivateKey) -> None:
    changed = change(note)
    assert changed != note
    assert notes.read(changed, key.public_key()) is None


def test_a_strangers_note_is_not_ours(stranger: Ed25519PrivateKey, note: str) -> None:
    assert notes.read(note, stranger.public_key()) is None


def theirs(key: Ed25519PrivateKey) -> SSlibKey:
    """The key as securesystemslib knows it."""
    public = key.public_key()
    return SSlibKey(dsse.key_id(public), "ed25519", "ed25519", {"public": public.public_bytes_raw().hex()})


def test_somebody_elses_verifier_accepts_our_envelope(key: Ed25519PrivateKey) -> None:
    statement = dsse.statement("urn:headstart:predicate:test:1", {"a": 1}, {"x": "0" * 64})
    ours = msgspec.to_builtins(dsse.sign_statement(statement, key))
    envelope = TheirEnvelope.from_dict(ours)
    assert [*envelope.verify([theirs(key)], 1)] == [dsse.key_id(key.public_key())]
    assert msgspec.json.decode(envelope.payload) == statement


def test_somebody_elses_verifier_refuses_what_we_refuse(
    key: Ed25519PrivateKey, stranger: Ed25519PrivateKey
) -> None:
    ours = dsse.sign(dsse.INTOTO_TYPE, b"{}", key)
    for envelope, trusted in (
        (ours, stranger),
        (msgspec.structs.replace(ours, payloadType="application/json"), key),
        (msgspec.structs.replace(ours, payload=base64.b64encode(b"[]").decode()), key),
        (msgspec.structs.replace(ours, signatures=[]), key),
    ):
        assert dsse.signer(envelope, [trusted.public_key()]) is None
        with pytest.raises((VerificationError, ValueError)):
            TheirEnvelope.from_dict(msgspec.to_builtins(envelope)).verify([theirs(trusted)], 1)


def test_the_known_envelope_of_the_protocol() -> None:
    """The encoding of DSSE's own example (secure-systems-lab/dsse, protocol.md, test vectors)."""
    encoded = dsse.pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_either_alphabet_of_base64_is_read(key: Ed25519PrivateKey) -> None:
    ours = dsse.sign("text/plain", b"\xfb\xff\xfe?>", key)
    safe = msgspec.structs.replace(
        ours,
        payload=ours.payload.replace("+", "-").replace("/", "_"),
        signatures=[
            msgspec.structs.replace(each, sig=each.sig.replace("+", "-").replace("/", "_"))
            for each in ours.signatures
        ],
    )
    assert safe.payload != ours.payload
    assert dsse.signer(safe, [key.public_key()]) is not None


@pytest.mark.parametrize("broken", ["%", "a", "====", "ä"])
def test_base64_that_is_none_is_nobodys(broken: str, key: Ed25519PrivateKey) -> None:
    ours = dsse.sign("text/plain", b"hello", key)
    signature = dsse.Signature(sig=broken)
    assert dsse.signer(msgspec.structs.replace(ours, payload=broken), [key.public_key()]) is None
    assert dsse.signer(msgspec.structs.replace(ours, signatures=[signature]), [key.public_key()]) is None


def test_a_statement_is_signed_in_its_canonical_form(key: Ed25519PrivateKey) -> None:
    one = dsse.sign_statement({"b": 1, "a": {"d": 1.0, "c": "\u20ac"}}, key)
    other = dsse.sign_statement({"a": {"c": "\u20ac", "d": 1}, "b": 1}, key)
    assert one == other
    assert one.body() == '{"a":{"c":"\u20ac","d":1},"b":1}'.encode()
