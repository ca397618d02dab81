"""The review's own page, the list and the form that asks for one: who sees what, and what a refusal looks like."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.parties import NAME, PROPOSAL, TERMS, Parties
from tests.web.test_pages import INLINE

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.outcomes import services as reporting
from headstart.reviews import queries
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Answer, Criterion, Marking, Met, Ruling, Tier, Tlp
from headstart.web import wording
from headstart.web.review_words import FITS
from headstart.web.templatetags.headstart import tlp, zoned
from headstart.web.urls_reviews import REVIEWS

pytestmark = pytest.mark.django_db
PAGES = {
    "developer": ["", "terms", "partners/new", "window", "access", "documents", "exports", "interests", "gateway",
                  "keys", "usage", "usage.csv"],
    "evaluator": ["", "terms", "documents", "exports", "interests", "keys", "usage", "usage.csv"],
    "authority": ["", "terms", "determination", "partners/new", "documents", "exports", "interests", "keys", "usage"],
    "partner": ["", "terms", "documents", "exports", "interests", "keys", "usage", "usage.csv"],
    "hub": ["", "terms", "documents", "exports", "interests", "keys", "usage", "usage.csv"],
}  # fmt: skip
OTHERS = {
    "evaluator": ["determination", "partners/new", "window", "access", "gateway"],
    "authority": ["window", "access", "gateway"],
    "partner": ["determination", "window", "access", "gateway"],
    "hub": ["determination", "window", "access", "gateway"],
    "developer": ["determination"],
}


def words(client: Client, address: str) -> str:
    """What a page says, its tags taken out."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    text = re.sub(r"</(td|th|dt|dd|li|p)>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))


@pytest.fixture
def running(parties: Parties) -> Parties:
    """A review in its window, with terms, an answer and a partner."""
    parties.ask(description="It finds flaws.", planned_release_on=clock.now().date() + timedelta(days=40))
    parties.open()
    parties.agree()
    parties.sign_partner("developer", "authority")
    return parties


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_review_opens_for_those_whose_it_is(running: Parties, name: str) -> None:
    client = running.seat(name)
    for page in PAGES[name]:
        answer = client.get(running.url(page))
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert not INLINE.search(text), page
        assert "None" not in re.sub(r"<[^>]*>", "", text), page


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_opens_a_page_that_belongs_to_another_party(running: Parties, name: str) -> None:
    client = running.seat(name)
    for page in OTHERS[name]:
        assert client.get(running.url(page)).status_code in (403, 404) or page == "partners/new", page
        assert client.post(running.url(page), {"do": "sign", "sure": "yes"}).status_code >= 400, page


@pytest.mark.parametrize("name", [None, "finder", "operator", "another_developer", "another_evaluator"])
def test_to_everybody_else_no_page_of_a_review_is_there(running: Parties, name: str | None) -> None:
    client = running.seat(name) if name else Client()
    for page in {each for pages in (*PAGES.values(), *OTHERS.values()) for each in pages}:
        assert client.get(running.url(page)).status_code == 404, page
        absent = client.get(f"/reviews/rev_absent/{page}")
        assert absent.status_code == 404, page


def test_the_list_says_what_each_is_called_and_how_much_is_left(running: Parties) -> None:
    for name in PAGES:
        said = words(running.seat(name), "/reviews/")
        assert NAME in said, name
        assert "29 days 23 hours" in said or "30 days" in said, name
    assert "Ask for a review" in words(running.seat("developer"), "/reviews/")
    assert "Ask for a review" not in words(running.seat("evaluator"), "/reviews/")
    assert NAME not in words(running.seat("another_developer"), "/reviews/")


def test_the_list_asks_the_database_no_more_for_many_reviews_than_the_rows_need(running: Parties) -> None:
    client = running.seat("hub")
    client.get("/reviews/")
    with CaptureQueriesContext(connection) as one:
        client.get("/reviews/")
    for _ in range(6):
        running.ask()
    with CaptureQueriesContext(connection) as many:
        assert client.get("/reviews/").content.decode().count(NAME) == 7
    assert len(many) - len(one) <= 6


def test_what_comes_first_on_a_review_is_what_the_viewer_can_do(running: Parties) -> None:
    for name, deed in {
        "developer": "Shorten the window, withdraw, or release your model",
        "evaluator": "Declare your interests",
        "authority": "Answer whether the model is covered",
        "partner": "See your keys to the model",
        "hub": "See who used what",
    }.items():
        text = running.seat(name).get(running.url()).content.decode()
        assert text.index("What you can do now") < text.index("hs-window__left") < text.index('id="stands"')
        own = text.split('class="hs-deeds"')[1].split("</section>")[0]
        assert deed in own, name
        assert ("Shorten the window" in own) == (name == "developer"), name


def test_every_deed_that_is_offered_can_be_opened(running: Parties) -> None:
    for name in PAGES:
        client = running.seat(name)
        text = client.get(running.url()).content.decode().split('class="hs-deeds"')[1].split("</section>")[0]
        addresses = re.findall(r'href="([^"]+)"', text)
        assert addresses
        for address in addresses:
            assert client.get(address).status_code == 200, f"{name} {address}"


def test_what_waits_for_a_signature_is_offered_to_the_side_that_lacks_it(parties: Parties) -> None:
    parties.open()
    parties.sign_partner("authority")
    deed = "Sign for partner as a trusted partner"
    assert deed in words(parties.seat("developer"), parties.url())
    assert deed not in words(parties.seat("authority"), parties.url())
    assert deed not in words(parties.seat("evaluator"), parties.url())
    parties.sign_partner("developer")
    assert deed not in words(parties.seat("developer"), parties.url())


def test_a_name_is_shown_to_those_alone_who_may_read_it(running: Parties) -> None:
    actor = running.person("developer")
    evaluator = running.organisation("evaluator").id
    marking = Marking(tlp=Tlp.AMBER_STRICT, named=(evaluator,))
    reviewing.mark_field(running.review.id, "model_name", marking, actor=actor)
    for name in ("evaluator", "authority", "partner", "hub"):
        client = running.seat(name)
        for address in ("/", "/reviews/", *(running.url(each) for each in PAGES[name])):
            assert NAME not in client.get(address).content.decode(), f"{name} {address}"
        assert "a model of developer" in words(client, running.url())
    assert NAME in words(running.seat("developer"), running.url())


def test_a_strict_field_is_read_by_a_button_that_says_it_is_written_down(running: Parties) -> None:
    actor = running.person("developer")
    marking = Marking(tlp=Tlp.RED, named=(running.person("evaluator").member_id,))
    reviewing.mark_field(running.review.id, "description", marking, actor=actor)
    page = running.url("fields/description")
    for name in ("authority", "partner", "hub"):
        assert "not yours to read" in words(running.seat(name), running.url())
        assert running.seat(name).get(page).status_code == 404
        assert running.seat(name).post(page).status_code == 404
    client = running.seat("evaluator")
    before = words(client, page)
    assert "the ledger says that you did" in before
    assert "It finds flaws." not in before
    assert readings(running) == 0
    answer = client.post(page)
    assert "It finds flaws." in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert readings(running) == 1


def readings(parties: Parties) -> int:
    """How many readings the developer finds in the ledger."""
    return sum(each.kind == "review.field_read" for each in ledger.entries(parties.person("developer")))


def test_a_field_that_is_there_for_all_or_that_is_none_has_no_page(running: Parties) -> None:
    client = running.seat("developer")
    assert client.get(running.url("fields/programme_text")).status_code == 404
    assert client.get(running.url("fields/model_name"))["Location"] == running.url()  # AMBER: a heading
    assert client.get(running.url("fields/description")).status_code == 200


def test_asking_says_what_is_wrong_and_keeps_what_was_typed(parties: Parties) -> None:
    client = parties.seat("developer")
    said = {
        "programme": "eo14409",
        "model_name": NAME,
        "planned_release_on": "soon",
        "description": "Of note.",
    }
    answer = client.post("/reviews/new", said)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'role="alert".*Planned release: &#x27;soon&#x27; is no date', text)
    assert "Of note." in text
    assert f'value="{NAME}"' in text
    assert client.post("/reviews/new", {**said, "model_name": " "}).status_code == 422
    odd = {**said, "planned_release_on": "", "programme": "../../etc/passwd"}
    assert client.post("/reviews/new", odd).status_code == 404
    odd = {**said, "planned_release_on": "", "tlp-description": "TLP:PURPLE"}
    assert "Marking of" in client.post("/reviews/new", odd).content.decode()
    assert not queries.reviews(parties.cast.hub)


def test_asking_takes_the_markings_that_were_chosen(parties: Parties) -> None:
    said = {
        "programme": "eo14409-proposal",
        "model_name": NAME,
        "planned_release_on": "2027-03-01",
        "tlp-planned_release_on": "TLP:RED",
    }
    answer = parties.seat("developer").post("/reviews/new", said)
    made = queries.reviews(parties.cast.hub).get()
    assert answer["Location"] == f"/reviews/{made.id}/"
    assert (made.programme.longest_window_days, str(made.planned_release_on)) == (14, "2027-03-01")
    assert queries.fields(parties.cast.hub, made)["planned_release_on"].marking.tlp is Tlp.RED
    assert queries.fields(parties.cast.hub, made)["model_name"].marking.tlp is Tlp.AMBER


@pytest.mark.parametrize("name", ["evaluator", "authority", "partner", "hub", "finder"])
def test_a_developer_alone_asks_for_a_review(parties: Parties, name: str) -> None:
    client = parties.seat(name)
    assert client.get("/reviews/new").status_code == 403
    assert client.post("/reviews/new", {"programme": "eo14409", "model_name": "X"}).status_code == 403
    assert not queries.reviews(parties.cast.hub)


def test_no_page_of_a_review_has_a_word_or_a_button_that_could_hold_a_release_back(running: Parties) -> None:
    """Every form's button, link and field name, in every seat; and every address."""
    forbidden = re.compile(
        r"(approv|den(y|ie)|block|veto|delay|hold|licen|permit|clear(ance|ed))", re.IGNORECASE
    )
    for name, pages in PAGES.items():
        for page in pages:
            text = (
                running.seat(name)
                .get(running.url(page))
                .content.decode()
                .split("<main")[-1]
                .split("</main")[0]
            )
            buttons = re.findall(r"<button[^>]*>(.*?)</button>", text, re.DOTALL)
            named = re.findall(r'(?:name|value|action|href)="([^"]*)"', text)
            wrong = [each for each in (*buttons, *named) if forbidden.search(re.sub(r"<[^>]*>", "", each))]
            assert [each for each in wrong if not each.startswith("TLP:")] == [], f"{name} {page}"
    assert [each.name for each in REVIEWS if forbidden.search(f"{each.name} {each.pattern}")] == []


def test_the_labels_are_those_of_tlp_2_in_the_standards_colours_on_black() -> None:
    sheet = (Path(wording.__file__).parent / "static/web/headstart.css").read_text()
    assert ".hs-tlp { background: #000;" in sheet
    colours = {
        "RED": "#ff2b2b",
        "AMBER": "#ffc000",
        "AMBER+STRICT": "#ffc000",
        "GREEN": "#33ff00",
        "CLEAR": "#fff",
    }
    for each in Tlp:
        label = tlp(Marking(tlp=each))
        assert f">{each}</span>" in label
        css = re.search(r'class="hs-tlp (hs-tlp--[a-z-]+)"', label)
        assert css
        rule = re.search(rf"{css[1]}\b(?!-)[^{{]*{{ color: (#[0-9a-f]+)", sheet)
        assert rule
        assert rule[1] == colours[each.removeprefix("TLP:")]
        assert contrast(rule[1]) > 4.5
    assert "trade secret" in tlp(Marking(trade_secret=True))


def contrast(colour: str) -> float:
    """The contrast of a colour with black (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) / 0.05


def test_a_time_is_said_on_the_clocks_of_its_programme_and_in_utc() -> None:
    winter = datetime(2027, 1, 12, 1, 30, tzinfo=UTC)
    assert "11 January 2027, 20:30 EST (12 January, 01:30 UTC)" in zoned(winter, "America/New_York")
    assert "12 July 2027, 05:30 EDT (09:30 UTC)" in zoned(
        datetime(2027, 7, 12, 9, 30, tzinfo=UTC), "America/New_York"
    )
    assert "12 January 2027, 01:30 UTC<" in zoned(winter, "UTC")


def test_the_answer_is_shown_with_its_criteria_its_signer_and_the_key(running: Parties) -> None:
    criteria = (Criterion(name="Hardest family", met=Met.UNKNOWN, why="Nobody ran it."),)
    made = running.answer(Ruling(answer=Answer.NOT_COVERED, criteria=criteria, reasons="So far."))
    for name in ("developer", "evaluator", "partner", "hub"):
        said = words(running.seat(name), running.url())
        assert "authority answered: not covered." in said, name
        assert "Hardest family unknown Nobody ran it." in said, name
        assert f"Signed by authority with its key {made.key_id}" in said, name
        assert "It does not decide about the release" in said


def test_the_window_goes_into_a_calendar_under_the_name_that_the_viewer_knows(running: Parties) -> None:
    marking = Marking(tlp=Tlp.AMBER_STRICT)
    reviewing.mark_field(running.review.id, "model_name", marking, actor=running.person("developer"))
    for name, called in (("developer", NAME), ("evaluator", "a model of developer")):
        answer = running.seat(name).get(running.url("calendar.ics"))
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        assert f"Pre-release window: {called}" in {str(each["SUMMARY"]) for each in events}, name
        ends = {each["DTEND"].dt for each in events if "DTEND" in each}
        assert running.review.closes_at.replace(microsecond=0) in ends
    assert NAME.encode() not in running.seat("hub").get(running.url("calendar.ics")).content


def test_a_window_that_is_not_open_has_no_calendar(parties: Parties) -> None:
    parties.ask()
    assert parties.seat("developer").get(parties.url("calendar.ics"))["Location"] == parties.url()


def test_what_remains_is_said_with_by_whom_and_whether_it_fits(running: Parties) -> None:
    reviewing.propose_terms(
        running.review.id, running.organisation("partner"), TERMS, actor=running.person("developer")
    )
    text = running.seat("developer").get(running.url()).content.decode()
    rest = text.split('id="todo"')[1].split("</section>")[0]
    assert "developer" in rest
    assert wording_of_fits() & set(re.findall(r">([^<>]+)<", rest))


def wording_of_fits() -> set[str]:
    """What the page may say of whether something fits."""
    return set(FITS.values())


def test_who_has_lost_its_access_sees_nothing_marked_and_is_offered_nothing(running: Parties) -> None:
    assert "Start an evaluation" in words(running.seat("evaluator"), running.url())
    developer = running.person("developer")
    reviewing.take_back_access(running.review.id, running.organisation("evaluator"), actor=developer)
    answer = running.seat("evaluator").get(running.url())
    if answer.status_code == 404:
        return
    text = answer.content.decode()
    assert NAME not in text
    assert "It finds flaws." not in text
    assert "Start an evaluation" not in text
    assert "Nothing waits for you here." in text


def test_a_partner_whose_time_is_over_sees_nothing_marked(parties: Parties) -> None:
    parties.open()
    ends = clock.now() + timedelta(days=3)
    proposal = dataclasses.replace(PROPOSAL, expires_at=ends)
    parties.sign_partner("developer", "authority", proposal=proposal)
    client = parties.seat("partner")
    assert NAME in words(client, parties.url())
    (partner,) = queries.partners(parties.cast.hub, parties.review.id)
    assert "EST (" in words(client, parties.url(f"partners/{partner.pk}"))
    clock.set_shift(timedelta(days=4))
    answer = client.get(parties.url())
    assert answer.status_code == 404 or NAME not in answer.content.decode()


def test_defenders_of_critical_infrastructure_come_first(parties: Parties) -> None:
    parties.open()
    for name, tier in (("another_partner_1", "other"), ("another_partner_2", "defender")):
        parties.organisation(name)
        proposal = dataclasses.replace(PROPOSAL, tier=Tier(tier))
        parties.sign_partner("developer", proposal=proposal, partner=name)
    parties.sign_partner("developer")
    text = parties.seat("authority").get(parties.url()).content.decode()
    rows = text.split('id="partners"')[1].split("</section>")[0]
    names = re.findall(r'partners/\d+">([^<]+)<', rows)
    assert names == ["partner", "another_partner_2", "another_partner_1"]


def test_a_report_without_its_developers_reply_waits_for_it(running: Parties) -> None:
    report = reporting.hand_report(
        running.review.id, actor=running.person("evaluator"), title="What we saw", text="It found a flaw."
    )
    deed = "Read and answer a report"
    assert deed in words(running.seat("developer"), running.url())
    for name in ("evaluator", "authority", "partner", "hub"):
        assert deed not in words(running.seat(name), running.url()), name
    reporting.reply(report.id, "It is mended.", actor=running.person("developer"))
    assert deed not in words(running.seat("developer"), running.url())
    assert "See the reports, and reply" in words(running.seat("developer"), running.url())
