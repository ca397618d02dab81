"""OSV's `affected`: what was seen, written; and held beside what a public record says, release by release."""

from typing import Any

import pytest

from headstart.packages.errors import RangeInvalid
from headstart.packages.rules import osv
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, from_osv, observed

YES, NO, UNKNOWN = Affected.YES, Affected.NO, Affected.UNKNOWN
MINIMIST = parse("pkg:npm/minimist@1.2.0")


def record(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"id": "CVE-2020-7598", "aliases": ["GHSA-x"], "affected": list(entries)}


def entry(
    *events: dict[str, str], name: str = "minimist", ecosystem: str = "npm", **more: Any
) -> dict[str, Any]:
    ranged = [{"type": "SEMVER", "events": list(events)}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranged, **more}


BEFORE = record(entry({"introduced": "0"}, {"fixed": "1.2.2"}))
SEEN = {"1.1.0": YES, "1.2.0": YES, "1.2.2": YES, "1.2.3": NO, "1.2.4": UNKNOWN}


def test_each_release_on_which_an_advisory_agrees_or_differs_is_named() -> None:
    held = osv.beside(MINIMIST, BEFORE, observed("npm", SEEN), SEEN)
    assert held is not None
    assert held["differ"] == [{"version": "1.2.2", "ours": "yes", "theirs": "no"}]
    assert held["agree"] == ["1.1.0", "1.2.0", "1.2.3"]
    assert (held["releases"], held["answered"], held["vers"]) == (5, 4, "vers:npm/<1.2.2")


def test_an_advisory_with_an_entry_for_each_line_of_releases_is_read_whole() -> None:
    lines = record(
        entry({"introduced": "0"}, {"fixed": "0.2.1"}),
        entry({"introduced": "1.0.0"}, {"fixed": "1.2.3"}, versions=["1.2.4"]),
        entry({"introduced": "0"}, name="other"),
    )
    seen = {"0.2.0": YES, "0.2.1": NO, "1.2.2": YES, "1.2.3": NO, "1.2.4": YES}
    held = osv.beside(MINIMIST, lines, observed("npm", seen), seen)
    assert held is not None
    assert held["agree"] == list(seen)


@pytest.mark.parametrize("package", ["pkg:pypi/minimist", "pkg:npm/other", "pkg:npm/%40a/minimist"])
def test_an_advisory_about_another_package_is_not_held_beside(package: str) -> None:
    assert osv.beside(parse(package), BEFORE, observed("npm", SEEN), SEEN) is None


def test_names_are_compared_in_their_ecosystems_own_form() -> None:
    said = record(entry({"introduced": "0"}, name="Ruamel.YAML", ecosystem="PyPI"))
    seen = {"1.0": YES}
    assert osv.beside(parse("pkg:pypi/ruamel-yaml"), said, observed("PyPI", seen), seen) is not None
    said = record(entry({"introduced": "0"}, name="@a/b"))
    assert osv.beside(parse("pkg:npm/%40a/b"), said, observed("npm", seen), seen) is not None


def test_a_record_of_commits_alone_says_nothing_of_releases() -> None:
    commits = entry() | {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}
    assert osv.beside(MINIMIST, record(commits), observed("npm", SEEN), SEEN) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"affected": 1},
        {"affected": ["x"]},
        {"affected": [{"package": "minimist"}]},
        record(entry({"introduced": "0"}) | {"package": {"ecosystem": "npm"}}),
        record(entry({"introduced": "0"}) | {"package": {"ecosystem": "npm", "name": 3}}),
        record(entry({"introduced": "0"}, versions=[7])),
        record(entry({"introduced": "0"}) | {"ranges": [[]]}),
        record(entry({"introduced": "0"}) | {"ranges": [{"type": "SEMVER", "events": [{"introduced": 0}]}]}),
        record(entry({"begins": "0"})),
    ],
)
def test_what_is_no_record_is_refused_in_one_line(broken: dict[str, Any]) -> None:
    with pytest.raises(RangeInvalid) as refused:
        osv.beside(MINIMIST, broken, observed("npm", SEEN), SEEN)
    assert "\n" not in str(refused.value)


def test_what_was_seen_is_written_as_an_entry_that_reads_back_the_same() -> None:
    written = osv.affected_of(MINIMIST, observed("npm", SEEN), SEEN)
    assert written["package"] == {"ecosystem": "npm", "name": "minimist", "purl": "pkg:npm/minimist"}
    assert written["ranges"] == [{"type": "SEMVER", "events": [{"introduced": "1.1.0"}, {"fixed": "1.2.3"}]}]
    assert written["versions"] == ["1.1.0", "1.2.0", "1.2.2"]
    assert written["database_specific"] == {"unknown": ["1.2.4"]}
    again = from_osv(written)
    assert all(again.contains(each) is SEEN[each] for each in SEEN if SEEN[each] is not UNKNOWN)


def test_an_ecosystem_that_osv_does_not_name_is_told_in_our_own_terms() -> None:
    package = parse("pkg:generic/minirec@1.1.0")
    written = osv.affected_of(package, observed("generic", SEEN), SEEN)
    assert "package" not in written
    assert "ranges" not in written
    own = {"purl": "pkg:generic/minirec", "vers": "vers:generic/>=1.1.0|<1.2.3", "unknown": ["1.2.4"]}
    assert written["database_specific"] == own
