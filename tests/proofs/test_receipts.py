"""Receipts: signed, verifiable by anyone with the key and by somebody else's library, valid by their schemas."""

import base64
import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.signer import SSlibKey
from tests.proofs.conftest import ROOT, Prove, Report

from headstart.ledger.rules.dsse import key_id, raw_public
from headstart.proofs import work
from headstart.proofs.errors import ReceiptInvalid
from headstart.proofs.work.receipts import LARGEST
from headstart.reports.work import Folder

pytestmark = pytest.mark.sandbox

HARNESS = "import sys, leaky\nprint(leaky.depth(open(sys.argv[1]).read()))\n"
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def folder(report: Report) -> Folder:
    return report("crash", HARNESS, trigger="[" * 5000, control="[[", more='exception = "RecursionError"')


def schema(name: str) -> Any:
    return json.loads((ROOT / "docs" / "schemas" / name).read_text())


def test_a_receipt_says_what_was_seen_and_is_valid_by_its_schema(folder: Folder, prove: Prove) -> None:
    verdict = prove(folder)
    statement = work.verify_receipt(work.receipt(verdict, folder, KEY), [KEY.public_key()])
    said = statement["predicate"]
    jsonschema_rs.validator_for(schema("reproduction-1.schema.json")).validate(said)
    assert said["rung"] == verdict.rung
    assert said["seen"] == {"k": 1, "n": 1}
    assert said["sandbox"]["limits"]
    assert said["tools"].keys() >= {"headstart", "python"}
    assert said["tools"]["python"] == verdict.tools["python"]
    assert statement["subject"][0]["digest"]["sha256"] == folder.digest


def test_a_receipt_that_was_changed_or_is_anothers_is_refused(folder: Folder, prove: Prove) -> None:
    envelope = work.receipt(prove(folder), folder, KEY)
    with pytest.raises(ReceiptInvalid):
        work.verify_receipt(envelope, [Ed25519PrivateKey.generate().public_key()])
    statement = json.loads(envelope.body())
    statement["predicate"]["rung"] = "vouched"
    changed = base64.b64encode(json.dumps(statement).encode()).decode()
    with pytest.raises(ReceiptInvalid):
        work.verify_receipt(msgspec_replace(envelope, changed), [KEY.public_key()])


def msgspec_replace(envelope: Any, payload: str) -> Any:
    from msgspec.structs import replace as change

    return change(envelope, payload=payload)


def test_another_dsse_implementation_verifies_it(folder: Folder, prove: Prove) -> None:
    envelope = work.receipt(prove(folder), folder, KEY)
    theirs = TheirEnvelope.from_dict(json.loads(work.write_envelope(envelope)))
    public = KEY.public_key()
    key = SSlibKey(key_id(public), "ed25519", "ed25519", {"public": raw_public(public).hex()})
    assert theirs.verify([key], 1)


def test_an_envelope_survives_being_written_and_read(folder: Folder, prove: Prove) -> None:
    envelope = work.receipt(prove(folder), folder, KEY)
    assert work.read_envelope(work.write_envelope(envelope)) == envelope


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"payload": 1}', b" " * (LARGEST + 1)])
def test_what_is_no_envelope_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ReceiptInvalid) as refusal:
        work.read_envelope(data)
    assert "\n" not in str(refusal.value)


def test_an_unrunnable_report_has_a_receipt_too(report: Report, prove: Prove) -> None:
    folder = report("crash", HARNESS, version="9.9.9")
    verdict = prove(folder)
    assert verdict.rung == "unrunnable"
    assert verdict.step
    said = work.verify_receipt(work.receipt(verdict, folder, KEY), [KEY.public_key()])["predicate"]
    jsonschema_rs.validator_for(schema("reproduction-1.schema.json")).validate(said)
    assert replace(verdict, seconds=0).applied is None


def test_a_fix_has_a_receipt_that_is_valid_by_its_schema(folder: Folder, store: Any, sandbox: Any) -> None:
    fix = work.Fix(release="1.1.0")
    climbed = work.check_fix([folder], fix, setting=work.Setting(store=store, sandbox=sandbox))
    said = work.verify_receipt(work.mitigation_receipt(climbed, fix, [folder], KEY), [KEY.public_key()])
    jsonschema_rs.validator_for(schema("mitigation-1.schema.json")).validate(said["predicate"])
    assert said["predicate"]["holds"] is True
