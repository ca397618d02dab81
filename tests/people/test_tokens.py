"""Tokens: an organisation's machine's or one person's, seen by few, worth nothing once they are taken back."""

from typing import Any

import pytest
from django.db import IntegrityError

from headstart.ledger import queries as ledger
from headstart.people import queries, rules, services
from headstart.people.errors import MemberNotFound, NotYours, TokenNotFound, TokenUnknown, WordsWrong
from headstart.people.models import Token
from headstart.people.rules import ANYONE

pytestmark = pytest.mark.django_db


@pytest.fixture
def jo(cast: Any) -> Any:
    return services.seat(cast.organisation("evaluator"), "jo", actor=cast.hub)


@pytest.fixture
def al(cast: Any) -> Any:
    return services.seat(cast.organisation("evaluator"), "al", actor=cast.hub)


def id_of(token: str) -> str:
    return Token.objects.get(digest=rules.token_digest(token)).id


def test_a_persons_token_is_that_person_and_a_machines_is_nobody(cast: Any, jo: Any) -> None:
    evaluator = cast.organisation("evaluator")
    own = services.give_token(evaluator, "laptop", actor=jo.as_viewer(), member=jo)
    machines = services.give_token(evaluator, "ci", actor=cast.evaluator)
    assert queries.viewer_with(own) == jo.as_viewer()
    assert queries.viewer_with(own).member_id == jo.id
    assert queries.viewer_with(machines).member_id is None


def test_nobody_makes_a_token_of_another_person_but_the_hub(cast: Any, jo: Any, al: Any) -> None:
    """A colleague who could would be two people to an export."""
    evaluator = cast.organisation("evaluator")
    for actor in (al.as_viewer(), cast.evaluator, cast.developer):
        with pytest.raises(NotYours):
            services.give_token(evaluator, "theirs", actor=actor, member=jo)
    token = services.give_token(evaluator, "first", actor=cast.hub, member=jo)
    assert queries.viewer_with(token).member_id == jo.id


def test_a_persons_token_is_their_own_organisations(cast: Any, jo: Any) -> None:
    with pytest.raises(MemberNotFound):
        services.give_token(cast.organisation("developer"), "odd", actor=cast.hub, member=jo)


def test_revoking_works_at_once_and_is_written_down_once(cast: Any, jo: Any) -> None:
    evaluator = cast.organisation("evaluator")
    token = services.give_token(evaluator, "laptop", actor=jo.as_viewer(), member=jo)
    other = services.give_token(evaluator, "ci", actor=cast.evaluator)
    taken = services.revoke_token(id_of(token), actor=jo.as_viewer())
    with pytest.raises(TokenUnknown):
        queries.viewer_with(token)
    again = services.revoke_token(id_of(token), actor=cast.hub)
    assert again.revoked_at == taken.revoked_at
    entries = ledger.about(cast.evaluator, evaluator.urn).filter(kind="token.revoked")
    assert [each.details["by"] for each in entries] == [jo.id]
    assert queries.viewer_with(other) == cast.evaluator


@pytest.mark.parametrize("who", ["developer", "another_evaluator", "authority"])
def test_others_neither_see_nor_revoke_it_and_it_looks_absent(cast: Any, who: str) -> None:
    token = services.give_token(cast.organisation("evaluator"), "ci", actor=cast.evaluator)
    viewer = getattr(cast, who)
    assert id_of(token) not in [each.id for each in queries.tokens(viewer)]
    with pytest.raises(TokenNotFound) as hidden:
        services.revoke_token(id_of(token), actor=viewer)
    with pytest.raises(TokenNotFound) as absent:
        services.revoke_token("0" * 12, actor=viewer)
    assert str(hidden.value).replace(id_of(token), "") == str(absent.value).replace("0" * 12, "")
    assert queries.viewer_with(token) == cast.evaluator


def test_the_public_sees_no_tokens(cast: Any) -> None:
    services.give_token(cast.organisation("evaluator"), "ci", actor=cast.evaluator)
    assert not queries.tokens(ANYONE).exists()


@pytest.mark.parametrize("said", ["", "%", "_" * 12, "a", "0" * 11, "\0" * 12, "x" * 5000])
def test_an_id_that_is_too_short_or_odd_revokes_nothing(cast: Any, said: str) -> None:
    services.give_token(cast.organisation("evaluator"), "ci", actor=cast.evaluator)
    with pytest.raises(TokenNotFound):
        services.revoke_token(said, actor=cast.hub)
    assert not Token.objects.filter(revoked_at__isnull=False).exists()


def test_the_list_shows_nothing_that_opens_a_door(cast: Any) -> None:
    token = services.give_token(cast.organisation("evaluator"), "ci", actor=cast.evaluator)
    row = queries.tokens(cast.evaluator).get(label="ci")
    assert token not in str(vars(row))
    with pytest.raises(TokenUnknown):
        queries.viewer_with(row.digest)


@pytest.mark.parametrize("label", ["", "   ", "x" * 101, "a\nb", "a\0b", "a\u202eb", "\ud800"])
def test_a_label_that_cannot_be_kept_or_seen_is_refused(cast: Any, label: str) -> None:
    with pytest.raises(WordsWrong, match="1 to 100 characters"):
        services.give_token(cast.organisation("evaluator"), label, actor=cast.evaluator)


def test_an_entry_names_a_token_and_never_holds_it(cast: Any, jo: Any) -> None:
    evaluator = cast.organisation("evaluator")
    token = services.give_token(evaluator, "laptop", actor=jo.as_viewer(), member=jo)
    entry = ledger.about(cast.evaluator, evaluator.urn).get(kind="token.given", details__label="laptop")
    assert entry.details == {"token": id_of(token), "label": "laptop", "member": jo.id}
    assert token not in str(entry.details)


def test_a_persons_tokens_end_with_their_seat(cast: Any, jo: Any, al: Any) -> None:
    evaluator = cast.organisation("evaluator")
    tokens = [services.give_token(evaluator, "t", actor=jo.as_viewer(), member=jo) for _ in range(2)]
    als = services.give_token(evaluator, "t", actor=al.as_viewer(), member=al)
    services.leave(jo.id, actor=cast.evaluator)
    for token in tokens:
        with pytest.raises(TokenUnknown):
            queries.viewer_with(token)
    assert queries.viewer_with(als) == al.as_viewer()
    with pytest.raises(MemberNotFound):
        services.give_token(evaluator, "again", actor=cast.hub, member=jo)


def test_a_token_that_outlived_its_seat_in_the_table_opens_nothing(cast: Any, jo: Any) -> None:
    token = services.give_token(cast.organisation("evaluator"), "t", actor=jo.as_viewer(), member=jo)
    services.leave(jo.id, actor=cast.hub)
    Token.objects.update(revoked_at=None)
    with pytest.raises(TokenUnknown):
        queries.viewer_with(token)


def test_two_tokens_are_two(cast: Any) -> None:
    given = Token.objects.create
    token = services.give_token(cast.organisation("evaluator"), "ci", actor=cast.evaluator)
    row = Token.objects.get(digest=rules.token_digest(token))
    with pytest.raises(IntegrityError):
        given(digest=row.digest, organisation=row.organisation, label="x", made_at=row.made_at)
