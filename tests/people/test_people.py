"""Who is looking, and what a token is worth."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from headstart.people import queries, rules, services
from headstart.people.errors import NotYours, OrganisationNotFound, TokenUnknown
from headstart.people.models import Token
from headstart.people.rules import ANYONE, Kind

pytestmark = pytest.mark.django_db


def test_a_hub_is_founded_once() -> None:
    assert services.found_hub("One") == services.found_hub("Two")


def test_nobody_but_the_hub_admits(cast: Any) -> None:
    with pytest.raises(NotYours, match="only the hub may admit an organisation"):
        services.admit("Friend", Kind.PARTNER, actor=cast.finder)


def test_a_token_is_its_organisations_and_is_not_kept_in_clear(cast: Any) -> None:
    token = services.give_token(cast.organisation("finder"), "ci", actor=cast.finder)
    assert queries.viewer_with(token) == cast.finder
    assert token.startswith(rules.TOKEN_PREFIX)
    assert not Token.objects.filter(digest__contains=token[4:12]).exists()


@pytest.mark.parametrize("token", ["", "hst_", "hst_made-up", "x" * 10_000, "\0"])
def test_a_token_that_was_never_given_is_unknown(cast: Any, token: str) -> None:
    with pytest.raises(TokenUnknown):
        queries.viewer_with(token)


def test_a_token_for_others_is_not_given(cast: Any) -> None:
    with pytest.raises(NotYours):
        services.give_token(cast.organisation("operator"), "theirs", actor=cast.finder)


def test_a_seat_makes_a_viewer_and_no_seat_the_public(cast: Any) -> None:
    member = services.seat(cast.organisation("operator"), "jo", actor=cast.operator)
    assert queries.viewer_of(member.user) == member.as_viewer()
    assert queries.viewer_of(member.user).organisation_id == cast.operator.organisation_id
    assert queries.viewer_of(AnonymousUser()) == ANYONE


def test_operators_do_not_know_of_each_other(cast: Any) -> None:
    other = cast.another_operator
    with pytest.raises(OrganisationNotFound):
        queries.organisation(cast.operator, other.organisation_id)
    assert queries.organisation(cast.hub, other.organisation_id).name == "another_operator"
