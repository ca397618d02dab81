"""What came of a review, through the API: to whom it may be told, in one shape, and to everyone what is public."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.simulators.outcomes import Found, answered, go_to, opened

from headstart.outcomes import services
from headstart.people import services as people
from headstart.reviews import services as reviewing

pytestmark = pytest.mark.django_db


def bearer(cast: Any, who: str) -> dict[str, str]:
    token = people.give_token(cast.organisation(who), "test", actor=getattr(cast, who))
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.fixture
def review(cast: Any) -> Any:
    cache.clear()
    return opened(cast)


def post(client: Client, address: str, said: Any, **headers: str) -> Any:
    return client.post(f"/api{address}", json.dumps(said), content_type="application/json", **headers)


def test_standing_is_told_by_day_with_its_denominators(cast: Any, client: Client, review: Any) -> None:
    found = Found(review, cast.evaluator)
    found.proof(found.finding(0), 1)
    go_to(review, 1)
    told = client.get(f"/api/reviews/{review.id}/standing", **bearer(cast, "developer")).json()
    series = {each["step"]: each for each in told["series"]}
    assert told["whole"]
    assert [(each["n"], each["of"], each["unknown"]) for each in series["proved"]["points"]] == [
        (0, 1, 1),
        (1, 1, 0),
    ]
    assert {each["unit"] for each in series.values()} == {"reports", "vulnerabilities", "pairs"}
    partial = client.get(f"/api/reviews/{review.id}/standing", **bearer(cast, "evaluator")).json()
    assert {each["step"]: each["points"] for each in partial["series"]}["deployed"] is None


def test_a_report_goes_in_is_replied_to_and_read(cast: Any, client: Client, review: Any) -> None:
    said = {"title": "What it can do", "text": "It can mend.", "marking": {"tlp": "TLP:AMBER"}}
    answer = post(client, f"/reviews/{review.id}/reports", said, **bearer(cast, "evaluator"))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["text"], made["opened"], made["marking"]["tlp"]) == (None, False, "TLP:AMBER")
    assert client.get(f"/api/reviews/{review.id}/reports", **bearer(cast, "hub")).json() == []
    replied = post(client, f"/reports/{made['id']}/reply", {"text": "Mended."}, **bearer(cast, "developer"))
    assert replied.json()["replied_at"]
    (listed,) = client.get(f"/api/reviews/{review.id}/reports", **bearer(cast, "hub")).json()
    assert (listed["opened"], listed["text"], listed["reply"]) == (True, None, None)
    read = client.post(f"/api/reports/{made['id']}/read", **bearer(cast, "hub")).json()
    assert (read["text"], read["reply"]) == ("It can mend.", "Mended.")
    again = post(client, f"/reports/{made['id']}/reply", {"text": "Other."}, **bearer(cast, "developer"))
    assert (again.status_code, again.json()["code"]) == (409, "already-replied")


def test_a_strict_report_gives_its_words_to_a_read_alone(cast: Any, client: Client, review: Any) -> None:
    said = {"title": "T", "text": "Strict words.", "marking": {"tlp": "TLP:AMBER+STRICT"}}
    made = post(client, f"/reviews/{review.id}/reports", said, **bearer(cast, "evaluator")).json()
    assert made["text"] is None
    read = client.post(f"/api/reports/{made['id']}/read", **bearer(cast, "developer"))
    assert read.json()["text"] == "Strict words."
    assert client.post(f"/api/reports/{made['id']}/read", **bearer(cast, "hub")).status_code == 404


@pytest.mark.parametrize(
    ("said", "status"),
    [({"title": "T", "text": "t", "marking": {"tlp": "SECRET"}}, 422), ({"title": "T"}, 422),
     ({"title": "", "text": "t"}, 422), ({"title": "T", "text": "t", "evaluation_id": "evl_nowhere"}, 404)],
)  # fmt: skip
def test_a_report_that_breaks_a_rule_is_one_line(
    cast: Any, client: Client, review: Any, said: dict[str, Any], status: int
) -> None:
    answer = post(client, f"/reviews/{review.id}/reports", said, **bearer(cast, "evaluator"))
    assert answer.status_code == status
    assert "\n" not in answer.json()["message"]


def test_the_record_has_the_envelope_and_the_key(cast: Any, client: Client, review: Any) -> None:
    answered(review, cast.authority, key_id="0" * 16, evidence=["ab" * 32])
    (told,) = client.get(f"/api/reviews/{review.id}/record", **bearer(cast, "developer")).json()
    assert (told["answer"], told["evidence"], told["number"]) == ("covered", ["ab" * 32], 1)
    assert told["envelope"]["payloadType"] == "application/vnd.in-toto+json"
    assert client.get(f"/api/reviews/{review.id}/record", **bearer(cast, "finder")).status_code == 404
    assert client.get(f"/api/reviews/{review.id}/record").status_code == 401


def test_a_summary_is_published_by_the_hub_and_read_by_anyone(cast: Any, client: Client, review: Any) -> None:
    early = client.post(f"/api/reviews/{review.id}/summary", **bearer(cast, "hub"))
    assert (early.status_code, early.json()["code"]) == (409, "review-not-over")
    reviewing.release(review.id, actor=cast.developer)
    assert client.post(f"/api/reviews/{review.id}/summary", **bearer(cast, "developer")).status_code == 403
    made = client.post(f"/api/reviews/{review.id}/summary", **bearer(cast, "hub")).json()
    assert client.get("/api/summaries").json()["items"] == [made]
    assert client.get(f"/api/summaries/{made['id']}").json()["content"]["ended_by"] == "release"
    assert client.get("/api/summaries/sum_nowhere").status_code == 404


def test_all_reviews_together_are_for_anyone_as_json_and_csv(cast: Any, client: Client, review: Any) -> None:
    go_to(review, 4)
    reviewing.release(review.id, actor=cast.developer)
    services.publish_summary(review.id, actor=cast.hub)
    told = client.get("/api/together").json()
    assert told["together"]["ended_by"] == {"release": 1, "withdraw": 0, "expire": 0, "unknown": 0}
    assert told["together"]["window"] == {"n": 1, "of": 1, "median": 4.0, "shortest": 4.0, "longest": 4.0}
    answer = client.get("/api/together.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    ended = next(row for row in rows if (row["programme"], row["measure"]) == ("all", "ended"))
    assert (ended["n"], ended["of"], ended["of what"]) == ("1", "1", "reviews")
