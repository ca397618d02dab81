"""One window, followed from the enquiry to what the public is told: every party does its part, on both databases."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from tests.simulators.jobs import InMemory
from tests.simulators.reached import SECRET, Reached, asked, ended

from headstart import clock
from headstart.access import queries as access
from headstart.access import services as keys
from headstart.access.rules import Ending
from headstart.access.services import Begin, Finish
from headstart.findings import services as handing_in
from headstart.ledger import queries as ledger
from headstart.ledger import services as signing
from headstart.ledger.rules import dsse
from headstart.ledger.work import load_or_make_key
from headstart.outcomes import queries as outcomes
from headstart.outcomes import services as reporting
from headstart.outcomes.rules.standing import Step
from headstart.people.rules import ANYONE
from headstart.reviews import services as reviewing
from headstart.reviews.rules import Answer, Criterion, Marking, Met, Ruling, Tlp
from headstart.worker import services as worker

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROTECTED = ("PROTECTED-1-weights", "PROTECTED-2-report", "PROTECTED-3-reply", "PROTECTED-4-interests")
pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]


@pytest.fixture
def jobs(data: Path, monkeypatch: pytest.MonkeyPatch) -> InMemory:
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)  # the test's transaction is on it
    return InMemory()


def told(jobs: InMemory) -> set[str]:
    """Whom the letters went to that came of what happened just now."""
    mail.outbox.clear()
    assert jobs.drain() == []
    assert not [each for each in mail.outbox for word in PROTECTED if word in each.subject + str(each.body)]
    return {each.to[0].removesuffix("@example.org") for each in mail.outbox}


def test_one_window_from_the_enquiry_to_the_public_summary(cast: Any, data: Path, jobs: InMemory) -> None:
    # the developer asks; terms are signed by both; the evaluator's person has declared; access opens the window
    world = Reached(cast)
    review_id = world.review.id
    assert {"authority", "evaluator", "developer"} >= told(jobs) >= {"evaluator"}
    document = reviewing.put_document(
        review_id,
        actor=world.person("developer"),
        kind="evidence",
        title="What we measured",
        text=PROTECTED[0],
        marking=Marking(tlp=Tlp.AMBER_STRICT, named=(cast.authority.organisation_id,)),
    )
    assert told(jobs) == {"authority"}

    # the authority reads, which is written down, and signs its answer; only its key can have signed
    assert reviewing.read_document(document.id, actor=world.person("authority")).text == PROTECTED[0]
    ruling = Ruling(
        answer=Answer.CANNOT_SAY,
        criteria=(Criterion(name="a sealed battery", met=Met.UNKNOWN),),
        evidence=(document.digest,),
    )
    words = reviewing.determination_words(world.review, ruling)
    signed = dsse.sign_statement(words, world.signing_key("authority"))
    reviewing.determine(review_id, ruling, signed, actor=cast.authority)
    assert told(jobs) == {"developer", "evaluator"}

    # a partner by two signatures; the evaluator's person uses the model through the gateway
    partner = world.partner()
    assert "partner" in told(jobs)
    key, shown = world.give()
    assert told(jobs) == {"evaluator"}
    (slip,) = keys.write([Begin(key_id=key.id, asked=asked())], at=clock.now())
    keys.write([Finish(request_id=slip.request_id, ended=ended())], at=clock.now())
    (used,) = access.usage(cast.developer, review_id)
    assert (used.requests, used.tokens_in, used.tokens_out) == (1, 60, 40)
    assert not [each for each in ledger.entries(cast.hub) if SECRET in json.dumps(each.details)]
    assert not [each for each in ledger.entries(cast.hub) if shown in json.dumps(each.details)]

    # the partner hands in what it found, as any finder does; the hub runs it; the picture counts it
    report = EXAMPLES / "reports-offline" / "tinytemplate-include-disclose"
    handing_in.hand_in(report, actor=cast.partner, review_id=review_id)
    assert jobs.drain() == []
    stands = outcomes.standing(cast.hub, review_id)
    last = {step: stands.of(step).last for step in Step}
    assert [(last[each].n, last[each].of) for each in (Step.FOUND, Step.PROVED)] == [(1, None), (1, 1)]  # type: ignore[union-attr]

    # the evaluator's report goes to its developer first; the reply is attached
    handed = reporting.hand_report(
        review_id, actor=world.person("evaluator"), title="What it can do", text=PROTECTED[1]
    )
    assert told(jobs) == {"developer"}
    assert not outcomes.reports(cast.authority, review_id)
    reporting.reply(handed.id, PROTECTED[2], actor=world.person("developer"))
    assert told(jobs) == {"evaluator"}
    assert outcomes.reports(cast.authority, review_id) or handed.marking.tlp is not Tlp.AMBER

    # the developer releases when it wants to; access ends with it, and nothing else does
    reviewing.revoke_partner(partner.id, actor=cast.authority, reason="It asked to leave.")
    reviewing.release(review_id, actor=cast.developer)
    assert access.over([key.id], clock.now()) == {key.id: Ending.EXPIRED}
    assert "evaluator" in told(jobs)

    # the public is told counts with their denominators, and nothing that is protected
    reporting.publish_summary(review_id, actor=cast.hub)
    (public,) = outcomes.summaries()
    said = json.dumps(public.content) + json.dumps([each.details for each in ledger.entries(ANYONE)])
    assert not [each for each in (*PROTECTED, SECRET, shown, key.id) if each in said]

    # and all of it is in the ledger, which verifies
    hub_key = load_or_make_key(data / "keys" / "hub.pem")
    signing.checkpoint(origin="test/log", key=hub_key)
    assert ledger.verify(hub_key.public_key()) == len(ledger.leaves())
