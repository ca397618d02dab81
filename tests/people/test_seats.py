"""Seats: one person has one, who gave it is kept, and who left can do nothing more."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from headstart.ledger import queries as ledger
from headstart.people import queries, services
from headstart.people.errors import MemberNotFound, NameTaken, NotYours, PasswordWeak, WordsWrong
from headstart.people.models import Member, Organisation
from headstart.people.rules import ANYONE, Kind

pytestmark = pytest.mark.django_db

GOOD = "correct horse battery staple"


def test_a_person_has_one_seat(cast: Any) -> None:
    services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)
    with pytest.raises(NameTaken, match="choose another"):
        services.seat(cast.organisation("developer"), "jo", actor=cast.hub)
    assert Member.objects.count() == 1


def test_who_gave_the_seat_is_kept(cast: Any) -> None:
    jo = services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)
    al = services.seat(cast.organisation("evaluator"), "al", actor=jo.as_viewer())
    assert (jo.seated_by, al.seated_by) == ("", jo.id)


def test_who_left_is_the_public_and_cannot_sign_in(cast: Any, client: Client) -> None:
    jo = services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub, password=GOOD)
    client.force_login(jo.user, backend="django.contrib.auth.backends.ModelBackend")
    assert authenticate(username="jo", password=GOOD) == jo.user
    services.leave(jo.id, actor=cast.evaluator)
    jo.user.refresh_from_db()
    assert queries.viewer_of(jo.user) == ANYONE
    assert authenticate(username="jo", password=GOOD) is None
    assert not client.get("/").wsgi_request.user.is_authenticated  # a session that was open ends too
    assert not queries.persons(cast.evaluator).exists()
    entry = ledger.about(cast.evaluator, cast.organisation("evaluator").urn).get(kind="member.left")
    assert entry.details["member"] == jo.id


def test_leaving_twice_and_a_colleague_of_others_look_absent(cast: Any) -> None:
    jo = services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)
    with pytest.raises(MemberNotFound):
        services.leave(jo.id, actor=cast.developer)
    services.leave(jo.id, actor=cast.hub)
    with pytest.raises(MemberNotFound):
        services.leave(jo.id, actor=cast.hub)


@pytest.mark.parametrize("password", ["", "short", "password1234"])
def test_a_password_that_would_be_guessed_is_refused(cast: Any, password: str) -> None:
    with pytest.raises(PasswordWeak):
        services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub, password=password)
    assert not Member.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb", "\0", "\u202eevil"])
def test_a_name_that_cannot_be_kept_or_seen_is_refused(cast: Any, name: str) -> None:
    with pytest.raises(WordsWrong):
        services.admit(name, Kind.DEVELOPER, actor=cast.hub)
    with pytest.raises(WordsWrong):
        services.seat(cast.organisation("evaluator"), name, actor=cast.hub)


def test_an_organisations_name_is_taken_once(cast: Any) -> None:
    services.admit("Lab", Kind.DEVELOPER, actor=cast.hub)
    with pytest.raises(NameTaken):
        services.admit(" Lab ", Kind.EVALUATOR, actor=cast.hub)


def test_a_welcome_is_whole_or_nothing(cast: Any) -> None:
    """A password that is refused leaves no organisation behind whose token nobody saw."""
    services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)
    for seat_for in (("al", "short"), ("jo", GOOD), ("", GOOD)):
        with pytest.raises((PasswordWeak, NameTaken, WordsWrong)):
            services.welcome("Lab", Kind.DEVELOPER, actor=cast.hub, seat_for=seat_for)
        assert not Organisation.objects.filter(name="Lab").exists()
    welcome = services.welcome("Lab", Kind.DEVELOPER, actor=cast.hub, seat_for=("al", GOOD))
    assert queries.viewer_with(welcome.token) == welcome.organisation.as_viewer()
    assert welcome.member is not None
    assert queries.viewer_with(welcome.member_token) == welcome.member.as_viewer()


def test_nobody_but_the_hub_welcomes(cast: Any) -> None:
    with pytest.raises(NotYours):
        services.welcome("Friend", Kind.PARTNER, actor=cast.developer)
