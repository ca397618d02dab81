"""By day, each step with its own denominator: what was known on that day, to those who may count it."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.simulators.outcomes import Found, enquired, go_to

from headstart.findings.models import Reader
from headstart.outcomes import queries
from headstart.outcomes.rules import Standing, Step
from headstart.people.rules import ANYONE
from headstart.reviews import services as reviewing
from headstart.reviews.errors import ReviewNotFound

pytestmark = pytest.mark.django_db


def days_of(stands: Standing, step: Step) -> list[tuple[int, int | None, int]]:
    points = stands.of(step).points
    assert points is not None
    return [(each.n, each.of, each.unknown) for each in points]


def last(stands: Standing, step: Step) -> tuple[int, int | None, int]:
    return days_of(stands, step)[-1]


def test_a_day_is_told_as_it_stood_at_its_end(cast: Any, found: Found) -> None:
    one, two = found.finding(1), found.finding(2)
    found.proof(one, 3)
    found.proof(two, 4, "refuted")
    found.vulnerability(4, one)
    go_to(found.review, 5)
    stands = queries.standing(cast.hub, found.review.id)
    assert days_of(stands, Step.FOUND) == [(n, None, 0) for n in (0, 1, 2, 2, 2, 2)]
    assert days_of(stands, Step.PROVED) == [(0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 2, 1), (1, 2, 0), (1, 2, 0)]
    assert days_of(stands, Step.MERGED) == [(0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 0)]


def test_days_run_from_the_opening_to_today_and_each_has_its_date(cast: Any, found: Found) -> None:
    go_to(found.review, 3)
    stands = queries.standing(cast.hub, found.review.id)
    opened = found.at(0).astimezone(UTC).date()
    points = stands.of(Step.FOUND).points
    assert points is not None
    assert [each.day for each in points] == [opened + timedelta(days=each) for each in range(4)]
    assert stands.release == found.review.closes_at.astimezone(UTC).date()
    assert not stands.released


def test_what_nobody_ran_and_what_could_not_be_run_is_unknown_and_not_a_no(cast: Any, found: Found) -> None:
    found.proof(found.finding(0), 1, "unrunnable")
    found.proof(found.finding(0), 1, "refuted")
    found.finding(0)
    go_to(found.review, 2)
    assert last(queries.standing(cast.hub, found.review.id), Step.PROVED) == (0, 3, 2)


def test_a_newer_verdict_takes_the_place_of_the_older_from_its_day_on(cast: Any, found: Found) -> None:
    finding = found.finding(0)
    found.proof(finding, 0, "controlled")
    found.proof(finding, 2, "refuted")
    found.proof(finding, 4, "vouched")
    go_to(found.review, 5)
    proved = days_of(queries.standing(cast.hub, found.review.id), Step.PROVED)
    assert [n for n, _, _ in proved] == [1, 1, 0, 0, 1, 1]


def test_a_report_that_is_merged_and_no_longer_holds_up_is_not_counted_as_merged(
    cast: Any, found: Found
) -> None:
    finding = found.finding(0)
    found.proof(finding, 0)
    found.vulnerability(1, finding)
    found.proof(finding, 3, "refuted")
    go_to(found.review, 4)
    merged = days_of(queries.standing(cast.hub, found.review.id), Step.MERGED)
    assert merged == [(0, 1, 0), (1, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 0)]


def test_a_finding_that_is_taken_out_leaves_its_vulnerability_on_that_day(cast: Any, found: Found) -> None:
    finding = found.finding(0)
    found.proof(finding, 0)
    home = found.vulnerability(1, finding)
    found.fix(home, 1)
    membership = home.memberships.get()
    membership.undone_at = found.at(3)
    membership.save()
    go_to(found.review, 4)
    fixed = days_of(queries.standing(cast.hub, found.review.id), Step.FIXED)
    assert fixed == [(0, 0, 0), (1, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 0)]


def test_a_vulnerability_stays_while_one_of_its_findings_does(cast: Any, found: Found) -> None:
    home = found.vulnerability(0, found.finding(0), found.finding(0))
    first = home.memberships.order_by("id")[0]
    first.undone_at = found.at(1)
    first.save()
    go_to(found.review, 2)
    assert last(queries.standing(cast.hub, found.review.id), Step.FIXED) == (0, 1, 0)


def test_two_reports_of_one_root_cause_are_one_vulnerability(cast: Any, found: Found) -> None:
    one, two = found.finding(0), found.finding(0)
    home = found.vulnerability(1, one, two)
    found.tell(home, cast.maintainer, 2)
    found.vulnerability(1, found.finding(1))
    go_to(found.review, 3)
    stands = queries.standing(cast.hub, found.review.id)
    assert days_of(stands, Step.TOLD) == [(0, 0, 0), (0, 2, 0), (1, 2, 0), (1, 2, 0)]


def test_each_step_has_its_own_day_and_a_fix_that_does_not_hold_is_none(cast: Any, found: Found) -> None:
    home = found.vulnerability(0, found.finding(0))
    found.tell(home, cast.maintainer, 1)
    found.fix(home, 2, held=False)
    found.fix(home, 3)
    found.tell_first(home, 4)
    found.tell_first(home, 5, tier="everyone")
    go_to(found.review, 5)
    stands = queries.standing(cast.hub, found.review.id)
    first = {step: [n for n, _, _ in days_of(stands, step)].index(1) for step in
             (Step.TOLD, Step.FIXED, Step.FIRST_TIER)}  # fmt: skip
    assert first == {Step.TOLD: 1, Step.FIXED: 3, Step.FIRST_TIER: 4}


def test_what_another_review_found_is_not_counted(cast: Any, found: Found) -> None:
    other = Found(enquired(cast, "Another model"), cast.finder)
    elsewhere = found.finding(0, review=other.review)
    found.vulnerability(0, elsewhere)
    go_to(found.review, 1)
    stands = queries.standing(cast.hub, found.review.id)
    assert last(stands, Step.FOUND) == (0, None, 0)
    assert last(stands, Step.TOLD) == (0, 0, 0)


class TestWhereItMatters:
    """Pairs of a vulnerability and an operator's system."""

    def test_a_pair_is_mended_when_its_operator_says_so_and_open_again_when_it_takes_it_back(
        self, cast: Any, found: Found
    ) -> None:
        home = found.vulnerability(0, found.finding(0))
        found.hit(home, cast.operator, 1)
        found.hit(home, cast.operator, 1, asset="Mail")
        found.say(home, cast.operator, 2, "deployed", "Portal")
        found.say(home, cast.operator, 4, "not yet", "Portal")
        go_to(found.review, 5)
        deployed = days_of(queries.standing(cast.hub, found.review.id), Step.DEPLOYED)
        assert deployed == [(0, 0, 0), (0, 2, 0), (1, 2, 0), (1, 2, 0), (0, 2, 0), (0, 2, 0)]

    def test_nobody_knows_of_a_release_that_did_not_run_until_its_operator_says(
        self, cast: Any, found: Found
    ) -> None:
        home = found.vulnerability(0, found.finding(0))
        found.hit(home, cast.operator, 0, affected="unknown")
        found.say(home, cast.operator, 2, "not affected")
        go_to(found.review, 2)
        deployed = days_of(queries.standing(cast.hub, found.review.id), Step.DEPLOYED)
        assert deployed == [(0, 1, 1), (0, 1, 1), (1, 1, 0)]

    def test_a_mitigation_is_no_patch_and_makes_nothing_known(self, cast: Any, found: Found) -> None:
        home = found.vulnerability(0, found.finding(0))
        found.hit(home, cast.operator, 0)
        found.hit(home, cast.operator, 0, asset="Mail", affected="unknown")
        found.say(home, cast.operator, 0, "mitigated")
        go_to(found.review, 1)
        assert last(queries.standing(cast.hub, found.review.id), Step.DEPLOYED) == (0, 2, 1)

    def test_what_a_newer_inventory_no_longer_holds_is_mended_and_what_was_corrected_was_never_a_pair(
        self, cast: Any, found: Found
    ) -> None:
        home = found.vulnerability(0, found.finding(0))
        found.hit(home, cast.operator, 0, until=1)
        found.hit(home, cast.another_operator, 0, cleared=2)
        go_to(found.review, 2)
        deployed = days_of(queries.standing(cast.hub, found.review.id), Step.DEPLOYED)
        assert deployed == [(0, 2, 0), (1, 2, 0), (1, 1, 0)]

    def test_one_system_in_two_inventories_is_one_pair(self, cast: Any, found: Found) -> None:
        home = found.vulnerability(0, found.finding(0))
        found.hit(home, cast.operator, 0, until=1)
        found.hit(home, cast.operator, 1)
        go_to(found.review, 1)
        assert last(queries.standing(cast.hub, found.review.id), Step.DEPLOYED) == (0, 1, 0)


class TestWhoCounts:
    """The hub, the authority and the developer count all; others what they may see."""

    @pytest.fixture
    def stands(self, cast: Any, found: Found) -> Found:
        home = found.vulnerability(0, found.finding(0))
        found.vulnerability(0, found.finding(0, finder=cast.finder))
        found.hit(home, cast.operator, 0)
        found.tell_first(home, 0)
        go_to(found.review, 1)
        return found

    @pytest.mark.parametrize("who", ["hub", "developer", "authority"])
    def test_all_of_the_review(self, cast: Any, stands: Found, who: str) -> None:
        seen = queries.standing(getattr(cast, who), stands.review.id)
        assert seen.whole
        assert last(seen, Step.FOUND) == (2, None, 0)
        assert last(seen, Step.FIXED) == (0, 2, 0)
        assert last(seen, Step.DEPLOYED) == (0, 1, 0)

    def test_an_evaluator_counts_what_it_may_see_and_is_told_what_it_may_not(
        self, cast: Any, stands: Found
    ) -> None:
        seen = queries.standing(cast.evaluator, stands.review.id)
        assert not seen.whole
        assert last(seen, Step.FOUND) == (1, None, 0)
        assert last(seen, Step.FIXED) == (0, 1, 0)
        assert seen.of(Step.FIRST_TIER).points is None
        assert seen.of(Step.DEPLOYED).points is None

    def test_a_public_vulnerability_does_not_tell_a_partner_who_else_found_it_here(
        self, cast: Any, stands: Found
    ) -> None:
        for each in stands.review.findings.filter(finder_id=cast.finder.organisation_id):
            home = each.memberships.get().vulnerability
            home.public_at = home.told_first_at = stands.at(0)
            home.save()
        seen = queries.standing(cast.evaluator, stands.review.id)
        assert last(seen, Step.FIXED) == (0, 1, 0)

    def test_a_finding_that_was_shared_brings_no_vulnerability_that_was_not(
        self, cast: Any, stands: Found
    ) -> None:
        other = stands.review.findings.get(finder_id=cast.finder.organisation_id)
        Reader.objects.create(finding=other, organisation=cast.organisation("evaluator"))
        seen = queries.standing(cast.evaluator, stands.review.id)
        assert last(seen, Step.FOUND) == (2, None, 0)
        assert last(seen, Step.FIXED) == (0, 1, 0)

    @pytest.mark.parametrize("who", ["finder", "operator", "another_developer", "another_evaluator"])
    def test_nobody_else(self, cast: Any, stands: Found, who: str) -> None:
        with pytest.raises(ReviewNotFound):
            queries.standing(getattr(cast, who), stands.review.id)
        with pytest.raises(ReviewNotFound):
            queries.standing(ANYONE, stands.review.id)


def test_before_the_window_opens_there_is_no_day_to_tell_of(cast: Any) -> None:
    stands = queries.standing(cast.developer, enquired(cast).id)
    assert (stands.opens, stands.release, stands.series) == (None, None, ())


def test_the_days_go_on_for_thirty_after_the_model_went_out(cast: Any, found: Found) -> None:
    go_to(found.review, 10)
    reviewing.release(found.review.id, actor=cast.developer)
    go_to(found.review, 90)
    stands = queries.standing(cast.hub, found.review.id)
    assert stands.released
    assert stands.release == found.at(10).astimezone(UTC).date()
    assert len(days_of(stands, Step.FOUND)) == 41


def test_a_handful_of_questions_however_much_was_found(cast: Any, found: Found) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            queries.standing(cast.hub, found.review.id)
        return len(asked)

    go_to(found.review, 3)
    few = ask()
    for number in range(12):
        finding = found.finding(number % 3)
        found.proof(finding, 3)
        home = found.vulnerability(3, finding)
        found.tell(home, cast.maintainer, 3)
        found.hit(home, cast.operator, 3, asset=f"System {number}")
        found.say(home, cast.operator, 3, "deployed")
    assert last(queries.standing(cast.hub, found.review.id), Step.DEPLOYED) == (12, 12, 0)
    assert ask() == few <= 10
