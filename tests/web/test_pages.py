"""Every page opens for those whose it is, says hostile text as text, and keeps to the policy."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.conftest import World

from headstart import clock
from headstart.findings.models import Finding
from headstart.ledger.models import Entry
from headstart.proofs import services
from headstart.web.middleware import POLICY
from headstart.web.views import ledger as page

pytestmark = pytest.mark.django_db
SEATS = ["hub", "developer", "evaluator", "authority", "finder", "maintainer", "operator"]
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


def test_every_page_opens_for_the_hub_and_is_safe(world: World) -> None:
    client = world.seat("hub")
    for address in world.addresses():
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200, address
        assert answer["Content-Security-Policy"] == POLICY
        assert "alert(1)" not in re.sub(r"&lt;.*?&gt;", "", text), address
        assert not INLINE.search(re.sub(r"&lt;img src=x onerror=alert\(1\)&gt;", "", text)), address
        assert "None" not in re.sub(r"<[^>]*>", "", re.sub(r"(?s)<pre.*?</pre>", "", text)), address


@pytest.mark.parametrize("name", SEATS)
def test_the_pages_of_the_navigation_open_for_everyone_who_is_shown_them(world: World, name: str) -> None:
    client = world.seat(name)
    navigation = client.get("/").content.decode().split('aria-label="Pages"')[1].split("</nav>")[0]
    for address in re.findall(r'href="([^"]+)"', navigation):
        assert client.get(address).status_code == 200, address


def test_the_countdown_says_how_much_is_left_and_that_nothing_blocks_a_release(world: World) -> None:
    text = world.seat("developer").get("/").content.decode()
    assert "11 days 23 hours" in text
    assert "left of 30 days" in text
    assert "Nothing blocks a release" in text
    assert "release to other trusted partners" in text


def test_the_window_closes_by_itself_and_says_what_ended(world: World) -> None:
    clock.set_shift(clock.shift() + timedelta(days=12))
    text = world.seat("developer").get("/").content.decode()
    assert "Access to the model ended with it, and nothing else" in text


def test_a_review_shows_the_ability_with_its_interval_and_what_did_not_count(world: World) -> None:
    for name in ("developer", "evaluator", "authority"):
        text = world.seat(name).get(f"/reviews/{world.review.id}/").content.decode()
        assert "between \N{MINUS SIGN}0.31 and +1.12" in text
        assert "It solved 1 of 2 items" in text
        assert "Not counted: 1 refused by the model." in text
        assert "sealed before the run" in text


def test_a_vulnerability_shows_its_releases_beside_the_public_advisory(world: World) -> None:
    text = world.seat("hub").get(f"/vulnerabilities/{world.vulnerability.id}/").content.decode()
    assert "GHSA-xxxx-yyyy-zzzz" in text
    assert "differs from what was seen on 1 release; 2 of 3 gave an answer" in text


def test_a_finding_shows_its_rung_its_runs_and_its_receipt(world: World) -> None:
    client = world.seat("finder")
    text = client.get(f"/findings/{world.finding.id}/").content.decode()
    assert "<strong>3 of 3</strong> fresh sandboxes" in text
    assert 'class="here"><strong>contrasted' in text
    assert "more characters are not shown" in text
    answer = client.get(f"/findings/{world.finding.id}/receipt.json")
    assert answer.json()["payloadType"] == "application/vnd.in-toto+json"
    assert client.get(f"/vulnerabilities/{world.vulnerability.id}/fix.json").status_code == 200


def test_a_refuted_finding_stands_beside_the_ladder(world: World) -> None:
    world.finding.proofs.update(rung="refuted", k=0, contrast="")
    text = world.seat("finder").get(f"/findings/{world.finding.id}/").content.decode()
    assert 'class="stop"><strong>refuted' in text
    assert "Who did it" not in text
    assert 'class="here"' not in text


def test_an_advisory_is_downloaded_as_it_was_signed(world: World) -> None:
    name = f"{world.advisory.tracking_id}.csaf.json"
    answer = Client().get(f"/advisories/{world.advisory.tracking_id}/{name}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.json()["document"]["tracking"]["id"] == world.advisory.tracking_id
    assert Client().get(f"/advisories/{world.advisory.tracking_id}/other.json").status_code == 404


def test_the_public_reads_the_advisories_and_the_checkpoint(world: World) -> None:
    cache.clear()
    client = Client()
    assert world.advisory.tracking_id in client.get("/advisories/").content.decode()
    assert client.get("/ledger/checkpoint.txt").content.decode().startswith("test/log\n")
    verified = client.post("/ledger/verify", follow=True).content.decode()
    assert "It verifies" in verified


def test_the_whole_log_is_verified_once_at_a_time_and_once_a_minute(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    client, asked = Client(), []
    real = page.queries.verify
    monkeypatch.setattr(page.queries, "verify", lambda key: asked.append(key) or real(key))
    for _ in range(5):
        assert "It verifies" in client.post("/ledger/verify", follow=True).content.decode()
    assert len(asked) == 1
    services.ask(world.finding.id, "prove", actor=world.cast.hub)  # the log grew
    with page._one_at_a_time:
        assert "is being verified just now" in client.post("/ledger/verify", follow=True).content.decode()
    assert len(asked) == 1
    Entry.objects.filter(index=0).update(actor="somebody else")
    assert "entry 0 is not what was written" in client.post("/ledger/verify", follow=True).content.decode()
    assert len(asked) == 2
    cache.clear()


def test_an_operator_says_that_it_is_done_and_takes_it_back(world: World) -> None:
    client = world.seat("operator")
    operator = world.cast.operator.organisation_id
    before = client.get("/list/").content.decode()
    assert "One thing to do" in before
    assert "Update tinytemplate from 1.3.0 to 1.4.0" in before
    told = {"vulnerability": world.vulnerability.id, "asset": "Patient portal"}
    done = client.post(f"/operators/{operator}/done", {**told, "state": "deployed"}, follow=True)
    text = done.content.decode()
    assert "Noted: it is done" in text
    assert "Nothing to do today" in text
    client.post(f"/operators/{operator}/done", {**told, "state": "not yet"})
    assert "One thing to do" in client.get("/list/").content.decode()


def test_a_state_without_its_reason_is_refused_in_one_line(world: World) -> None:
    client = world.seat("operator")
    operator = world.cast.operator.organisation_id
    told = {"vulnerability": world.vulnerability.id, "state": "not affected"}
    answer = client.post(f"/operators/{operator}/done", told)
    assert answer.status_code == 422
    assert "Something in it is not right" in answer.content.decode()


def test_a_page_without_an_address_says_so_in_one_line(client: Client, db: Any) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_an_error_of_ours_says_so_without_asking_the_database(client: Client, settings: Any) -> None:
    from headstart.web.views.errors import server_error

    answer = server_error(None)  # type: ignore[arg-type]  # it looks at nothing
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode()


def test_search_finds_by_title_and_by_package(world: World) -> None:
    client = world.seat("hub")
    found = client.get("/findings/", {"q": "tinytemplate"}).content.decode()
    assert world.finding.id in found
    assert world.finding.id not in client.get("/findings/", {"q": "nowhere to be found"}).content.decode()
    assert client.get("/findings/", {"q": "\x00' OR 1=1 --", "page": "zzz", "rung": "<b>"}).status_code == 200


def test_the_queue_asks_the_database_no_more_for_many_findings_than_for_one(world: World) -> None:
    client = world.seat("hub")
    with CaptureQueriesContext(connection) as one:
        client.get("/findings/")
    for number in range(8):
        Finding.objects.create(
            finder_id=world.cast.another_finder.organisation_id, digest=f"{number:064}", title="T", summary="S",
            purl=world.finding.purl, package=world.finding.package, expect="crash", received_at=clock.now(),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        answer = client.get("/findings/")
    assert answer.content.decode().count("Nobody has run it yet.") == 8
    assert len(many) == len(one)
