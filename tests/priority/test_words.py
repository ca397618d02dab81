"""What to do, by when and why: in words for somebody who has no security team."""

from datetime import date

from headstart.packages.rules.ranges import Affected
from headstart.priority import work
from headstart.priority.rules import words
from headstart.priority.rules.decisions import Answer, Impact, Inputs, decide

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
TOLD = date(2026, 12, 1)


def need(version: str | None = "0.4.3", fixed: str | None = "0.5.0", sure: bool = True) -> words.Need:
    affected = Affected.YES if sure else Affected.UNKNOWN
    return words.Need(name="sqlparse", version=version, fixed=fixed, affected=affected)


def by_when(exposed: Answer, in_kev: Answer, automatable: Answer, impact: Impact) -> str:
    asked = Inputs(exposed=exposed, in_kev=in_kev, automatable=automatable, impact=impact)
    return words.by_when(decide(work.bod_26_04(), asked), TOLD)


def test_what_to_do_names_component_release_fix_and_asset() -> None:
    assert (
        words.what("patient portal", [need()], NO)
        == "Update sqlparse from 0.4.3 to 0.5.0 or later on the patient portal"
    )


def test_what_is_not_known_is_something_to_find_out() -> None:
    assert words.what("portal", [need(version=None, sure=False)], NO) == (
        "Find out which release of sqlparse the portal runs; if it is older than 0.5.0, update it to 0.5.0 or later"
    )
    assert words.what("portal", [need(fixed=None, sure=False)], NO) == (
        "Find out whether sqlparse 0.4.3 on the portal is affected"
    )


def test_without_a_fix_there_is_still_something_to_do() -> None:
    assert words.what("portal", [need(fixed=None)], NO).startswith("Limit who can reach the portal: ")


def test_evidence_is_saved_before_patching_where_someone_may_be_in_already() -> None:
    assert "save its memory and logs" in words.what("portal", [need()], YES)


def test_a_known_answer_is_one_day_of_the_calendar() -> None:
    assert by_when(YES, NO, YES, Impact.TOTAL) == "by Friday 4 December"
    assert by_when(NO, NO, YES, Impact.TOTAL) == "by Saturday 30 January 2027"
    assert by_when(NO, NO, NO, Impact.TOTAL) == "at its next upgrade"


def test_unknown_reach_is_two_days_and_a_question_to_ask() -> None:
    assert by_when(UNKNOWN, YES, NO, Impact.TOTAL) == (
        "by Tuesday 15 December; if it can be reached from the internet, by Friday 4 December: "
        "ask whoever looks after your firewall or website whether it can"
    )


def test_what_the_operator_can_not_find_out_is_a_range_to_be_safe_with() -> None:
    assert by_when(YES, UNKNOWN, NO, Impact.PARTIAL) == (
        "by Tuesday 15 December to be safe, and by Saturday 30 January 2027 at the latest"
    )
    assert by_when(NO, UNKNOWN, NO, Impact.PARTIAL) == (
        "by Tuesday 15 December to be safe, and at its next upgrade at the latest"
    )


def test_why_says_what_is_known_and_what_is_not() -> None:
    asked = Inputs(exposed=YES, in_kev=UNKNOWN, automatable=NO, impact=Impact.TOTAL)
    text = words.why(asked, title="Deep nesting ends it.", service="appointments online", epss=0.161)
    assert text == (
        "because it can be reached from the internet, it is not known whether attackers use the flaw, "
        "attacks with it can't be automated and it gives an attacker full control. "
        "The flaw: Deep nesting ends it. EPSS puts the chance that it is attacked within 30 days at 16.1%. "
        "What depends on it: appointments online."
    )


def test_the_directive_binds_federal_agencies_from_its_day_and_nobody_else() -> None:
    assert "to you it is advice" in words.basis(TOLD)
    assert "binds you from 7 December 2026" in words.basis(TOLD, federal=True)
    assert words.basis(date(2026, 12, 7), federal=True).endswith("which binds you.")
