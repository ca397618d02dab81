"""The public summary and all reviews together: counts with denominators, and only what may be told."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.simulators.outcomes import Found, agreed, answered, enquired, go_to, opened

from headstart import clock
from headstart.ledger.models import Entry
from headstart.outcomes import queries, services
from headstart.outcomes.errors import MayNotPublish, ReviewNotOver, SummaryNotFound
from headstart.outcomes.models import Summary
from headstart.outcomes.rules import aggregates
from headstart.reviews import services as reviewing
from headstart.reviews.errors import ReviewNotFound

pytestmark = pytest.mark.django_db


def published(cast: Any, review: Any) -> dict[str, Any]:
    return dict(services.publish_summary(review.id, actor=cast.hub).content)


def counts(content: dict[str, Any]) -> dict[str, tuple[int, int | None, int]]:
    return {each["step"]: (each["n"], each["of"], each["unknown"]) for each in content["counts"]}


def test_each_count_has_its_own_denominator(cast: Any, review: Any, found: Found) -> None:
    one, two, _ = found.finding(0), found.finding(0), found.finding(0)
    found.proof(one, 1)
    found.proof(two, 1, "refuted")
    home = found.vulnerability(1, one)
    found.hit(home, cast.operator, 1)
    found.hit(home, cast.another_operator, 1, affected="unknown")
    go_to(review, 12)
    reviewing.release(review.id, actor=cast.developer)
    content = published(cast, review)
    assert counts(content) == {
        "found": (3, None, 0), "proved": (1, 3, 1), "merged": (1, 1, 0), "told": (0, 1, 0), "fixed": (0, 1, 0),
        "first tier": (0, 1, 0), "deployed": (0, 2, 1),
    }  # fmt: skip
    assert (content["days"], content["longest_days"], content["ended_by"]) == (12.0, 30, "release")
    assert (content["evaluators"], content["evaluations"]) == (1, 0)


@pytest.mark.parametrize("end", ["withdraw", "expire"])
def test_it_says_when_and_how_the_review_ended(cast: Any, review: Any, end: str) -> None:
    if end == "withdraw":
        go_to(review, 3)
        reviewing.withdraw(review.id, actor=cast.developer)
        go_to(review, 9)
    else:
        go_to(review, 31)  # nobody noted it yet: its time is over all the same
    content = published(cast, review)
    assert (content["ended_by"], content["days"]) == (end, 3.0 if end == "withdraw" else 30.0)
    assert content["released_on"] is None


def test_a_review_that_never_opened_has_no_days_and_no_counts(cast: Any) -> None:
    review = enquired(cast)
    reviewing.withdraw(review.id, actor=cast.developer)
    content = published(cast, review)
    assert (content["opened_on"], content["days"], content["counts"]) == (None, None, [])


def test_a_running_review_has_no_summary_and_only_the_hub_publishes(cast: Any, review: Any) -> None:
    with pytest.raises(ReviewNotOver):
        services.publish_summary(review.id, actor=cast.hub)
    reviewing.release(review.id, actor=cast.developer)
    for who in ("developer", "authority", "evaluator"):
        with pytest.raises(MayNotPublish):
            services.publish_summary(review.id, actor=getattr(cast, who))
    with pytest.raises(ReviewNotFound):
        services.publish_summary(review.id, actor=cast.finder)
    assert not Summary.objects.exists()


class TestTheAnswer:
    """The determination is told where the developer and the authority agreed to it."""

    def ended(self, cast: Any, review: Any) -> dict[str, Any]:
        answered(review, cast.authority, "not covered")
        reviewing.release(review.id, actor=cast.developer)
        return published(cast, review)

    def test_without_terms_it_is_not(self, cast: Any, review: Any) -> None:
        content = self.ended(cast, review)
        assert (content["answer"], content["answers"]) == (None, 1)
        assert "not covered" not in json.dumps(content)

    def test_with_the_line_it_is(self, cast: Any, review: Any) -> None:
        agreed(review, cast.authority, may_publish=["counts", " Determination "])
        assert self.ended(cast, review)["answer"]["answer"] == "not covered"

    def test_terms_with_someone_else_do_not_count(self, cast: Any, review: Any) -> None:
        agreed(review, cast.evaluator, may_publish=["determination"])
        agreed(review, cast.authority, may_publish=["no determination"])
        assert self.ended(cast, review)["answer"] is None

    def test_terms_that_were_superseded_do_not_count(self, cast: Any, review: Any) -> None:
        old = agreed(review, cast.authority, may_publish=["determination"])
        old.superseded_at = clock.now()
        old.save()
        assert self.ended(cast, review)["answer"] is None


def test_publishing_again_is_a_new_version_and_the_newest_is_listed(cast: Any, review: Any) -> None:
    reviewing.release(review.id, actor=cast.developer)
    first = services.publish_summary(review.id, actor=cast.hub)
    second = services.publish_summary(review.id, actor=cast.hub)
    assert [each.id for each in queries.summaries()] == [second.id]
    assert (queries.summary(first.id).version, queries.summary(second.id).version) == (1, 2)
    with pytest.raises(SummaryNotFound):
        queries.summary("sum_nowhere")


def test_publishing_is_in_the_ledger_for_everyone_with_the_digest(cast: Any, review: Any) -> None:
    reviewing.release(review.id, actor=cast.developer)
    made = services.publish_summary(review.id, actor=cast.hub)
    entry = Entry.objects.get(kind="summary.published")
    assert entry.details["summary"] == made.id
    assert len(entry.details["sha256"]) == 64
    assert "public" in entry.audience.values_list("reader", flat=True)


class TestTogether:
    """All reviews, for an auditor."""

    @pytest.fixture
    def ended(self, cast: Any) -> None:
        """Four days to a release, ten to leaving, thirty to the end; one runs, one never opened, one was asked for."""
        cache.clear()
        start = clock.shift()
        for days, move in ((4, "release"), (10, "withdraw"), (30, "expire")):
            clock.set_shift(start)
            review = opened(cast, name=f"Model {days}")
            found = Found(review, cast.evaluator)
            finding = found.finding(0)
            found.proof(finding, 1)
            found.fix(found.vulnerability(1, finding), days / 2)
            clock.set_shift(start + timedelta(days=days, minutes=1))
            if move != "expire":
                getattr(reviewing, move)(review.id, actor=cast.developer)
        running = opened(cast, name="Running", programme="eo14409-draft")
        Found(running, cast.evaluator).finding(0)
        reviewing.withdraw(enquired(cast, "Never opened").id, actor=cast.developer)
        enquired(cast, "Asked", programme="eo14409-draft")

    def test_how_many_how_long_and_how_they_ended(self, ended: None) -> None:
        told = queries.aggregate()
        both = told.together
        assert (both.reviews, both.enquired, both.open, both.ended) == (6, 1, 1, 4)
        assert both.ended_by == {"release": 1, "withdraw": 2, "expire": 1, "unknown": 0}
        assert (both.window.n, both.window.of) == (3, 3)
        assert (both.window.median, both.window.shortest, both.window.longest) == (10.0, 4.0, 30.0)
        by_name = {each.programme: each for each in told.programmes}
        assert {name: each.reviews for name, each in by_name.items()} == {"eo14409": 4, "eo14409-draft": 2}
        assert (by_name["eo14409-draft"].ended, by_name["eo14409-draft"].window.n) == (0, 0)

    def test_what_came_of_it_is_of_those_that_have_ended(self, ended: None) -> None:
        told = {each.step.value: (each.n, each.of) for each in queries.aggregate().came_of_it}
        assert told["found"] == (3, None)
        assert told["fixed"] == (3, 3)
        days = queries.aggregate().days_until
        assert (days["fixed"].n, days["fixed"].median, days["fixed"].longest) == (3, 5.0, 15.0)
        assert (days["told"].n, days["told"].of, days["told"].median) == (0, 3, None)

    def test_each_line_of_the_table_says_of_what(self, ended: None) -> None:
        rows = list(csv.DictReader(io.StringIO(aggregates.as_csv(queries.aggregate()))))
        assert set(rows[0]) == set(aggregates.COLUMNS)
        without = {row["measure"] for row in rows if not row["of"]}
        assert without == {"reviews", "reports: Found"}
        window = next(row for row in rows if (row["programme"], row["measure"]) == ("all", "window, in days"))
        assert (window["median days"], window["of what"]) == ("10.0", "reviews that opened and have ended")

    def test_no_word_becomes_a_formula_in_a_spreadsheet(self, ended: None) -> None:
        told = queries.aggregate()
        hostile = aggregates.Group(**{
            **{name: getattr(told.together, name) for name in told.together.__struct_fields__}, "programme": "=1+1",
        })  # fmt: skip
        text = aggregates.as_csv(aggregates.Aggregate(
            as_of=told.as_of, together=told.together, programmes=(hostile,), came_of_it=(), days_until={}
        ))  # fmt: skip
        assert "\r\n'=1+1," in text
        assert "\r\n=" not in text

    def test_asked_again_at_once_it_costs_two_questions_and_a_change_is_seen(
        self, cast: Any, ended: None
    ) -> None:
        queries.aggregate()
        with CaptureQueriesContext(connection) as asked:
            queries.aggregate()
        assert len(asked) == 2
        enquired(cast, "One more")
        assert queries.aggregate().together.reviews == 7

    def test_with_no_review_there_is_nothing_to_tell_and_no_fault(self, cast: Any) -> None:
        cache.clear()
        told = queries.aggregate()
        assert (told.together.reviews, told.programmes, told.came_of_it) == (0, (), ())
        assert aggregates.as_csv(told).startswith("programme,measure,n,of,of what")
