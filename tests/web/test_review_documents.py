"""Documents, copies that leave, interests: who sees what, what is written down, what a refusal looks like."""

import io

import pytest
from tests.web.parties import Parties
from tests.web.test_reviews import words

from headstart.ledger import queries as ledger
from headstart.reviews import queries
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Marking, Tlp

pytestmark = pytest.mark.django_db
ROLES = ("developer", "evaluator", "authority", "partner", "hub")
SECRET = "What the card says."


@pytest.fixture
def running(parties: Parties) -> Parties:
    """A window with an evaluator and a partner in it."""
    parties.open()
    parties.sign_partner("developer", "authority")
    return parties


def put(parties: Parties, marking: Marking | None, by: str = "developer") -> str:
    """A model card with that marking; its id."""
    made = reviewing.put_document(
        parties.review.id,
        actor=parties.person(by),
        kind="model-card",
        title="The card",
        text=SECRET,
        marking=marking,
    )
    return str(made.id)


@pytest.mark.parametrize(
    ("marking", "readers"),
    [
        (Marking(tlp=Tlp.AMBER), set(ROLES)),
        (Marking(tlp=Tlp.GREEN), set(ROLES)),
        (Marking(tlp=Tlp.AMBER_STRICT), {"developer"}),
        (Marking(tlp=Tlp.RED), {"developer"}),
        (Marking(tlp=Tlp.AMBER, trade_secret=True), {"developer", "authority"}),
    ],
)
def test_a_document_is_on_the_pages_of_those_who_may_read_it_alone(
    running: Parties, marking: Marking, readers: set[str]
) -> None:
    made = put(running, marking)
    for name in ROLES:
        client = running.seat(name)
        sees = name in readers
        assert ("The card" in words(client, running.url("documents"))) == sees, name
        assert ("The card" in words(client, running.url())) == sees, name
        page = client.get(running.url(f"documents/{made}"))
        assert page.status_code == (200 if sees else 404), name
        if not sees:
            assert client.post(running.url(f"documents/{made}")).status_code == 404, name


def test_what_is_strict_is_shown_by_a_post_alone_and_written_down(running: Parties) -> None:
    named = running.organisation("evaluator").id
    made = put(running, Marking(tlp=Tlp.AMBER_STRICT, named=(named,)))
    client, page = running.seat("evaluator"), running.url(f"documents/{made}")
    before = words(client, page)
    assert SECRET not in before
    assert "If you read it now, the ledger says that you did" in before
    assert "evaluator" in before
    assert readings(running) == []
    answer = client.post(page)
    assert SECRET in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert readings(running) == [running.person("evaluator").member_id]
    assert SECRET not in client.get(running.url("documents")).content.decode()


def readings(parties: Parties) -> list[str]:
    """Who read documents, as the developer finds it in the ledger."""
    entries = ledger.entries(parties.person("developer"))
    return [each.details["member"] for each in entries if each.kind == "review.document_read"]


def test_what_may_be_passed_on_is_shown_at_once_and_nothing_is_written(running: Parties) -> None:
    made = put(running, Marking(tlp=Tlp.GREEN))
    assert SECRET in words(running.seat("partner"), running.url(f"documents/{made}"))
    assert readings(running) == []


def test_a_document_of_another_review_is_not_in_this_one(running: Parties) -> None:
    made = put(running, Marking(tlp=Tlp.AMBER))
    running.ask()
    assert running.seat("developer").get(running.url(f"documents/{made}")).status_code == 404
    assert running.seat("developer").post(running.url(f"documents/{made}")).status_code == 404
    anew = running.url(f"documents/{made}/mark")
    assert running.seat("developer").post(anew, {"tlp": "TLP:CLEAR"}).status_code == 404


def test_a_document_is_added_with_whom_it_is_meant_for(running: Parties) -> None:
    said = {
        "kind": "note",
        "title": "For two",
        "text": "one\r\ntwo",
        "tlp": "TLP:RED",
        "named": "evaluator\r\n authority ",
    }
    client = running.seat("developer")
    answer = client.post(running.url("documents"), said, follow=True)
    assert "Added, marked TLP:RED." in answer.content.decode()
    made = queries.documents(running.person("developer"), running.review.id)[-1]
    ids = {running.organisation("evaluator").id, running.organisation("authority").id}
    assert set(made.marking.named) == ids
    shown = client.post(running.url(f"documents/{made.id}")).content.decode()
    assert "evaluator, authority" in shown
    assert "one\ntwo" in shown


def test_a_file_of_text_is_taken_in_place_of_what_was_typed(running: Parties) -> None:
    file = io.BytesIO("gr\u00fcn".encode())
    file.name = "note.md"
    said = {"kind": "note", "title": "A file", "text": "", "tlp": "TLP:GREEN", "file": file}
    assert running.seat("evaluator").post(running.url("documents"), said).status_code == 302
    assert queries.documents(running.person("evaluator"), running.review.id)[-1].text == "gr\u00fcn"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"title": ""}, "say something here"),
        ({"text": " "}, "says nothing"),
        ({"kind": "verdict"}, "evidence"),
        ({"tlp": "TLP:WHITE"}, "choose one of"),
        ({"named": "nobody at all"}, "nobody is known here"),
        ({"tlp": "", "trade_secret": "yes"}, "choose one for what is a trade secret"),
        ({"evaluation": "evl_absent"}, ""),
    ],
)
def test_a_document_that_can_t_be_is_refused_in_a_line_and_what_was_typed_stays(
    running: Parties, changed: dict[str, str], says: str
) -> None:
    said = {"kind": "note", "title": "Title", "text": "Of note.", "tlp": "TLP:AMBER", **changed}
    answer = running.seat("developer").post(running.url("documents"), said)
    text = answer.content.decode()
    assert answer.status_code in (404, 422)
    if answer.status_code == 422:
        assert says in text.split('role="alert"')[1].split("</div>")[0]
        assert said["title"] in text
    assert not queries.documents(running.person("developer"), running.review.id)


def test_what_is_no_text_is_refused(running: Parties) -> None:
    file = io.BytesIO(b"\xff\xfe\x00")
    file.name = "card.bin"
    said = {"kind": "note", "title": "A file", "tlp": "TLP:AMBER", "file": file}
    answer = running.seat("developer").post(running.url("documents"), said)
    assert answer.status_code == 422
    assert "no text in UTF-8" in answer.content.decode()


def test_the_developer_alone_marks_the_fields_of_its_review(running: Parties) -> None:
    said = {"field": "description", "tlp": "TLP:RED", "named": "evaluator", "trade_secret": "yes"}
    page = running.url("fields/mark")
    for name in ("evaluator", "authority", "partner", "hub"):
        assert running.seat(name).post(page, said).status_code == 403, name
        assert "Mark it so" not in words(running.seat(name), running.url("documents"))
    client = running.seat("developer")
    assert client.post(page, said)["Location"] == running.url("documents")
    marking = queries.fields(running.person("developer"), running.review_anew())["description"].marking
    assert (marking.tlp, marking.trade_secret) == (Tlp.RED, True)
    assert marking.named == (running.person("evaluator").member_id,) or marking.named == (
        running.organisation("evaluator").id,
    )
    assert client.post(page, {**said, "field": "stage"}).status_code == 404


def test_who_wrote_a_document_alone_marks_it_anew(running: Parties) -> None:
    made = put(running, Marking(tlp=Tlp.GREEN))
    page = running.url(f"documents/{made}/mark")
    said = {"tlp": "TLP:AMBER+STRICT", "named": "evaluator"}
    for name in ("evaluator", "authority", "partner", "hub"):
        assert running.seat(name).post(page, said).status_code == 403, name
        assert "Mark it so" not in words(running.seat(name), running.url(f"documents/{made}"))
    client = running.seat("developer")
    assert "Mark it so" in words(client, running.url(f"documents/{made}"))
    assert client.get(page).status_code == 405
    assert client.post(page, said)["Location"] == running.url(f"documents/{made}")
    assert "evaluator" in words(client, running.url(f"documents/{made}"))
    assert running.seat("partner").get(running.url(f"documents/{made}")).status_code == 404
    assert client.post(page, {**said, "named": "nobody at all"}).status_code == 422
    assert client.post(running.url("documents/doc_absent/mark"), said).status_code == 404


def test_a_copy_needs_two_people_and_goes_to_the_one_who_asked(running: Parties) -> None:
    made = put(running, Marking(tlp=Tlp.AMBER, trade_secret=True))
    asker, second = running.seat("developer"), running.colleague("developer", "second")
    page = running.url("exports")
    asker.post(page, {"do": "ask", "document": made, "reason": "for the court"})
    (export,) = queries.exports(running.person("developer"), running.review.id)
    take = running.url(f"exports/{export.id}/take")
    assert asker.post(take).status_code == 409
    assert asker.post(page, {"do": "agree", "export": export.id}).status_code == 403
    assert "Agree that a copy of “The card” leaves the hub" in words(second, running.url())
    assert "Agree" not in words(running.seat("evaluator"), page)
    assert running.seat("evaluator").post(page, {"do": "agree", "export": export.id}).status_code == 404
    assert second.post(page, {"do": "agree", "export": export.id})["Location"] == page
    assert second.post(take).status_code == 404
    assert asker.get(take).status_code == 405
    answer = asker.post(take)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF")
    assert "agreed by second" in words(asker, page)


def test_a_copy_without_a_reason_is_refused_and_the_choice_stays(running: Parties) -> None:
    made = put(running, Marking(tlp=Tlp.AMBER))
    answer = running.seat("partner").post(running.url("exports"), {"document": made, "reason": ""})
    assert answer.status_code == 422
    assert f'value="{made}" selected' in answer.content.decode()


def test_an_evaluators_person_declares_and_the_others_read_it(running: Parties) -> None:
    page = running.url("interests")
    client = running.seat("evaluator")
    assert client.post(page, {"has": "some", "interests": " "}).status_code == 422
    client.post(page, {"has": "some", "interests": "Shares <b>of</b> it."})
    for name in ("developer", "authority", "hub", "evaluator"):
        assert "Shares &lt;b&gt;of&lt;/b&gt; it." in words(running.seat(name), page), name
    assert "Shares" not in words(running.seat("partner"), page)
    client.post(page, {"has": "none", "interests": "typed and then not meant"})
    assert "No interest." in words(client, page)
    assert "not meant" not in words(client, page)
    assert running.seat("developer").post(page, {"has": "none"}).status_code == 403
