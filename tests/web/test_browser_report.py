"""The report in a real browser: as a page, as a file with nothing around it, in the dark, on a phone, on paper."""

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import WATCH, World, hostile_report

from headstart.web.evaluations import standalone

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def alone(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """The file of a report, opened from the disk; what it asked for is in `page.asked`, what went wrong in `.wrong`."""
    path = tmp_path / "report.html"
    path.write_text(standalone(hostile_report()))
    opened = []

    def open_(*, width: int = 1280, **given: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **given)
        opened.append(context)
        page = context.new_page()
        page.asked, page.wrong = [], []  # type: ignore[attr-defined]
        page.add_init_script(WATCH)
        page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        page.on("console", lambda said: page.wrong.append(said.text))  # type: ignore[attr-defined]
        page.on("dialog", lambda dialog: page.wrong.append(dialog.message))  # type: ignore[attr-defined]
        page.goto(path.as_uri())
        return page

    yield open_
    for context in opened:
        context.close()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds wrong; run beside the page's policy, which would refuse it as it refuses every script."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]]


def test_the_file_asks_for_nothing_and_keeps_to_its_policy(alone: Open) -> None:
    page = alone()
    assert [each for each in page.asked if not each.startswith("file:")] == []  # type: ignore[attr-defined]
    assert len(page.asked) == 1  # type: ignore[attr-defined]
    assert page.wrong == []  # type: ignore[attr-defined]
    assert page.evaluate("window.broken") == []
    assert page.evaluate("getComputedStyle(document.querySelector('.rp-answer')).borderLeftStyle") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_file_keeps_the_rules_of_accessibility_by_day_and_by_night(alone: Open, scheme: str) -> None:
    page = alone(color_scheme=scheme, bypass_csp=True)
    assert violations(page) == []


def test_in_the_dark_no_word_of_a_drawing_is_lost(alone: Open) -> None:
    """Contrast of every word in the drawings against the page: at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    page = alone(color_scheme="dark")
    weak = page.evaluate(
        """() => {
          const light = text => {
            const parts = text.match(/\\d+/g).slice(0, 3).map(n => n / 255);
            const [r, g, b] = parts.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = light(getComputedStyle(document.body).backgroundColor);
          return [...document.querySelectorAll('#ladder text, #profile text, #tokens text')].filter(each => {
            const own = light(getComputedStyle(each).fill);
            return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) < 4.5;
          }).map(each => each.textContent);
        }"""
    )
    assert weak == []


def test_on_a_phone_the_file_is_no_wider_than_the_screen(alone: Open) -> None:
    page = alone(width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_answer_is_on_the_first_screen(alone: Open) -> None:
    """One sentence, the interval in words, and the picture, without scrolling on a small laptop."""
    page = alone(width=1280)
    for part in (".rp-answer", "#ladder svg"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 595, 842), ("Letter", 612, 792)])
def test_the_file_prints_whole_on_paper(alone: Open, size: str, width: int, height: int) -> None:
    page = alone()
    page.emulate_media(media="print")
    expect(page.get_by_text("The numbers behind this picture").first).to_be_hidden()
    pdf = page.pdf(format=size, print_background=True, tagged=True)
    boxes = {
        tuple(round(float(each)) for each in found.split())
        for found in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)
    }
    assert all(abs(box[2] - width) <= 1 and abs(box[3] - height) <= 1 for box in boxes)
    assert len(boxes) == 1
    assert 4 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 60
    drawn = [
        zlib.decompress(each) for each in re.findall(rb"stream\r?\n(x\x9c.*?)\r?\nendstream", pdf, re.DOTALL)
    ]
    assert sum(len(each) for each in drawn) > 10_000


@pytest.mark.django_db(transaction=True)
def test_the_page_is_read_without_javascript_and_its_details_by_keyboard(
    look: Callable[..., Page], world: World
) -> None:
    page = look("developer", f"/evaluations/{world.evaluation.id}/", script=False)
    summary = page.get_by_text("The numbers behind this picture").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Numbers: Ability").get_by_role("table")).to_be_visible()
    with page.expect_download() as begun:
        page.get_by_role("link", name="As one file (HTML)").click()
    assert begun.value.suggested_filename == f"{world.evaluation.id}.html"


@pytest.mark.django_db(transaction=True)
def test_two_evaluations_are_chosen_and_compared_without_javascript(
    look: Callable[..., Page], world: World
) -> None:
    page = look("evaluator", "/evaluations/compare", script=False)
    for label in ("The first", "The second"):
        page.get_by_label(label).select_option(world.evaluation.id)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("do not tell").first).to_be_visible()
    expect(page.locator("#apart svg")).to_be_visible()
