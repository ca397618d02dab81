"""Endpoints, keys and usage on the pages: a key is shown once, a secret never, and each sees its own."""

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from tests.web.parties import Parties
from tests.web.test_browser_review_evaluator import give_key
from tests.web.test_reviews import words

from headstart import clock
from headstart.access import queries as gateway
from headstart.access.models import Key, Request
from headstart.access.rules import Ending
from headstart.reviews import services as reviewing
from headstart.web.views.review_usage import COLUMNS

pytestmark = pytest.mark.django_db
SECRET = "sk-of-the-developer"
ENDPOINT = {
    "do": "add",
    "name": "main",
    "dialect": "openai",
    "base_url": "http://127.0.0.1:9",
    "secret": SECRET,
    "models": "winter-1\nwinter-2",
    "safeguards": "on",
    "price_in": "1.5",
    "price_out": "",
}
GRANT = {
    "do": "give",
    "member": "evaluator",
    "scopes": ["chat", "models"],
    "most_tokens": "10,000",
    "most_cost": "2.50",
    "requests_a_minute": "30",
    "most_streams": "2",
    "expires_at": "",
}


@pytest.fixture
def running(parties: Parties, settings: Any) -> Parties:
    """A window in which a person of the evaluator may be given a key."""
    settings.HEADSTART_UPSTREAMS = ("http://127.0.0.1:9",)
    parties.open()
    parties.agree()
    reviewing.declare(parties.review.id, "", actor=parties.person("evaluator"))
    return parties


def test_an_endpoint_is_added_and_its_secret_never_comes_out(running: Parties) -> None:
    client, page = running.seat("developer"), running.url("gateway")
    assert client.post(page, ENDPOINT)["Location"] == page
    (made,) = gateway.upstreams(running.person("developer"), running.review.id)
    assert (made.models_text, made.price_in) == (["winter-1", "winter-2"], Decimal("1.5"))
    for address in ("gateway", "usage", "keys", ""):
        assert SECRET not in client.get(running.url(address)).content.decode()
    refused = client.post(page, {**ENDPOINT, "name": "other", "base_url": "ftp://nowhere"})
    assert refused.status_code == 422
    assert SECRET not in refused.content.decode()
    assert 'value="ftp://nowhere"' in refused.content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"base_url": "http://169.254.169.254"},
        {"base_url": ""},
        {"models": ""},
        {"dialect": "telnet"},
        {"price_in": "free"},
        {"price_in": "-1"},
        {"price_in": "NaN"},
        {"secret": ""},
        {"name": ""},
    ],
)
def test_an_endpoint_that_can_t_be_is_refused_in_a_line(running: Parties, changed: dict[str, str]) -> None:
    answer = running.seat("developer").post(running.url("gateway"), {**ENDPOINT, **changed})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not gateway.upstreams(running.person("developer"), running.review.id)


def given(running: Parties, **changed: Any) -> Any:
    """The answer to the form that gives a key to the endpoint of ENDPOINT."""
    client, page = running.seat("developer"), running.url("gateway")
    client.post(page, ENDPOINT)
    (made,) = gateway.upstreams(running.person("developer"), running.review.id)
    return client.post(page, {**GRANT, "upstream": made.id, **changed})


def test_a_key_is_shown_this_once_with_the_two_lines_to_use_it(running: Parties, settings: Any) -> None:
    settings.HEADSTART_GATEWAY_URL = "https://gateway.example/"
    answer = given(running)
    text = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "export OPENAI_BASE_URL=https://gateway.example/v1\nexport OPENAI_API_KEY=" in text
    shown = re.search(r"OPENAI_API_KEY=(\S+)", text.split("</pre>")[0])
    assert shown
    (key,) = gateway.keys(running.person("developer"), running.review.id)
    assert shown[1].endswith(key.hint)
    assert (key.most_tokens, key.most_cost, key.requests_a_minute, key.most_streams) == (
        10_000, Decimal("2.50"), 30, 2,
    )  # fmt: skip
    for name in ("developer", "evaluator"):
        for page in ("gateway", "keys", "usage"):
            assert shown[1] not in running.seat(name).get(running.url(page)).content.decode()
    assert key.hint in words(running.seat("evaluator"), running.url("keys"))
    assert "10,000 tokens, 2.50 US dollars, 30 requests a minute, 2 at the same time" in words(
        running.seat("evaluator"), running.url("keys")
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"member": "partner"}, "partner"),
        ({"scopes": []}, ""),
        ({"scopes": ["messages", "root"]}, "choose one of"),
        ({"most_tokens": "lots"}, "is no whole number"),
        ({"requests_a_minute": ""}, "write a number"),
        ({"expires_at": "2001-01-01T00:00"}, ""),
    ],
)
def test_a_key_that_can_t_be_given_is_refused_and_what_was_typed_stays(
    running: Parties, changed: dict[str, Any], says: str
) -> None:
    answer = given(running, **changed)
    text = answer.content.decode()
    assert answer.status_code in (403, 409, 422)
    assert says in text.split('role="alert"')[1].split("</div>")[0]
    assert f'value="{changed.get("member", "evaluator")}"' in text
    assert not gateway.keys(running.person("developer"), running.review.id)


def test_a_key_is_ended_by_the_developer_or_the_persons_side_and_nobody_else(
    running: Parties, settings: Any
) -> None:
    running.sign_partner("developer", "authority")
    for name, page, ends in (
        ("partner", "keys", False),
        ("authority", "keys", False),
        ("evaluator", "keys", True),
        ("hub", "keys", True),
        ("developer", "gateway", True),
    ):
        Key.objects.all().delete()
        running.person("developer")
        for each in gateway.upstreams(running.person("developer"), running.review.id):
            each.delete()
        key, _ = give_key(running, settings)
        said = {"do": "revoke", "key": key.id}
        answer = running.seat(name).post(running.url(page), said)
        key.refresh_from_db()
        assert (answer.status_code == 302) == ends == (key.revoked_at is not None), name


def test_removing_an_endpoint_says_that_its_keys_have_ended(running: Parties) -> None:
    given(running)
    (made,) = gateway.upstreams(running.person("developer"), running.review.id)
    client = running.seat("developer")
    answer = client.post(running.url("gateway"), {"do": "remove", "upstream": made.id}, follow=True)
    assert "every key to it has ended" in answer.content.decode()
    assert "its endpoint was removed" in words(running.seat("evaluator"), running.url("keys"))


def used(running: Parties, settings: Any) -> Any:
    """A key with one request that is done and one that is under way."""
    key, _ = give_key(running, settings, most_tokens=1000)
    for ending, tokens in ((Ending.DONE, 250), (Ending.UNDER_WAY, 0)):
        Request.objects.create(
            key=key, at=clock.now(), path="/v1/chat/completions", model="winter-1", request_digest="0" * 64,
            request_bytes=10, ending=ending, tokens_in=tokens, tokens_out=tokens, cost=Decimal("0.5"),
        )  # fmt: skip
    key.tokens_spent, key.cost_spent = 500, Decimal("0.5")
    key.save()
    return key


def test_usage_is_told_for_each_person_to_those_who_may_know(running: Parties, settings: Any) -> None:
    running.sign_partner("developer", "authority")
    used(running, settings)
    for name in ("developer", "hub", "evaluator"):
        said = words(running.seat(name), running.url("usage"))
        assert "evaluator evaluator; 1 of 1 keys in force" in said, name
        assert "500 of 1,000" in said, name
        assert "0.50 US dollars, no limit" in said, name
        assert "1 done, 1 under way" in said or "1 under way, 1 done" in said, name
    for name in ("partner", "authority"):
        said = words(running.seat(name), running.url("usage"))
        assert "Nobody has a key yet, as far as you may see" in said, name
        assert "1,000" not in said
        rows = running.seat(name).get(running.url("usage.csv")).content.decode().splitlines()
        assert rows == [",".join(COLUMNS)], name


def test_the_table_for_a_spreadsheet_says_the_same_and_holds_no_formula(
    running: Parties, settings: Any
) -> None:
    key = used(running, settings)
    key.organisation.name = "=HYPERLINK(1)"
    key.organisation.save()
    answer = running.seat("hub").get(running.url("usage.csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["organisation"] == "'=HYPERLINK(1)"
    assert (row["person"], row["requests"], row["tokens_in"], row["tokens_left"]) == (
        "evaluator",
        "2",
        "250",
        "500",
    )
    assert row["cost_left_usd"] == "no limit"
    assert set(row["endings"].split("; ")) == {"done: 1", "under way: 1"}


def test_the_bar_of_a_budget_is_as_long_as_its_share(running: Parties, settings: Any) -> None:
    used(running, settings)
    text = running.seat("developer").get(running.url("usage")).content.decode()
    assert re.search(r'class="n" width="50(\.0)?"', text)
