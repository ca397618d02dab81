"""Who may read what is marked: every label, role, name and trade secret, and what a stricter mark can never do."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.reviews.rules import (
    IN_REVIEW,
    READS,
    READS_SECRETS,
    Marking,
    Reader,
    Role,
    Standing,
    Tlp,
    is_noted,
    is_strict,
    label,
    may_read,
)

OWNER, ORGANISATION, PERSON = "org_owner", "org_reader", "mbr_reader"
NAMINGS = ((), (ORGANISATION,), (PERSON,), (ORGANISATION, PERSON), ("org_other", "mbr_other"))
READERS = [
    Reader(organisation_id=organisation, member_id=member, role=role)
    for organisation, member, role in product((OWNER, ORGANISATION), (None, PERSON), Role)
    if not (organisation == OWNER and role is Role.PUBLIC)
]
MARKINGS = [
    Marking(tlp=tlp, trade_secret=secret, named=named)
    for tlp, secret, named in product(Tlp, (False, True), NAMINGS)
]
STRICTEST_FIRST = list(Tlp)


def reader(role: Role, *, person: bool = True, owns: bool = False) -> Reader:
    return Reader(
        organisation_id=OWNER if owns else ORGANISATION, member_id=PERSON if person else None, role=role
    )


def reads(tlp: Tlp, who: Reader, *named: str, secret: bool = False) -> bool:
    return may_read(Marking(tlp=tlp, trade_secret=secret, named=named), who, OWNER)


def test_a_stricter_label_never_shows_more() -> None:
    seen = 0
    for who, marking in product(READERS, MARKINGS):
        place = STRICTEST_FIRST.index(marking.tlp)
        for looser in STRICTEST_FIRST[place + 1 :]:
            wider = Marking(tlp=looser, trade_secret=marking.trade_secret, named=marking.named)
            assert may_read(marking, who, OWNER) <= may_read(wider, who, OWNER), (marking, who, looser)
            seen += 1
    assert seen == len(READERS) * len(NAMINGS) * 2 * 10


def test_a_trade_secret_never_shows_more() -> None:
    for who, marking in product(READERS, MARKINGS):
        secret = Marking(tlp=marking.tlp, trade_secret=True, named=marking.named)
        assert may_read(secret, who, OWNER) <= may_read(marking, who, OWNER), (marking, who)


def test_naming_somebody_never_shows_less_nor_more_to_anyone_else() -> None:
    for who, marking in product(READERS, MARKINGS):
        more = Marking(
            tlp=marking.tlp, trade_secret=marking.trade_secret, named=(*marking.named, "mbr_third")
        )
        assert may_read(marking, who, OWNER) == may_read(more, who, OWNER), (marking, who)
    for who, tlp, secret in product(READERS, Tlp, (False, True)):
        shown = [
            may_read(Marking(tlp=tlp, trade_secret=secret, named=named), who, OWNER) for named in NAMINGS[:4]
        ]
        assert shown[0] <= shown[1] <= shown[3], (who, tlp)
        assert shown[0] <= shown[2] <= shown[3], (who, tlp)


@given(
    named=st.lists(st.text(max_size=8), max_size=5),
    organisation=st.text(max_size=8),
    member=st.none() | st.text(max_size=8),
    owner=st.text(max_size=8),
    role=st.sampled_from(Role),
    secret=st.booleans(),
)
def test_a_stricter_label_never_shows_more_whatever_anyone_is_called(
    named: list[str], organisation: str, member: str | None, owner: str, role: Role, secret: bool
) -> None:
    who = Reader(organisation_id=organisation, member_id=member, role=role)
    shown = [
        may_read(Marking(tlp=tlp, trade_secret=secret, named=tuple(named)), who, owner)
        for tlp in STRICTEST_FIRST
    ]
    assert shown == sorted(shown)


def test_the_labels_widen_in_the_order_of_tlp_2() -> None:
    for stricter, looser in combinations(STRICTEST_FIRST, 2):
        assert READS[stricter] < READS[looser]
    assert READS[Tlp.CLEAR] > READS_SECRETS
    assert set(READS) == set(Tlp)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.PUBLIC])
def test_red_is_for_individuals_and_never_for_a_machine(role: Role) -> None:
    """TLP 2.0: "for the eyes and ears of individual recipients only"."""
    assert not reads(Tlp.RED, reader(role))
    assert not reads(Tlp.RED, reader(role), ORGANISATION)  # an organisation has no eyes
    assert reads(Tlp.RED, reader(role), PERSON)
    assert reads(Tlp.RED, reader(role, owns=True))
    for names in NAMINGS:
        assert not reads(Tlp.RED, reader(role, person=False), *names)
        assert not reads(Tlp.RED, reader(role, person=False, owns=True), *names)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.PUBLIC])
def test_amber_strict_is_for_its_owner_and_whom_it_names(role: Role) -> None:
    for person in (True, False):
        assert not reads(Tlp.AMBER_STRICT, reader(role, person=person))
        assert reads(Tlp.AMBER_STRICT, reader(role, person=person), ORGANISATION)
        assert reads(Tlp.AMBER_STRICT, reader(role, person=person, owns=True))
        assert reads(Tlp.AMBER_STRICT, reader(role, person=person), PERSON) == person


def test_amber_is_for_everyone_in_the_review_and_green_for_everyone_here() -> None:
    assert {role for role in Role if reads(Tlp.AMBER, reader(role))} == IN_REVIEW
    assert {role for role in Role if reads(Tlp.GREEN, reader(role))} == {*IN_REVIEW, Role.MEMBER}
    assert {role for role in Role if reads(Tlp.CLEAR, reader(role))} == set(Role)


def test_a_trade_secret_is_for_its_owner_the_authority_and_whom_it_names() -> None:
    for tlp in (Tlp.AMBER, Tlp.GREEN, Tlp.CLEAR):
        assert {role for role in Role if reads(tlp, reader(role), secret=True)} == {Role.AUTHORITY}
        for role in IN_REVIEW:
            assert reads(tlp, reader(role, owns=True), secret=True)
            assert reads(tlp, reader(role), ORGANISATION, secret=True)
            assert reads(tlp, reader(role), PERSON, secret=True)


def test_an_authority_that_is_not_named_reads_no_strict_trade_secret() -> None:
    """A trade secret narrows; it opens nothing that the label keeps shut."""
    assert not reads(Tlp.AMBER_STRICT, reader(Role.AUTHORITY), secret=True)
    assert not reads(Tlp.RED, reader(Role.AUTHORITY), secret=True)


def test_the_public_reads_what_is_clear_and_no_secret_even_when_it_is_named() -> None:
    nobody = Reader(organisation_id="public", member_id=None, role=Role.PUBLIC)
    for marking in MARKINGS:
        widest = Marking(tlp=marking.tlp, trade_secret=marking.trade_secret, named=(*marking.named, "public"))
        assert may_read(widest, nobody, OWNER) == (marking.tlp is Tlp.CLEAR and not marking.trade_secret)


def test_whose_name_is_part_of_anothers_is_not_named() -> None:
    assert not reads(Tlp.AMBER_STRICT, reader(Role.EVALUATOR), ORGANISATION + "2", ORGANISATION[:-1])
    assert not reads(Tlp.RED, reader(Role.EVALUATOR), PERSON + "2", PERSON[:-1], "")


def test_reading_what_is_kept_to_some_is_written_down() -> None:
    assert {tlp for tlp in Tlp if is_strict(Marking(tlp=tlp))} == {Tlp.RED, Tlp.AMBER_STRICT}
    assert {tlp for tlp in Tlp if is_noted(Marking(tlp=tlp))} == {Tlp.RED, Tlp.AMBER_STRICT, Tlp.AMBER}
    for tlp in Tlp:
        secret = Marking(tlp=tlp, trade_secret=True)
        assert is_strict(secret), tlp
        assert is_noted(secret), tlp


def test_a_label_is_printed_as_the_standard_writes_it() -> None:
    assert label(Marking(tlp=Tlp.AMBER_STRICT)) == "TLP:AMBER+STRICT"
    assert label(Marking(tlp=Tlp.RED, trade_secret=True)) == "TLP:RED, trade secret"


def test_every_standing_is_used() -> None:
    used = frozenset().union(*READS.values()) | READS_SECRETS
    assert used == frozenset(Standing)
