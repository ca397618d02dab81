"""An authority answers an enquiry and signs for a partner in a browser: without JavaScript, and by keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.looks import looked_at, sign_here
from tests.web.parties import NAME, Parties

from headstart.ledger import queries as ledger
from headstart.reviews import queries
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Marking, Tlp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(parties: Parties) -> Parties:
    """A developer asked, with a strict model card for the authority and a plain note for all."""
    parties.ask()
    authority = parties.organisation("authority").id
    marking = Marking(tlp=Tlp.AMBER_STRICT, named=(authority,))
    for title, kind, said in (("The card", "model-card", marking), ("A note", "note", None)):
        reviewing.put_document(
            parties.review.id,
            actor=parties.person("developer"),
            kind=kind,
            title=title,
            text=f"What {title} says.",
            marking=said or Marking(tlp=Tlp.AMBER),
        )
    return parties


def test_an_authority_reads_answers_and_signs(browse: Callable[..., Page], asked: Parties) -> None:
    page = browse("authority", "/reviews/", script=False)
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name="Answer whether the model is covered").click()
    page.get_by_role("link", name=re.compile("Read it.*The card")).click()
    expect(page.get_by_text("What The card says.")).to_have_count(0)
    page.get_by_role("button", name="Read it, and have that written down").click()
    expect(page.get_by_text("What The card says.")).to_be_visible()
    kinds = [each.kind for each in ledger.entries(asked.person("developer"))]
    assert "review.document_read" in kinds
    page.goto(page.url.split("/documents")[0] + "/determination")
    _fill(page)
    page.get_by_role("button", name="Show the words to sign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign your answer: covered")
    page.get_by_role("button", name="Hand in the signed answer").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no envelope yet")
    page.get_by_role("button", name="Change the answer first").click()
    expect(page.get_by_label("Why").first).to_have_value("It solved the hardest family.")
    expect(page.get_by_label("Reasons")).to_have_value("As the criteria say.")
    page.get_by_text("Can't say yet").click()
    page.get_by_role("button", name="Show the words to sign").click()
    sign_here(page, asked, "authority", button=True)
    page.get_by_role("button", name="Hand in the signed answer").click()
    expect(page.get_by_text("authority answered: can't say yet.")).to_be_visible()
    expect(page.get_by_role("cell", name="It solved the hardest family.")).to_be_visible()
    (made,) = queries.determinations(asked.cast.hub, asked.review.id)
    assert (made.member_id, len(made.evidence)) == (asked.person("authority").member_id, 1)
    assert made.key_id in page.content()


def _fill(page: Page) -> None:
    page.get_by_label("What is looked at").first.fill("Solves more than half of the hardest family")
    page.locator("label[for=met-0-yes]").click()
    page.get_by_label("Why").first.fill("It solved the hardest family.")
    page.get_by_text("The card", exact=False).first.click()
    page.get_by_text("Covered", exact=True).click()
    page.get_by_label("Reasons").fill("As the criteria say.")


def test_the_pages_of_an_answer_keep_the_rules_of_accessibility(
    browse: Callable[..., Page], asked: Parties
) -> None:
    page = browse("authority", asked.url("determination"))
    looked_at(page, "determination")
    _fill(page)
    page.get_by_role("button", name="Show the words to sign").click()
    looked_at(page, "determination-sign")
    page.goto(page.url.replace("determination", "partners/new"))
    looked_at(page, "partner-new")


def test_a_signature_over_other_words_is_refused_and_what_was_typed_stays(
    browse: Callable[..., Page], asked: Parties
) -> None:
    page = browse("authority", asked.url("determination"), script=False)
    _fill(page)
    page.get_by_role("button", name="Show the words to sign").click()
    sign_here(page, asked, "developer", button=True)
    pasted = page.get_by_label("or its text").input_value()
    page.get_by_role("button", name="Hand in the signed answer").click()
    expect(page.get_by_role("alert")).to_contain_text("not signed")
    expect(page.get_by_label("or its text")).to_have_value(pasted)
    assert not queries.determinations(asked.cast.hub, asked.review.id)


def press(at: Locator, key: str = "Enter") -> None:
    """Go to something and press a key there: no mouse."""
    at.focus()
    at.press(key)


def test_an_authority_proposes_a_partner_by_keyboard_alone(
    browse: Callable[..., Page], asked: Parties
) -> None:
    page = browse("authority", asked.url())
    press(page.get_by_role("link", name="Propose a trusted partner"))
    page.get_by_role("combobox", name="Who").press_sequentially("partner")
    page.get_by_role("textbox", name="Why").press_sequentially("runs the grid")
    press(page.get_by_role("radio", name="Defenders of critical infrastructure"), "Space")
    press(page.get_by_role("checkbox", name="Requests that declare tools"), "Space")
    press(page.get_by_role("button", name="Show the words to sign"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign for partner")
    sign_here(page, asked, "authority", button=True)
    press(page.get_by_role("button", name="Hand in the signature"))
    expect(page.get_by_text("is a trusted partner once the other side has signed too")).to_be_visible()
    (made,) = queries.partners(asked.cast.hub, asked.review.id)
    assert (made.tier, sorted(made.scopes)) == ("critical-infrastructure", ["chat", "messages", "models"])
    looked_at(page, "partner-proposed")
    page.get_by_label("Why").press_sequentially("too soon")
    press(page.get_by_role("button", name="Revoke this partner"))
    expect(page.get_by_text("is no trusted partner any more")).to_be_visible()
