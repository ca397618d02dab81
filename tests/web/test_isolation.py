"""Nobody sees through a page what a query would not give them, and what is hidden looks as if it were absent."""

import pytest
from django.test import Client
from tests.web.conftest import World

pytestmark = pytest.mark.django_db


def test_another_operator_can_open_neither_the_list_nor_the_form(world: World) -> None:
    other = world.seat("operator")
    theirs = world.cast.another_operator.organisation_id
    assert other.get(f"/operators/{theirs}/").status_code == 404
    told = {"vulnerability": world.vulnerability.id, "state": "deployed"}
    assert other.post(f"/operators/{theirs}/done", told).status_code == 404
    assert "another_operator" not in other.get("/").content.decode()


def test_what_is_hidden_looks_like_what_is_absent(world: World) -> None:
    stranger = world.seat("another_finder")
    hidden = stranger.get(f"/findings/{world.finding.id}/")
    absent = stranger.get("/findings/fnd_absent/")
    assert hidden.status_code == absent.status_code == 404
    named = absent.content.decode().replace("fnd_absent", world.finding.id)
    assert hidden.content.decode() == named


@pytest.mark.parametrize(
    "name", ["finder", "maintainer", "operator", "another_developer", "another_evaluator"]
)
def test_a_review_opens_for_those_who_take_part_alone(world: World, name: str) -> None:
    assert world.seat(name).get(f"/reviews/{world.review.id}/").status_code == 404


def test_the_public_sees_no_finding_no_review_no_operator(world: World) -> None:
    public = Client()
    for address in (
        f"/findings/{world.finding.id}/",
        f"/findings/{world.finding.id}/receipt.json",
        f"/reviews/{world.review.id}/",
        f"/operators/{world.cast.operator.organisation_id}/",
        "/list/",
        "/picture.svg",
    ):
        assert public.get(address).status_code == 404, address
    assert public.get("/operators/").status_code == 403
    assert world.finding.id not in public.get(f"/vulnerabilities/{world.vulnerability.id}/").content.decode()


def test_the_picture_of_a_review_shows_an_operator_to_the_hub_alone(world: World) -> None:
    name = "another_operator"
    assert name in world.seat("hub").get("/picture.svg").content.decode()
    assert name not in world.seat("developer").get("/picture.svg").content.decode()
    assert name not in world.seat("developer").get("/").content.decode()


def test_the_ledger_shows_each_its_own_entries(world: World) -> None:
    assert "handed in a report" in world.seat("finder").get("/ledger/").content.decode()
    assert "handed in a report" not in world.seat("another_finder").get("/ledger/").content.decode()


def test_a_form_from_elsewhere_is_refused(world: World) -> None:
    strict = world.seat("operator", Client(enforce_csrf_checks=True))
    operator = world.cast.operator.organisation_id
    told = {"vulnerability": world.vulnerability.id, "state": "deployed"}
    assert strict.post(f"/operators/{operator}/done", told).status_code == 403
