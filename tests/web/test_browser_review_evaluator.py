"""An evaluator goes through a review in a browser: terms, interests, its keys, a document, a copy that leaves."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.looks import looked_at, sign_here
from tests.web.parties import NAME, TERMS, Parties

from headstart.access import services as reaching
from headstart.access.rules import Dialect
from headstart.people import services as peopling
from headstart.reviews import queries
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Marking, Tlp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def give_key(parties: Parties, settings: Any, name: str = "evaluator", **words: Any) -> tuple[Any, str]:
    """The developer adds an endpoint and gives that organisation's person a key."""
    settings.HEADSTART_UPSTREAMS = ("http://127.0.0.1:9",)
    developer = parties.person("developer")
    upstream = reaching.add_upstream(
        parties.review.id,
        actor=developer,
        name=f"for {name}",
        dialect=Dialect.OPENAI,
        base_url="http://127.0.0.1:9",
        secret="sk-of-the-developer",
        models=["winter-1"],
        price_in=Decimal(1),
    )
    return reaching.give_key(upstream.id, name, actor=developer, **words)


def test_an_evaluator_signs_declares_and_works(
    browse: Callable[..., Page], parties: Parties, settings: Any
) -> None:
    parties.ask()
    reviewing.propose_terms(
        parties.review.id, parties.organisation("evaluator"), TERMS, actor=parties.person("developer")
    )
    page = browse("evaluator", "/reviews/")
    expect(page.get_by_text("There is no review that you take part in")).to_be_visible()
    _sign_before_access(page, parties)
    parties.open()
    page.goto(page.url.split("/reviews/")[0] + "/reviews/")
    page.get_by_role("link", name=NAME).click()
    _declare(page, parties)
    _keys(page, parties, settings)
    _documents(page, parties)


def _sign_before_access(page: Page, parties: Parties) -> None:
    """Terms come first: the model's name and the review are not shown yet."""
    page.get_by_role("link", name="Sign version 1 of the terms with developer").click()
    expect(page.get_by_text("weights", exact=True).first).to_be_visible()
    expect(page.get_by_text(NAME)).to_have_count(0)
    sign_here(page, parties, "evaluator")
    page.get_by_role("button", name="Hand in the signature").click()
    expect(page.get_by_text("once the other side has signed too")).to_be_visible()
    (made,) = queries.agreements(parties.cast.hub, parties.review.id)
    envelope = parties.sealed("developer", reviewing.agreement_words(made))
    reviewing.sign_terms(made.id, envelope, actor=parties.person("developer"))
    page.reload()
    expect(page.get_by_text("In force since")).to_be_visible()


def _declare(page: Page, parties: Parties) -> None:
    looked_at(page, "evaluator-review")
    page.get_by_role("link", name="Declare your interests").click()
    page.get_by_text("These interests", exact=True).click()
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("alert")).to_contain_text("say which, or that there are none")
    page.get_by_label("Which").fill("My brother works there.")
    looked_at(page, "evaluator-interests")
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_text("Declared. The developer sees it")).to_be_visible()
    assert [
        each.interests for each in queries.declarations(parties.person("developer"), parties.review.id)
    ] == ["My brother works there."]


def _keys(page: Page, parties: Parties, settings: Any) -> None:
    key, shown = give_key(parties, settings, most_tokens=5000)
    page.get_by_role("link", name="See your keys to the model").click()
    expect(page.get_by_text(f"ends in …{key.hint}")).to_be_visible()
    assert shown not in page.content()
    looked_at(page, "evaluator-keys")
    page.get_by_role("link", name="What was used").click()
    expect(page.get_by_text("0 of 5,000")).to_be_visible()
    with page.expect_download() as loaded:
        page.get_by_role("link", name="The same as CSV").click()
    assert b"evaluator,evaluator,1,1,0," in Path(loaded.value.path()).read_bytes()
    page.wrong = []  # type: ignore[attr-defined]
    looked_at(page, "evaluator-usage")
    page.go_back()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("status")).to_contain_text("is over")
    page.get_by_role("link", name=NAME).click()


def _documents(page: Page, parties: Parties) -> None:
    colleague = peopling.seat(parties.organisation("evaluator"), "second", actor=parties.cast.hub)
    reviewing.put_document(
        parties.review.id,
        actor=parties.person("developer"),
        kind="model-card",
        title="For you alone",
        text="A secret of the trade.",
        marking=Marking(tlp=Tlp.AMBER, trade_secret=True, named=(parties.organisation("evaluator").id,)),
    )
    page.get_by_role("link", name="Add a document").click()
    page.get_by_role("link", name="For you alone").click()
    page.get_by_role("link", name="Ask for a copy that leaves the hub").click()
    page.get_by_label("Why it has to leave").fill("for our lab without a network")
    looked_at(page, "evaluator-exports")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("waits for another person")).to_be_visible()
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    (asked,) = queries.exports(parties.person("evaluator"), parties.review.id)
    reviewing.agree_export(asked.id, actor=colleague.as_viewer())
    page.reload()
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Take the copy").click()
    assert Path(loaded.value.path()).read_bytes().startswith(b"%PDF")
    page.reload()
    expect(page.get_by_text("; taken")).to_be_visible()


def test_without_javascript_on_a_phone_an_evaluator_declares_and_sees_the_review(
    browse: Callable[..., Page], parties: Parties
) -> None:
    parties.open()
    parties.agree()
    page = browse("evaluator", "/reviews/", script=False, width=360)
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", name="What you can do now")).to_be_visible()
    page.get_by_role("link", name="Declare your interests").click()
    page.get_by_text("No interest:").click()
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_text("Declared. The developer sees it")).to_be_visible()
