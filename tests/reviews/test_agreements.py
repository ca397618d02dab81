"""What was agreed with whom: versioned, signed by both sides; a change needs both again."""

import hashlib
from typing import Any

import msgspec
import pytest
import rfc8785
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.sides import Side, side

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.people.rules import ANYONE, Kind
from headstart.reviews import queries, rules, services
from headstart.reviews.errors import (
    AgreementNotFound,
    MayNotJoin,
    NotTheirs,
    ReviewNotFound,
    SignatureWrong,
    TermsInvalid,
    TermsStand,
    VersionOver,
    WordsDiffer,
)
from headstart.reviews.models import Agreement, Review
from headstart.reviews.rules import AccessLevel, Content, Move, Safeguards, Terms, Tlp
from headstart.reviews.work import load_programme

EO = load_programme("eo14409")
TERMS = Terms(access_level=AccessLevel.AL1, data_handling="On one machine; deleted after 90 days.")
OTHER = msgspec.structs.replace(TERMS, safeguards=Safeguards.OFF, keep_content=Content.ENCRYPTED)
FILE = """
access_level = "AL2"
safeguards = "off"
confidentiality = "TLP:RED"
trade_secrets = "the number of parameters"
data_handling = "in one room"
keep_content = "encrypted"
keep_days = 30
may_publish = ["that it was measured", "the ability, with its interval"]
reply_days = 10
notes = ""
"""
database = pytest.mark.django_db


def propose(review: Review, institute: Side, terms: Terms, by: Side) -> Agreement:
    return services.propose_terms(review.id, institute.organisation, terms, actor=by.viewer)


def sign(agreement: Agreement, by: Side) -> Agreement:
    return services.sign_terms(agreement.id, by.sign(services.agreement_words(agreement)), actor=by.viewer)


def agreed(review: Review, lab: Side, institute: Side, terms: Terms) -> Agreement:
    made = propose(review, institute, terms, lab)
    sign(made, lab)
    return sign(made, institute)


def in_force(review: Review, institute: Side) -> Terms | None:
    found = queries.terms_in_force(review.id, institute.id)
    return found.terms if found else None


@database
def test_terms_are_in_force_once_both_have_signed(enquiry: Review, lab: Side, institute: Side) -> None:
    made = propose(enquiry, institute, TERMS, lab)
    assert (made.version, made.previous, made.in_force_at) == (1, "", None)
    assert in_force(enquiry, institute) is None
    assert sign(made, institute).in_force_at is None  # one side is not two
    assert sign(made, institute).in_force_at is None  # nor is one side twice
    assert in_force(enquiry, institute) is None
    assert sign(made, lab).in_force_at is not None
    assert in_force(enquiry, institute) == TERMS


@database
def test_a_change_needs_both_again_and_until_then_the_old_terms_stand(
    enquiry: Review, lab: Side, institute: Side
) -> None:
    first = agreed(enquiry, lab, institute, TERMS)
    services.grant_access(enquiry.id, institute.organisation, actor=lab.viewer)
    second = propose(enquiry, institute, OTHER, institute)
    assert in_force(enquiry, institute) == TERMS
    sign(second, institute)
    assert in_force(enquiry, institute) == TERMS
    sign(second, lab)
    assert in_force(enquiry, institute) == OTHER
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.superseded_at == second.in_force_at
    assert first.signatures.count() == second.signatures.count() == 2


@database
def test_each_version_names_the_one_before_by_its_digest(enquiry: Review, lab: Side, institute: Side) -> None:
    first = agreed(enquiry, lab, institute, TERMS)
    second = propose(enquiry, institute, OTHER, lab)
    third = propose(enquiry, institute, msgspec.structs.replace(OTHER, keep_days=1), lab)
    for before, after in ((first, second), (second, third)):
        words = rfc8785.dumps(services.agreement_words(before))
        assert after.previous == hashlib.sha256(words).hexdigest()
        assert services.agreement_words(after)["predicate"]["previous"] == after.previous
    assert [each.version for each in (first, second, third)] == [1, 2, 3]


@database
def test_a_newer_proposal_takes_the_place_of_one_that_lacks_a_signature(
    enquiry: Review, lab: Side, institute: Side
) -> None:
    second = propose(enquiry, institute, TERMS, lab)
    sign(second, lab)
    third = propose(enquiry, institute, OTHER, institute)
    with pytest.raises(VersionOver, match="version 1 takes no signature any more: version 2 was proposed"):
        sign(second, institute)
    sign(third, institute)
    assert in_force(enquiry, institute) is None
    sign(third, lab)
    assert in_force(enquiry, institute) == OTHER


@database
def test_the_same_terms_are_not_proposed_twice(enquiry: Review, lab: Side, institute: Side) -> None:
    made = propose(enquiry, institute, TERMS, lab)
    with pytest.raises(TermsStand, match="version 1 says the same, and is waiting for signatures"):
        propose(enquiry, institute, TERMS, lab)
    sign(made, lab)
    sign(made, institute)
    with pytest.raises(TermsStand, match="version 1 says the same, and is in force"):
        propose(enquiry, institute, TERMS, lab)
    agreed(enquiry, lab, institute, OTHER)
    assert agreed(enquiry, lab, institute, TERMS).version == 3  # back to the first: a new version
    assert in_force(enquiry, institute) == TERMS


@database
def test_an_envelope_is_good_for_one_version_of_one_review_with_one_side(
    enquiry: Review, lab: Side, institute: Side, cast: Any
) -> None:
    first = propose(enquiry, institute, TERMS, lab)
    signed = lab.sign(services.agreement_words(first))
    second = propose(enquiry, institute, OTHER, lab)
    with pytest.raises(WordsDiffer, match="agreement, version, previous, terms"):
        services.sign_terms(second.id, signed, actor=lab.viewer)
    other = side(cast, "Another institute", Kind.EVALUATOR)
    elsewhere = services.enquire("Model 2", EO, actor=lab.viewer)
    for review, counterpart in ((enquiry, other), (elsewhere, institute)):
        made = services.propose_terms(review.id, counterpart.organisation, TERMS, actor=lab.viewer)
        with pytest.raises(WordsDiffer):
            services.sign_terms(made.id, signed, actor=lab.viewer)
        assert not made.signatures.exists()


@database
def test_nobody_signs_with_the_other_sides_key(enquiry: Review, lab: Side, institute: Side) -> None:
    made = propose(enquiry, institute, TERMS, lab)
    words = services.agreement_words(made)
    with pytest.raises(SignatureWrong, match="the key that Institute is known by"):
        services.sign_terms(made.id, lab.sign(words), actor=institute.viewer)
    sign(made, lab)
    with pytest.raises(SignatureWrong):
        services.sign_terms(made.id, lab.sign(words), actor=institute.viewer)
    assert in_force(enquiry, institute) is None


@database
def test_the_two_sides_alone_propose_and_sign(
    enquiry: Review, lab: Side, institute: Side, agency: Side, cast: Any
) -> None:
    for outsider in (agency.viewer, cast.hub):
        with pytest.raises(NotTheirs, match="only the developer and the other side may propose"):
            services.propose_terms(enquiry.id, institute.organisation, TERMS, actor=outsider)
    for outsider in (institute.viewer, cast.operator, cast.partner, ANYONE):  # to them it is absent
        with pytest.raises(ReviewNotFound):
            services.propose_terms(enquiry.id, institute.organisation, TERMS, actor=outsider)
    made = propose(enquiry, institute, TERMS, lab)
    words = services.agreement_words(made)
    with pytest.raises(NotTheirs, match="only the two sides may sign"):
        services.sign_terms(made.id, agency.sign(words), actor=cast.hub)
    for outsider in (agency, side(cast, "Another institute", Kind.EVALUATOR)):
        with pytest.raises(AgreementNotFound):
            services.sign_terms(made.id, outsider.sign(words), actor=outsider.viewer)


@database
def test_a_counterpart_reads_what_is_proposed_to_it_before_it_sees_the_review(
    enquiry: Review, lab: Side, institute: Side, agency: Side, cast: Any
) -> None:
    made = propose(enquiry, institute, TERMS, lab)
    for reader in (lab.viewer, institute.viewer, cast.hub):
        assert queries.agreement(reader, made.id).terms == TERMS
        assert list(queries.agreements(reader, enquiry.id)) == [made]
    with pytest.raises(ReviewNotFound):
        queries.review(institute.viewer, enquiry.id)
    for stranger in (agency.viewer, cast.another_evaluator, cast.operator, ANYONE):
        with pytest.raises(AgreementNotFound):
            queries.agreement(stranger, made.id)
    assert not queries.agreements(agency.viewer, enquiry.id).exists()  # it sees the review, and not the terms
    with pytest.raises(ReviewNotFound):
        queries.agreements(cast.operator, enquiry.id)


@database
def test_a_programme_says_who_a_developer_agrees_with(enquiry: Review, lab: Side, cast: Any) -> None:
    for name in ("operator", "finder", "maintainer"):
        with pytest.raises(MayNotJoin, match="may not join under this programme"):
            services.propose_terms(enquiry.id, cast.organisation(name), TERMS, actor=lab.viewer)
    with pytest.raises(MayNotJoin):  # itself
        services.propose_terms(enquiry.id, lab.organisation, TERMS, actor=lab.viewer)


@database
def test_what_may_be_published_is_agreed_after_the_end_too(
    enquiry: Review, lab: Side, institute: Side
) -> None:
    agreed(enquiry, lab, institute, TERMS)
    services.end(enquiry.id, Move.WITHDRAW, actor=lab.viewer)
    after = msgspec.structs.replace(TERMS, may_publish=("that it was measured",))
    assert agreed(enquiry, lab, institute, after).in_force_at is not None
    assert queries.review(lab.viewer, enquiry.id).stage == "closed"


@database
def test_terms_are_told_to_the_two_sides_alone(
    enquiry: Review, lab: Side, institute: Side, agency: Side
) -> None:
    agreed(enquiry, lab, institute, TERMS)
    for reader in (lab.viewer, institute.viewer):
        said = [each.kind for each in ledger.entries(reader).filter(kind__startswith="review.terms")]
        assert said == ["review.terms_proposed", "review.terms_signed", "review.terms_signed"]
    assert not ledger.entries(agency.viewer).filter(kind__startswith="review.terms").exists()


@database
def test_the_database_holds_one_version_in_force(enquiry: Review, lab: Side, institute: Side) -> None:
    first = agreed(enquiry, lab, institute, TERMS)
    second = propose(enquiry, institute, OTHER, lab)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(id=second.id).update(in_force_at=clock.now())
    assert queries.terms_in_force(enquiry.id, institute.id) == first


def test_terms_come_from_a_file() -> None:
    read = rules.read_terms(FILE, "terms.toml")
    assert (read.access_level, read.safeguards, read.confidentiality) == ("AL2", "off", Tlp.RED)
    assert read.may_publish == ("that it was measured", "the ability, with its interval")
    assert (read.keep_content, read.keep_days, read.reply_days) == (Content.ENCRYPTED, 30, 10)


def test_what_a_file_does_not_say_is_the_cautious_choice() -> None:
    read = rules.read_terms('access_level = "AL1"', "terms.toml")
    assert (read.safeguards, read.keep_content, read.may_publish) == (Safeguards.ON, Content.DIGESTS, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("access_level = ", "terms.toml: "),
        ("", "access_level"),
        ('access_level = "AL4"', "AL4"),
        ('access_level = "AL1"\nrelease_after = "our consent"', "unknown field `release_after`"),
        (FILE.replace("keep_days = 30", "keep_days = -1"), "keep_days must be between 0 and 3650"),
        (FILE.replace("keep_days = 30", "keep_days = " + "9" * 5000), "terms.toml: "),
        (FILE.replace("keep_days = 30", "keep_days = 1e3"), "keep_days"),
        (FILE.replace("reply_days = 10", "reply_days = 91"), "reply_days must be between 0 and 90"),
        (FILE.replace("in one room", "x" * 4001), "data_handling is longer than 4000"),
        (FILE.replace("in one room", "\\u0000"), "data_handling holds a control character"),
        (FILE.replace("that it was measured", "two\\nlines"), "a line of may_publish holds a line break"),
        (FILE.replace("that it was measured", ""), "a line of may_publish is empty"),
        (FILE.replace('["that', '["a", ' * 40 + '"that'), "terms.toml: "),
        ('access_level = "AL1"\nmay_publish = [' + '"a", ' * 33 + "]", "more than 32 lines"),
        ("a = " + "[" * 5000 + "]" * 5000, "terms.toml: "),
        ("#" * 70_000, "longer than 64 KiB"),
        ("a" * 60_000 + " = 1", "terms.toml: "),
    ],
)
def test_broken_terms_are_refused_in_a_short_line(text: str, says: str) -> None:
    with pytest.raises(TermsInvalid, match=says) as caught:
        rules.read_terms(text, "terms.toml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=200))
def test_any_text_at_all_is_terms_or_refused_in_a_line(text: str) -> None:
    said = ""
    try:
        assert isinstance(rules.read_terms(text, "terms.toml"), Terms)
    except TermsInvalid as error:
        said = str(error)
    assert "\n" not in said


@database
def test_terms_out_of_bounds_are_refused_by_whichever_door_they_come(
    enquiry: Review, lab: Side, institute: Side
) -> None:
    for wrong in ({"keep_days": 4000}, {"notes": "n" * 4001}, {"may_publish": ("",)}):
        with pytest.raises(TermsInvalid):
            propose(enquiry, institute, msgspec.structs.replace(TERMS, **wrong), lab)
    assert not Agreement.objects.exists()


def test_no_term_can_hold_a_release_back() -> None:
    words = ("approv", "deny", "delay", "hold", "block", "gate", "consent", "release")
    fields = [each.name for each in msgspec.structs.fields(Terms)]
    assert not [each for each in fields if any(word in each for word in words)]


@database
def test_what_waits_for_a_sides_signature_is_listed_for_it_in_every_review(
    enquiry: Review, lab: Side, institute: Side, cast: Any
) -> None:
    def waiting(by: Side) -> list[Agreement]:
        return queries.to_sign(by.viewer)

    first = propose(enquiry, institute, TERMS, lab)
    assert waiting(lab) == waiting(institute) == [first]
    sign(first, lab)
    assert (waiting(lab), waiting(institute)) == ([], [first])
    sign(first, institute)
    assert (waiting(lab), waiting(institute)) == ([], [])
    propose(enquiry, institute, OTHER, lab)
    newest = propose(enquiry, institute, msgspec.structs.replace(OTHER, keep_days=1), lab)
    assert waiting(lab) == waiting(institute) == [newest]
    assert queries.to_sign(cast.hub) == queries.to_sign(ANYONE) == []
