"""The window's end and who reaches the model: the developer's alone, and nothing else follows from it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.web.parties import Parties
from tests.web.test_reviews import words

from headstart import clock

pytestmark = pytest.mark.django_db
OTHERS = ("evaluator", "authority", "partner", "hub")


@pytest.fixture
def running(parties: Parties) -> Parties:
    """A window with an evaluator and a partner in it."""
    parties.open()
    parties.sign_partner("developer", "authority")
    return parties


@pytest.mark.parametrize("do", ["shorten", "withdraw", "release"])
def test_nobody_else_ends_or_shortens_a_window(running: Parties, do: str) -> None:
    before = running.review_anew().closes_at
    for name in OTHERS:
        said = {"do": do, "sure": "yes", "closes": "2020-01-01T00:00"}
        assert running.seat(name).post(running.url("window"), said).status_code == 403, name
    after = running.review_anew()
    assert (after.stage, after.closes_at, after.released_at) == ("open", before, None)


def test_a_window_is_shortened_on_the_clocks_of_its_programme(running: Parties) -> None:
    zone = ZoneInfo(running.review.programme.zone)
    wanted = (clock.now() + timedelta(days=5)).astimezone(zone).replace(second=0, microsecond=0)
    said = {"do": "shorten", "closes": wanted.strftime("%Y-%m-%dT%H:%M")}
    answer = running.seat("developer").post(running.url("window"), said, follow=True)
    assert running.review_anew().closes_at == wanted
    assert "The window ends sooner now" in answer.content.decode()


@pytest.mark.parametrize("closes", ["", "soon", "2001-01-01T00:00", "9999-12-31T23:59"])
def test_an_end_that_can_t_be_is_refused_and_stays_typed(running: Parties, closes: str) -> None:
    before = running.review_anew().closes_at
    answer = running.seat("developer").post(running.url("window"), {"do": "shorten", "closes": closes})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert f'value="{closes}"' in text
    assert running.review_anew().closes_at == before


@pytest.mark.parametrize(("do", "ended_by"), [("withdraw", "withdraw"), ("release", "release")])
def test_the_developer_leaves_or_releases_by_a_box_and_a_button(
    running: Parties, do: str, ended_by: str
) -> None:
    client, page = running.seat("developer"), running.url("window")
    assert "Nothing else follows" in words(client, page)
    assert client.post(page, {"do": do}).status_code == 422
    assert running.review_anew().stage == "open"
    assert client.post(page, {"do": do, "sure": "yes"})["Location"] == running.url()
    after = running.review_anew()
    assert (after.stage, after.ended_by, after.released_at is not None) == (
        "closed",
        ended_by,
        do == "release",
    )
    for name in ("evaluator", "authority", "hub"):
        said = words(running.seat(name), running.url())
        assert "nothing blocks a release" in said.lower(), name


def test_a_model_is_released_before_a_window_in_it_and_after_it(parties: Parties) -> None:
    for prepare in (parties.ask, parties.open):
        parties.review = None
        prepare()
        said = {"do": "release", "sure": "yes"}
        assert parties.seat("developer").post(parties.url("window"), said).status_code == 302
        assert parties.review_anew().released_at is not None
    parties.review = None
    parties.open()
    client, page = parties.seat("developer"), parties.url("window")
    client.post(page, {"do": "withdraw", "sure": "yes"})
    assert client.post(page, {"do": "withdraw", "sure": "yes"}).status_code == 409
    assert client.post(page, {"do": "release", "sure": "yes"}).status_code == 302
    assert parties.review_anew().released_at is not None
    assert "Shorten" not in words(client, page).split("Nobody is asked")[1]


def test_the_first_access_opens_the_window_for_as_long_as_was_said(parties: Parties) -> None:
    parties.ask()
    client, page = parties.seat("developer"), parties.url("access")
    for said in ({"organisation": "evaluator", "days": "31"}, {"organisation": "evaluator", "days": "some"}):
        answer = client.post(page, said)
        assert answer.status_code == 422
        assert f'value="{said["days"]}"' in answer.content.decode()
    for name, status in (("nobody", 422), ("another_finder", 403)):
        if name != "nobody":
            parties.organisation(name)
        assert client.post(page, {"organisation": name}).status_code == status
    assert parties.review_anew().opens_at is None
    assert client.post(page, {"organisation": "evaluator", "days": "12"}).status_code == 302
    after = parties.review_anew()
    assert (after.stage, round((after.closes_at - after.opens_at) / timedelta(days=1))) == ("open", 12)


def test_access_is_taken_back_and_the_evaluator_sees_no_more_of_it(running: Parties) -> None:
    assert running.seat("evaluator").get(running.url()).status_code == 200
    client, page = running.seat("developer"), running.url("access")
    said = {"do": "take-back", "organisation": running.organisation("evaluator").id}
    assert client.post(page, said)["Location"] == page
    assert "taken back" in words(client, page)
    assert client.post(page, said).status_code == 409
    for name in OTHERS:
        assert running.seat(name).post(page, said).status_code in (403, 404), name


def test_the_page_says_how_much_is_left_with_its_zone(running: Parties) -> None:
    said = words(running.seat("evaluator"), running.url())
    assert "left of 30 days" in said
    assert "On the clocks of America/New_York:" in said
    assert " UTC)" in said
    clock.set_shift(timedelta(days=31))
    assert "The window's time is over. Access to the model ended with it, and nothing else" in words(
        running.seat("evaluator"), running.url()
    )
