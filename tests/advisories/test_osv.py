"""What the OSV record says, and that its schema agrees."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from tests.advisories.conftest import Write

from headstart.advisories.errors import DocumentInvalid
from headstart.advisories.rules import content as saying
from headstart.advisories.rules.content import AdvisoryContent
from headstart.advisories.rules.osv import osv
from headstart.advisories.work import validate
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, from_osv, parse_vers

NAME = "HS-2026-0001.osv.json"


def test_the_range_comes_back_as_it_was(write: Write) -> None:
    content = write()
    affected = osv(content)["affected"][0]
    read = from_osv(affected)
    assert content.affected is not None
    assert read.vers() == content.affected.vers()
    assert affected["versions"] == ["1.0", "1.2"]


def test_one_range_never_ends_in_two_ways(write: Write) -> None:
    content = write(
        package=parse("pkg:npm/b"), affected=parse_vers("vers:npm/>=1.0.0|<=2.0.0|>=3.0.0|<4.0.0"), tested=()
    )
    ranges = osv(content)["affected"][0]["ranges"]
    assert [next(iter(event)) for each in ranges for event in each["events"]] == [
        "introduced", "fixed", "introduced", "last_affected",
    ]  # fmt: skip
    assert len(ranges) == 2


def test_what_osv_has_no_word_for_is_told_in_our_own_terms(write: Write) -> None:
    content = write(package=parse("pkg:generic/planted"), affected=parse_vers("vers:generic/>=1.0.0|<2.0.0"))
    entry = osv(content)["affected"][0]
    assert "package" not in entry
    assert entry["database_specific"] == {
        "purl": "pkg:generic/planted",
        "vers": "vers:generic/>=1.0.0|<2.0.0",
    }


def test_it_is_published_once_everyone_may_know(write: Write, for_everyone: AdvisoryContent) -> None:
    assert "published" not in osv(write())
    assert "published" in osv(for_everyone)


def test_a_release_without_an_answer_is_not_listed_as_affected(write: Write) -> None:
    unknown = write(tested=(saying.Tested(version="1.1", affected=Affected.UNKNOWN),), affected=None)
    assert "versions" not in osv(unknown)["affected"][0]


@pytest.mark.parametrize(
    "spoil",
    [
        {"id": "HS-2026-0001"},
        {"modified": "2026-07-01"},
        {"affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "2"}]}]}]},
        {"affected": [{"ranges": [{"type": "X", "events": [{"introduced": "0"}, {"limit": "2"}]}]}]},
        {"surprise": 1},
        {"summary": None},
    ],
)
def test_a_record_that_breaks_its_schema_is_refused_in_one_line(
    write: Write, spoil: dict[str, object]
) -> None:
    with pytest.raises(DocumentInvalid, match=r"OSV 1\.7") as caught:
        validate(NAME, osv(write()) | spoil)
    assert "\n" not in str(caught.value)


@pytest.mark.shared
def test_osvs_own_schema_agrees(write: Write, for_everyone: AdvisoryContent, shared: Path) -> None:
    schema = json.loads((shared / "data" / "schemas" / "osv.schema.json").read_bytes())
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    variants = (
        write(),
        for_everyone,
        write(cve="CVE-2026-12345", affected=None),
        write(package=parse("pkg:generic/planted"), affected=parse_vers("vers:generic/>=1.0.0|<2.0.0")),
        write(package=parse("pkg:npm/b"), affected=parse_vers("vers:npm/>1.0.0|<2.0.0")),
        write(references=(saying.Reference(url="https://example.org/1", summary="more"),), credits=()),
    )
    for each in variants:
        validate(NAME, osv(each))
        validator.validate(osv(each))
