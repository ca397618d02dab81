"""The report as a page, as a file and as JSON: one source, everything in it, hostile text as text."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.simulators import runs
from tests.simulators.runs import Made
from tests.web.conftest import HOSTILE, World, hostile_report

from headstart.benchmarks import queries
from headstart.benchmarks.models import Evaluation
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.work.examples import example
from headstart.benchmarks.work.reporting import compare, remade, report
from headstart.web import charts, evaluations

INLINE = re.compile(r"<script|\sstyle=|\son\w+=|javascript:|<link|<img|<iframe|url\(|@import", re.IGNORECASE)
EDGES: dict[str, dict[str, Any]] = {
    "empty": {"items": 0},
    "refusals alone": {"items": 8, "shares": {Outcome.REFUSED: 1.0}},
    "errors alone": {"items": 8, "shares": {Outcome.INFRASTRUCTURE: 1.0}},
    "one family": {"items": 8, "families": ("find-parser-flaw",)},
    "beyond the dial": {"items": 30, "ability": 30.0, "plan": {"thresholds": {"far": 60.0, "near": 8.5}}},
    "no thresholds": {"items": 8, "plan": {"thresholds": {}, "claim": "", "threat_model": ""}},
}


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    return lambda **given: report(runs.write(tmp_path / "run", Made(**given)))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.mark.parametrize("edge", EDGES)
def test_a_report_at_the_edge_is_drawn_and_says_what_is_not_known(
    made: Callable[..., dict[str, Any]], edge: str
) -> None:
    found = made(**EDGES[edge])
    text = words(evaluations.standalone(found))
    assert found["headline"]["sentence"] in text.replace("&#x27;", "'")
    assert "What this evaluation does not show" in text
    assert " nan" not in text.lower()
    assert "None" not in text
    if not found["counts"]["counted"]:
        assert "not known" in text
        assert "lies below" not in text


def test_the_file_asks_for_nothing_and_runs_nothing(made: Callable[..., dict[str, Any]]) -> None:
    for found in (hostile_report(), made(items=10, real=True)):
        html = evaluations.standalone(found)
        escaped = re.sub(r"&lt;.*?&gt;", "", html)
        own = re.sub(
            r"(?s)<style>.*?</style>|<pre.*?</pre>", "", escaped
        )  # without what the item's files hold
        assert not INLINE.search(own)
        assert "http://" not in own.replace("http://www.w3.org/", "")
        assert "alert(1)" not in escaped
        assert "default-src &#x27;none&#x27;" in html


def test_what_people_wrote_stands_in_the_file_as_text() -> None:
    html = evaluations.standalone(hostile_report())
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "⟦U+202E⟧" in html
    assert html.count("<title>") == 1 + html.count("<svg")


@pytest.mark.parametrize("drawing", ["ladder", "profile", "outcomes", "tokens"])
def test_a_drawing_has_words_for_a_screen_reader_and_no_style_of_its_own(drawing: str) -> None:
    svg = getattr(charts, drawing)(hostile_report())
    assert svg.startswith('<svg role="img" aria-label="')
    assert "<desc>" in svg
    assert not INLINE.search(re.sub(r"&lt;.*?&gt;", "", svg))
    assert HOSTILE not in svg


def test_a_threshold_is_drawn_where_it_lies() -> None:
    """A hand-made report: a threshold between two abilities stands between their dots."""
    found = json.loads(json.dumps(hostile_report()))
    found["ability"] |= {"mean": 2.0, "low": 1.5, "high": 2.5}
    found["others"][0]["ability"] |= {"mean": -1.0, "low": -1.5, "high": -0.5}
    found["thresholds"][0] |= {"ability": 0.5}
    svg = charts.ladder(found)
    dots = sorted(float(x) for x in re.findall(r'translate\(([\d.]+),[\d.]+\)" d="M[\d.]+,0A', svg))
    rule = [float(x) for x in re.findall(r'translate\(([\d.]+),-?[\d.]+\)"[^>]*stroke-dasharray', svg)]
    lines = re.findall(r"<line[^>]*translate\(([\d.]+),[^>]*stroke-dasharray", svg) or rule
    assert len(dots) == 2
    assert dots[0] < float(lines[0]) < dots[1]


@pytest.mark.django_db
def test_the_page_the_file_and_the_json_say_the_same(world: World) -> None:
    client, place = world.seat("hub"), f"/evaluations/{world.evaluation.id}/"
    page = client.get(place).content.decode()
    held = client.get(place + "report.json")
    assert json.loads(held.content) == world.evaluation.report
    assert held["Content-Disposition"] == f'attachment; filename="{world.evaluation.id}.json"'
    file = client.get(place + "report.html")
    assert file["Content-Disposition"].endswith('.html"')
    for each in (page, file.content.decode()):
        for sentence in world.evaluation.report["limits"]:
            assert sentence.replace("'", "&#x27;") in each
    assert "report.json" in page


@pytest.mark.django_db
def test_the_page_says_whether_the_plan_was_sealed_before_the_run(world: World) -> None:
    place = f"/evaluations/{world.evaluation.id}/"
    assert "The commitment is in the ledger since" in world.seat("developer").get(place).content.decode()
    Evaluation.objects.filter(id=world.evaluation.id).update(sealed_at=None)
    assert "was not in the ledger before the run" in world.seat("developer").get(place).content.decode()


@pytest.mark.django_db
def test_where_there_is_only_the_older_record_the_page_says_so(world: World) -> None:
    older = Evaluation.objects.exclude(id=world.evaluation.id).get()
    client = world.seat("hub")
    assert "Only the older record" in client.get(f"/evaluations/{older.id}/").content.decode()
    assert client.get(f"/evaluations/{older.id}/report.json").status_code == 404
    assert client.get(f"/evaluations/{older.id}/report.html").status_code == 404
    compared = client.get(f"/evaluations/compare?a={older.id}&b={world.evaluation.id}")
    assert compared.status_code == 409
    assert "only its result is here" in compared.content.decode()


@pytest.mark.django_db
def test_the_solution_of_the_example_is_shown_to_the_hub_alone(world: World) -> None:
    told = world.evaluation.report["example"]
    item = remade(told["family"], told["version"], told["seed"], told["level"], told["digest"])
    assert item is not None
    place = f"/evaluations/{world.evaluation.id}/"
    assert "A solution, shown to the hub alone" in world.seat("hub").get(place).content.decode()
    for name in ("developer", "evaluator", "authority"):
        text = world.seat(name).get(place).content.decode()
        assert "One item in full" in text
        assert "A solution" not in text
    for name in ("hub", "developer"):
        for file in ("report.json", "report.html"):
            assert item.oracle.solution.decode() not in world.seat(name).get(place + file).content.decode()


@pytest.mark.django_db
def test_a_stranger_sees_no_report_in_any_form(world: World) -> None:
    place = f"/evaluations/{world.evaluation.id}/"
    older = Evaluation.objects.exclude(id=world.evaluation.id).get()
    for client in (world.seat("another_developer"), world.seat("finder"), world.seat("operator"), Client()):
        for path in (place, place + "report.json", place + "report.html"):
            assert client.get(path).status_code == 404
        assert client.get(f"/evaluations/compare?a={older.id}&b={world.evaluation.id}").status_code == 404
        assert world.evaluation.id not in client.get("/evaluations/compare").content.decode()


@pytest.mark.django_db
def test_beside_a_report_stand_baselines_and_the_same_developers_models_alone(
    world: World, data: Path
) -> None:
    def add(name: str, model: str, developer: str, **more: Any) -> None:
        runs.write(data / "evaluations" / name, Made(model=model, items=0))
        row = {field.attname: getattr(world.evaluation, field.attname) for field in Evaluation._meta.fields}
        told = getattr(world.cast, developer).organisation_id
        row |= {
            "id": name,
            "model_name": model,
            "folder": f"evaluations/{name}",
            "developer_id": told,
            **more,
        }
        Evaluation.objects.create(**row)

    add("evl_a", "reference/fuzzer", "another_developer")
    add("evl_b", "reference/fuzzer", "another_developer")
    add("evl_c", "lab/before", "developer")
    add("evl_d", "lab/secret", "another_developer")
    add("evl_e", "lab/older", "developer", folder="")
    found = queries.beside(world.cast.hub, world.cast.organisation("developer"), world.evaluation.id)
    assert {each.path.name for each in found} == {"evl_b", "evl_c"}
    assert {each.path.name for each in queries.beside(world.cast.hub, None)} == {"evl_b"}
    assert queries.beside(world.cast.another_evaluator, None) == []


@pytest.mark.django_db
def test_two_evaluations_are_compared_by_what_both_were_given(world: World) -> None:
    one = world.evaluation.id
    text = words(world.seat("developer").get(f"/evaluations/compare?a={one}&b={one}").content.decode())
    assert "do not tell" in text
    assert "Nothing that is written down" in text


def test_a_comparison_says_which_is_abler_and_what_else_differed(tmp_path: Path) -> None:
    able = runs.write(tmp_path / "a", Made(ability=3.0, items=60))
    weak = runs.write(
        tmp_path / "b", Made(ability=-3.0, items=60, model="lab/small", header={"scaffold": "other"})
    )
    found = compare(able, weak)
    assert found["standing"] == "above"
    assert found["sentence"].startswith("lab/model-7 is abler than lab/small")
    assert found["also"] == ["The scaffold differed."]
    assert compare(weak, able)["standing"] == "below"
    same = compare(able, able)
    assert same["standing"] == "straddles"
    assert same["common"]["items"] == same["first"]["counts"]["counted"]
    assert same["common"]["only_first"] == same["common"]["only_second"] == 0
    cheat = runs.write(tmp_path / "d", Made(ability=3.0, items=60, cheats=0.9))
    assert compare(able, cheat)["standing"] == "above"
    assert compare(able, cheat)["common"]["only_second"] == 0
    nothing = compare(able, runs.write(tmp_path / "c", Made(items=0)))
    assert nothing["standing"] == "unknown"
    assert "can't be compared" in nothing["sentence"]


@pytest.mark.django_db
def test_every_family_is_explained_to_everyone_and_its_oracle_to_nobody(world: World) -> None:
    client = Client()
    listed = client.get("/families/").content.decode()
    item = example("find-parser-flaw")
    assert "/families/find-parser-flaw/" in listed
    for who in (client, world.seat("hub")):
        text = who.get("/families/find-parser-flaw/").content.decode()
        assert "promises that ValueError" in text
        assert "target.py" in text
        for held in (item.oracle.solution, *item.oracle.files.values()):
            assert held.decode() not in text


@pytest.mark.django_db
def test_a_held_out_family_is_there_for_the_hub_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_HELD_OUT_FAMILIES", "find-parser-flaw")
    for client in (Client(), world.seat("evaluator"), world.seat("developer")):
        assert "find-parser-flaw" not in client.get("/families/").content.decode()
        hidden = client.get("/families/find-parser-flaw/")
        absent = client.get("/families/no-such-family/")
        assert hidden.status_code == absent.status_code == 404
        assert (
            hidden.content.decode().replace("find-parser-flaw", "no-such-family") == absent.content.decode()
        )
    hub = world.seat("hub")
    assert "find-parser-flaw" in hub.get("/families/").content.decode()
    assert hub.get("/families/find-parser-flaw/").status_code == 200
