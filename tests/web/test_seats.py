"""Anyone takes any seat in an exercise; outside one there are no such seats."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercise(settings: Any) -> None:
    settings.HEADSTART_EXERCISE = True


def test_outside_an_exercise_there_are_no_seats(
    client: Client, cast: Any, seat: Callable[[str], Client]
) -> None:
    seat("operator")
    assert client.get("/seats/").status_code == 404
    assert client.post("/seats/take", {"member": "mbr_any"}).status_code == 404
    assert client.post("/seats/leave").status_code == 404


def test_in_an_exercise_one_looks_as_anyone_and_as_the_public_again(
    client: Client, cast: Any, seat: Callable[[str], Client], exercise: None, settings: Any
) -> None:
    seat("operator")
    page = client.get("/seats/").content.decode()
    assert "Looking as <strong>the public</strong>" in page
    member = page.split('name="member" value="')[1].split('"')[0]
    assert (
        "Looking as <strong>operator</strong>"
        in client.post("/seats/take", {"member": member}, follow=True).content.decode()
    )
    assert (
        "Looking as <strong>the public</strong>" in client.post("/seats/leave", follow=True).content.decode()
    )


def test_in_an_exercise_whoever_did_not_sit_down_is_led_to_the_seats(
    client: Client, cast: Any, seat: Callable[[str], Client], exercise: None
) -> None:
    seat("operator")
    led = client.get("/", follow=True)
    assert led.redirect_chain == [("/seats/", 302)]
    assert "You sit here" not in led.content.decode()
    assert client.post("/seats/leave").status_code == 302
    assert client.get("/").status_code == 200
    assert "You sit here" in client.get("/seats/").content.decode()
    assert seat("operator").get("/").status_code == 200


def test_outside_an_exercise_the_public_is_led_nowhere(client: Client, cast: Any) -> None:
    assert client.get("/").status_code == 200


def test_a_seat_that_nobody_has_can_t_be_taken(client: Client, exercise: None) -> None:
    assert client.post("/seats/take", {"member": "mbr_absent"}).status_code == 404


def test_a_look_never_changes_a_seat(client: Client, exercise: None) -> None:
    assert client.get("/seats/take").status_code == 405


def test_nobody_signs_up(client: Client) -> None:
    assert client.get("/account/login/").status_code == 200
    assert client.get("/account/signup/").status_code == 404


def test_a_wrong_password_is_told_in_one_line(
    client: Client, cast: Any, seat: Callable[[str], Client]
) -> None:
    seat("operator")
    answer = client.post("/account/login/", {"login": "operator", "password": "wrong"})
    assert "password you specified are not correct" in answer.content.decode()
