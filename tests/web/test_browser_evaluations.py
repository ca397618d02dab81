"""A model is evaluated from the pages, for real: started, watched, reported, read; on a phone, without JavaScript."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import World
from tests.web.test_browser import AXE

from headstart.benchmarks import queries, services, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = """() => document.documentElement.scrollWidth <= 360 ? [] : [...document.querySelectorAll('main *')]
  .filter(each => each.getBoundingClientRect().right > 361).map(each => each.outerHTML.slice(0, 120))"""
SHOTS = os.environ.get("HEADSTART_TEST_SHOTS", "")  # a folder that takes pictures of the pages


def looked_at(page: Page, name: str) -> None:
    """No rule of accessibility is broken, and nothing is wider than the screen."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]]
    assert told == [], name
    assert page.wrong == [], name  # type: ignore[attr-defined]
    assert page.evaluate("window.broken") == [], name
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(WIDE) == [], name
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-phone.png", full_page=True)
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_a_model_is_evaluated_from_the_form_to_the_reading(
    look: Callable[..., Page], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = look("evaluator", f"/reviews/{world.review.id}/")
    page.get_by_role("link", name="Start an evaluation").first.click()
    looked_at(page, "start")
    page.get_by_label("Model", exact=True).select_option("reference/heuristic")
    for each in page.get_by_role("checkbox").all():
        if each.is_enabled() and each.get_attribute("value") != "find-parser-flaw":
            page.locator(f"label[for={each.get_attribute('id')}]").click()
    page.get_by_text("Fixed: the families in turn").click()
    page.get_by_label("Items (adaptive: at most)").fill("3")
    page.get_by_label("Snapshot").fill("weights of 3 June")
    page.get_by_role("button", name="Seal the plan and begin").click()
    page.get_by_text("It waits for its turn").wait_for()
    run_id = page.url.rsplit("/", 1)[1]
    _carry_out(page, run_id, monkeypatch)
    page.get_by_role("link", name="Read the report").wait_for()
    assert page.locator("[hx-trigger*=every]").count() == 0
    assert page.get_by_text("End it before its time").count() == 0
    looked_at(page, "done")
    page.get_by_role("link", name="Read the report").click()
    assert "weights of 3 June" in page.locator("main").inner_text()
    page.get_by_role("link", name="Transcripts").click()
    looked_at(page, "transcripts")
    page.get_by_role("link", name="find-parser-flaw, level 0").click()
    expect(page.get_by_role("heading", name="The sandbox").first).to_be_visible()
    looked_at(page, "transcript")
    page.get_by_text("No, it did not cheat").click()
    page.get_by_label("What you saw").fill("It only tried inputs.")
    page.get_by_role("button", name="Say so").click()
    page.get_by_text("Noted: you read it").wait_for()
    (said,) = queries.readings(world.cast.evaluator, queries.run(world.cast.hub, run_id).evaluation_id)
    assert (said.cheating, said.note, bool(said.member_id)) == ("no", "It only tried inputs.", True)
    with page.expect_download() as loaded:
        page.get_by_role("link", name="Download it with its proof").click()
    assert loaded.value.suggested_filename.startswith("find-parser-flaw")
    page.goto(page.url.split("/evaluations/")[0] + "/evaluations/")
    looked_at(page, "list")


def _carry_out(page: Page, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run it here, as a worker would; the page follows by itself."""
    seen: list[int] = []
    tell = services._Meter.tell

    def watched(meter: Any, standing: work.Standing) -> None:
        tell(meter, standing)
        if standing.done == 1:
            page.get_by_text("of 3 items at most").wait_for()
            assert page.get_by_role("progressbar", name="Items").get_attribute("value") == "1"
            expect(page.get_by_text("Ability so far")).to_be_visible()
            looked_at(page, "running")
        seen.append(standing.done)

    monkeypatch.setattr(services, "EVERY_SECONDS", -1.0)
    monkeypatch.setattr(services._Meter, "tell", watched)
    services.carry_out(run_id)
    assert seen == [1, 2, 3]


@pytest.mark.sandbox
def test_without_javascript_one_starts_an_evaluation_and_looks_again(
    look: Callable[..., Page], world: World
) -> None:
    page = look("evaluator", "/evaluations/start", script=False)
    page.get_by_label("Items (adaptive: at most)").fill("many")
    page.get_by_role("button", name="Seal the plan and begin").click()
    assert page.get_by_role("alert").inner_text() == "Items: 'many' is no number"
    page.get_by_label("Items (adaptive: at most)").fill("30")
    page.get_by_role("button", name="Seal the plan and begin").click()
    expect(page.get_by_text("It waits for its turn")).to_be_visible()
    run_id = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name="Load the page again").click()
    services.give_up(run_id, "the endpoint is away")
    page.reload()
    expect(page.get_by_text("The endpoint is away")).to_be_visible()
    page.get_by_role("button", name="Take it up again").click()
    expect(page.get_by_text("It waits for its turn")).to_be_visible()
    page.get_by_text("End it before its time").click()
    page.get_by_role("button", name="End this run").click()
    expect(page.get_by_text("It was ended before its time")).to_be_visible()
