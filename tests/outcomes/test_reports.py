"""The developer reads a report first and has time to reply; its reply stays; what is marked is read on record."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from tests.simulators.outcomes import agreed, go_to

from headstart import clock
from headstart.errors import Forbidden, NotFound
from headstart.ledger.models import Entry
from headstart.outcomes import queries, services
from headstart.outcomes.errors import (
    AlreadyReplied,
    MayNotReport,
    NotTheDevelopers,
    ReportNotFound,
    ReportRefused,
)
from headstart.outcomes.models import Report
from headstart.outcomes.rules.reports import MOST_BYTES
from headstart.people import services as peopling
from headstart.people.rules import ANYONE, Viewer
from headstart.reviews import services as reviewing
from headstart.reviews.errors import MarkingInvalid
from headstart.reviews.rules import Marking, Tlp

pytestmark = pytest.mark.django_db
AMBER = Marking(tlp=Tlp.AMBER)


def handed(cast: Any, review: Any, **more: Any) -> Report:
    return services.hand_report(
        review.id, actor=cast.evaluator, **{"title": "What it can do", "text": "It can mend.", **more}
    )


def seen(viewer: Viewer, review: Any) -> list[str]:
    return [each.id for each in queries.reports(viewer, review.id)]


def person(cast: Any, name: str, of: str) -> Viewer:
    member = peopling.seat(cast.organisation(of), name, actor=cast.hub)
    assert get_user_model().objects.filter(username=name).exists()
    return member.as_viewer()


def test_author_and_developer_read_it_at_once_and_others_not_yet(cast: Any, review: Any) -> None:
    made = handed(cast, review, marking=AMBER)
    assert seen(cast.evaluator, review) == seen(cast.developer, review) == [made.id]
    assert seen(cast.hub, review) == seen(cast.authority, review) == []
    with pytest.raises(ReportNotFound):
        services.read_report(made.id, actor=cast.hub)


def test_others_read_it_from_the_reply_on(cast: Any, review: Any) -> None:
    made = handed(cast, review, marking=AMBER)
    services.reply(made.id, "We mended it.", actor=cast.developer)
    (told,) = queries.reports(cast.authority, review.id)
    read = services.read_report(made.id, actor=cast.authority)
    assert (read.text, read.reply, told.opened) == ("It can mend.", "We mended it.", True)


def test_others_read_it_when_the_time_to_reply_is_over(cast: Any, review: Any) -> None:
    made = handed(cast, review, marking=AMBER)
    clock.set_shift(clock.shift() + timedelta(days=5, seconds=-30))
    assert seen(cast.hub, review) == []
    clock.set_shift(clock.shift() + timedelta(seconds=60))
    assert seen(cast.hub, review) == [made.id]


def test_a_reply_after_its_time_is_attached_all_the_same_and_stays(cast: Any, review: Any) -> None:
    made = handed(cast, review, marking=AMBER)
    go_to(review, 20)
    services.reply(made.id, "Late, and meant.", actor=cast.developer)
    with pytest.raises(AlreadyReplied):
        services.reply(made.id, "Something else.", actor=cast.developer)
    assert services.read_report(made.id, actor=cast.hub).reply == "Late, and meant."


def test_the_terms_say_how_long_the_developer_has_and_how_it_is_marked(cast: Any, review: Any) -> None:
    agreed(review, cast.evaluator, reply_days=12, confidentiality="TLP:GREEN")
    made = handed(cast, review)
    assert made.reply_until - made.handed_at == timedelta(days=12)
    assert made.marking == Marking(tlp=Tlp.GREEN)


def test_terms_with_another_party_say_nothing_of_this_report(cast: Any, review: Any) -> None:
    agreed(review, cast.authority, reply_days=12, confidentiality="TLP:GREEN")
    made = handed(cast, review)
    assert (made.reply_until - made.handed_at, made.tlp) == (timedelta(days=5), "TLP:AMBER")


@pytest.mark.parametrize("who", ["evaluator", "hub", "authority"])
def test_the_reply_is_the_developers_alone(cast: Any, review: Any, who: str) -> None:
    made = handed(cast, review, marking=AMBER)
    go_to(review, 10)
    with pytest.raises(NotTheDevelopers):
        services.reply(made.id, "I reply for it.", actor=getattr(cast, who))


@pytest.mark.parametrize("who", ["developer", "authority"])
def test_a_report_is_an_evaluators_or_the_hubs(cast: Any, review: Any, who: str) -> None:
    with pytest.raises(MayNotReport):
        services.hand_report(review.id, actor=getattr(cast, who), title="T", text="t")
    assert services.hand_report(review.id, actor=cast.hub, title="T", text="t").author_id


@pytest.mark.parametrize("who", ["another_evaluator", "finder", "operator"])
def test_who_takes_no_part_sees_no_review_to_report_on(cast: Any, review: Any, who: str) -> None:
    with pytest.raises((NotFound, Forbidden)):
        services.hand_report(review.id, actor=getattr(cast, who), title="T", text="t")


def test_an_evaluator_reports_after_the_window_too(cast: Any, review: Any) -> None:
    reviewing.withdraw(review.id, actor=cast.developer)
    assert handed(cast, review).review_id == review.id


class TestMarked:
    """AMBER or stricter: the words come by a service, which writes the read down; named persons alone for RED."""

    def test_the_words_are_not_in_the_list_and_reading_is_in_the_ledger(self, cast: Any, review: Any) -> None:
        made = handed(cast, review, marking=Marking(tlp=Tlp.AMBER_STRICT))
        (told,) = queries.reports(cast.developer, review.id)
        assert (told.text, told.reply) == (None, None)
        before = Entry.objects.filter(kind="report.read").count()
        read = services.read_report(made.id, actor=cast.developer)
        assert read.text == "It can mend."
        (entry,) = Entry.objects.filter(kind="report.read")[before:]
        assert (entry.actor, entry.subject) == (cast.developer.organisation_id, made.urn)
        assert cast.developer.organisation_id in entry.audience.values_list("reader", flat=True)
        assert "It can mend." not in str(entry.details)

    @pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.CLEAR])
    def test_reading_what_may_be_passed_on_writes_nothing(self, cast: Any, review: Any, tlp: Tlp) -> None:
        made = handed(cast, review, marking=Marking(tlp=tlp))
        assert queries.reports(cast.developer, review.id)[0].text == "It can mend."
        services.read_report(made.id, actor=cast.developer)
        assert not Entry.objects.filter(kind="report.read").exists()

    @pytest.mark.parametrize(
        "marking", [Marking(tlp=Tlp.AMBER), Marking(tlp=Tlp.CLEAR, trade_secret=True)], ids=str
    )
    def test_what_is_amber_or_a_trade_secret_is_read_on_record(
        self, cast: Any, review: Any, marking: Marking
    ) -> None:
        made = handed(cast, review, marking=marking)
        assert queries.reports(cast.developer, review.id)[0].text is None
        services.read_report(made.id, actor=cast.developer)
        assert Entry.objects.filter(kind="report.read").count() == 1

    def test_red_is_for_persons_and_never_for_machines(self, cast: Any, review: Any) -> None:
        named = person(cast, "anna", "authority")
        other = person(cast, "otto", "another_authority")
        made = handed(cast, review, marking=Marking(tlp=Tlp.RED, named=(str(named.member_id),)))
        assert seen(cast.developer, review) == seen(cast.evaluator, review) == []
        assert seen(person(cast, "dora", "developer"), review) == [made.id]
        assert seen(named, review) == []  # the developer comes first
        go_to(review, 10)
        assert seen(named, review) == [made.id]
        assert seen(other, review) == seen(cast.authority, review) == []

    def test_strict_is_for_both_sides_and_whom_it_names(self, cast: Any, review: Any) -> None:
        made = handed(
            cast, review, marking=Marking(tlp=Tlp.AMBER_STRICT, named=(cast.authority.organisation_id,))
        )
        services.reply(made.id, "Seen.", actor=cast.developer)
        assert seen(cast.authority, review) == [made.id]
        assert seen(cast.hub, review) == []

    def test_a_marking_that_names_a_stranger_is_refused(self, cast: Any, review: Any) -> None:
        with pytest.raises(MarkingInvalid):
            handed(cast, review, marking=Marking(tlp=Tlp.RED, named=("mbr_nobody",)))
        assert not Report.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [{"title": "  "}, {"title": "x" * 201}, {"title": "two\nlines"}, {"text": ""}, {"text": "a\x00b"},
     {"text": "x" * (MOST_BYTES + 1)}, {"text": "\ud800"}],
)  # fmt: skip
def test_what_is_empty_too_large_or_no_text_is_refused_in_one_line(
    cast: Any, review: Any, bad: dict[str, str]
) -> None:
    with pytest.raises(ReportRefused) as refused:
        handed(cast, review, **bad)
    assert "\n" not in str(refused.value)
    assert not Report.objects.exists()


def test_an_evaluation_that_is_not_there_or_of_something_else_is_refused(cast: Any, review: Any) -> None:
    with pytest.raises(NotFound):
        handed(cast, review, evaluation_id="evl_nowhere")


def test_handing_in_and_replying_are_in_the_ledger_for_the_two_sides_without_the_words(
    cast: Any, review: Any
) -> None:
    made = handed(cast, review, title="A canary in the title", text="A canary in the text")
    services.reply(made.id, "A canary in the reply", actor=cast.developer)
    entries = Entry.objects.filter(subject=made.urn)
    assert [each.kind for each in entries] == ["report.handed", "report.replied"]
    assert "canary" not in str([each.details for each in entries])
    for each in entries:
        readers = set(each.audience.values_list("reader", flat=True))
        assert readers == {cast.evaluator.organisation_id, cast.developer.organisation_id}


def test_the_public_has_no_reports(cast: Any, review: Any) -> None:
    made = handed(cast, review, marking=Marking(tlp=Tlp.CLEAR))
    go_to(review, 10)
    with pytest.raises(NotFound):
        queries.reports(ANYONE, review.id)
    with pytest.raises(ReportNotFound):
        services.read_report(made.id, actor=ANYONE)
