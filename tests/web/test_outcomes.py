"""Pages of what came of a review: the picture, reports with their replies, the record, summaries for everyone."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect
from tests.simulators.outcomes import Found, agreed, answered, enquired, go_to
from tests.web.conftest import HOSTILE, World

from headstart.ledger.models import Entry
from headstart.outcomes import queries, rules, services
from headstart.outcomes.rules import Series, Standing, Step
from headstart.people.models import PublicKey
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Marking, Tlp
from headstart.web import standing
from headstart.web.standing_picture import PHONE, picture_svg

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2027, 1, 11)


def stands(
    *, n: int = 3, of: int = 4, unknown: int = 0, days: int = 10, released: bool = False, **more: Any
) -> Standing:
    """A standing in which every step is alike; the release is day 30, or day 5 where it was released."""
    over = rules.days(FIRST, FIRST + timedelta(days=days))
    made = [
        rules.series(
            step,
            over,
            [n] * len(over),
            None if step is Step.FOUND else [of] * len(over),
            [unknown] * len(over) if step in (Step.PROVED, Step.DEPLOYED) else None,
        )
        for step in Step
    ]
    hidden = more.pop("hidden", ())
    series = tuple(Series(step=each.step, points=None) if each.step in hidden else each for each in made)
    release = FIRST + timedelta(days=5 if released else 30)
    return Standing(
        opens=FIRST, today=over[-1], release=release, released=released, whole=True, series=series, **more
    )


class TestThePicture:
    """It says what the numbers say, brings nothing that the policy forbids, and never mixes units."""

    def texts(self, svg: str) -> list[str]:
        return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]

    def test_each_step_is_named_with_its_own_denominator(self) -> None:
        texts = self.texts(picture_svg(stands(n=3, of=4, unknown=1)))
        assert {"Found", "3 reports", "Fix proved", "3 of 4 vulnerabilities"} <= set(texts)
        assert {"3 of 4 reports, 1 unknown", "3 of 4 pairs, 1 unknown"} <= set(texts)

    def test_units_are_panels_of_their_own(self) -> None:
        texts = self.texts(picture_svg(stands()))
        panels = [each for each in texts if each.startswith(("Reports", "Vulnerabilities", "Operators"))]
        assert len(panels) == 3
        assert texts.index(panels[0]) < texts.index("Merged") < texts.index(panels[1])
        assert texts.index("First tier told") < texts.index(panels[2])

    def test_the_dark_band_is_as_high_as_the_share(self) -> None:
        """Forty pixels for four of four; so thirty for three."""
        paths = [each.get("d", "") for each in ET.fromstring(picture_svg(stands())).iter(f"{SVG}path")
                 if each.get("fill") == "#1a4480"]  # fmt: skip
        heights = []
        for outline in paths:
            ys = [float(y) for y in re.findall(r"[ML][\d.]+,([\d.]+)", outline)]
            heights.append(max(ys) - min(ys))
        assert heights == [40.0, *[30.0] * 6]  # found has no denominator, and fills its band

    def test_what_nobody_knows_is_hatched_and_not_told_by_colour_alone(self) -> None:
        hatched = 'fill="url(#unknown-page)"'
        assert picture_svg(stands()).count(hatched) == 1  # the key
        assert picture_svg(stands(unknown=1)).count(hatched) == 3

    def test_what_is_not_theirs_to_know_says_so_and_draws_nothing(self) -> None:
        svg = picture_svg(stands(hidden=(Step.DEPLOYED,)))
        assert self.texts(svg).count("not yours to know") == 2
        assert len(list(ET.fromstring(svg).iter(f"{SVG}path"))) == len(Step) * 2 - 1 - 2

    def test_today_and_the_release_are_marked_and_nothing_is_drawn_after_today(self) -> None:
        svg = picture_svg(stands(days=10))
        assert {"21 January: today", "10 February: the model goes out at the latest"} <= set(self.texts(svg))
        outlines = [each.get("d", "") for each in ET.fromstring(svg).iter(f"{SVG}path")]
        ends = max(float(x) for each in outlines for x in re.findall(r"[ML]([\d.]+),", each))
        assert ends == pytest.approx(300 + 716 * 11 / 31, abs=0.1)

    def test_a_model_that_went_out_is_said_to_have_gone_out(self) -> None:
        assert "16 January: the model went out" in self.texts(picture_svg(stands(released=True)))

    def test_a_reader_of_the_screen_is_told_every_number(self) -> None:
        made = stands(unknown=1)
        root = ET.fromstring(picture_svg(made, told=standing.sentences(made)))
        assert root.get("role") == "img"
        told = root.findtext(f"{SVG}desc") or ""
        assert "A fix is proved: 3 of 4 vulnerabilities." in told
        assert "nobody knows" in told

    @pytest.mark.parametrize("layout", [standing.PAGE, PHONE])
    def test_it_brings_no_script_no_style_and_no_address(self, layout: Any) -> None:
        svg = picture_svg(stands(unknown=1), layout, told=[HOSTILE])
        assert not re.search(r"<script|<style|style=|href|https?://(?!www\.w3\.org/2000/svg)", svg)
        ET.fromstring(svg)

    def test_no_word_of_it_leaves_a_phones_picture(self) -> None:
        """At 14 pixels a letter is at most nine wide in the face that it is drawn in."""
        root = ET.fromstring(picture_svg(stands(n=100_000, of=100_000), PHONE))
        for each in root.iter(f"{SVG}text"):
            wide = 7.4 * len(each.text or "") * float(each.get("font-size", "14")) / 14
            x = float(each.get("x", "0"))
            left = x - wide if each.get("text-anchor") == "end" else x
            assert left >= -2, each.text
            assert left + wide <= PHONE.width + 40, each.text

    def test_a_window_of_nothing_is_drawn_without_a_fault(self) -> None:
        made = stands(n=0, of=0)
        assert "0 of 0 pairs" in self.texts(picture_svg(made))
        assert standing.headline(made) == "Today, no operator's system is known to hold what was found."


def test_the_words_say_how_it_stood_on_the_day_of_the_release() -> None:
    made = stands(n=3, of=5, unknown=1, released=True)
    assert standing.headline(made) == (
        "On 16 January, when the model went out, not mended where it matters: 1 of 5 pairs; of 1 more nobody knows. "
        "Today, not mended where it matters: 1 of 5 pairs; of 1 more nobody knows."
    )


pages = pytest.mark.django_db


@pytest.fixture
def review(world: World) -> Any:
    cache.clear()
    world.review.refresh_from_db()
    return world.review


@pages
def test_the_part_has_the_picture_twice_the_sentences_and_the_table(world: World, review: Any) -> None:
    shown = standing.shown(world.cast.hub, review)["standing"]
    assert shown.page.count("<svg") == shown.phone.count("<svg") == 1
    names = [row.name for row in shown.rows]
    assert names == ["Found", "Held up when it was run", "Merged", "Maintainer told", "Fix proved",
                     "First tier told", "Deployed where it matters"]  # fmt: skip
    by_name = {row.name: row.cells[-1] for row in shown.rows}
    assert (by_name["Held up when it was run"], by_name["Deployed where it matters"]) == ("1 of 1", "0 of 2")
    assert len(shown.days) == len(shown.rows[0].cells)


@pages
def test_the_picture_alone_is_for_those_who_see_the_review(world: World, review: Any) -> None:
    address = f"/reviews/{review.id}/standing.svg"
    answer = world.seat("developer").get(address)
    assert answer["Content-Type"] == "image/svg+xml"
    assert "From report to patch" in answer.content.decode()
    assert world.seat("finder").get(address).status_code == Client().get(address).status_code == 404


@pages
def test_an_evaluator_hands_in_the_developer_replies_and_then_others_read(world: World, review: Any) -> None:
    address = f"/reviews/{review.id}/outcomes"
    said = {"title": f"Found out {HOSTILE}", "text": f"Words {HOSTILE}", "tlp": "TLP:AMBER"}
    handed = world.seat("evaluator").post(f"{address}/report", said, follow=True).content.decode()
    assert "The developer reads it first" in handed
    assert "<script>alert" not in handed
    assert "Found out" not in world.seat("hub").get(address).content.decode()
    (report,) = queries.reports(world.cast.developer, review.id)
    developer = world.seat("developer")
    assert "Attach the reply" in developer.get(address).content.decode()
    assert "Attach the reply" in developer.post(f"/reports/{report.id}/read").content.decode()
    replied = developer.post(f"/reports/{report.id}/reply", {"text": f"Mended. {HOSTILE}"}, follow=True)
    assert "stays with it" in replied.content.decode()
    authority = world.seat("authority")
    listed = authority.get(address).content.decode()
    assert "The developer replied" in listed
    assert "Mended." not in listed
    read = authority.post(f"/reports/{report.id}/read").content.decode()
    assert "Mended." in read
    assert "<script>alert" not in listed + read


@pages
def test_what_was_typed_stays_when_it_is_refused(world: World, review: Any) -> None:
    said = {"title": "", "text": "A long text that took an hour.", "tlp": "TLP:GREEN"}
    answer = world.seat("evaluator").post(f"/reviews/{review.id}/outcomes/report", said)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert "A long text that took an hour." in text
    assert "<option selected>TLP:GREEN" in text


@pages
def test_a_second_reply_is_refused_where_the_first_stands(world: World, review: Any) -> None:
    made = services.hand_report(review.id, actor=world.cast.evaluator, title="T", text="t")
    services.reply(made.id, "First.", actor=world.cast.developer)
    answer = world.seat("developer").post(f"/reports/{made.id}/reply", {"text": "Second."})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "A reply is attached to this report already" in said
    assert "Second." in said  # what was typed is not lost
    assert "Attach the reply" not in said


@pages
def test_a_strict_report_is_read_by_a_button_and_the_read_is_in_the_ledger(world: World, review: Any) -> None:
    made = services.hand_report(
        review.id, actor=world.cast.evaluator, title="T", text="Strict words.",
        marking=Marking(tlp=Tlp.AMBER_STRICT),
    )  # fmt: skip
    developer = world.seat("developer")
    listed = developer.get(f"/reviews/{review.id}/outcomes").content.decode()
    assert "Strict words." not in listed
    assert developer.get(f"/reports/{made.id}/read").status_code == 405
    assert "Strict words." in developer.post(f"/reports/{made.id}/read").content.decode()
    entry = Entry.objects.get(kind="report.read")
    assert entry.details["member"].startswith("mbr_")
    assert world.seat("hub").post(f"/reports/{made.id}/read").status_code == 404


@pages
def test_the_record_shows_who_signed_and_gives_the_file_and_the_key(world: World, review: Any) -> None:
    answered(
        review, world.cast.authority, key_id="ab" * 8, evidence=["cd" * 32], reasons=f"Because {HOSTILE}",
        criteria=[{"name": f"finds flaws {HOSTILE}", "met": "yes", "why": "seen"}],
    )  # fmt: skip
    PublicKey.objects.create(
        organisation=world.cast.organisation("authority"), key_id="ab" * 8, pem="-----BEGIN PUBLIC KEY-----\n"
    )  # fmt: skip
    client = world.seat("developer")
    text = client.get(f"/reviews/{review.id}/outcomes").content.decode()
    assert all(each in text for each in ("Answer 1: covered", "ab" * 8, "cd" * 32, "finds flaws"))
    assert "<script>alert" not in text
    envelope = client.get(f"/reviews/{review.id}/outcomes/answer-1.dsse.json")
    assert "attachment" in envelope["Content-Disposition"]
    assert envelope.json()["payloadType"] == "application/vnd.in-toto+json"
    assert b"PUBLIC KEY" in client.get(f"/reviews/{review.id}/outcomes/answer-1.pub.pem").content
    assert client.get(f"/reviews/{review.id}/outcomes/answer-2.dsse.json").status_code == 404
    assert world.seat("finder").get(f"/reviews/{review.id}/outcomes/answer-1.dsse.json").status_code == 404


@pages
def test_the_hub_publishes_after_the_end_and_anyone_reads(world: World, review: Any) -> None:
    address = f"/reviews/{review.id}/outcomes"
    hub = world.seat("hub")
    assert "Publish the summary" not in hub.get(address).content.decode()
    assert hub.post(f"{address}/summary").status_code == 409
    reviewing.release(review.id, actor=world.cast.developer)
    assert "Publish the summary" in hub.get(address).content.decode()
    assert world.seat("developer").post(f"{address}/summary").status_code == 403
    published = hub.post(f"{address}/summary", follow=True)
    assert "Anyone can read it" in published.content.decode()
    public = Client()
    assert "18" in public.get("/summaries/").content.decode()
    (summary,) = queries.summaries()
    text = public.get(f"/summaries/{summary.id}").content.decode()
    assert "The window was open for 18 days" in text
    assert "its developer released the model" in text
    assert public.get(f"/summaries/{summary.id}.json").json()["counts"][1]["of"] == 1
    assert public.get("/summaries/sum_nowhere").status_code == 404


@pages
def test_all_reviews_together_are_on_a_page_and_in_two_files(world: World, review: Any) -> None:
    enquired(world.cast, "Another", programme="eo14409")
    reviewing.withdraw(review.id, actor=world.cast.developer)
    public = Client()
    text = public.get("/reviews/together").content.decode()
    assert "2 reviews by" in text
    assert "Ended: its developer left the review</dt><dd>1 of 1" in text
    assert "What this does not say" in text
    table = public.get("/reviews/together.csv")
    assert table["Content-Disposition"].endswith('"reviews-together.csv"')
    assert "all,ended by its developer's leaving,1,1,reviews that have ended" in table.content.decode()
    assert public.get("/reviews/together.json").json()["together"]["reviews"] == 2


class TestInTheBrowser:
    """In Chromium: by policy, by axe, on a phone, on paper, without JavaScript."""

    pytestmark: ClassVar = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

    @pytest.fixture
    def full(self, world: World) -> World:
        """Reports, an answer, a summary; and things found beside what the world holds."""
        cache.clear()
        cast, review = world.cast, world.review
        review.refresh_from_db()
        found = Found(review, cast.evaluator)
        for number in range(6):
            finding = found.finding(number)
            found.proof(finding, number + 1, "controlled" if number % 3 else "unrunnable")
            home = found.vulnerability(number + 2, finding)
            affected = "yes" if number % 2 else "unknown"
            found.hit(home, cast.operator, number + 3, asset=f"System {number}", affected=affected)
        agreed(review, cast.authority, may_publish=["determination"])
        answered(review, cast.authority, key_id="ab" * 8)
        services.hand_report(review.id, actor=cast.evaluator, title="A report", text=f"Long. {HOSTILE} " * 40)
        services.hand_report(
            review.id, actor=cast.evaluator, title="Strict", text="Secret.", marking=Marking(tlp=Tlp.AMBER_STRICT)
        )  # fmt: skip
        return world

    def places(self, world: World) -> list[tuple[str | None, str]]:
        address = f"/reviews/{world.review.id}/outcomes"
        (summary,) = queries.summaries()
        return [
            ("developer", address), ("evaluator", address), ("hub", address), (None, "/summaries/"),
            ("hub", f"/reviews/{world.review.id}/"), (None, f"/summaries/{summary.id}"), (None, "/reviews/together"),
        ]  # fmt: skip

    def test_no_page_breaks_the_policy_an_accessibility_rule_or_a_phone(
        self, look: Callable[..., Page], full: World
    ) -> None:
        go_to(full.review, 20)
        reviewing.release(full.review.id, actor=full.cast.developer)
        services.publish_summary(full.review.id, actor=full.cast.hub)
        axe = AXE.read_text()
        for seat, address in self.places(full):
            page = look(seat, address)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            page.evaluate(axe)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")
            told = [
                (each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]
            ]
            assert told == [], f"{seat} {address}"
            assert page.wrong == [], f"{seat} {address}"  # type: ignore[attr-defined]
            assert page.evaluate("window.broken") == [], f"{seat} {address}"
            page.set_viewport_size({"width": 360, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{seat} {address}"
            page.context.close()

    def test_the_picture_is_one_on_a_page_one_on_a_phone_and_one_on_paper(
        self, look: Callable[..., Page], full: World
    ) -> None:
        go_to(full.review, 20)
        page = look("hub", f"/reviews/{full.review.id}/")
        wide, narrow = page.locator(".hs-standing__page"), page.locator(".hs-standing__phone")
        expect(wide).to_be_visible()
        expect(narrow).to_be_hidden()
        page.set_viewport_size({"width": 360, "height": 800})
        expect(narrow).to_be_visible()
        expect(wide).to_be_hidden()
        page.emulate_media(media="print")
        expect(wide).to_be_visible()
        expect(narrow).to_be_hidden()
        assert page.locator(".hs-standing__page svg").bounding_box()["width"] <= 360  # type: ignore[index]

    def test_a_report_is_handed_in_read_and_replied_to_without_javascript(
        self, look: Callable[..., Page], full: World
    ) -> None:
        address = f"/reviews/{full.review.id}/outcomes"
        page = look("evaluator", address, script=False)
        page.get_by_label("Title").fill("By keyboard")
        page.get_by_label("What you found out").fill("It mends what it finds.")
        page.get_by_label("Marking", exact=True).select_option("TLP:AMBER+STRICT")
        page.get_by_role("button", name="Hand in the report").click()
        expect(page.get_by_text("The developer reads it first, and has until")).to_be_visible()
        page = look("developer", address, script=False)
        page.get_by_role("button", name=re.compile("Read it.*By keyboard")).click()
        expect(page.get_by_text("It mends what it finds.")).to_be_visible()
        page.get_by_role("link", name="Back to what came of the review").click()
        article = page.locator("article", has=page.get_by_role("heading", name="By keyboard"))
        article.get_by_label("Your reply").fill("We mended it on Friday.")
        article.get_by_role("button", name="Attach the reply").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("stays with it")).to_be_visible()
        assert [each.replied_at is not None for each in queries.reports(full.cast.developer, full.review.id)] == [
            False, False, True,
        ]  # fmt: skip
