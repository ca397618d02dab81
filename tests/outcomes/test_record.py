"""The record of an authority's answers is a file that verifies by itself, and stops verifying when it is changed."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart.ledger.rules import dsse
from headstart.ledger.work import load_public, public_pem, verify_file
from headstart.outcomes import queries
from headstart.people import services as peopling
from headstart.reviews import services as reviewing
from headstart.reviews.errors import ReviewNotFound
from headstart.reviews.rules import Answer, Criterion, Met, Ruling
from headstart.reviews.work.verifying import KINDS

pytestmark = pytest.mark.django_db


def signed(cast: Any, review: Any, ruling: Ruling | Answer) -> Ed25519PrivateKey:
    """A person of the authority sets a fresh key, and answers with it."""
    key, authority = Ed25519PrivateKey.generate(), cast.organisation("authority")
    person = authority.members.first() or peopling.seat(authority, "anna", actor=cast.hub)
    peopling.set_key(authority, public_pem(key.public_key()).decode(), actor=person.as_viewer())
    answer(cast, review, ruling, key)
    return key


def answer(cast: Any, review: Any, ruling: Ruling | Answer, key: Ed25519PrivateKey) -> None:
    words = reviewing.determination_words(review, ruling)
    reviewing.determine(review.id, ruling, dsse.sign_statement(words, key), actor=cast.authority)


def saved(record: queries.Record, folder: Path) -> tuple[Path, list[Any]]:
    """As the page hands it out: the envelope, and the key beside it."""
    path, pem = folder / "determination-1.dsse.json", folder / "authority.pub.pem"
    path.write_text(json.dumps(record.envelope, indent=2))
    pem.write_text(record.public_key)
    return path, [load_public(pem)]


def test_it_verifies_from_two_files_and_says_the_answer(cast: Any, review: Any, tmp_path: Path) -> None:
    evidence = reviewing.put_document(
        review.id, actor=cast.developer, kind="evidence", title="E", text="What we measured."
    )
    ruling = Ruling(
        answer=Answer.COVERED,
        criteria=(Criterion(name="finds unknown flaws", met=Met.YES, why="seen"),),
        evidence=(evidence.digest,),
    )
    signed(cast, review, ruling)
    (record,) = queries.record(cast.developer, review.id)
    assert (record.answer, record.authority, record.evidence) == ("covered", "authority", (evidence.digest,))
    assert record.criteria[0]["met"] == "yes"
    told = verify_file(*saved(record, tmp_path), KINDS)
    assert told.holds
    assert "covered" in told.sentence
    assert (told.details["review"], told.details["key"]) == (review.id, record.key_id)


def test_a_record_with_another_answer_in_it_does_not_verify(cast: Any, review: Any, tmp_path: Path) -> None:
    signed(cast, review, Answer.NOT_COVERED)
    (record,) = queries.record(cast.developer, review.id)
    path, keys = saved(record, tmp_path)
    envelope = json.loads(path.read_text())
    words = base64.b64decode(envelope["payload"]).replace(b"not covered", b"covered")
    path.write_text(json.dumps({**envelope, "payload": base64.b64encode(words).decode()}))
    assert not verify_file(path, keys, KINDS).holds


def test_an_answer_that_was_signed_with_an_earlier_key_verifies_with_that_one(
    cast: Any, review: Any, tmp_path: Path
) -> None:
    signed(cast, review, Answer.CANNOT_SAY)
    signed(cast, review, Answer.COVERED)
    first, second = queries.record(cast.developer, review.id)
    assert (first.number, first.newest, second.number, second.newest) == (1, False, 2, True)
    assert first.public_key != second.public_key
    assert verify_file(*saved(first, tmp_path), KINDS).holds
    assert verify_file(*saved(second, tmp_path), KINDS).holds


@pytest.mark.parametrize("who", ["hub", "authority", "evaluator", "developer"])
def test_it_is_for_those_who_take_part(cast: Any, review: Any, who: str) -> None:
    signed(cast, review, Answer.COVERED)
    assert [each.answer for each in queries.record(getattr(cast, who), review.id)] == ["covered"]
    with pytest.raises(ReviewNotFound):
        queries.record(cast.finder, review.id)
