"""Two signatures are two keys of two sides, and never one person's; what is kept verifies with somebody else's code."""

import base64
import json
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, connection, transaction
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
from tests.simulators.sides import Side

from headstart import cli, clock
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries, services
from headstart.reviews.errors import (
    EnvelopeInvalid,
    KeyMissing,
    SameKey,
    SamePerson,
    SignatureWrong,
    WordsDiffer,
)
from headstart.reviews.models import (
    Agreement,
    AgreementSignature,
    Determination,
    Partner,
    PartnerSignature,
    Review,
)
from headstart.reviews.rules import AccessLevel, Answer, Proposal, Scope, Terms

TERMS = Terms(access_level=AccessLevel.AL1)
PROPOSAL = Proposal(reason="warns hospitals", scopes=(Scope.CHAT,))


@dataclass
class Paper:
    """Something that two sides sign, whichever it is."""

    words: dict[str, Any]
    hand_in: Callable[[dsse.Envelope, Viewer], Any]
    signatures: Callable[[], Any]

    def in_force(self, made: Any) -> bool:
        made.refresh_from_db()
        return made.in_force_at is not None


def agreement(review: Review, counterpart: Side, lab: Side) -> Paper:
    made = services.propose_terms(review.id, counterpart.organisation, TERMS, actor=lab.viewer)
    return Paper(
        services.agreement_words(made),
        lambda envelope, actor: services.sign_terms(made.id, envelope, actor=actor),
        AgreementSignature.objects.all,
    )


def partnership(review: Review, partner: Side) -> Paper:
    return Paper(
        services.partnership_words(review, partner.organisation, PROPOSAL),
        lambda envelope, actor: services.sign_partner(
            review.id, partner.organisation, envelope, actor=actor, proposal=PROPOSAL
        ),
        PartnerSignature.objects.all,
    )


@pytest.fixture(params=["agreement", "partnership"])
def paper(request: pytest.FixtureRequest, enquiry: Review, lab: Side, agency: Side, hospitals: Side) -> Paper:
    """An agreement or a partnership between the lab and the agency."""
    if request.param == "agreement":
        return agreement(enquiry, agency, lab)
    return partnership(enquiry, hospitals)


def set_key(of: Side, to: str) -> None:
    """What no verb does, and an older database may hold."""
    of.organisation.public_key = to
    of.organisation.save(update_fields=["public_key"])


@pytest.mark.django_db
def test_two_machines_of_two_organisations_are_two_sides(paper: Paper, lab: Side, agency: Side) -> None:
    paper.hand_in(lab.sign(paper.words), lab.viewer)
    assert paper.in_force(paper.hand_in(agency.sign(paper.words), agency.viewer))
    assert [each.member_id for each in paper.signatures()] == ["", ""]


@pytest.mark.django_db
def test_two_persons_of_two_organisations_are_two_sides_and_are_named(
    paper: Paper, lab: Side, agency: Side
) -> None:
    persons = [lab.person("Ada"), agency.person("Grace")]
    paper.hand_in(lab.sign(paper.words), persons[0])
    assert paper.in_force(paper.hand_in(agency.sign(paper.words), persons[1]))
    assert [each.member_id for each in paper.signatures()] == [each.member_id for each in persons]


@pytest.mark.django_db
def test_one_person_does_not_hand_in_both(paper: Paper, lab: Side, agency: Side) -> None:
    """A seat belongs to one organisation; a person whose seat was moved is still one person."""
    ada = lab.person("Ada")
    paper.hand_in(lab.sign(paper.words), ada)
    moved = Viewer(
        organisation_id=agency.id, kind=Kind.AUTHORITY, name=agency.viewer.name, member_id=ada.member_id
    )
    with pytest.raises(SamePerson, match="two sides are two persons"):
        paper.hand_in(agency.sign(paper.words), moved)
    assert paper.signatures().count() == 1


@pytest.mark.django_db
def test_one_key_does_not_sign_for_both(paper: Paper, lab: Side, agency: Side) -> None:
    paper.hand_in(lab.sign(paper.words), lab.viewer)
    set_key(agency, public_pem(lab.key.public_key()).decode())
    with pytest.raises(SameKey, match="Lab is known by the same key: two sides sign with two keys"):
        paper.hand_in(lab.sign(paper.words), agency.viewer)
    assert paper.signatures().count() == 1


@pytest.mark.django_db
def test_a_key_in_another_spelling_is_the_same_key(paper: Paper, lab: Side, agency: Side) -> None:
    paper.hand_in(lab.sign(paper.words), lab.viewer)
    spelt = public_pem(lab.key.public_key()).decode().replace("\n", "\r\n") + "\n\n"
    set_key(agency, spelt)
    with pytest.raises(SameKey):
        paper.hand_in(lab.sign(paper.words), agency.viewer)


@pytest.mark.django_db
def test_a_key_that_changed_hands_between_the_signatures_signs_once(
    paper: Paper, lab: Side, agency: Side
) -> None:
    paper.hand_in(lab.sign(paper.words), lab.viewer)
    set_key(agency, lab.organisation.public_key)
    set_key(lab, public_pem(Ed25519PrivateKey.generate().public_key()).decode())
    with pytest.raises(SameKey):
        paper.hand_in(lab.sign(paper.words), agency.viewer)
    assert paper.signatures().count() == 1


@pytest.mark.django_db
def test_an_envelope_with_both_signatures_counts_for_the_side_that_hands_it_in(
    paper: Paper, lab: Side, agency: Side
) -> None:
    by_both = lab.sign(paper.words)
    by_both.signatures += agency.sign(paper.words).signatures
    assert not paper.in_force(paper.hand_in(by_both, lab.viewer))
    (kept,) = paper.signatures()
    assert kept.envelope["signatures"] == msgspec.to_builtins(lab.sign(paper.words).signatures)
    assert paper.in_force(paper.hand_in(by_both, agency.viewer))


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["key", "person", "side"])
def test_the_database_refuses_what_the_rules_would(paper: Paper, lab: Side, agency: Side, how: str) -> None:
    """One row of every rule: written around the services, it does not go in."""
    paper.hand_in(lab.sign(paper.words), lab.person("Ada"))
    (first,) = paper.signatures()
    first.pk = None
    first._state.adding = True
    if how != "side":
        first.signer = agency.organisation
    if how != "key":
        first.key_id = "f" * 16
    if how != "person":
        first.member_id = "mbr_another"
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save()


def enveloped(body: bytes, by: Side, kind: str = dsse.INTOTO_TYPE) -> dsse.Envelope:
    return dsse.sign(kind, body, by.key)


def twice(words: dict[str, Any]) -> bytes:
    """The right words behind other ones: readers differ in which of the two they take."""
    return b'{"predicate":{"answer":"covered"},' + rfc8785.dumps(words)[1:]


HOSTILE: list[tuple[str, Callable[[dict[str, Any], Side], dsse.Envelope], type[Exception], str]] = [
    ("nothing", lambda w, s: dsse.Envelope("", dsse.INTOTO_TYPE, []), EnvelopeInvalid, "1 to 8 signatures"),
    ("no signature", lambda w, s: msgspec.structs.replace(s.sign(w), signatures=[]), EnvelopeInvalid, "1 to 8"),
    ("many signatures", lambda w, s: msgspec.structs.replace(s.sign(w), signatures=s.sign(w).signatures * 9),
     EnvelopeInvalid, "1 to 8"),
    ("a long signature", lambda w, s: msgspec.structs.replace(
        s.sign(w), signatures=[dsse.Signature(sig="A" * 1025)]), EnvelopeInvalid, "longer than any of Ed25519"),
    ("a huge payload", lambda w, s: enveloped(b"[" + b" " * 300_000 + b"]", s), EnvelopeInvalid, "256 KiB"),
    ("another type", lambda w, s: enveloped(rfc8785.dumps(w), s, "application/json"), EnvelopeInvalid, "payloadType"),
    ("a changed payload", lambda w, s: msgspec.structs.replace(
        s.sign(w), payload=base64.b64encode(b"{}").decode()), SignatureWrong, "not signed over these words"),
    ("no base64", lambda w, s: msgspec.structs.replace(s.sign(w), payload="\u00e9 \x00"), SignatureWrong, "not signed"),
    ("a stranger's", lambda w, s: dsse.sign_statement(w, Ed25519PrivateKey.generate()), SignatureWrong, "not signed"),
    ("no JSON", lambda w, s: enveloped(b"\xff{", s), WordsDiffer, "not a statement"),
    ("a number", lambda w, s: enveloped(b"7", s), WordsDiffer, "another kind of statement"),
    ("a deep list", lambda w, s: enveloped(b"[" * 100_000, s), WordsDiffer, "not a statement"),
    ("a deep predicate", lambda w, s: enveloped(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, s), WordsDiffer, "statement"),
    ("a huge number", lambda w, s: enveloped(b'{"a":' + b"9" * 100_000 + b"}", s), WordsDiffer, "not a statement"),
    ("UTF-16", lambda w, s: enveloped(json.dumps(w).encode("utf-16"), s), WordsDiffer, "not a statement"),
    ("a key twice", lambda w, s: enveloped(twice(w), s), WordsDiffer, "not a statement"),
    ("another type of statement", lambda w, s: s.sign(w | {"predicateType": "urn:x"}), WordsDiffer, "another kind"),
    ("no predicate", lambda w, s: s.sign(w | {"predicate": []}), WordsDiffer, r"\(predicate\)"),
    ("more words", lambda w, s: s.sign(w | {"predicate": w["predicate"] | {"x": 1}}), WordsDiffer, "more than was"),
    ("a subject", lambda w, s: s.sign(w | {"subject": [{"name": "x"}]}), WordsDiffer, "more than was asked"),
    ("true for one", lambda w, s: s.sign(w | {"predicate": {
        key: True if value == 1 else value for key, value in w["predicate"].items()}}),
     WordsDiffer, r"\((version|number)\)"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hostile", "refusal", "says"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE]
)
def test_a_hostile_envelope_is_refused_in_a_short_line(
    paper: Paper,
    lab: Side,
    hostile: Callable[[dict[str, Any], Side], dsse.Envelope],
    refusal: type[Exception],
    says: str,
) -> None:
    with pytest.raises(refusal, match=says) as caught:
        paper.hand_in(hostile(paper.words, lab), lab.viewer)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert not paper.signatures().exists()


@pytest.mark.django_db
def test_the_words_may_be_laid_out_as_the_signers_tool_likes(paper: Paper, lab: Side) -> None:
    laid_out = json.dumps(paper.words, indent=4, sort_keys=False, ensure_ascii=True).encode()
    paper.hand_in(enveloped(laid_out, lab), lab.viewer)
    assert paper.signatures().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["", "no PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_an_organisation_without_a_key_signs_nothing(paper: Paper, lab: Side, key: str) -> None:
    set_key(lab, key)
    with pytest.raises(KeyMissing, match="Lab has no Ed25519 key here; register its public key first"):
        paper.hand_in(lab.sign(paper.words), lab.viewer)


def theirs(of: Side) -> SSlibKey:
    """The key as securesystemslib knows it."""
    public = of.key.public_key()
    return SSlibKey(dsse.key_id(public), "ed25519", "ed25519", {"public": public.public_bytes_raw().hex()})


@pytest.mark.django_db
def test_somebody_elses_verifier_accepts_what_is_kept(paper: Paper, lab: Side, agency: Side) -> None:
    for by in (lab, agency):
        paper.hand_in(by.sign(paper.words), by.viewer)
    for by, other, kept in zip((lab, agency), (agency, lab), paper.signatures().order_by("id"), strict=True):
        envelope = TheirEnvelope.from_dict(deepcopy(kept.envelope))  # it takes apart what it is given
        assert [*envelope.verify([theirs(by)], 1)] == [kept.key_id]
        assert msgspec.json.decode(envelope.payload) == paper.words
        with pytest.raises(VerificationError):
            envelope.verify([theirs(other)], 1)


@pytest.mark.django_db
def test_what_is_kept_verifies_from_the_command_line_without_a_server(
    enquiry: Review, lab: Side, agency: Side, hospitals: Side, tmp_path: Path, capsys: Any
) -> None:
    words = services.determination_words(enquiry, Answer.CANNOT_SAY)
    services.determine(enquiry.id, Answer.CANNOT_SAY, agency.sign(words), actor=agency.viewer)
    for each in (agreement(enquiry, agency, lab), partnership(enquiry, hospitals)):
        each.hand_in(agency.sign(each.words), agency.viewer)
    kept = {
        "answer 1 to the enquiry": Determination.objects.get().envelope,
        "version 1 of the terms": AgreementSignature.objects.get().envelope,
        "as a trusted partner (other)": PartnerSignature.objects.get().envelope,
    }
    key = tmp_path / "agency.pub.pem"
    key.write_bytes(public_pem(agency.key.public_key()))
    stranger = tmp_path / "lab.pub.pem"
    stranger.write_bytes(public_pem(lab.key.public_key()))
    for number, (says, envelope) in enumerate(kept.items()):
        assert [*TheirEnvelope.from_dict(deepcopy(envelope)).verify([theirs(agency)], 1)]
        file = tmp_path / f"{number}.json"
        file.write_bytes(msgspec.json.encode(envelope))
        assert cli.run(["verify", str(file), "--key", str(key), "--json"]) == 0
        assert says in json.loads(capsys.readouterr().out)[0]["sentence"]
        assert cli.run(["verify", str(file), "--key", str(stranger)]) == 1
        capsys.readouterr()


def at_once(*tasks: Callable[[], Any]) -> list[BaseException]:
    """Do all of them at the same time; what went wrong."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL (HEADSTART_TEST_DATABASE_URL): SQLite has one writer")
    start, wrong = threading.Barrier(len(tasks)), []

    def run(task: Callable[[], Any]) -> None:
        try:
            start.wait(30)
            task()
        except BaseException as error:  # noqa: BLE001 - told to the test
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in tasks]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return wrong


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_at_once_put_it_in_force_once(paper: Paper, lab: Side, agency: Side) -> None:
    signed = [(by.sign(paper.words), by.viewer) for by in (lab, agency) for _ in range(3)]
    assert at_once(*(lambda e=e, v=v: paper.hand_in(e, v) for e, v in signed)) == []
    assert paper.signatures().count() == 2
    (made,) = {getattr(each, "agreement", None) or each.partner for each in paper.signatures()}
    assert made.in_force_at is not None


@pytest.mark.django_db(transaction=True)
def test_one_key_that_signs_for_both_at_once_signs_once(paper: Paper, lab: Side, agency: Side) -> None:
    set_key(agency, lab.organisation.public_key)
    signed = lab.sign(paper.words)
    wrong = at_once(*(lambda v=v: paper.hand_in(signed, v) for v in (lab.viewer, agency.viewer)))
    assert {type(each) for each in wrong} <= {SameKey}
    assert paper.signatures().count() == 2 - len(wrong) <= 1


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_at_once_make_two_versions(enquiry: Review, lab: Side, institute: Side) -> None:
    first = services.propose_terms(enquiry.id, institute.organisation, TERMS, actor=lab.viewer)
    terms = [msgspec.structs.replace(TERMS, keep_days=days) for days in (1, 2, 3)]
    propose = services.propose_terms
    wrong = at_once(
        *(
            lambda t=t, v=v: propose(enquiry.id, institute.organisation, t, actor=v)
            for t, v in zip(terms, (lab.viewer, institute.viewer, lab.viewer), strict=True)
        )
    )
    assert wrong == []
    versions = list(Agreement.objects.order_by("version"))
    assert [each.version for each in versions] == [1, 2, 3, 4]
    assert len({first.previous, *(each.previous for each in versions)}) == 4  # a chain, not a fork


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(enquiry: Review, agency: Side) -> None:
    words = services.determination_words(enquiry, Answer.COVERED)
    signed = agency.sign(words)

    def answer() -> None:
        services.determine(enquiry.id, Answer.COVERED, signed, actor=agency.viewer)

    wrong = at_once(answer, answer, answer)
    assert [type(each) for each in wrong] == [WordsDiffer, WordsDiffer]
    assert Determination.objects.get().number == 1


@pytest.mark.django_db(transaction=True)
def test_a_revocation_and_a_signature_at_once_leave_nothing_in_force_by_half(
    enquiry: Review, lab: Side, agency: Side, hospitals: Side
) -> None:
    paper = partnership(enquiry, hospitals)
    proposed = paper.hand_in(lab.sign(paper.words), lab.viewer)
    signed = agency.sign(paper.words)
    wrong = at_once(
        lambda: paper.hand_in(signed, agency.viewer),
        lambda: services.revoke_partner(proposed.id, actor=lab.viewer, reason="second thoughts"),
    )
    assert {type(each) for each in wrong} <= {WordsDiffer}  # revoked first: the old words are over
    assert Partner.objects.get().revoked_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_review_and_a_signature_at_once_agree(
    enquiry: Review, lab: Side, agency: Side, hospitals: Side
) -> None:
    paper = partnership(enquiry, hospitals)
    paper.hand_in(lab.sign(paper.words), lab.viewer)
    signed = agency.sign(paper.words)
    at_once(
        lambda: paper.hand_in(signed, agency.viewer),
        lambda: services.withdraw(enquiry.id, actor=lab.viewer),
    )
    enquiry.refresh_from_db()
    assert enquiry.stage == "closed"
    assert queries.reach(enquiry, hospitals.id, clock.now()).why_not.startswith("this review has ended")
