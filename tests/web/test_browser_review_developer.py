"""A developer goes through a review in a browser, from asking to leaving, and nothing of it needs anybody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.looks import looked_at, sign_here
from tests.web.parties import NAME, Parties

from headstart.access import queries as gateway
from headstart.reviews import queries
from headstart.reviews import services as reviewing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_developer_asks_shares_watches_and_leaves(
    browse: Callable[..., Page], parties: Parties, settings: Any
) -> None:
    settings.HEADSTART_UPSTREAMS = ("http://127.0.0.1:9",)
    page = browse("developer", "/reviews/")
    page.get_by_role("link", name="Ask for a review").click()
    looked_at(page, "review-new")
    _ask(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.get_by_text("Not open yet")).to_be_visible()
    parties.review = queries.reviews(parties.person("developer")).get()
    looked_at(page, "review-enquired")
    _attach(page)
    _agree(page, parties)
    _open(page)
    _share(page, parties)
    _leave(page)


def _ask(page: Page) -> None:
    page.locator("label[for=programme-eo14409]").click()
    page.get_by_label("Model", exact=True).fill(NAME)
    page.get_by_label("What you say of it", exact=True).fill("It finds flaws in parsers.")
    page.get_by_label("Planned release", exact=True).fill("2027-03-01")
    page.get_by_label("Marking of: Planned release").select_option("TLP:RED")
    page.get_by_role("button", name="Ask for the review").click()


def _attach(page: Page) -> None:
    page.get_by_role("link", name="Attach evidence").click()
    page.get_by_text("Model card", exact=True).click()
    page.get_by_label("Title").fill("The card")
    page.get_by_label("Text", exact=True).fill("Trained on code.")
    page.get_by_label("Label").first.select_option("TLP:AMBER+STRICT")
    looked_at(page, "review-documents")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Added, marked TLP:AMBER+STRICT.")).to_be_visible()
    page.get_by_role("link", name="The card").click()
    expect(page.get_by_text("Trained on code.")).to_have_count(0)
    looked_at(page, "review-document-before")
    page.get_by_role("button", name="Read it, and have that written down").click()
    expect(page.get_by_text("Trained on code.")).to_be_visible()
    looked_at(page, "review-document")
    page.get_by_role("link", name=NAME).click()


def _agree(page: Page, parties: Parties) -> None:
    page.get_by_role("link", name="Propose terms").click()
    page.get_by_label("With whom").fill("nobody of that name")
    page.get_by_label("What is a trade secret").fill("weights and prompts")
    page.get_by_role("button", name="Propose these terms").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody is known here as")
    expect(page.get_by_label("What is a trade secret")).to_have_value("weights and prompts")
    page.get_by_label("With whom").fill("evaluator")
    looked_at(page, "review-terms")
    page.get_by_role("button", name="Propose these terms").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 1")
    looked_at(page, "review-agreement")
    page.get_by_label("or its text").fill("{}")
    page.get_by_role("button", name="Hand in the signature").click()
    expect(page.get_by_role("alert")).to_contain_text("no signed envelope")
    sign_here(page, parties, "developer")
    page.get_by_role("button", name="Hand in the signature").click()
    expect(page.get_by_text("in force once the other side has signed")).to_be_visible()
    (made,) = queries.agreements(parties.cast.hub, parties.review.id)
    envelope = parties.sealed("evaluator", reviewing.agreement_words(made))
    reviewing.sign_terms(made.id, envelope, actor=parties.person("evaluator"))
    page.reload()
    expect(page.get_by_text("In force since")).to_be_visible()
    page.get_by_role("link", name=NAME).click()


def _open(page: Page) -> None:
    page.get_by_role("link", name="Let an evaluator reach your model").click()
    page.get_by_role("combobox", name="Organisation").fill("evaluator")
    page.get_by_label("Days").fill("31")
    page.get_by_role("button", name="Give access, and open the window").click()
    expect(page.get_by_role("alert")).to_contain_text("30")
    page.get_by_label("Days").fill("20")
    looked_at(page, "review-access")
    page.get_by_role("button", name="Give access, and open the window").click()
    expect(page.get_by_role("status")).to_contain_text("evaluator may reach the model")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_text("left of 20 days")).to_be_visible()


def _share(page: Page, parties: Parties) -> None:
    reviewing.declare(parties.review.id, "", actor=parties.person("evaluator"))
    page.get_by_role("link", name="Set up your endpoint").click()
    page.get_by_label("Name", exact=True).fill("main")
    page.get_by_label("Address").fill("http://127.0.0.1:9")
    page.get_by_label("Your key to it").fill("sk-of-the-developer")
    page.get_by_label("Models that may be asked for").fill("winter-1")
    page.get_by_role("button", name="Add this endpoint").click()
    expect(page.get_by_text("Added main")).to_be_visible()
    expect(page.get_by_text("sk-of-the-developer")).to_have_count(0)
    page.get_by_label("Person, by the name").fill("evaluator")
    page.get_by_label("Tokens at most").fill("10,000")
    looked_at(page, "review-gateway")
    page.get_by_role("button", name="Give this key").click()
    lines = page.get_by_label("The two lines of environment")
    expect(lines).to_contain_text("export OPENAI_BASE_URL=")
    key = re.search(r"OPENAI_API_KEY=(\S+)", lines.inner_text())
    assert key
    looked_at(page, "review-key-shown")
    page.get_by_role("link", name="I have it").click()
    (given,) = gateway.keys(parties.person("developer"), parties.review.id)
    assert given.most_tokens == 10_000
    assert key[1].endswith(given.hint)
    assert key[1] not in page.content()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("status")).to_contain_text("is over")
    page.get_by_role("link", name="Who used what").click()
    looked_at(page, "review-usage")
    page.get_by_role("link", name=NAME).click()


def _leave(page: Page) -> None:
    looked_at(page, "review-open-developer")
    page.get_by_role("link", name="Shorten the window, withdraw, or release").click()
    expect(page.get_by_text("Nothing else follows")).not_to_have_count(0)
    looked_at(page, "review-window")
    page.get_by_text("Yes, we leave this review").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("You left the review")).to_be_visible()
    expect(page.get_by_text("Over: the developer left it")).to_be_visible()
    page.get_by_role("link", name="Say that you released your model").click()
    page.get_by_text("Yes, our model is released").click()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Noted: you released your model")).to_be_visible()
    looked_at(page, "review-closed")
