"""Merged by behaviour; affected where any trigger works."""

from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.rules.ranges import Affected
from headstart.vulnerabilities import rules
from headstart.vulnerabilities.rules import Candidate

YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN


def candidate(same: str, name: str = "vul_1") -> Candidate:
    return Candidate(vulnerability_id=name, same=same, facts=())


def test_a_finding_joins_the_only_one_that_behaves_the_same() -> None:
    found = rules.join([candidate("no"), candidate("yes", "vul_2"), candidate("unknown", "vul_3")])
    assert found is not None
    assert found.vulnerability_id == "vul_2"


def test_where_two_behave_the_same_or_nobody_knows_a_person_decides() -> None:
    assert rules.join([candidate("yes"), candidate("yes", "vul_2")]) is None
    assert rules.join([candidate("unknown")]) is None
    assert rules.join([]) is None


answers = st.dictionaries(st.sampled_from(["1.0", "1.1", "1.2", "2.0"]), st.sampled_from(list(Affected)))


@given(st.lists(answers))
def test_unknown_never_becomes_no(tables: list[dict[str, Affected]]) -> None:
    for version, answer in rules.together(tables).items():
        said = {table[version] for table in tables if version in table}
        assert (answer is YES) == (YES in said)
        assert (answer is NO) == (said == {NO})


def test_a_release_is_affected_where_any_trigger_works() -> None:
    tables = [{"1.2.1": YES, "1.2.2": NO}, {"1.2.1": YES, "1.2.2": YES, "1.2.3": NO}]
    assert rules.together(tables) == {"1.2.1": YES, "1.2.2": YES, "1.2.3": NO}
