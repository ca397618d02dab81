"""Evaluations by the pages: started, watched, read; every role at every door; hostile logs are text."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.simulators.evaluations import LATER, run_of, still_open
from tests.web.conftest import HOSTILE

from headstart import clock
from headstart.benchmarks import queries, services, work
from headstart.benchmarks.models import Run, Sealed
from headstart.benchmarks.rules.items import Cheating
from headstart.benchmarks.rules.results import Sign
from headstart.benchmarks.rules.runs import Wish
from headstart.benchmarks.rules.sealing import Form
from headstart.benchmarks.rules.sealing import check as hold
from headstart.people.rules import ANYONE
from headstart.reviews import services as reviewing
from headstart.reviews.work import load_programme

pytestmark = pytest.mark.django_db
SIGNS = (
    Sign(kind=Cheating.READ, where="message 1", words=f"cat /etc/shadow {HOSTILE}"),
    Sign(kind=Cheating.FORGED, where="answer", words="ERROR: AddressSanitizer"),
)


def hostile(item: str) -> bytes:
    """A log that would like to be a page."""
    call = {
        "function": f"bash{HOSTILE}",
        "arguments": {"command": f"</pre>{HOSTILE}" + "x" * 9000, HOSTILE: 1},
    }
    talk = [
        {"role": "user", "content": f"</pre></li>{HOSTILE} {item}"},
        {"role": "assistant", "content": "\u202egnp.exe \x1b[31m" + "y" * 9000, "tool_calls": [call] * 30},
        {"role": "tool", "function": HOSTILE, "content": HOSTILE, "error": {"message": HOSTILE}},
        *({"role": "assistant", "content": f"turn {n}"} for n in range(100)),
    ]
    return json.dumps({"messages": talk}).encode()


class World:
    """A review, an evaluation of its model with hostile logs, and a run that is under way."""

    def __init__(self, cast: Any, data: Path, seat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cast, self.seat = cast, seat
        self.review = reviewing.enquire(f"A model {HOSTILE}", load_programme("eo14409"), actor=cast.developer)
        reviewing.grant_access(self.review.id, cast.organisation("evaluator"), actor=cast.developer)
        plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=3, claim=HOSTILE))
        self.commitment = services.seal(plan, actor=cast.evaluator, subject=self.review.urn)
        monkeypatch.setattr("tests.simulators.evaluations.log_of", hostile)
        made = run_of(data / "evaluations" / "battery", plan, logs=True, signs=SIGNS)
        clock.set_shift(LATER)
        still_open(self.review)
        self.evaluation = services.record(
            replace(made, items=tuple(replace(each, sentence=HOSTILE) for each in made.items)),
            actor=cast.evaluator,
            subject=self.review.urn,
            developer=cast.organisation("developer"),
        )
        self.item = self.evaluation.items.first()
        self.run = services.ask_run(
            self.commitment, Wish(model="reference/null"), actor=cast.evaluator, subject=self.review.urn
        )
        recent = [
            {"item": "i", "family": HOSTILE, "side": "offence", "level": 1, "attempt": 1, "outcome": "solved",
             "sentence": HOSTILE, "cheated": True}
        ]  # fmt: skip
        ability = {"mean": 0.5, "standard_error": 1.0, "low": -1.0, "high": 2.0, "coverage": 0.95, "items": 1}
        standing = {"done": 1, "most": 3, "solved": 1, "counted": 1, "refusals": 0, "infrastructure": 0,
                    "tokens": 1200, "cost": None, "seconds": 2.0, "ability": ability, "recent": recent}  # fmt: skip
        Run.objects.filter(id=self.run.id).update(state="running", standing=standing)
        self.transcript = f"/evaluations/{self.evaluation.id}/transcripts/{self.item.item}/1"

    def addresses(self) -> dict[str, set[str]]:
        """Every page, and for whom it is."""
        sees, reads, runs = (
            {"hub", "authority", "evaluator", "developer"},
            {"hub", "evaluator", "developer"},
            {"hub", "evaluator"},
        )
        return {
            f"/evaluations/{self.evaluation.id}/": sees,
            f"/evaluations/{self.evaluation.id}/transcripts": reads,
            self.transcript: reads,
            f"{self.transcript}?page=2": reads,
            f"{self.transcript}/disclosure.zip": reads,
            f"{self.transcript}/log.json": reads,
            f"/evaluations/runs/{self.run.id}": runs,
        }


@pytest.fixture
def world(cast: Any, data: Path, seat: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(cast, data, seat, monkeypatch)


ROLES = (
    "hub",
    "authority",
    "evaluator",
    "developer",
    "another_evaluator",
    "another_developer",
    "partner",
    "finder",
)


@pytest.mark.parametrize("who", ROLES)
def test_every_page_opens_for_those_whose_it_is_and_is_absent_for_all_others(world: World, who: str) -> None:
    client = world.seat(who)
    for address, allowed in world.addresses().items():
        answer = client.get(address)
        assert answer.status_code == (200 if who in allowed else 404), address
    listed = client.get("/evaluations/")
    if listed.status_code == 200:
        text = listed.content.decode()
        assert (world.evaluation.id in text) == (who in {"hub", "authority", "evaluator", "developer"})
        assert (world.run.id in text) == (who in {"hub", "evaluator"})
        assert (world.commitment in text) == (who in {"hub", "evaluator"})
    starts = client.get("/evaluations/start").status_code
    assert starts == (200 if who in {"hub", "evaluator", "another_evaluator"} else 403)
    verbs = {
        f"/evaluations/plans/{world.commitment}/open": {"evaluator": 409},
        f"{world.transcript}/read": {"hub": 302, "evaluator": 302, "developer": 403},
        f"/evaluations/runs/{world.run.id}/again": {"hub": 403, "evaluator": 409},
        f"/evaluations/runs/{world.run.id}/cancel": {"hub": 302, "evaluator": 302},
    }
    for address, allowed_to in verbs.items():
        assert client.get(address).status_code == 405
        assert client.post(address, {"cheating": "no"}).status_code == allowed_to.get(who, 404), address


def test_nobody_who_did_not_sign_in_sees_any_of_it(world: World) -> None:
    for address in world.addresses():
        assert Client().get(address).status_code == 404
    assert Client().get("/evaluations/start").status_code == 403
    assert world.evaluation.id not in Client().get("/evaluations/").content.decode()


@pytest.mark.parametrize("address", ["/evaluations/", "run", "transcripts", "transcript", "second", "last"])
def test_hostile_text_is_text_and_bounded(world: World, address: str) -> None:
    pages = {
        "run": f"/evaluations/runs/{world.run.id}",
        "transcripts": f"/evaluations/{world.evaluation.id}/transcripts",
        "transcript": world.transcript,
        "second": f"{world.transcript}?page=2",
        "last": f"{world.transcript}?page=999999",
    }
    answer = world.seat("evaluator").get(pages.get(address, address))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert len(text) < 400_000


def test_a_transcript_shows_messages_calls_errors_and_signs(world: World) -> None:
    text = world.seat("developer").get(world.transcript).content.decode()
    assert 'id="message-1"' in text
    assert 'href="#message-1"' in text
    assert "10 more calls are in the log" in text
    assert "more characters are not shown" in text
    assert "It made output look like success, in answer" in text
    assert "turn 50" in text
    assert "turn 99" not in text
    assert "turn 99" in world.seat("developer").get(f"{world.transcript}?page=2").content.decode()
    assert "Say so" not in text


def test_one_reads_a_transcript_and_the_list_and_the_report_say_so(world: World) -> None:
    client = world.seat("evaluator")
    assert "Nobody has read it yet" in client.get(world.transcript).content.decode()
    done = client.post(
        f"{world.transcript}/read", {"cheating": "yes", "note": f"saw it {HOSTILE}"}, follow=True
    )
    assert "Noted: you read it" in done.content.decode()
    assert "saw it &lt;script&gt;" in done.content.decode()
    listed = client.get(f"/evaluations/{world.evaluation.id}/transcripts").content.decode()
    assert "People have read 1 of 3" in listed
    unread = client.get(f"/evaluations/{world.evaluation.id}/transcripts?show=unread").content.decode()
    assert world.transcript not in unread
    signs = client.get(f"/evaluations/{world.evaluation.id}/transcripts?show=signs").content.decode()
    assert signs.count("/transcripts/find-parser-flaw") == 1
    assert client.post(f"{world.transcript}/read", {"cheating": "perhaps"}).status_code == 422


@pytest.mark.parametrize("name", ["x", "..%2f..%2fkeys", "%00", "a" * 3000])
def test_a_transcript_that_is_not_there_is_a_page_with_one_line(world: World, name: str) -> None:
    for attempt in (0, 1, 2, 10**30):
        answer = world.seat("evaluator").get(
            f"/evaluations/{world.evaluation.id}/transcripts/{name}/{attempt}"
        )
        assert answer.status_code == 404


def test_progress_is_a_part_of_the_page_and_nothing_where_it_stands_as_it_did(world: World) -> None:
    client, address = world.seat("evaluator"), f"/evaluations/runs/{world.run.id}"
    page = client.get(address).content.decode()
    assert "1</strong> of 3 items at most" in page
    assert "not known: no prices were given" in page
    seen = page.split("?seen=")[1].split('"')[0]
    headers = {"HTTP_HX_REQUEST": "true"}
    assert client.get(f"{address}/progress?seen={seen}", **headers).status_code == 204
    services.give_up(world.run.id, f"no sandbox is fit {HOSTILE}")
    part = client.get(f"{address}/progress?seen={seen}", **headers).content.decode()
    assert "hx-trigger" not in part
    assert "No sandbox is fit &lt;script&gt;" in part
    assert client.get(f"{address}/progress").status_code == 302
    assert "Take it up again" in client.get(address).content.decode()
    assert "Take it up again" not in world.seat("hub").get(address).content.decode()
    assert client.post(f"{address}/again").status_code == 302
    assert queries.run(world.cast.hub, world.run.id).state == "queued"


def test_the_hub_looks_on_without_the_plan(world: World) -> None:
    address = f"/evaluations/runs/{world.run.id}"
    assert "a fixed form of 3 items" in world.seat("evaluator").get(address).content.decode()
    assert "a fixed form of 3 items" not in world.seat("hub").get(address).content.decode()


FORM = {
    "model": "reference/heuristic",
    "families": ["find-parser-flaw"],
    "form": "fixed",
    "items": "4",
    "hours": "1",
}


@pytest.mark.sandbox
def test_the_form_seals_a_fresh_plan_and_asks_for_a_run(world: World) -> None:
    client = world.seat("evaluator")
    page = client.get(f"/evaluations/start?review={world.review.id}").content.decode()
    assert f'value="{world.review.id}" selected' in page
    asked = {
        **FORM, "review": world.review.id, "do": "begin", "thresholds": "high: 1.5", "cost": "3", "input_price": "1",
        "output_price": "2", "snapshot": "w3", "access_level": "AL1", "safeguards": "off",
    }  # fmt: skip
    done = client.post("/evaluations/start", asked)
    assert done.status_code == 302
    run = queries.run(world.cast.hub, done["Location"].rsplit("/", 1)[1])
    assert (run.subject, run.developer_id) == (world.review.urn, world.cast.developer.organisation_id)
    assert (run.about["snapshot"], run.limits["cost"], run.limits["seconds"]) == ("w3", 3.0, 3600.0)
    plan = queries.plan_of(world.cast.evaluator, run.sealed.commitment)
    assert (plan["items"], plan["thresholds"]) == (4, {"high": 1.5})
    again = client.post(
        "/evaluations/start", {**FORM, "plan": run.sealed.commitment, "review": world.review.id}
    )
    assert again["Location"] == done["Location"]


@pytest.mark.sandbox
def test_the_form_only_seals_and_the_plan_is_opened_afterwards(world: World) -> None:
    client = world.seat("evaluator")
    done = client.post("/evaluations/start", {**FORM, "do": "seal"}, follow=True).content.decode()
    commitment = done.split("Sealed: ")[1].split(".")[0]
    assert "Open it to everyone" in done
    opened = client.post(f"/evaluations/plans/{commitment}/open", follow=True).content.decode()
    assert "The plan is open" in opened
    hold(queries.plan_of(ANYONE, commitment), commitment)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"items": "many"}, "Items: &#x27;many&#x27; is no number"),
        ({"items": "0"}, "at least an item of each"),
        ({"families": []}, "it needs a family"),
        ({"model": "openai/x"}, "can&#x27;t be used as a model"),
        ({"cost": "5"}, "a limit on cost needs the prices"),
        ({"hours": "1e400"}, "no number that can be used"),
        ({"hours": "nan"}, "no number that can be used"),
        ({"thresholds": "so high"}, "write one a line"),
        ({"plan": "0" * 64}, "There is no sealed plan"),
        ({"review": "rev_000000000000"}, "There is no review"),
        ({"access_level": "AL7"}, "the access level is"),
    ],
)
def test_what_can_t_be_asked_for_is_said_above_the_form_and_what_was_typed_stays(
    world: World, change: dict[str, Any], says: str
) -> None:
    before = Run.objects.count(), Sealed.objects.count()
    asked = {**FORM, "snapshot": "typed <b>", **change}
    answer = world.seat("evaluator").post("/evaluations/start", asked)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    assert 'value="typed &lt;b&gt;"' in text
    assert (Run.objects.count(), Sealed.objects.count()) == before


def test_a_review_leads_to_its_reports_and_to_the_form(world: World) -> None:
    address = f"/reviews/{world.review.id}/"
    assert f"/evaluations/{world.evaluation.id}/" in world.seat("developer").get(address).content.decode()
    assert "Start an evaluation" not in world.seat("developer").get(address).content.decode()
    assert (
        f"/evaluations/start?review={world.review.id}"
        in world.seat("evaluator").get(address).content.decode()
    )


def test_the_overview_tells_of_the_evaluation_and_not_of_each_of_its_transcripts(world: World) -> None:
    text = world.seat("evaluator").get("/").content.decode()
    assert "recorded an evaluation" in text
    assert "digest of a transcript" not in text
    assert "digest of a transcript" in world.seat("evaluator").get("/ledger/").content.decode()
