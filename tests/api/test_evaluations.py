"""Evaluations by the API: every door to every role, and what each brings to those who may."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.api.test_api import bearer
from tests.simulators.evaluations import LATER, run_of, still_open

from headstart import clock
from headstart.benchmarks import queries, services, work
from headstart.benchmarks.rules.sealing import Form, check
from headstart.benchmarks.work.disclosing import KINDS
from headstart.ledger.work import hub_key, verify_file
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Move
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db
ROLES = (
    "hub", "authority", "evaluator", "developer", "another_evaluator", "another_developer", "partner", "finder",
    "maintainer", "operator",
)  # fmt: skip
FIXED = {"families": ["find-parser-flaw"], "form": "fixed", "items": 3}
Call = Callable[..., Any]


class World:
    """A review with an evaluation, a run that waits, and the doors to them."""

    def __init__(self, cast: Any, data: Path) -> None:
        self.cast = cast
        self.review = reviewing.enquire("A model", load_programme("eo14409"), actor=cast.developer)
        reviewing.grant_access(self.review.id, cast.organisation("evaluator"), actor=cast.developer)
        plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=3))
        self.commitment = services.seal(plan, actor=cast.evaluator, subject=self.review.urn)
        clock.set_shift(LATER)
        still_open(self.review)
        result = run_of(data / "evaluations" / "battery", plan, logs=True)
        self.evaluation = services.record(
            result, actor=cast.evaluator, subject=self.review.urn, developer=cast.organisation("developer")
        )
        self.item = self.evaluation.items.all()[1]
        wish = services.Wish(model="reference/null")
        self.run = services.ask_run(self.commitment, wish, actor=cast.evaluator, subject=self.review.urn)
        self.transcript = f"/{self.evaluation.id}/transcripts/{self.item.item}/1"


@pytest.fixture
def world(cast: Any, data: Path) -> World:
    return World(cast, data)


@pytest.fixture
def call(cast: Any, client: Client) -> Call:
    """`call("evaluator", "get", "/runs")`: the answer of a door below /api/evaluations."""

    def ask(who: str | None, verb: str, path: str, body: Any = None) -> Any:
        headers = bearer(cast, who) if who else {}
        if verb == "get":
            return client.get(f"/api/evaluations{path}", **headers)
        return client.post(f"/api/evaluations{path}", json.dumps(body or {}), "application/json", **headers)

    return ask


def test_without_a_token_only_what_is_public_opens(world: World, call: Call) -> None:
    for path in ("", "/runs", f"/runs/{world.run.id}", f"/{world.evaluation.id}", world.transcript):
        assert call(None, "get", path).status_code == 401
    for path in ("/seals", "/runs", f"{world.transcript}/readings"):
        assert call(None, "post", path).status_code == 401
    assert call(None, "get", "/seals").json() == {"items": [], "count": 0}
    assert call(None, "get", f"/seals/{world.commitment}").status_code == 404


SEES = {"hub", "authority", "evaluator", "developer"}
READS = {"hub", "evaluator", "developer"}
RUNS = {"hub", "evaluator"}


@pytest.mark.parametrize("who", ROLES)
def test_every_door_opens_for_those_whose_it_is_and_is_absent_for_all_others(
    world: World, call: Call, who: str
) -> None:
    doors = [
        (f"/{world.evaluation.id}", SEES),
        (f"/{world.evaluation.id}/transcripts", READS),
        (world.transcript, READS),
        (f"{world.transcript}/disclosure", READS),
        (f"/{world.evaluation.id}/readings", READS),
        (f"/runs/{world.run.id}", RUNS),
        (f"/seals/{world.commitment}", {"evaluator"}),
    ]
    for path, allowed in doors:
        answer = call(who, "get", path)
        assert answer.status_code == (200 if who in allowed else 404), path
        if who not in allowed:
            absent = path.replace(world.evaluation.id, "evl_000000000000").replace(
                world.run.id, "run_000000000000"
            )
            other = call(who, "get", absent.replace(world.commitment, "0" * 64))
            shown = json.dumps(answer.json()).replace(world.evaluation.id, "…").replace(world.run.id, "…")
            said = json.dumps(other.json()).replace("evl_000000000000", "…").replace("run_000000000000", "…")
            assert shown.replace(world.commitment, "…") == said.replace("0" * 64, "…")
    for path, allowed in (("", SEES), ("/runs", RUNS), ("/seals", RUNS)):
        assert call(who, "get", path).json()["count"] == (1 if who in allowed else 0)


@pytest.mark.parametrize("who", ROLES)
def test_every_verb_is_for_those_whose_it_is(world: World, call: Call, who: str) -> None:
    before = queries.run(world.cast.hub, world.run.id).state
    reading = call(who, "post", f"{world.transcript}/readings", {"cheating": "no"}).status_code
    assert reading == {"hub": 201, "evaluator": 201, "developer": 403}.get(who, 404)
    again = call(who, "post", f"/runs/{world.run.id}/again").status_code
    assert again == {"hub": 403, "evaluator": 409}.get(who, 404)
    opened = call(who, "post", f"/seals/{world.commitment}/open").status_code
    assert opened == {"evaluator": 409}.get(who, 404)
    sealed = call(who, "post", "/seals", {"commitment": "ab" * 32}).status_code
    assert sealed == (201 if who in ("hub", "evaluator", "another_evaluator") else 403)
    asked = call(who, "post", "/runs", {"commitment": "cd" * 32, "model": "reference/null"}).status_code
    assert asked == (404 if who in ("hub", "evaluator", "another_evaluator") else 403)
    assert queries.run(world.cast.hub, world.run.id).state == before
    ended = call(who, "post", f"/runs/{world.run.id}/cancel").status_code
    assert ended == (200 if who in RUNS else 404)


@pytest.mark.sandbox
def test_a_plan_is_sealed_run_watched_and_opened(world: World, call: Call) -> None:
    sealed = call("evaluator", "post", "/seals", {"terms": FIXED, "review_id": world.review.id})
    assert sealed.status_code == 201
    commitment = sealed.json()["commitment"]
    assert (sealed.json()["subject"], sealed.json()["sealed_by"]) == (world.review.urn, "evaluator")
    asked = {
        "commitment": commitment, "model": "reference/heuristic", "review_id": world.review.id,
        "safeguards": "off", "tokens": 5000, "cost": 2.5, "input_price": 1.0, "output_price": 2.0,
    }  # fmt: skip
    run = call("evaluator", "post", "/runs", asked)
    assert (run.status_code, run.json()["state"], run.json()["commitment"]) == (202, "queued", commitment)
    kept = queries.run(world.cast.hub, run.json()["id"])
    assert kept.developer_id == world.cast.developer.organisation_id
    assert kept.limits["prices"] == {"input": 1.0, "output": 2.0}
    ended = call("evaluator", "post", f"/runs/{kept.id}/cancel").json()
    assert (ended["state"], ended["said"]) == ("cancelled", "cancelled by evaluator")
    assert call("evaluator", "post", f"/seals/{commitment}/open").status_code == 204
    check(call(None, "get", f"/seals/{commitment}").json(), commitment)
    assert call("another_evaluator", "get", "/seals").json()["count"] == 1


def test_a_plan_of_ones_own_is_sealed_and_run_only_if_it_can_be(world: World, call: Call) -> None:
    plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=3)).as_dict()
    wrong = (
        {"items": 10**9}, {"in_flight": 0}, {"attempts": 99}, {"framings": []}, {"budget": {"what": 1}},
        {"budget": {**plan["budget"], "messages": "many"}}, {"scale": {}}, {"families": []},
        {"families": [{"name": "find-parser-flaw", "version": 99, "held_out": False}]},
        {"families": [{"name": "no-such", "version": 1, "held_out": False}]},
    )  # fmt: skip
    for change in wrong:
        sealed = call("evaluator", "post", "/seals", {"plan": {**plan, **change}})
        if sealed.status_code == 201:
            asked = {"commitment": sealed.json()["commitment"], "model": "reference/null"}
            sealed = call("evaluator", "post", "/runs", asked)
        assert sealed.status_code == 422, change
        assert "\n" not in sealed.json()["message"]
    assert call("evaluator", "post", "/seals", {"plan": {"what": "ever"}}).status_code == 422
    good = call("evaluator", "post", "/seals", {"plan": plan}).json()["commitment"]
    assert (
        call("evaluator", "post", "/runs", {"commitment": good, "model": "reference/null"}).status_code == 202
    )


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"items": 0}, 422), ({"families": ["no-such"]}, 422), ({"anchors": float("nan")}, 422), ({"form": "odd"}, 422),
        ({"thresholds": {"x": float("nan")}}, 422), ({"claim": "x" * 5000}, 422), ({"until_se": 0.0001}, 422),
        ({"items": 10**12}, 422),
    ],
)  # fmt: skip
@pytest.mark.sandbox
def test_terms_that_make_no_sense_are_one_line(
    world: World, call: Call, terms: dict[str, Any], status: int
) -> None:
    assert call("evaluator", "post", "/seals", {"terms": {**FIXED, **terms}}).status_code == status


def test_where_the_window_is_closed_the_model_is_not_run(world: World, call: Call) -> None:
    reviewing.end(world.review.id, Move.WITHDRAW, actor=world.cast.developer)
    asked = {"commitment": world.commitment, "model": "reference/null", "review_id": world.review.id}
    answer = call("evaluator", "post", "/runs", asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "window-not-open")
    assert call("another_evaluator", "post", "/runs", asked).status_code == 404


def test_a_disclosed_transcript_verifies_with_the_hubs_key(
    world: World, call: Call, data: Path, tmp_path: Path
) -> None:
    answer = call("developer", "get", f"{world.transcript}/disclosure")
    assert answer["Content-Disposition"] == f'attachment; filename="{world.item.item}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(tmp_path)
    file = tmp_path / world.item.item / f"{world.item.item}.json"
    assert verify_file(file, [hub_key(data).public_key()], KINDS).holds
    assert call("developer", "get", world.transcript).content == file.read_bytes()


def test_what_is_said_of_a_transcript_is_in_the_report(world: World, call: Call) -> None:
    before = call("hub", "get", f"/{world.evaluation.id}").json()["report"]
    assert (
        call(
            "evaluator", "post", f"{world.transcript}/readings", {"cheating": "yes", "note": "x"}
        ).status_code
        == 201
    )
    assert (
        call("evaluator", "post", f"{world.transcript}/readings", {"cheating": "perhaps"}).status_code == 422
    )
    after = call("hub", "get", f"/{world.evaluation.id}").json()["report"]
    assert before["cheating"] != after["cheating"]
    (said,) = call("developer", "get", f"/{world.evaluation.id}/readings").json()
    assert (said["by"], said["cheating"], said["note"]) == ("evaluator", "yes", "x")
    assert call("hub", "get", f"/{world.evaluation.id}/transcripts").json()["items"][1]["read"] == 1
    assert world.evaluation.plan["master"] not in json.dumps(after)


def test_no_answer_holds_a_key_an_address_or_a_place(world: World, call: Call) -> None:
    for path in ("", "/runs", "/seals", f"/{world.evaluation.id}", f"/{world.evaluation.id}/transcripts"):
        text = call("hub", "get", path).content.decode()
        assert not any(
            word in text for word in ("api_key", "API_KEY", "base_url", "BASE_URL", "/tmp/", "http://")
        )
