"""Looking at a review's pages in a browser: held against axe-core, a small phone, and the policy; signing on them."""

import json
from pathlib import Path

from playwright.sync_api import Page
from tests.web.parties import Parties
from tests.web.test_browser_evaluations import looked_at as looked

REFUSALS = (
    "status of 403",
    "status of 404",
    "status of 409",
    "status of 422",
)  # what a form that was refused answers


def looked_at(page: Page, name: str) -> None:
    """No rule of accessibility is broken, nothing is wider than the screen; a refusal before is no fault."""
    page.wrong = [each for each in page.wrong if not any(one in each for one in REFUSALS)]  # type: ignore[attr-defined]
    looked(page, name)


def words_of(page: Page, *, button: bool = False) -> dict[str, object]:
    """What the page lets one download to sign, by keyboard. To the browser a form answered by a file has failed."""
    at = page.get_by_role("button" if button else "link", name="Download words.json")
    with page.expect_download() as loaded:
        at.focus()
        at.press("Enter")
    page.wrong = [each for each in page.wrong if each != page.url]  # type: ignore[attr-defined]
    assert loaded.value.suggested_filename == "words.json"
    found: dict[str, object] = json.loads(Path(loaded.value.path()).read_text())
    return found


def sign_here(page: Page, parties: Parties, who: str, *, button: bool = False) -> None:
    """Download the words, sign them elsewhere, paste the envelope."""
    page.get_by_label("or its text").fill(parties.sign(who, words_of(page, button=button)))
