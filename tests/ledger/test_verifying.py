"""One file, some keys, no server: what holds, what does not, and what is nothing of the kind."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.ledger.errors import KeyUnreadable, NothingToVerify, NotReadable
from headstart.ledger.rules import bundles, dsse, notes, tree
from headstart.ledger.rules.entries import Body, leaf
from headstart.ledger.rules.verified import Verified, yes
from headstart.ledger.work import hub_key, load_or_make_key, load_public, public_path, public_pem, verify_file

ORIGIN = "headstart.example/log"
PREDICATE = "urn:headstart:predicate:test:1"
BODY = Body(
    at=datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC),
    actor="org_1",
    kind="a.b",
    subject="urn:x",
    details={"é": 1},
)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def file(tmp_path: Path, key: Ed25519PrivateKey) -> Callable[..., Verified]:
    """Write a file and verify it."""

    def verified(content: Any, name: str = "file", **named: Any) -> Verified:
        path = tmp_path / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
        return verify_file(path, [Ed25519PrivateKey.generate().public_key(), key.public_key()], **named)

    return verified


def bundle(key: Ed25519PrivateKey, index: int = 3, size: int = 6) -> bundles.Bundle:
    salt = bytes(32)
    leaves = [leaf(BODY, salt) if at == index else tree.leaf_hash(b"%d" % at) for at in range(size)]
    head = notes.Checkpoint(origin=ORIGIN, size=size, root=tree.root(leaves))
    path = tree.inclusion_proof(index, leaves)
    return bundles.bundle(BODY, salt, index=index, size=size, path=path, note=notes.sign(head, key))


def test_a_checkpoint(file: Callable[..., Verified], key: Ed25519PrivateKey) -> None:
    note = notes.sign(notes.Checkpoint(origin=ORIGIN, size=0, root=tree.EMPTY_ROOT), key)
    answer = file(note)
    assert (answer.holds, answer.kind, answer.details["size"]) == (True, "checkpoint", 0)
    answer = file(note.replace("\n0\n", "\n1\n"))
    assert not answer.holds
    assert answer.sentence == "the checkpoint was not signed by a key that is trusted here"


def test_an_entry_that_is_in_the_log(file: Callable[..., Verified], key: Ed25519PrivateKey) -> None:
    answer = file(bundle(key))
    assert answer.holds
    assert answer.sentence.startswith(f"entry 3 of {ORIGIN}, a.b of 2026-07-01")


@pytest.mark.parametrize(
    "change",
    [
        {"index": 2},
        {"index": -1},
        {"size": 5},
        {"size": 2**62},
        {"salt": ""},
        {"salt": "%"},
        {"path": []},
        {"path": ["AA=="] * 3},
        {"path": ["%"] * 3},
        {"entry": {"kind": "a.c"}},
        {"entry": {"details": {}}},
        {"entry": {"at": "2026-07-01T12:00:00.000006+00:00"}},
        {"entry": {"at": "2026-07-01T14:00:00.000005+02:00"}},
        {"entry": {"at": "2026-07-01 12:00:00.000005+00:00"}},
        {"entry": {"at": "soon"}},
        {"entry": {"surprise": 1}},
        {"checkpoint": ""},
        {"entry": []},
        {"index": "3"},
        {"more": 1},
    ],
)
def test_an_entry_told_otherwise_is_not_in_the_log(
    change: dict[str, Any], file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    told = msgspec.to_builtins(bundle(key))
    for name, value in change.items():
        told[name] = told[name] | value if isinstance(value, dict) else value
    answer = file(told)
    assert not answer.holds
    assert answer.kind == "inclusion"
    assert "\n" not in answer.sentence


def test_a_bundle_under_a_strangers_checkpoint_does_not_hold(file: Callable[..., Verified]) -> None:
    answer = file(bundle(Ed25519PrivateKey.generate()))
    assert answer.sentence == "the bundle's checkpoint was not signed by a key that is trusted here"


def about_a_file(key: Ed25519PrivateKey, digest: Any, kind: str = "a.file") -> bundles.Bundle:
    body = Body(at=BODY.at, actor="org_1", kind=kind, subject="urn:x", details={"sha256": digest})
    hashed = leaf(body, bytes(32))
    head = notes.Checkpoint(origin=ORIGIN, size=1, root=tree.root([hashed]))
    return bundles.bundle(body, bytes(32), index=0, size=1, path=(), note=notes.sign(head, key))


def test_a_file_is_held_against_the_entry_that_is_about_it(
    file: Callable[..., Verified], key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    held = about_a_file(key, hashlib.sha256(b"said").hexdigest())
    assert file(held, "x.inclusion.json").sentence.endswith("; the file that it is about is not beside it")
    answer = file(b"said", "x.json")
    assert answer.holds
    assert answer.sentence.endswith("; x.json is the file that it is about")
    assert file(held, "x.inclusion.json").sentence == answer.sentence
    answer = file(b"said otherwise", "x.json")
    assert (answer.holds, answer.sentence) == (
        False,
        "x.json is not the file that the entry of the log is about",
    )
    assert not file(held, "x.inclusion.json").holds


def test_a_file_beside_an_entry_that_is_about_no_file_does_not_hold(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    file(bundle(key), "x.inclusion.json")
    assert file(b"{}", "x.json").sentence == "the entry beside x.json is about no file"
    file(about_a_file(key, ["a", 1]), "y.inclusion.json")
    assert not file(b"{}", "y.json").holds


def test_a_room_tells_what_an_entry_of_its_kind_says(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    kinds = {
        "a.b": lambda said: yes("b", f"of {said['actor']}", more=1),
        "a.file": lambda said: yes("f", said["no"]),
    }
    answer = file(bundle(key), kinds=kinds)
    assert answer.sentence.endswith("is in the signed log: of org_1")
    assert answer.details["more"] == 1
    assert not file(about_a_file(key, "0"), kinds=kinds).holds


def statement(subjects: dict[str, str], key: Ed25519PrivateKey) -> dsse.Envelope:
    return dsse.sign_statement(dsse.statement(PREDICATE, {"seen": True}, subjects), key)


def test_a_statement_is_told_by_the_room_that_signs_such_things(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    kinds = {PREDICATE: lambda said: yes("test", f"seen: {said['predicate']['seen']}", more=1)}
    answer = file(statement({}, key), kinds=kinds)
    assert (answer.kind, answer.sentence) == ("test", "seen: True")
    assert answer.details == {"more": 1, "key": dsse.key_id(key.public_key())}


def test_a_statement_of_a_kind_that_nobody_knows_is_said_to_be_one(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    answer = file(statement({}, key))
    assert answer.holds
    assert answer.sentence.endswith(f"a statement of the kind {PREDICATE}")


def test_a_statement_not_in_the_form_of_its_kind_does_not_hold(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    kinds = {PREDICATE: lambda said: yes("test", said["predicate"]["missing"])}
    assert not file(statement({}, key), kinds=kinds).holds


def test_what_a_statement_names_is_held_against_what_lies_beside_it(
    file: Callable[..., Verified], key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text("{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    elsewhere = {"a.json": digest, "../../etc/passwd": "0" * 64, "absent": "0" * 64}
    assert file(statement(elsewhere, key), name="a.dsse.json").holds
    assert verify_file(tmp_path / "a.json", [key.public_key()]).holds
    (tmp_path / "a.json").write_text("{} ")
    for name in ("a.json", "a.dsse.json"):
        answer = verify_file(tmp_path / name, [key.public_key()])
        assert (answer.holds, answer.sentence) == (False, "a.json is not the file that was signed")


def test_a_signature_about_something_else_is_not_this_files(
    file: Callable[..., Verified], key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text("{}")
    file(statement({"b.json": "0" * 64}, key), name="a.dsse.json")
    assert not verify_file(tmp_path / "a.json", [key.public_key()]).holds


@pytest.mark.parametrize(
    "spoil",
    [
        lambda envelope: msgspec.structs.replace(envelope, payloadType="application/json"),
        lambda envelope: msgspec.structs.replace(envelope, payload=envelope.payload[4:]),
        lambda envelope: msgspec.structs.replace(envelope, signatures=[]),
        lambda _: {"payloadType": 1},
        lambda _: {"payloadType": "x", "payload": "", "signatures": [1]},
    ],
)
def test_a_spoiled_envelope_does_not_hold(
    spoil: Callable[[Any], Any], file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    answer = file(spoil(statement({}, key)))
    assert not answer.holds
    assert "\n" not in answer.sentence


def test_a_signed_payload_that_can_not_be_read_does_not_hold(
    file: Callable[..., Verified], key: Ed25519PrivateKey
) -> None:
    for payload in (b"", b"[]", b"\xff", b"{" * 100_000):
        assert not file(dsse.sign("application/octet-stream", payload, key)).holds


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\xff\xfe", b"[]", b"{}", b"{", b'{"a":' * 100_000, b'{"document": {}}', b"null"],
)
def test_a_file_that_is_nothing_of_the_kind_is_refused_in_one_line(
    content: bytes, file: Callable[..., Verified]
) -> None:
    with pytest.raises(NothingToVerify) as caught:
        file(content)
    assert "\n" not in str(caught.value)


def test_a_gigabyte_a_pipe_a_folder_and_nothing_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 1 << 30)
    os.mkfifo(tmp_path / "pipe")
    for name in ("large", "pipe", ".", "absent"):
        with pytest.raises(NotReadable):
            verify_file(tmp_path / name, [])


def test_verifying_needs_no_django(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    (tmp_path / "bundle.json").write_bytes(msgspec.json.encode(bundle(key)))
    (tmp_path / "key.pem").write_bytes(public_pem(key.public_key()))
    script = (
        "import sys; sys.modules['django'] = None\n"
        "from pathlib import Path\n"
        "from headstart.ledger.work import load_public, verify_file\n"
        "from headstart.advisories.work import KINDS\n"
        "print(verify_file(Path(sys.argv[1]), [load_public(Path(sys.argv[2]))], KINDS).holds)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "bundle.json"), str(tmp_path / "key.pem")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": "src"}
    )
    assert done.stdout == "True\n", done.stderr


def test_a_bundle_is_plain_json(key: Ed25519PrivateKey) -> None:
    told = json.loads(msgspec.json.encode(bundle(key)))
    assert told["format"] == "headstart-inclusion-1"
    assert told["entry"]["details"] == {"é": 1}


def test_a_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "hub.pem"
    made = load_or_make_key(path)
    assert load_or_make_key(path).private_bytes_raw() == made.private_bytes_raw()
    assert hub_key(tmp_path).private_bytes_raw() == made.private_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_public(public_path(path)).public_bytes_raw() == made.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    for load in (load_or_make_key, load_public):
        with pytest.raises(KeyUnreadable, match="is not an Ed25519 key"):
            load(tmp_path / "key")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    other = generate_private_key(SECP256R1())
    (tmp_path / "key").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyUnreadable):
        load_or_make_key(tmp_path / "key")
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key").write_bytes(public)
    with pytest.raises(KeyUnreadable):
        load_public(tmp_path / "key")
