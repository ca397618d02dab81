"""Ranges: vers, OSV, what a sweep saw, and where two of them disagree."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.errors import RangeInvalid
from headstart.packages.rules import vers
from headstart.packages.rules.ranges import Affected, Interval, Range, compare, from_osv, observed, parse_vers
from headstart.packages.rules.versions import key

SHARED = Path(os.environ.get("HEADSTART_SHARED", Path(__file__).parents[2] / ".." / "shared"))
SUITE = SHARED / "data" / "purl_vers" / "vers"
YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN


def cases(name: str) -> list[dict[str, object]]:
    if not SUITE.is_dir():
        pytest.skip(f"{SUITE} is not here")
    found: list[dict[str, object]] = json.loads((SUITE / name).read_text())["tests"]
    assert found
    return found


@pytest.mark.shared
@pytest.mark.parametrize("name", ["pypi_range_containment_test.json", "npm_range_containment_test.json"])
def test_the_suites_containments_hold(name: str) -> None:
    for case in cases(name):
        given_, expected = case["input"], case["expected_output"]
        assert isinstance(given_, dict)
        assert parse_vers(given_["vers"]).contains(given_["version"]) is (YES if expected else NO), case


@pytest.mark.shared
def test_the_suites_pypi_ranges_read_and_write_back_as_they_were() -> None:
    for case in cases("pypi_range_validate_test.json"):
        assert vers.write(*vers.read(str(case["input"]))) == case["expected_output"]
        parse_vers(str(case["input"]))


@pytest.mark.shared
def test_the_suites_canonical_cases_hold() -> None:
    for case in cases("vers_canonical_parse_test.json"):
        text = str(case["input"])
        if case.get("expected_failure") and "datetime" not in text:
            with pytest.raises(RangeInvalid):
                vers.read(text)
        elif not case.get("expected_failure"):
            scheme, constraints = vers.read(text)
            found = {"scheme": scheme, "version_constraints": [list(each) for each in constraints]}
            assert found == case["expected_output"]


@pytest.mark.shared
def test_every_vers_of_the_npm_suite_reads_and_contains_its_own_bounds() -> None:
    seen = 0
    for case in cases("npm_range_from_native_test.json"):
        text = str(case["expected_output"])
        if not text.startswith("vers:"):
            continue
        found = parse_vers(text)
        for sign, version in vers.read(text)[1]:
            if sign in {"=", "!="}:
                assert found.contains(version) is (YES if sign == "=" else NO), text
                seen += 1
    assert seen > 10


versions = st.lists(st.integers(0, 6), min_size=1, max_size=3).map(lambda each: ".".join(map(str, each)))


@st.composite
def constraints(draw: st.DrawFn) -> list[tuple[str, str]]:
    """As the specification wants them: sorted, each version once, signs as they come."""
    found = {key("PyPI", each): each for each in draw(st.lists(versions, min_size=1, max_size=6))}
    return [
        (draw(st.sampled_from(vers.SIGNS)), each)
        for _, each in sorted(found.items(), key=lambda one: one[0] or b"")
    ]


def holds(stated: list[tuple[str, str]], version: str) -> bool:
    """The specification's own words on containment, followed step by step, for sorted constraints."""
    here = key("PyPI", version) or b""
    keyed = [(sign, key("PyPI", each) or b"") for sign, each in stated]
    if any(sign == "=" and each == here for sign, each in keyed):
        return True
    if any(sign == "!=" and each == here for sign, each in keyed):
        return False
    rest = [each for each in keyed if each[0] not in {"=", "!="}]
    if not rest:
        return all(sign == "!=" for sign, _ in keyed)
    lower: tuple[str, bytes] | None = None
    for place, (sign, each) in enumerate(rest):
        if sign[0] == ">":
            lower = lower or (sign, each)
        elif place + 1 == len(rest) or rest[place + 1][0][0] == ">":
            above = lower is None or here > lower[1] or (lower[0] == ">=" and here == lower[1])
            if above and (here < each or (sign == "<=" and here == each)):
                return True
            lower = None
    return lower is not None and (here > lower[1] or (lower[0] == ">=" and here == lower[1]))


@given(constraints(), versions)
def test_a_vers_range_holds_what_its_specification_says(stated: list[tuple[str, str]], version: str) -> None:
    found = parse_vers(vers.write("pypi", stated))
    assert found.contains(version) is (YES if holds(stated, version) else NO)


@given(constraints(), versions)
def test_a_range_that_is_written_reads_back_as_the_same_range(
    stated: list[tuple[str, str]], version: str
) -> None:
    found = parse_vers(vers.write("pypi", stated))
    if found.intervals:
        assert parse_vers(found.vers()).contains(version) is found.contains(version)


@given(st.dictionaries(versions, st.sampled_from([YES, NO, UNKNOWN]), max_size=12))
def test_what_a_sweep_saw_is_what_its_range_says(results: dict[str, Affected]) -> None:
    by_place: dict[bytes | None, Affected] = {}
    for version in list(results):  # two spellings of one version can't differ
        results[version] = by_place.setdefault(key("PyPI", version), results[version])
    found = observed("PyPI", results)
    assert {each: found.contains(each) for each in results} == results


def test_a_flaw_that_came_back_has_two_intervals() -> None:
    results = {"1.0": NO, "1.1": YES, "1.2": YES, "1.3": NO, "2.0": YES, "2.1": UNKNOWN, "2.2": NO}
    found = observed("PyPI", results)
    assert found.vers() == "vers:pypi/>=1.1|<1.3|>=2.0|<2.2"
    assert found.contains("2.1") is UNKNOWN
    assert found.osv_events() == [
        {"introduced": "1.1"}, {"fixed": "1.3"}, {"introduced": "2.0"}, {"fixed": "2.2"},
    ]  # fmt: skip


def test_a_flaw_that_nothing_fixed_has_no_end_and_never_begins_at_zero() -> None:
    found = observed("npm", {"1.0.0": YES, "1.1.0": YES})
    assert found.osv_events() == [{"introduced": "1.0.0"}]
    assert found.contains("9.0.0") is YES
    assert found.contains("0.9.0") is NO


def test_introduced_zero_comes_before_every_pre_release() -> None:
    entry = {
        "package": {"ecosystem": "npm", "name": "x"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "0.0.0"}]}],
    }
    assert from_osv(entry).contains("0.0.0-rc.8") is YES
    assert from_osv(entry).contains("0.0.0") is NO


def test_an_osv_entry_may_list_its_events_in_any_order_and_versions_besides() -> None:
    entry = {
        "package": {"ecosystem": "PyPI", "name": "x"},
        "ranges": [
            {"type": "GIT", "events": [{"introduced": "0"}]},
            {"type": "ECOSYSTEM", "events": [{"fixed": "1.5"}, {"last_affected": "2.3"},
             {"introduced": "2.0"}, {"introduced": "1.0"}]},
        ],
        "versions": ["0.5", "1.2"],
    }  # fmt: skip
    found = from_osv(entry)
    expected = {"0.4": NO, "0.5": YES, "1.0": YES, "1.4.9": YES, "1.5": NO, "2.3": YES, "2.3.1": NO}
    assert {each: found.contains(each) for each in expected} == expected


def test_what_can_not_be_ordered_stays_unknown() -> None:
    found = parse_vers("vers:deb/>=1.0|<2.0")
    assert found.contains("1.5") is UNKNOWN
    assert found.contains("1.0") is YES  # named as a bound that is in
    assert parse_vers("vers:npm/>=1.0.0|<2.0.0").contains("not a version") is UNKNOWN
    assert parse_vers("vers:deb/*").contains("anything") is YES


def test_bounds_say_after_as_bytes() -> None:
    low, high = Interval(after="1.0", last_affected="2.0").bounds("PyPI") or (b"", b"")
    one, two, later = key("PyPI", "1.0"), key("PyPI", "2.0"), key("PyPI", "2.0.post1")
    assert one is not None
    assert two is not None
    assert later is not None
    assert high is not None
    assert one < low
    assert two < high <= later


def test_a_lower_bound_that_is_outside_has_no_osv_form() -> None:
    with pytest.raises(RangeInvalid):
        parse_vers("vers:pypi/>1.0").osv_events()
    with pytest.raises(RangeInvalid):
        Range(ecosystem="PyPI").vers()


def test_disagreements_are_named_by_release_and_unknown_is_none() -> None:
    ours = observed("PyPI", {"1.0": YES, "1.1": YES, "1.2": NO, "1.3": UNKNOWN})
    theirs = parse_vers("vers:pypi/<1.1")
    found = compare("PyPI", ["1.3", "1.2", "1.1", "1.0"], ours, theirs)
    assert [(each.version, each.ours, each.theirs) for each in found] == [("1.1", YES, NO)]


@pytest.mark.parametrize(
    "text",
    ["", "vers:", "vers:pypi", "vers:pypi/", "vers:PyPI/1", "vers:pypi/>", "vers:pypi/1|*", "vers:pypi/> 1",
     "vers:pypi/=>1", "vers:pypi/1%FF", "vers:pypi/" + "1|" * 60000 + "1"],
)  # fmt: skip
def test_what_is_no_range_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(RangeInvalid) as refused:
        parse_vers(text)
    assert len(str(refused.value)) < 400
