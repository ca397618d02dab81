"""A trusted partner in a browser: it sees what its tier allows, its own keys, and loses sight when it is revoked."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.looks import looked_at, sign_here
from tests.web.parties import NAME, PROPOSAL, Parties
from tests.web.test_browser_review_evaluator import give_key

from headstart.reviews import queries
from headstart.reviews import services as reviewing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_partner_comes_works_and_goes(browse: Callable[..., Page], parties: Parties, settings: Any) -> None:
    parties.open()
    partner = parties.sign_partner("authority")
    _developer_signs(browse("developer", parties.url()), parties)
    page = browse("partner", "/reviews/")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_text("You look at it as a trusted partner")).to_be_visible()
    expect(page.get_by_role("link", name="Propose a trusted partner")).to_have_count(0)
    expect(page.get_by_text("evaluator (evaluator)")).to_have_count(0)
    looked_at(page, "partner-review")
    page.get_by_role("link", name="partner", exact=True).click()
    expect(page.get_by_text(PROPOSAL.reason)).to_be_visible()
    expect(page.get_by_text("Defenders of critical infrastructure").first).to_be_visible()
    expect(page.get_by_role("button", name="Revoke this partner")).to_have_count(0)
    looked_at(page, "partner-itself")
    page.get_by_role("link", name=NAME).click()
    _terms(page, parties)
    key, _ = give_key(parties, settings, "partner")
    page.get_by_role("link", name="See your keys to the model").click()
    expect(page.get_by_text(f"ends in …{key.hint}")).to_be_visible()
    expect(page.get_by_role("cell", name="chat, models")).to_be_visible()
    looked_at(page, "partner-keys")
    reviewing.revoke_partner(partner.pk, actor=parties.person("authority"), reason="it was sold")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def _developer_signs(page: Page, parties: Parties) -> None:
    page.get_by_role("link", name="Sign for partner as a trusted partner").click()
    looked_at(page, "partner-to-sign")
    sign_here(page, parties, "authority")
    page.get_by_role("button", name="Hand in the signature").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sign_here(page, parties, "developer")
    page.get_by_role("button", name="Hand in the signature").click()
    expect(page.get_by_text("Signed by both sides: partner is a trusted partner")).to_be_visible()


def _terms(page: Page, parties: Parties) -> None:
    """The partner proposes, the developer's answer is another version, and both sign that."""
    page.get_by_role("link", name="Propose terms to the developer").click()
    page.get_by_text("AL2, grey box").click()
    page.get_by_label("What the counterpart may publish").fill("what was fixed\nand when")
    page.get_by_role("button", name="Propose these terms").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 1")
    terms = queries.agreements(parties.cast.hub, parties.review.id)[0].terms
    assert terms.may_publish == ("what was fixed", "and when")
    parties.agree("partner")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name="partner, version 2").click()
    expect(page.get_by_text("In force since")).to_be_visible()
    expect(page.get_by_role("row", name="Access level").get_by_text("AL2: grey box")).to_be_visible()
    expect(page.get_by_text("differs")).to_have_count(3)
    looked_at(page, "partner-terms-compared")
    page.get_by_role("link", name=NAME).click()
