"""The gateway's books by the API: what goes in, what is shown once, who sees what."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.api.test_api import bearer
from tests.simulators.reached import ADDRESS, SECRET, Content, Reached, asked, ended

from headstart import clock
from headstart.access import services
from headstart.access.models import Key
from headstart.access.ports import Slip
from headstart.access.services import Begin, Finish

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
UPSTREAM = {
    "name": "main", "dialect": "openai", "base_url": ADDRESS, "secret": SECRET, "models": ["model-a"],
    "price_in": "2.5", "price_out": "10",
}  # fmt: skip
ROLES = (
    "developer", "hub", "evaluator", "partner", "authority", "another_developer", "another_evaluator", "finder",
    "maintainer", "operator",
)  # fmt: skip


@pytest.fixture
def world(cast: Any, data: Path) -> Reached:
    """A window, with a partner of its own beside the evaluator."""
    del data
    made = Reached(cast)
    made.partner()
    made.agree("partner")
    return made


@pytest.fixture
def call(cast: Any, client: Client) -> Call:
    """`call("developer", "post", "/keys", {…})`."""
    headers: dict[str, dict[str, str]] = {}

    def ask(who: str | None, verb: str, path: str, body: Any = None) -> Any:
        if who and who not in headers:
            headers[who] = bearer(cast, who)
        held = headers[who] if who else {}
        if verb == "get":
            return client.get(f"/api{path}", **held)
        return client.post(f"/api{path}", json.dumps(body or {}), "application/json", **held)

    return ask


def use(key_id: str, words: bytes | None = None) -> str:
    (slip,) = services.write([Begin(key_id=key_id, asked=asked())], at=clock.now())
    assert isinstance(slip, Slip)
    services.write([Finish(request_id=slip.request_id, ended=ended(words=words))], at=clock.now())
    return slip.request_id


def test_a_secret_goes_in_and_never_comes_out(world: Reached, call: Call) -> None:
    here = f"/reviews/{world.review.id}"
    made = call("developer", "post", f"{here}/upstreams", UPSTREAM)
    assert made.status_code == 201, made.content
    key = call(
        "developer",
        "post",
        "/keys",
        {"upstream_id": made.json()["id"], "member": world.member("evaluator").id},
    )
    answers = [
        call(who, "get", f"{here}/{what}")
        for who in ROLES
        for what in ("upstreams", "keys", "usage", "usage.csv", "requests")
    ]
    answers += [made, key, call("developer", "post", f"{here}/upstreams", UPSTREAM)]
    answers.append(call("developer", "post", f"{here}/upstreams", {**UPSTREAM, "secret": f"{SECRET}\n"}))
    answers.append(call("developer", "post", f"{here}/upstreams", {**UPSTREAM, "secret": [SECRET]}))
    answers.append(call("developer", "post", f"/upstreams/{made.json()['id']}/remove"))
    assert not any(SECRET in each.content.decode() for each in answers)
    assert (made.json()["base_url"], made.json()["price_in"]) == (ADDRESS, "2.500000")


def test_a_key_is_shown_once_to_the_developer_who_gives_it(world: Reached, call: Call) -> None:
    upstream = world.endpoint()
    wish = {
        "upstream_id": upstream.id, "member": "evaluator-person", "scopes": ["chat", "tools"], "most_tokens": 1000,
        "most_cost": "2.5", "requests_a_minute": 10, "most_streams": 2, "expires_at": "2999-01-01T00:00:00Z",
    }  # fmt: skip
    made = call("developer", "post", "/keys", wish)
    assert made.status_code == 201, made.content
    shown = made.json()["key"]
    assert shown.endswith(made.json()["hint"])
    listed = call("developer", "get", f"/reviews/{world.review.id}/keys")
    assert shown not in listed.content.decode()
    (row,) = listed.json()
    assert (row["person"], row["organisation"], row["scopes"]) == (
        "evaluator-person",
        "evaluator",
        ["chat", "tools"],
    )
    assert (row["most_tokens"], row["most_cost"], row["requests_a_minute"]) == (1000, "2.5000", 10)


SEES: dict[str, tuple[int, int]] = {
    "developer": (1, 2),
    "hub": (1, 2),
    "evaluator": (1, 1),
    "partner": (1, 1),
    "authority": (0, 0),
}


@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_what_is_its_own(world: Reached, call: Call, who: str) -> None:
    upstream = world.endpoint()
    for name in ("evaluator", "partner"):
        use(world.give(name, upstream)[0].id)
    counts = {}
    for what in ("upstreams", "keys", "usage", "requests"):
        answer = call(who, "get", f"/reviews/{world.review.id}/{what}")
        if who not in SEES:
            assert answer.status_code == 404
            continue
        rows = answer.json()["items"] if what == "requests" else answer.json()
        counts[what] = len(rows)
    table = call(who, "get", f"/reviews/{world.review.id}/usage.csv")
    if who not in SEES:
        assert table.status_code == 404
        return
    endpoints, own = SEES[who]
    assert counts == {"upstreams": endpoints, "keys": own, "usage": own, "requests": own}
    assert len(table.content.decode().splitlines()) == own + 1
    assert table["Content-Type"].startswith("text/csv")
    address = [each["base_url"] for each in call(who, "get", f"/reviews/{world.review.id}/upstreams").json()]
    assert address == [ADDRESS if who in ("developer", "hub") else ""] * endpoints


def test_without_a_token_there_is_nothing(world: Reached, call: Call) -> None:
    upstream = world.endpoint()
    key, _ = world.give()
    here = f"/reviews/{world.review.id}"
    for path in ("upstreams", "keys", "usage", "usage.csv", "requests"):
        assert call(None, "get", f"{here}/{path}").status_code == 401
    for path in (
        f"{here}/upstreams", f"/upstreams/{upstream.id}/remove", "/keys", f"/keys/{key.id}/revoke",
        "/requests/grq_000000000000/words",
    ):  # fmt: skip
        assert call(None, "post", path).status_code == 401


ACTS = {
    "add": {"developer": 201, "hub": 403, "evaluator": 403, "partner": 403, "authority": 403},
    "give": {"developer": 201, "hub": 403, "evaluator": 403, "partner": 403, "authority": 404},
    "remove": {"developer": 200, "hub": 403, "evaluator": 403, "partner": 403, "authority": 404},
    "revoke": {"developer": 200, "hub": 200, "evaluator": 200},
}


@pytest.mark.parametrize("who", ROLES)
def test_each_role_does_what_is_its_own(world: Reached, call: Call, who: str) -> None:
    upstream = world.endpoint()
    key, _ = world.give("evaluator", upstream)
    world.give("partner", upstream)
    here = f"/reviews/{world.review.id}"
    did = {
        "revoke": call(who, "post", f"/keys/{key.id}/revoke"),
        "add": call(who, "post", f"{here}/upstreams", {**UPSTREAM, "name": "another"}),
        "give": call(who, "post", "/keys", {"upstream_id": upstream.id, "member": "evaluator-person"}),
        "remove": call(who, "post", f"/upstreams/{upstream.id}/remove"),
    }
    assert {act: answer.status_code for act, answer in did.items()} == {
        act: expected.get(who, 404) for act, expected in ACTS.items()
    } | {"revoke": ACTS["revoke"].get(who, 404), "add": ACTS["add"].get(who, 404)}
    for answer in did.values():
        if answer.status_code >= 400:
            assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/upstreams", {**UPSTREAM, "dialect": "soap"}),
        ("/upstreams", {**UPSTREAM, "base_url": "http://127.0.0.1:5432"}),
        ("/upstreams", {**UPSTREAM, "base_url": "https://169.254.169.254/latest"}),
        ("/upstreams", {**UPSTREAM, "models": []}),
        ("/upstreams", {**UPSTREAM, "price_in": "NaN"}),
        ("/upstreams", {**UPSTREAM, "price_in": "1e30"}),
        ("/upstreams", {**UPSTREAM, "price_in": -1}),
        ("/upstreams", {}),
        ("/keys", {"member": "evaluator-person", "scopes": []}),
        ("/keys", {"member": "evaluator-person", "scopes": ["everything"]}),
        ("/keys", {"member": "evaluator-person", "most_tokens": 0}),
        ("/keys", {"member": "evaluator-person", "most_cost": "NaN"}),
        ("/keys", {"member": "evaluator-person", "most_cost": "0.00001"}),
        ("/keys", {"member": "evaluator-person", "expires_at": "2020-01-01T00:00:00Z"}),
        ("/keys", {"member": "evaluator-person", "expires_at": "2999-01-01T00:00:00"}),
        ("/keys", {"member": ""}),
    ],
)
def test_what_can_not_be_is_refused_in_one_line(world: Reached, call: Call, path: str, body: Any) -> None:
    if path == "/keys":
        answer = call("developer", "post", path, {"upstream_id": world.endpoint().id, **body})
    else:
        answer = call("developer", "post", f"/reviews/{world.review.id}{path}", body)
    assert answer.status_code == 422, answer.content
    assert "\n" not in answer.json()["message"]
    assert SECRET not in answer.content.decode()
    assert not Key.objects.exists()


def test_a_person_who_may_not_reach_the_model_gets_no_key(world: Reached, call: Call) -> None:
    upstream = world.endpoint()
    member = world.member("another_evaluator").id
    answer = call("developer", "post", "/keys", {"upstream_id": upstream.id, "member": member})
    assert (answer.status_code, answer.json()["code"]) == (409, "may-not-reach")
    absent = call("developer", "post", "/keys", {"upstream_id": upstream.id, "member": "nobody"})
    assert absent.status_code == 404


def test_words_are_read_by_the_two_sides_byte_for_byte(world: Reached, call: Call) -> None:
    world.agree("evaluator", keep_content=Content.ENCRYPTED)
    words = b"\x00\xff not text"
    request_id = use(world.give("evaluator")[0].id, words)
    for who in ("developer", "evaluator"):
        answer = call(who, "post", f"/requests/{request_id}/words")
        assert (answer.status_code, answer.content) == (200, words)
        assert answer["Content-Type"] == "application/octet-stream"
    assert call("hub", "post", f"/requests/{request_id}/words").status_code == 403
    for who in ("partner", "authority", "finder"):
        assert call(who, "post", f"/requests/{request_id}/words").status_code == 404
