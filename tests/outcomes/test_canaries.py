"""Nothing protected is public: a marked word in every text of a review, and every public page and answer searched.

The words are planted by looking at the tables themselves, so that a new field is planted too.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.simulators.outcomes import Found, agreed, answered, opened

from headstart import clock
from headstart.access.models import Key, Upstream
from headstart.ledger import services as ledger
from headstart.ledger.work import load_or_make_key
from headstart.outcomes import queries, services
from headstart.outcomes.models import Report
from headstart.people import services as peopling
from headstart.reviews import services as reviewing
from headstart.reviews.models import (
    Declaration,
    Determination,
    Document,
    Export,
    Partner,
    PartnerSignature,
    Review,
)
from headstart.reviews.rules import Marking, Tlp

pytestmark = pytest.mark.django_db
ROOMS = ("reviews", "access", "outcomes")
PLANNED = date(2091, 7, 23)
NO_WORDS = re.compile(r"(^|_)(id|digest|previous|hint|kind|path)$|^(ended_by|revoked_by|model|host)$")
"""What no party words: ids, digests, what a program wrote. (`Request.model` is one of the upstream's model names.)"""


def texts_of(model: type[models.Model]) -> Iterator[Any]:
    """The fields of a table that hold somebody's words."""
    for each in model._meta.concrete_fields:
        is_text = isinstance(each, models.CharField | models.TextField) and not isinstance(
            each, models.EmailField
        )
        if (
            is_text
            and not each.is_relation
            and not each.primary_key
            and not each.choices
            and not NO_WORDS.search(each.name)
        ):
            yield each


class Planted:
    """A marked word for each text; `by_word` says which is whose."""

    def __init__(self) -> None:
        self.by_word: dict[str, str] = {}
        self._numbers = itertools.count(100)

    def word(self, whose: str) -> str:
        word = f"zqcanary{next(self._numbers)}"
        self.by_word[word] = whose
        return word

    def everywhere(self) -> None:
        for room in ROOMS:
            for model in apps.get_app_config(room).get_models():
                named: Any = model
                for each in texts_of(model):
                    word = self.word(f"{model.__name__}.{each.name}")
                    named._default_manager.update(**{each.name: word})

    def found_in(self, text: str) -> set[str]:
        return {whose for word, whose in self.by_word.items() if word in text}


@pytest.fixture
def planted(cast: Any, data: Any) -> Planted:
    """A review that went the whole way, in which everything that a party wrote is a canary; then published."""
    cache.clear()
    made = Planted()
    review = opened(cast, planned_release_on=PLANNED)
    person = peopling.seat(cast.organisation("evaluator"), "eva", actor=cast.hub)
    _papers(cast, review, person, made)
    found = Found(review, cast.evaluator)
    finding = found.finding(0)
    found.proof(finding, 0)
    found.hit(found.vulnerability(0, finding), cast.operator, 0)
    report = services.hand_report(review.id, actor=cast.evaluator, title="T", text="t", marking=Marking())
    services.reply(report.id, "r", actor=cast.developer)
    made.everywhere()
    review.refresh_from_db()
    review.markings_text = {"description": msgspec.to_builtins(Marking(tlp=Tlp.RED))}
    review.save()
    reviewing.release(review.id, actor=cast.developer)
    services.publish_summary(review.id, actor=cast.hub)
    ledger.checkpoint(origin="test/log", key=load_or_make_key(data / "keys" / "hub.pem"))
    return made


def _papers(cast: Any, review: Review, person: Any, made: Planted) -> None:
    now = clock.now()
    terms = {name: made.word(f"Terms.{name}") for name in ("trade_secrets", "data_handling", "notes")}
    agreed(review, cast.evaluator, may_publish=[made.word("Terms.may_publish"), "determination"], **terms)
    criteria = [{"name": made.word("Criterion.name"), "met": "yes", "why": made.word("Criterion.why")}]
    answered(review, cast.authority, criteria=criteria, reasons="r")
    document = Document.objects.create(
        review=review, owner_id=cast.developer.organisation_id, kind="evidence", title="t", text="t",
        digest="0" * 64, tlp=Tlp.RED, at=now,
    )  # fmt: skip
    Export.objects.create(document=document, asked_by=person, reason="r", asked_at=now, mark="m")
    Declaration.objects.create(review=review, member=person, interests="i", at=now)
    partner = Partner.objects.create(
        review=review, organisation=cast.organisation("partner"), reason="r", proposed_at=now, in_force_at=now
    )
    PartnerSignature.objects.create(
        partner=partner, signer=cast.organisation("authority"), envelope={"payload": made.word("envelope")}, at=now
    )  # fmt: skip
    upstream = Upstream.objects.create(
        review=review, name="n", dialect="openai", base_url="https://127.0.0.1",
        models_text=[made.word("Upstream.models_text")], safeguards="on", sealed_key=b"s", added_at=now,
    )  # fmt: skip
    Key.objects.create(
        digest="0" * 64, hint="abcd", upstream=upstream, organisation=cast.organisation("evaluator"), member=person,
        scopes=["chat"], given_at=now,
    )  # fmt: skip


def addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Every address of the site, as Django knows it."""
    for each in patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, here)
        elif isinstance(each, URLPattern):
            yield here


def filled(address: str, ids: dict[str, str]) -> str:
    """An address with real ids in its places."""
    plain = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: ids.get(name.group(1), "1"), address)
    return "/" + re.sub(r"[\^$\\]|\(\?P?<?\w*>?[^)]*\)", "", plain).replace("Z", "")


def test_no_marked_word_is_on_a_public_page_or_in_a_public_answer(planted: Planted) -> None:
    ids = {
        "review_id": Review.objects.get().id,
        "summary_id": queries.summaries().get().id,
        "report_id": Report.objects.get().id,
        "tier": "everyone",
    }
    public, read = Client(), []
    for address in {filled(each, ids) for each in addresses(get_resolver().url_patterns)}:
        answer = public.get(address, follow=True)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = body.decode(errors="replace")
        assert planted.found_in(text) == set(), address
        assert not re.search(r"2091|23 July", text), address
        if answer.status_code == 200:
            read.append(address)
    for each in ("/summaries/", f"/summaries/{ids['summary_id']}", "/reviews/together", "/reviews/together.csv",
                 "/api/summaries", f"/api/summaries/{ids['summary_id']}", "/api/together", "/api/together.csv",
                 "/ledger/", "/api/ledger"):  # fmt: skip
        assert each in read
    assert "summary.published" in public.get("/api/ledger").content.decode()


def test_the_search_would_find_them(cast: Any, planted: Planted) -> None:
    """The words are there, and those whose they are read them."""
    client = Client()
    token = peopling.give_token(cast.organisation("developer"), "t", actor=cast.developer)
    review = Review.objects.get()
    mine = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    listed = client.get(f"/api/reviews/{review.id}/reports", **mine).content
    assert planted.found_in(listed.decode()) & {"Report.title", "Report.text", "Report.reply"} == {
        "Report.title"
    }
    said = client.post(f"/api/reports/{Report.objects.get().id}/read", **mine).content
    assert planted.found_in(said.decode()) >= {"Report.title", "Report.text", "Report.reply"}


def test_every_text_of_the_three_rooms_was_planted(planted: Planted) -> None:
    """A table that has no row here, or a field that nobody thought of, is a hole in this search."""
    empty = set()
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            named: Any = model
            if list(texts_of(model)) and not named._default_manager.exists():
                empty.add(model.__name__)
    assert empty == set()
    assert {"Review.model_name", "Review.description", "Document.text", "Declaration.interests", "Report.text",
            "Export.reason", "Partner.reason", "Determination.reasons", "Upstream.base_url"} <= set(
        planted.by_word.values()
    )  # fmt: skip
    assert Determination.objects.get().reasons in planted.by_word


def test_a_name_that_is_marked_clear_is_told_with_whose_it_is(cast: Any) -> None:
    cache.clear()
    review = opened(cast, name="An open model")
    review.markings_text = {"model_name": msgspec.to_builtins(Marking(tlp=Tlp.CLEAR))}
    review.save()
    reviewing.release(review.id, actor=cast.developer)
    content = services.publish_summary(review.id, actor=cast.hub).content
    assert (content["model"], content["developer"]) == ("An open model", cast.developer.name)
    assert content["opened_on"]
