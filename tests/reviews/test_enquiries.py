"""A developer asks whether its model is covered; the authority's key alone signs the answer."""

import hashlib
from datetime import date
from typing import Any

import msgspec
import pytest
from tests.simulators.sides import Side, side

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.ledger.rules import dsse
from headstart.people.rules import Kind
from headstart.reviews import queries, services
from headstart.reviews.errors import (
    EvidenceUnknown,
    KeyMissing,
    MayNotJoin,
    NotTheirs,
    ProgrammeInvalid,
    ReviewNotFound,
    RulingInvalid,
    SameKey,
    SignatureWrong,
    TextInvalid,
    WordsDiffer,
)
from headstart.reviews.models import Document, Review
from headstart.reviews.rules import Answer, Criterion, Met, Move, Ruling
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db
EO = load_programme("eo14409")


def document(review: Review, owner: Side, text: str) -> Document:
    return Document.objects.create(
        review=review, owner=owner.organisation, kind="evidence", title="What it can do", text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(), tlp="TLP:AMBER", at=clock.now(),
    )  # fmt: skip


def determine(review: Review, said: Ruling | Answer, by: Side) -> Any:
    words = services.determination_words(review, said)
    return services.determine(review.id, said, by.sign(words), actor=by.viewer)


def test_an_enquiry_holds_what_the_developer_says_and_plans(lab: Side) -> None:
    made = services.enquire(
        "Model 2", EO, actor=lab.viewer, description="Reads\nprograms.", planned_release_on=date(2027, 3, 1)
    )
    seen = queries.review(lab.viewer, made.id)
    assert (seen.description, seen.planned_release_on) == ("Reads\nprograms.", date(2027, 3, 1))
    assert (seen.stage, seen.programme) == ("enquired", EO)


@pytest.mark.parametrize("who", ["hub", "authority", "evaluator", "partner", "finder", "operator"])
def test_nobody_but_a_developer_asks(cast: Any, who: str) -> None:
    with pytest.raises(NotTheirs, match="only a model developer may ask"):
        services.enquire("Model 2", EO, actor=getattr(cast, who))


def test_a_programme_that_lets_no_developer_join_takes_no_enquiry(lab: Side) -> None:
    closed = msgspec.structs.replace(EO, may_join=("evaluator",))
    with pytest.raises(MayNotJoin, match="a developer may not join"):
        services.enquire("Model 2", closed, actor=lab.viewer)


@pytest.mark.parametrize(
    ("name", "description", "says"),
    [
        ("", "", "the model's name is empty"),
        (" \t", "", "the model's name is empty"),
        ("m" * 201, "", "longer than 200"),
        ("one\ntwo", "", "line break"),
        ("a\x00b", "", "a line break"),
        ("Model", "d" * 20_001, "the description is longer than 20000"),
        ("Model", "a\x00b", "the description holds a control character"),
        ("Model", "half \ud800", "the description holds a control character"),
    ],
)
def test_what_no_page_or_database_can_hold_is_refused(
    lab: Side, name: str, description: str, says: str
) -> None:
    with pytest.raises(TextInvalid, match=says) as caught:
        services.enquire(name, EO, actor=lab.viewer, description=description)
    assert "\n" not in str(caught.value)
    assert not Review.objects.exists()


def test_the_ledger_does_not_name_the_model(lab: Side, enquiry: Review) -> None:
    (entry,) = ledger.entries(lab.viewer).filter(subject=enquiry.urn)
    assert entry.kind == "review.enquired"
    assert enquiry.model_name not in str(entry.details)


def test_only_the_authoritys_key_signs_an_answer(enquiry: Review, lab: Side, agency: Side, cast: Any) -> None:
    words = services.determination_words(enquiry, Answer.COVERED)
    with pytest.raises(SignatureWrong, match="not signed over these words with the key that Agency"):
        services.determine(enquiry.id, Answer.COVERED, lab.sign(words), actor=agency.viewer)
    for other in (lab.viewer, cast.hub, cast.evaluator, cast.partner):
        with pytest.raises(NotTheirs, match="only the authority may answer"):
            services.determine(enquiry.id, Answer.COVERED, agency.sign(words), actor=other)
    with pytest.raises(KeyMissing, match="another_authority has no Ed25519 key here"):
        services.determine(enquiry.id, Answer.COVERED, agency.sign(words), actor=cast.another_authority)
    assert not enquiry.determinations.exists()


def test_the_developer_sees_the_answer_its_criteria_its_date_and_who_signed(
    enquiry: Review, lab: Side, agency: Side
) -> None:
    model_card = document(enquiry, lab, "a model card")
    said = Ruling(
        answer=Answer.NOT_COVERED,
        criteria=(
            Criterion(name="finds unknown flaws", met=Met.NO, why="none in 30 items"),
            Criterion(name="works without help", met=Met.UNKNOWN),
        ),
        reasons="It solved nothing above the baseline.",
        evidence=(model_card.digest,),
    )
    person = agency.person("Ada")
    words = services.determination_words(enquiry, said)
    services.determine(enquiry.id, said, agency.sign(words), actor=person)
    (seen,) = queries.determinations(lab.viewer, enquiry.id)
    assert (seen.answer, seen.number, seen.authority.name) == ("not covered", 1, "Agency")
    assert seen.criteria == [
        {"name": "finds unknown flaws", "met": "no", "why": "none in 30 items"},
        {"name": "works without help", "met": "unknown", "why": ""},
    ]
    assert (seen.reasons, seen.evidence) == (said.reasons, [model_card.digest])
    assert seen.key_id == dsse.key_id(agency.key.public_key())
    assert seen.member_id == person.member_id
    assert abs((clock.now() - seen.at).total_seconds()) < 60


def test_an_answer_can_be_followed_by_another_and_the_first_stays(enquiry: Review, agency: Side) -> None:
    determine(enquiry, Answer.CANNOT_SAY, agency)
    determine(enquiry, Answer.COVERED, agency)
    answers = queries.determinations(agency.viewer, enquiry.id)
    assert [(each.number, each.answer) for each in answers] == [(1, "can't say yet"), (2, "covered")]


def test_an_envelope_is_good_for_one_answer_alone(enquiry: Review, lab: Side, agency: Side) -> None:
    words = services.determination_words(enquiry, Answer.COVERED)
    signed = agency.sign(words)
    services.determine(enquiry.id, Answer.COVERED, signed, actor=agency.viewer)
    with pytest.raises(WordsDiffer, match=r"other words \(number\)"):  # handed in again
        services.determine(enquiry.id, Answer.COVERED, signed, actor=agency.viewer)
    another = services.enquire("Model 2", EO, actor=lab.viewer)
    with pytest.raises(WordsDiffer, match=r"other words \(review\)"):
        services.determine(another.id, Answer.COVERED, signed, actor=agency.viewer)
    with pytest.raises(WordsDiffer, match=r"other words \(review, answer\)"):
        services.determine(another.id, Answer.NOT_COVERED, signed, actor=agency.viewer)


@pytest.mark.parametrize(
    "changed",
    [
        {"reasons": "Others."},
        {"criteria": (Criterion(name="one", met=Met.YES),)},
        {"criteria": (Criterion(name="one", met=Met.UNKNOWN, why="nobody looked"),)},
    ],
)
def test_every_part_of_a_ruling_is_bound(enquiry: Review, agency: Side, changed: dict[str, Any]) -> None:
    said = Ruling(answer=Answer.COVERED, criteria=(Criterion(name="one", met=Met.UNKNOWN),), reasons="These.")
    signed = agency.sign(services.determination_words(enquiry, said))
    with pytest.raises(WordsDiffer):
        services.determine(enquiry.id, msgspec.structs.replace(said, **changed), signed, actor=agency.viewer)
    assert services.determine(enquiry.id, said, signed, actor=agency.viewer).number == 1


def test_evidence_is_what_lies_in_this_review(enquiry: Review, lab: Side, agency: Side) -> None:
    elsewhere = services.enquire("Model 2", EO, actor=lab.viewer)
    digest = document(elsewhere, lab, "of another review").digest
    for unknown in (digest, "ab" * 32):
        with pytest.raises(EvidenceUnknown, match=f"no document with the SHA-256 {unknown}"):
            determine(enquiry, Ruling(answer=Answer.COVERED, evidence=(unknown,)), agency)
    assert determine(elsewhere, Ruling(answer=Answer.COVERED, evidence=(digest,)), agency).evidence == [
        digest
    ]


def criteria(*names: str) -> tuple[Criterion, ...]:
    return tuple(Criterion(name=each, met=Met.YES) for each in names)


@pytest.mark.parametrize(
    ("ruling", "says"),
    [
        ({"criteria": criteria("one", "one")}, "named twice"),
        ({"criteria": criteria("")}, "the name of a criterion is empty"),
        ({"criteria": criteria(*map(str, range(65)))}, "more than 64 criteria"),
        ({"criteria": criteria("c" * 201)}, "longer than 200"),
        ({"criteria": (Criterion(name="one", met=Met.NO, why="w" * 2001),)}, "longer than 2000"),
        ({"reasons": "r" * 10_001}, "longer than 10000"),
        ({"reasons": "a\x00b"}, "control character"),
        ({"evidence": ("ab" * 32, "ab" * 32)}, "named twice"),
        ({"evidence": ("AB" * 32,)}, "64 hexadecimal digits in small letters"),
        ({"evidence": ("../etc/passwd",)}, "64 hexadecimal digits"),
        ({"evidence": tuple(f"{n:064x}" for n in range(257))}, "more than 256 pieces"),
    ],
)
def test_a_ruling_out_of_bounds_is_refused_in_a_line(
    enquiry: Review, agency: Side, ruling: dict[str, Any], says: str
) -> None:
    with pytest.raises((RulingInvalid, TextInvalid), match=says) as caught:
        determine(enquiry, Ruling(answer=Answer.COVERED, **ruling), agency)
    assert "\n" not in str(caught.value)


def test_a_programmes_public_criteria_are_each_answered_and_unknown_is_an_answer(
    lab: Side, agency: Side
) -> None:
    programme = msgspec.structs.replace(EO, criteria=("finds unknown flaws", "works alone"))
    review = services.enquire("Model 2", programme, actor=lab.viewer)
    with pytest.raises(RulingInvalid, match="'works alone' is left out; unknown is an answer"):
        determine(review, Ruling(answer=Answer.COVERED, criteria=criteria("finds unknown flaws")), agency)
    bare = determine(review, Answer.CANNOT_SAY, agency)
    assert [(each["name"], each["met"]) for each in bare.criteria] == [
        ("finds unknown flaws", "unknown"),
        ("works alone", "unknown"),
    ]
    more = criteria("works alone", "one of our own", "finds unknown flaws")
    assert len(determine(review, Ruling(answer=Answer.COVERED, criteria=more), agency).criteria) == 3


@pytest.mark.parametrize("move", [Move.WITHDRAW, Move.RELEASE])
def test_a_review_that_has_ended_is_answered_too_and_the_answer_moves_nothing(
    enquiry: Review, lab: Side, agency: Side, move: Move
) -> None:
    before = services.end(enquiry.id, move, actor=lab.viewer)
    for answer in Answer:
        determine(enquiry, answer, agency)
        after = queries.review(lab.viewer, enquiry.id)
        assert (after.stage, after.released_at) == (before.stage, before.released_at)


@pytest.mark.parametrize("answer", list(Answer))
def test_no_answer_stops_the_developer_from_giving_access_or_releasing(
    enquiry: Review, lab: Side, agency: Side, institute: Side, answer: Answer
) -> None:
    determine(enquiry, answer, agency)
    assert services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer).stage == "open"
    assert services.release(enquiry.id, actor=lab.viewer).released_at is not None


def test_a_programme_without_an_authority_has_no_answers(lab: Side, agency: Side) -> None:
    programme = msgspec.structs.replace(EO, may_join=("developer", "evaluator"))
    review = services.enquire("Model 2", programme, actor=lab.viewer)
    with pytest.raises(MayNotJoin, match="an authority may not join"):
        determine(review, Answer.COVERED, agency)


def test_an_authority_that_is_known_by_the_developers_key_signs_nothing(lab: Side, cast: Any) -> None:
    twin = side(cast, "Twin", Kind.AUTHORITY, lab.key)
    review = services.enquire("Model 2", EO, actor=lab.viewer)
    with pytest.raises(SameKey, match="Lab is known by the same key"):
        determine(review, Answer.COVERED, twin)


def test_a_review_that_the_authority_was_never_told_of_looks_absent(agency: Side) -> None:
    with pytest.raises(ReviewNotFound):
        services.determine("rev_000000000000", Answer.COVERED, agency.sign({}), actor=agency.viewer)


def test_an_answer_is_told_to_those_who_take_part(
    enquiry: Review, lab: Side, agency: Side, cast: Any
) -> None:
    determine(enquiry, Answer.COVERED, agency)
    for reader in (lab.viewer, agency.viewer, cast.hub):
        (entry,) = ledger.entries(reader).filter(kind="review.determined")
        assert entry.details == {"answer": "covered", "number": 1}
    assert not ledger.entries(cast.operator).filter(kind="review.determined").exists()


def test_evidence_is_what_somebody_of_the_authority_may_read(
    enquiry: Review, lab: Side, agency: Side, cast: Any
) -> None:
    ada = agency.person("Ada")
    secret = document(enquiry, lab, "for named persons alone")
    secret.tlp = "TLP:RED"
    secret.save()
    said = Ruling(answer=Answer.COVERED, evidence=(secret.digest,))
    with pytest.raises(EvidenceUnknown, match="that the authority may read"):
        determine(enquiry, said, agency)
    for others in (
        [agency.id],
        [lab.person("Grace").member_id],
    ):  # an organisation has no eyes; Grace is the lab's
        secret.named = others
        secret.save()
        with pytest.raises(EvidenceUnknown):
            determine(enquiry, said, agency)
    secret.named = [ada.member_id]
    secret.save()
    assert determine(enquiry, said, agency).evidence == [secret.digest]  # its machine hands in what she read


def test_a_programme_that_was_withdrawn_takes_no_enquiry(lab: Side) -> None:
    withdrawn = load_programme("eo14110")
    assert withdrawn.status == "withdrawn"
    with pytest.raises(ProgrammeInvalid, match="eo14110: it was withdrawn"):
        services.enquire("Model 2", withdrawn, actor=lab.viewer)
