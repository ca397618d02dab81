"""The pages in a real browser: by keyboard, on a phone, on paper, without JavaScript, and for a screen reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import World

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  if (at === document.body) return null;
  return {words: (at.textContent || at.name || '').trim(), outline: parseFloat(style.outlineWidth), tag: at.tagName};
}"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def places(world: World) -> list[tuple[str | None, str]]:
    """Each page that matters, from a seat whose it is."""
    public = ["/", "/vulnerabilities/", "/advisories/", "/ledger/", "/account/login/", "/nowhere/"]
    return [
        *((("hub"), each) for each in world.addresses() if not each.startswith("/window")),
        ("operator", "/"),
        ("operator", "/list/"),
        ("developer", f"/reviews/{world.review.id}/"),
        *((None, each) for each in public),
    ]


def test_no_page_breaks_the_policy_or_an_accessibility_rule(look: Callable[..., Page], world: World) -> None:
    axe = AXE.read_text()
    for seat, address in places(world):
        page = look(seat, address)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.evaluate(axe)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]]
        assert told == [], f"{seat} {address}"
        wrong = [each for each in page.wrong if "404" not in each or address != "/nowhere/"]  # type: ignore[attr-defined]
        assert wrong == [], f"{seat} {address}"
        assert page.evaluate("window.broken") == [], f"{seat} {address}"
        page.context.close()


def test_no_page_is_wider_than_a_small_phone(look: Callable[..., Page], world: World) -> None:
    for seat, address in places(world):
        page = look(seat, address, width=360)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{seat} {address}"
        page.context.close()


@pytest.mark.parametrize(("who", "address"), [("hub", "/"), ("hub", "/findings/"), ("operator", "/list/")])
def test_a_page_is_walked_by_keyboard_and_shows_where_one_is(
    look: Callable[..., Page], who: str, address: str
) -> None:
    page = look(who, address)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["words"] == "Skip to the main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    reached: list[dict[str, Any]] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None or (reached and here == reached[0]):
            break
        reached.append(here)
    links = page.locator(
        "main a:visible, main button:visible, main input:visible, main select:visible"
    ).count()
    assert len(reached) > links
    assert [each for each in reached if each["outline"] < 2] == []


def test_an_operator_reports_with_the_keyboard_alone(look: Callable[..., Page]) -> None:
    page = look("operator", "/list/")
    page.get_by_role("button", name="It is done").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Noted: it is done").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Nothing to do today"


def test_without_javascript_everything_can_still_be_done(look: Callable[..., Page], world: World) -> None:
    page = look("hub", "/findings/", script=False)
    page.get_by_label("Rung").select_option("contrasted")
    page.get_by_role("button", name="Show").click()
    assert "rung=contrasted" in page.url
    expect(page.get_by_text("1 of 1 findings, rung contrasted")).to_be_visible()
    window = look("developer", "/", script=False)
    expect(window.get_by_text("left of 30 days")).to_be_visible()
    listed = look("operator", "/list/", script=False)
    listed.get_by_text("Say something else").click()
    listed.get_by_label("How it stands").select_option("planned")
    listed.get_by_role("button", name="Send").click()
    expect(listed.get_by_text("You said: planned")).to_be_visible()


def test_the_queue_follows_the_words_as_they_are_typed(look: Callable[..., Page], world: World) -> None:
    page = look("hub", "/findings/")
    page.get_by_label("Words in the title or package").press_sequentially("nowhere to be found")
    page.get_by_text("No finding fits").wait_for()
    assert "q=nowhere" in page.url
    assert page.wrong == []  # type: ignore[attr-defined]


def test_on_paper_an_operators_list_is_only_the_list(look: Callable[..., Page]) -> None:
    page = look("operator", "/list/")
    page.emulate_media(media="print")
    expect(page.get_by_text("Update tinytemplate from 1.3.0").first).to_be_visible()
    expect(page.get_by_text("Done on ______")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    expect(page.get_by_role("button", name="It is done")).to_be_hidden()


def test_the_fonts_and_the_picture_are_there(look: Callable[..., Page]) -> None:
    page = look("hub", "/")
    page.wait_for_function("document.fonts.status === 'loaded'")
    assert page.evaluate("document.fonts.check('16px \"Source Sans Pro Web\"')")
    assert page.locator(".hs-picture svg").bounding_box()["width"] > 500
