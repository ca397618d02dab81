"""A finding's page in a real browser: by keyboard, while something runs, without JavaScript, with hostile output."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import World
from tests.web.test_browser import FOCUSED

from headstart.proofs import services
from headstart.proofs.models import Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COLOURS = "selector => getComputedStyle(document.querySelector(selector)).fill"


def address(world: World) -> str:
    return f"/findings/{world.finding.id}/"


def test_everything_that_opens_is_reached_and_opened_by_keyboard(
    look: Callable[..., Page], world: World
) -> None:
    page = look("maintainer", address(world))
    reached: list[dict[str, Any]] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None or (reached and here == reached[0]):
            break
        reached.append(here)
        if here["tag"] == "SUMMARY":
            page.keyboard.press("Enter")
    assert [each for each in reached if each["outline"] < 2] == []
    assert page.locator("main details:not([open])").count() == 0
    expect(page.get_by_label("Standard output of run 1")).to_be_visible()
    page.get_by_role("button", name="Run it again").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Run it again: it waits for its turn.").wait_for()
    assert Task.objects.get().verb == "prove"


def test_progress_is_followed_and_what_one_reads_stays_as_it_is(
    look: Callable[..., Page], world: World
) -> None:
    task = services.ask(world.finding.id, "sweep", actor=world.cast.finder)
    page = look("finder", address(world))
    page.get_by_text("The limits that it ran under").click()
    Task.objects.update(state="running", done=3, total=9)
    page.get_by_role("progressbar", name="Run it on every release").wait_for()
    expect(page.get_by_text("3 of 9").first).to_be_visible()
    services.give_up(task.id, "no sandbox is fit here")
    page.get_by_role("link", name="Show what came of it").wait_for()
    expect(page.get_by_text("no sandbox is fit here")).to_be_visible()
    assert page.locator("details[open] > summary", has_text="The limits").count() == 1
    assert page.locator("[hx-trigger*=every]").count() == 0  # it asks no more
    assert page.wrong == []  # type: ignore[attr-defined]
    assert page.evaluate("window.broken") == []


def test_without_javascript_one_asks_and_looks_again(look: Callable[..., Page], world: World) -> None:
    page = look("finder", address(world), script=False)
    page.get_by_text("Check a fix").click()
    page.get_by_label("A release that mends it").fill("1.4.0")
    page.get_by_role("button", name="Check this fix").click()
    expect(page.get_by_text("Check a fix 1.4.0")).to_be_visible()
    Task.objects.update(state="running", done=2, total=5)
    page.get_by_role("link", name="Load the page again").click()
    expect(page.get_by_text("2 of 5").first).to_be_visible()
    page.get_by_text("Every release, and what its run showed").click()
    expect(page.get_by_role("cell", name="not affected", exact=True)).to_be_visible()


def test_unknown_has_a_look_of_its_own(look: Callable[..., Page], world: World) -> None:
    page = look("hub", address(world))
    looks = [page.evaluate(COLOURS, f".hs-releases .{state}") for state in ("yes", "no", "unknown")]
    assert len(set(looks)) == 3
    assert looks[2].startswith("url(")  # hatched
    plain = page.evaluate(COLOURS, ".hs-releases .ground")
    assert plain not in looks


def test_hostile_output_runs_nothing_and_leaves_its_box_nowhere(
    look: Callable[..., Page], world: World
) -> None:
    proof = world.finding.proofs.get()
    marks = "Z" + "\u0301\u0338\u0489" * 200
    nasty = (
        "</pre></details><script>window.ran = 1</script><img src=x onerror=window.ran=1>\x1b[2J\x07\u202e"
        + marks
    )
    for run in proof.runs:
        run["stdout"] = run["evidence"] = nasty + "W" * 100_000
        run["stack"] = [{"file": nasty, "line": 1, "function": nasty, "place": f"target {nasty}"}]
    proof.sentence = proof.contrast = nasty[:190]
    proof.save()
    for width in (1280, 360):
        page = look("hub", address(world), width=width)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("window.ran") is None
        assert page.wrong == []  # type: ignore[attr-defined]
        assert page.evaluate("window.broken") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main script, main img").count() == 0
