"""Each step of a review is told by mail to those whom it concerns, and to nobody else; no letter holds a secret."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.sides import side

from headstart.ledger import queries as ledger
from headstart.people.rules import Kind
from headstart.reviews import services
from headstart.reviews.models import Review
from headstart.reviews.rules import Move, Proposal, Scope, Terms, letters
from headstart.reviews.rules.letters import LETTERS
from headstart.reviews.work import load_programme
from headstart.worker.flow import Event, next_rows

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Aardvark 9, snapshot of weights"


@pytest.fixture
def review(cast: Any) -> Review:
    for each in ("authority", "another_authority", "evaluator", "another_evaluator", "operator"):
        getattr(cast, each)
    return services.enquire(SECRET, load_programme("eo14409"), actor=cast.developer)


def told(cast: Any, review: Review) -> set[str]:
    """Run the flow's rows for the newest entry about the review; who got a letter."""
    mail.outbox.clear()
    entry = list(ledger.about(cast.hub, review.urn))[-1]
    event = Event(index=entry.index, kind=entry.kind, subject=review.id, details=entry.details)
    for row in next_rows(entry.kind):
        row.do(event, cast.hub)
    for each in mail.outbox:
        assert SECRET not in each.subject + str(each.body)
        assert f"/reviews/{review.id}/" in str(each.body)
    return {each.to[0].removesuffix("@example.org") for each in mail.outbox}


@pytest.mark.django_db
def test_an_enquiry_is_told_to_every_authority(cast: Any, review: Review) -> None:
    assert told(cast, review) == {"authority", "another_authority"}
    assert mail.outbox[0].subject == f"[Headstart] {review.id}: a developer asks whether its model is covered"


@pytest.mark.django_db
def test_access_is_told_to_the_one_who_got_it_and_the_end_to_all_who_take_part(
    cast: Any, review: Review
) -> None:
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    assert told(cast, review) == {"evaluator"}
    services.take_back_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    assert told(cast, review) == {"evaluator"}
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    services.grant_access(review.id, cast.organisation("another_evaluator"), actor=cast.developer)
    services.end(review.id, Move.WITHDRAW, actor=cast.developer)
    assert told(cast, review) == {"evaluator", "another_evaluator"}  # not the developer, who did it
    assert "Nothing else follows from it." in str(mail.outbox[0].body)


@pytest.mark.django_db
def test_a_release_is_told_too(cast: Any, review: Review) -> None:
    services.grant_access(review.id, cast.organisation("evaluator"), actor=cast.developer)
    services.end(review.id, Move.RELEASE, actor=cast.developer)
    assert told(cast, review) == {"evaluator"}


@pytest.mark.django_db
def test_an_organisation_without_an_address_gets_none(cast: Any, review: Review) -> None:
    organisation = cast.organisation("evaluator")
    organisation.contact = ""
    organisation.save()
    services.grant_access(review.id, organisation, actor=cast.developer)
    assert told(cast, review) == set()


@pytest.mark.parametrize("kind", sorted(LETTERS))
def test_a_letter_is_plain_says_where_to_read_on_and_that_nothing_is_held_back(kind: str) -> None:
    made = letters.letter(
        kind, review_id="rev_1", actor="A lab", address="https://hub.example/reviews/rev_1/"
    )
    assert made.subject.startswith("[Headstart] rev_1: ")
    assert "The review: https://hub.example/reviews/rev_1/" in made.text.splitlines()
    assert "Nothing in a review approves" in " ".join(made.text.split())
    assert max(map(len, made.text.splitlines())) <= letters.LINE


@given(st.text(max_size=3000))
def test_no_name_breaks_out_of_a_letter(name: str) -> None:
    made = letters.letter("review.enquired", review_id="rev_1", actor=name, address="https://hub.example/r/")
    assert "\n" not in made.subject
    first = made.text.split("\n\n")[0]
    assert first.replace("\n", " ").endswith("asks whether a model in development is covered.")
    assert all(each.isprintable() or each == "\n" for each in made.text)


def test_every_kind_of_entry_of_these_rooms_has_a_letter_or_is_kept_quiet_on_purpose() -> None:
    quiet = {
        "review.field_read",
        "review.document_read",
        "report.read",
        "gateway.words_read",
        "review.export_taken",
    }
    quiet |= {
        "review.field_marked",
        "review.document_marked",
        "gateway.requested",
        "gateway.ended",
        "gateway.words_deleted",
    }
    quiet |= {"gateway.upstream_added", "gateway.upstream_removed", "gateway.sealed_anew"}
    rooms = (ROOT / "src" / "headstart" / each / "services" for each in ("reviews", "access", "outcomes"))
    files = [
        file for room in rooms for file in (*room.glob("*.py"), room.with_suffix(".py")) if file.exists()
    ]
    written = {
        kind
        for file in files
        for kind in re.findall(r'"((?:review|gateway|report|summary)\.\w+)"', file.read_text())
    }
    moves = {f"review.{each.value}" for each in Move} - {"review.grant_access"}
    assert written | moves <= set(LETTERS) | quiet
    assert set(LETTERS) - moves <= written


@pytest.mark.django_db
def test_the_other_side_of_terms_is_led_to_them_and_a_partner_hears_nothing_before_it_is_one(
    cast: Any,
) -> None:
    lab, agency = side(cast, "Lab", Kind.DEVELOPER), side(cast, "Agency", Kind.AUTHORITY)
    review = services.enquire(SECRET, load_programme("eo14409"), actor=lab.viewer)
    evaluator = cast.organisation("evaluator")
    made = services.propose_terms(review.id, evaluator, Terms(access_level="AL1"), actor=lab.viewer)
    assert told(cast, review) == {"evaluator"}
    assert f"/reviews/{review.id}/terms/{made.id}" in str(mail.outbox[0].body)
    proposal = Proposal(reason="r", scopes=(Scope.CHAT,))
    for by, hears in ((lab, {"agency"}), (agency, {"lab", "partner"})):
        organisation = cast.organisation("partner")
        words = services.partnership_words(review, organisation, proposal)
        partner = services.sign_partner(
            review.id, organisation, by.sign(words), actor=by.viewer, proposal=proposal
        )
        assert told(cast, review) == hears
    services.revoke_partner(partner.id, actor=lab.viewer, reason="over")
    assert told(cast, review) == {"agency", "partner"}
