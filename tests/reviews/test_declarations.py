"""Conflicts of interest are declared by persons, kept, and seen by those who have to know."""

from typing import Any

import pytest
from tests.simulators.reviewed import Scene

from headstart.ledger import queries as ledger
from headstart.people import services as people
from headstart.people.errors import MemberNotFound
from headstart.people.rules import ANYONE
from headstart.reviews import queries, services
from headstart.reviews.errors import NotTheirs, PersonNeeded, ReviewNotFound, TextInvalid

pytestmark = pytest.mark.django_db

SHARES = "canary-shares-88d0: I hold 200 shares of the developer"


@pytest.fixture
def scene(cast: Any) -> Scene:
    return Scene(cast)


@pytest.mark.parametrize("who", ["evaluator", "partner", "hub", "authority"])
def test_a_person_declares_and_then_has(scene: Scene, who: str) -> None:
    jo = scene.person(who)
    assert not queries.has_declared(scene.review, str(jo.member_id))
    made = services.declare(scene.review.id, "", actor=jo)
    assert made.interests == ""  # none is an answer too
    assert queries.has_declared(scene.review, str(jo.member_id))


def test_a_colleagues_declaration_is_not_ones_own(scene: Scene) -> None:
    services.declare(scene.review.id, "", actor=scene.person("evaluator", "jo"))
    assert not queries.has_declared(scene.review, str(scene.person("evaluator", "al").member_id))


def test_a_declaration_for_one_review_is_none_for_another(scene: Scene, cast: Any) -> None:
    jo = scene.person("evaluator")
    services.declare(scene.review.id, SHARES, actor=jo)
    other = services.enquire("Another", scene.review.programme, actor=scene.another_developer)
    assert not queries.has_declared(other, str(jo.member_id))


def test_a_machine_has_no_interests_to_declare(scene: Scene) -> None:
    with pytest.raises(PersonNeeded):
        services.declare(scene.review.id, SHARES, actor=scene.evaluator)


def test_the_developers_own_people_declare_none(scene: Scene) -> None:
    with pytest.raises(NotTheirs):
        services.declare(scene.review.id, "it is ours", actor=scene.person("developer"))


@pytest.mark.parametrize("who", ["finder", "another_developer", "another_partner"])
def test_who_takes_no_part_declares_nothing(scene: Scene, who: str) -> None:
    with pytest.raises((ReviewNotFound, NotTheirs)):
        services.declare(scene.review.id, SHARES, actor=scene.person(who))


def test_what_was_said_stays_beside_what_is_said_later(scene: Scene) -> None:
    jo = scene.person("evaluator")
    services.declare(scene.review.id, SHARES, actor=jo)
    services.declare(scene.review.id, "sold them", actor=jo)
    assert [each.interests for each in queries.declarations(jo, scene.review.id)] == [SHARES, "sold them"]


def test_those_see_it_who_have_to_know_and_their_own(scene: Scene) -> None:
    services.declare(scene.review.id, SHARES, actor=scene.person("evaluator"))
    for who, viewer in scene.everyone():
        try:
            seen = [each.interests for each in queries.declarations(viewer, scene.review.id)]
        except ReviewNotFound:
            seen = []
        whose = who.removeprefix("a person of ")
        assert (seen == [SHARES]) == (whose in ("developer", "authority", "hub", "evaluator")), who
    with pytest.raises(ReviewNotFound):
        queries.declarations(ANYONE, scene.review.id)


def test_the_ledger_says_that_somebody_declared_and_not_what(scene: Scene) -> None:
    jo = scene.person("evaluator")
    services.declare(scene.review.id, SHARES, actor=jo)
    services.declare(scene.review.id, "  ", actor=jo)
    entries = list(ledger.about(scene.developer, scene.review.urn).filter(kind="review.interests_declared"))
    assert [each.details for each in entries] == [
        {"member": jo.member_id, "none": False},
        {"member": jo.member_id, "none": True},
    ]
    assert not ledger.about(scene.partner, scene.review.urn).filter(kind="review.interests_declared").exists()


@pytest.mark.parametrize("said", ["x" * 4001, "a\0b", "\ud800"])
def test_what_breaks_a_bound_is_refused(scene: Scene, said: str) -> None:
    with pytest.raises(TextInvalid):
        services.declare(scene.review.id, said, actor=scene.person("evaluator"))


def test_who_left_declares_nothing(scene: Scene) -> None:
    jo = scene.person("evaluator")
    people.leave(str(jo.member_id), actor=scene.hub)
    with pytest.raises(MemberNotFound):
        services.declare(scene.review.id, "", actor=jo)
