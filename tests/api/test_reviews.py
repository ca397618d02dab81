"""Reviews over the wire: who may do what, who sees what, and what is made of bodies that nobody should send."""

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests.api.windows import LOOKING, PROPOSAL, UPSTREAM, World, build, garbled

from headstart.api.routes import api
from headstart.ledger import queries as ledger

pytestmark = pytest.mark.django_db

ENVELOPE = {"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "AAAA"}]}
RULING = {"answer": "covered"}
TERMS = {"access_level": "AL2", "safeguards": "off"}
MARK = {"tlp": "TLP:RED", "named": ["The authority"]}
SOON = {"closes": "2100-01-01T00:00:00Z"}
PARTNER = {**PROPOSAL, "organisation": "The partner"}
PAPER = {"kind": "note", "title": "A note", "text": "Seen."}

# method, address below /api, body, then the status for each of LOOKING:
#   developer hub authority evaluator partner bystander stranger public
# R is the review; names in capitals are of what was made in it
TABLE: list[tuple[str, str, Any, str]] = [
    ("get", "/reviews", None, "200 200 200 200 200 200 200 401"),
    ("post", "/reviews", {"model_name": "M", "programme": "eo14409"}, "201 403 403 403 403 403 201 401"),
    ("get", "R", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/evaluations", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/remaining", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/calendar", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/accesses", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/accesses", {"organisation": "The bystander"}, "201 403 403 403 403 404 404 401"),
    ("delete", "R/accesses/The%20evaluator", None, "200 403 403 403 403 404 404 401"),
    ("post", "R/shorten", SOON, "422 403 403 403 403 404 404 401"),
    ("post", "R/withdraw", None, "200 403 403 403 403 404 404 401"),
    ("post", "R/release", None, "200 403 403 403 403 404 404 401"),
    ("get", "R/determinations", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/determinations/words", RULING, "200 200 200 200 200 404 404 401"),
    ("post", "R/determinations", {**RULING, "envelope": ENVELOPE}, "403 403 422 403 403 403 403 401"),
    ("get", "R/agreements", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/agreements", {"counterpart": "The evaluator", "terms": TERMS}, "201 403 403 201 403 404 404 401"),
    ("get", "/agreements/AGREEMENT", None, "200 200 404 200 404 404 404 401"),
    ("get", "/agreements/AGREEMENT/words", None, "200 200 404 200 404 404 404 401"),
    ("post", "/agreements/AGREEMENT/signatures", {"envelope": ENVELOPE}, "422 403 404 422 404 404 404 401"),
    ("get", "R/partners", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/partners/words", PARTNER, "200 200 200 200 200 404 404 401"),
    ("post", "R/partners", {**PARTNER, "envelope": ENVELOPE}, "422 403 422 403 403 404 404 401"),
    ("post", "/partners/PARTNER/revoke", {"reason": "Lost."}, "200 403 200 404 403 404 404 401"),
    ("get", "R/fields", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/fields/model_name", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/fields/planned_release_on", None, "200 404 404 404 404 404 404 401"),
    ("put", "R/fields/description/marking", MARK, "200 403 403 403 403 404 404 401"),
    ("get", "R/documents", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/documents", PAPER, "201 201 201 201 201 404 404 401"),
    ("get", "/documents/DOCUMENT", None, "200 200 200 200 200 404 404 401"),
    ("put", "/documents/DOCUMENT/marking", MARK, "200 403 403 403 403 404 404 401"),
    ("get", "R/exports", None, "200 200 200 200 200 404 404 401"),
    ("get", "/exports/traced/MARK", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/declarations", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/upstreams", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/upstreams", {**UPSTREAM, "name": "other"}, "201 403 403 403 403 404 404 401"),
    ("post", "/upstreams/UPSTREAM/remove", None, "200 403 404 403 404 404 404 401"),
    ("get", "R/keys", None, "200 200 200 200 200 404 404 401"),
    ("post", "/keys", {"upstream_id": "UPSTREAM", "member": "evaluator-jo"}, "201 403 404 403 404 404 404 401"),
    ("post", "/keys/KEY/revoke", None, "200 200 404 200 404 404 404 401"),
    ("get", "R/usage", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/usage.csv", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/requests", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/standing", None, "200 200 200 200 200 404 404 401"),
    ("get", "R/reports", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/reports", {"title": "A", "text": "B"}, "403 201 403 201 403 404 404 401"),
    ("post", "/reports/REPORT/read", None, "200 404 404 200 404 404 404 401"),
    ("post", "/reports/REPORT/reply", {"text": "Yes."}, "200 404 404 403 404 404 404 401"),
    ("get", "R/record", None, "200 200 200 200 200 404 404 401"),
    ("post", "R/summary", None, "403 409 403 403 403 404 404 401"),
]  # fmt: skip
# the same for persons; a machine is told that a person is needed
PERSONS: list[tuple[str, str, Any, str]] = [
    ("post", "/documents/DOCUMENT/exports", {"reason": "x"}, "201 201 201 201 201 404 404 401"),
    ("post", "/exports/EXPORT/agree", None, "200 200 200 403 200 404 404 401"),
    ("post", "/exports/EXPORT/copy", None, "404 404 404 409 404 404 404 401"),
    ("post", "R/declarations", {"interests": ""}, "403 201 201 201 201 404 404 401"),
]


@pytest.fixture
def world(cast: Any, data: Any) -> World:
    return build(cast)


def address(world: World, path: str) -> str:
    """The table's short address, spelt out."""
    if path.startswith("R"):
        path = f"/reviews/{world.made['review']}{path[1:]}"
    for name, value in world.made.items():
        path = path.replace(name.upper(), value)
    return path


def filled(world: World, body: Any) -> Any:
    """A body with the ids of what was made."""
    if not isinstance(body, dict):
        return body
    return {
        name: world.made.get("upstream") if value == "UPSTREAM" else value for name, value in body.items()
    }


def answers(world: World, method: str, path: str, body: Any, *, person: bool = False) -> str:
    """What each of LOOKING gets, each from the same beginning."""
    found = []
    for who in LOOKING:
        with transaction.atomic():
            answer = world.ask(who, method, address(world, path), filled(world, body), person=person)
            transaction.set_rollback(True)
        found.append(str(answer.status_code))
        if answer.status_code >= 400:
            said = answer.json()
            assert set(said) == {"code", "message"}
            assert said["message"].strip()
            assert "\n" not in said["message"]
    return " ".join(found)


def test_who_may_do_what(world: World) -> None:
    got = [(method, path, answers(world, method, path, body)) for method, path, body, _ in TABLE]
    meant = [(method, path, meant) for method, path, _, meant in TABLE]
    assert [each for each in got if each not in meant] == []


def test_what_takes_a_person_takes_a_person(world: World) -> None:
    got = [(path, answers(world, method, path, body, person=True)) for method, path, body, _ in PERSONS]
    meant = [(path, meant) for _, path, _, meant in PERSONS]
    assert [each for each in got if each not in meant] == []
    for method, path, body, _ in PERSONS:
        assert answers(world, method, path, body).split()[3] == "403"


def test_hidden_and_absent_are_one(world: World) -> None:
    """An evaluator without access learns from no address whether there is anything behind it."""
    absent = {name: "0" * len(value) for name, value in world.made.items()}
    there = World(world.cast, world.seats, world.made)
    not_there = World(world.cast, world.seats, absent)
    for method, path, body, _ in TABLE + PERSONS:
        said = []
        for seen in (there, not_there):
            at = address(seen, path)
            with transaction.atomic():
                answer = seen.ask("bystander", method, at, filled(seen, body), person=True)
                transaction.set_rollback(True)
            text = answer.content.decode()
            for value in seen.made.values():
                text = re.sub(rf"\b{value}\b", "X", text)
            said.append((answer.status_code, text if path != "/reviews" else ""))
        assert said[0] == said[1], path


PLACES = ("/reviews", "/agreements", "/documents", "/exports", "/partners", "/upstreams", "/keys", "/reports")


def test_every_address_of_a_review_is_in_the_table(world: World) -> None:
    """A new endpoint of a review is not forgotten here."""
    known = {(method, _shape(path)) for method, path, _, _ in TABLE + PERSONS}
    described = api.get_openapi_schema(path_prefix="/")["paths"]
    missing = [
        (method, path)
        for path, methods in described.items()
        for method in methods
        if path.startswith(PLACES) and (method, path.replace("{", "").replace("}", "")) not in known
    ]
    assert missing == []


def _shape(path: str) -> str:
    """The table's address as the description writes it, without its braces."""
    shape = path.replace("R", "/reviews/review_id", 1) if path.startswith("R") else path
    for name in ("AGREEMENT", "DOCUMENT", "EXPORT", "PARTNER", "UPSTREAM", "KEY", "REPORT"):
        shape = shape.replace(name, f"{name.lower()}_id")
    shape = shape.replace("MARK", "mark").replace("The%20evaluator", "organisation")
    for field in ("model_name", "planned_release_on", "description"):
        shape = shape.replace(f"fields/{field}", "fields/field")
    return shape


HOSTILE = [
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe{}", b"{}" * 2, b'{"a": NaN}', b'{"a": 1e999}',
    b'{"\\ud800": 1}', b'{"title": "\\u0000"}', b'{"reason": ["\\u0000"]}', b"[" * 100_000,
    b'{"a":' * 500 + b"1" + b"}" * 500,
    b'{"terms": ' + b"[" * 70 + b"]" * 70 + b"}", json.dumps({"a": "x" * 2_000_000}).encode(),
]  # fmt: skip


def test_bodies_that_nobody_should_send_are_one_line(world: World) -> None:
    """Not JSON, in another encoding, too deep, too much, of another shape: refused, and nothing changes."""
    before = ledger.entries(world.cast.hub).count()
    for method, path, body, _ in TABLE:
        for sent in HOSTILE if body is not None else []:
            headers = {"HTTP_AUTHORIZATION": f"Bearer {world.seat('developer').token}"}
            answer = getattr(Client(), method)(
                f"/api{address(world, path)}", data=sent, content_type="application/json", **headers
            )
            assert answer.status_code == 422, (path, sent[:40], answer.content)
            said = answer.json()["message"]
            assert 0 < len(said) <= 500
            assert "\n" not in said
    assert ledger.entries(world.cast.hub).count() == before


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b'{"plan": {"a": "\\u0000"}}', "the body holds a NUL character"),
        (b'{"plan": {"\\u0000": 1}}', "the body holds a NUL character"),
        (b'{"plan": ' + b'{"a":' * 70 + b"1" + b"}" * 71, "the body is nested deeper than 64 levels"),
        (b'{"plan": NaN}', "the body is not JSON (RFC 8259) in UTF-8"),
        ('{"plan": "é"}'.encode("latin-1"), "the body is not JSON (RFC 8259) in UTF-8"),
    ],
)
def test_what_no_schema_is_asked_about_says_why(world: World, sent: bytes, says: str) -> None:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {world.seat('evaluator').token}"}
    answer = Client().post("/api/evaluations/seals", data=sent, content_type="application/json", **headers)
    assert (answer.status_code, answer.json()) == (422, {"code": "unreadable", "message": says})


def test_a_body_that_is_too_large_is_not_read(world: World, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = world.ask("developer", "post", address(world, "R/documents"), {**PAPER, "text": "x" * 200})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_name_that_is_not_theirs_is_said_nowhere(world: World) -> None:
    at = address(world, "R")
    strict = {"tlp": "TLP:RED", "named": ["evaluator-jo"]}
    world.done("developer", "put", f"{at}/fields/model_name/marking", strict)
    for who in ("hub", "authority", "evaluator", "partner"):
        for path in (
            "/reviews",
            *(path for method, path, _, _ in TABLE if method == "get" and "name" not in path),
        ):
            answer = world.ask(who, "get", address(world, path), person=True)
            assert b"Model 7" not in answer.content, (who, path)
        assert world.done(who, "get", at)["model_name"] == "a model of The developer"
    assert world.done("developer", "get", at, person=True)["model_name"] == "Model 7"
    read = world.done("evaluator", "get", f"{at}/fields/model_name", person=True)
    assert read["value"] == "Model 7"
    assert world.ask("evaluator", "get", f"{at}/fields/model_name").status_code == 404  # its machine


def test_a_secret_goes_in_and_never_comes_out(world: World) -> None:
    for who in LOOKING:
        for method, path, _, _ in TABLE:
            if method == "get":
                answer = world.ask(who, "get", address(world, path), person=who != "public")
                assert UPSTREAM["secret"].encode() not in answer.content, (who, path)


def test_every_reading_of_what_is_strict_is_in_the_ledger(world: World) -> None:
    at = address(world, "R")
    paper = {**PAPER, "marking": {"tlp": "TLP:RED", "named": ["authority-jo"]}}
    made = world.done("developer", "post", f"{at}/documents", paper)["id"]
    assert world.done("authority", "get", f"{at}/documents", person=True)[-1]["text"] is None
    assert _readings(world) == 0
    assert world.done("authority", "get", f"/documents/{made}", person=True)["text"] == "Seen."
    assert world.ask("hub", "get", f"/documents/{made}", person=True).status_code == 404
    assert _readings(world) == 1


def _readings(world: World) -> int:
    """How often a document was read, as its owner finds it in the ledger."""
    entries = world.done("developer", "get", "/ledger?limit=100")["items"]
    return [each["kind"] for each in entries].count("review.document_read")


WRONG: list[tuple[str, Any]] = [
    ("/reviews", {"model_name": "", "programme": "eo14409"}),
    ("/reviews", {"model_name": "x" * 201, "programme": "eo14409"}),
    ("/reviews", {"model_name": "x", "programme": "../../etc/passwd"}),
    ("/reviews", {"model_name": "x", "programme": "/tmp/mine.toml"}),
    ("/reviews", {"model_name": "x", "programme": "eo14409", "planned_release_on": "soon"}),
    ("/reviews", {"model_name": "a\u001bb", "programme": "eo14409"}),
    ("R/accesses", {"organisation": "The bystander", "days": 10**30}),
    ("R/accesses", {"organisation": "The bystander", "days": 1.5}),
    ("R/accesses", {"organisation": ["The bystander"]}),
    ("R/shorten", {"closes": "2027-01-01T00:00:00"}),  # whose midnight?
    ("R/shorten", {"closes": "9999999999999999"}),
    ("R/agreements", {"counterpart": "The evaluator", "terms": {**TERMS, "approval": True}}),
    ("R/agreements", {"counterpart": "The evaluator", "terms": {**TERMS, "keep_days": 10**9}}),
    ("R/agreements", {"counterpart": "The evaluator", "terms": {**TERMS, "may_publish": ["x"] * 1000}}),
    ("R/determinations/words", {"answer": "denied"}),
    ("R/determinations/words", {**RULING, "evidence": ["../../x"]}),
    ("R/partners/words", {**PARTNER, "scopes": []}),
    ("R/partners/words", {**PARTNER, "scopes": ["everything"]}),
    ("R/partners/words", {**PARTNER, "tier": "first"}),
    ("R/documents", {**PAPER, "kind": "approval"}),
    ("R/documents", {**PAPER, "text": "é" * (1 << 20)}),
    ("R/documents", {**PAPER, "marking": {"tlp": "TLP:WHITE"}}),
    ("R/documents", {**PAPER, "marking": {"trade_secret": True}}),
    ("R/documents", {**PAPER, "marking": {"named": ["x"] * 51}}),
]


@pytest.mark.parametrize(("path", "body"), WRONG)
def test_values_that_break_a_bound_are_one_line(world: World, path: str, body: Any) -> None:
    answer = world.ask("developer", "post", address(world, path), body)
    assert answer.status_code == 422, answer.content
    assert "\n" not in answer.json()["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"payload": "not base64 at all!"},
        {"payloadType": "text/plain"},
        {"signatures": []},
        {"signatures": [{"sig": "AAAA"}] * 9},
        {"payload": "W10="},
        {"payload": 7},
    ],
)
def test_an_envelope_that_is_none_signs_nothing(world: World, change: Any) -> None:
    review = world.made["review"]
    words = world.done("authority", "post", f"/reviews/{review}/determinations/words", RULING)
    envelope = {**world.signed("authority", words), **change}
    at = f"/reviews/{review}/determinations"
    assert world.ask("authority", "post", at, {**RULING, "envelope": envelope}).status_code == 422
    assert len(world.done("authority", "get", at)) == 1


def test_the_right_words_and_the_right_key_and_nothing_else(world: World) -> None:
    at = f"/reviews/{world.made['review']}/determinations"
    words = world.done("hub", "post", f"{at}/words", RULING)
    right = world.signed("authority", words)
    for envelope, ruling in (
        (garbled(right), RULING),
        (world.signed("developer", words), RULING),
        (right, {"answer": "not covered"}),
    ):
        assert world.ask("authority", "post", at, {**ruling, "envelope": envelope}).status_code == 422
    made = world.done("authority", "post", at, {**RULING, "envelope": right})
    assert (made["answer"], made["number"]) == ("covered", 2)
    again = world.ask("authority", "post", at, {**RULING, "envelope": right})
    assert again.status_code == 422  # those words were of answer 2
