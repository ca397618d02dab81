"""Advisories from files: OSV records and CSAF documents, and what is passed over and why."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from headstart.exposure import errors, work
from headstart.packages.rules.ranges import Affected

Write = Callable[[str, Any], Path]


def osv(name: str = "OSV-1", **entry: Any) -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": "sqlparse", "purl": "pkg:pypi/sqlparse"}
    events = [{"introduced": "0"}, {"fixed": "0.5.0"}]
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}], **entry}
    return {"id": name, "affected": [affected]}


def csaf(branch: str, purl: str) -> dict[str, Any]:
    product = {"product_id": "P1", "name": "x", "product_identification_helper": {"purl": purl}}
    range_branch = {"category": "product_version_range", "name": branch, "product": product}
    vendor = {"category": "vendor", "name": "v", "branches": [range_branch]}
    return {
        "document": {"tracking": {"id": "HS-2026-0001"}},
        "product_tree": {"branches": [vendor]},
        "vulnerabilities": [{"product_status": {"known_affected": ["P1"]}}],
    }


def sbom(*purls: str) -> dict[str, Any]:
    listed = [{"name": "x", "purl": purl} for purl in purls]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed}


def ids(path: Path) -> list[str]:
    return [each.id for each in work.read_advisories(path).interests]


def test_one_record_a_list_or_lines_in_files_folders_and_archives_are_read(write: Write) -> None:
    record = osv()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("all/OSV-1.json", json.dumps(record))
        archive.writestr("readme.txt", "no record")
    lines = f"{json.dumps(record)}\n\n{json.dumps(record)}\n".encode()
    assert ids(write("f/one.json", record)) == ["OSV-1"]
    assert ids(write("f/list.json", [record, record])) == ["OSV-1"] * 2
    assert ids(write("f/g/many.jsonl.zst", zstandard.compress(lines))) == ["OSV-1"] * 2
    zipped = write("f/all.zip", packed.getvalue())
    assert ids(zipped) == ["OSV-1"]
    assert ids(zipped.parent) == ["OSV-1"] * 6


def test_a_folder_of_advisories_and_an_inventory_make_hits(write: Write) -> None:
    advisories = write("advisories/osv.json", osv()).parent
    write("advisories/csaf.json", csaf("vers:npm/>=1.0|<2.0", "pkg:npm/ms"))
    inventory = write("sbom.json", sbom("pkg:pypi/SQLParse@0.4.3", "pkg:npm/ms@2.0.0", "pkg:npm/ms@1.5.0"))
    found = work.match_files([inventory], advisories)
    assert {(each.advisory, each.component.purl, each.affected, each.fixed) for each in found.hits} == {
        ("OSV-1", "pkg:pypi/sqlparse@0.4.3", Affected.YES, "0.5.0"),
        ("HS-2026-0001", "pkg:npm/ms@1.5.0", Affected.YES, "2.0"),
    }
    assert (found.components, found.advisories, found.skipped) == (3, 2, ())


def test_a_record_that_states_no_purl_is_read_by_its_ecosystem_and_name(write: Write) -> None:
    record = osv(package={"ecosystem": "Maven", "name": "org.x:y"})
    assert str(work.read_advisories(write("a.json", record)).interests[0].purl) == "pkg:maven/org.x/y"


def test_a_record_of_commits_alone_says_unknown_not_none(write: Write) -> None:
    events = [{"introduced": "0"}, {"fixed": "abcdef"}]
    record = osv(ranges=[{"type": "GIT", "repo": "https://example.org/r", "events": events}])
    assert work.read_advisories(write("a.json", record)).interests[0].range is None


def test_a_csaf_product_with_one_version_affects_that_one(write: Write) -> None:
    document = csaf("1.5.0", "pkg:npm/ms@1.5.0")
    inventory = write("sbom.json", sbom("pkg:npm/ms@1.5.0", "pkg:npm/ms@1.5.1"))
    hits = work.match_files([inventory], write("csaf.json", document)).hits
    assert [each.component.version for each in hits] == ["1.5.0"]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (osv() | {"withdrawn": "2024-01-01T00:00:00Z"}, "was withdrawn"),
        (osv(package={"ecosystem": "Plan 9", "name": "x"}), "names what has no purl: Plan 9 x"),
        ({"id": "OSV-1"}, "names no package"),
        ({"some": "thing"}, "has no id"),
        ({"id": "OSV-1", "affected": [1]}, "can't be read"),
        ({"document": {"tracking": {"id": "C-1"}}, "vulnerabilities": []}, "names no affected product"),
        ("text", "is no JSON object"),
    ],
)
def test_what_is_passed_over_is_said(record: Any, why: str, write: Write) -> None:
    found = work.read_advisories(write("a.json", [record]))
    assert found.interests == ()
    assert why in found.skipped[0].why


def test_advisories_that_can_not_be_read_are_refused_in_one_line(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    bad = {
        tmp_path / "empty": "holds no advisories",
        tmp_path / "absent.json": "can't be read",
        write("broken.json", b"{"): "is not JSON",
        write("deep.json", b"[" * 200_000): "is not JSON",
        write("not.json.zst", b"nonsense"): "is no Zstandard file",
        write("not.zip", b"PK\x03\x04nonsense"): "is no ZIP archive",
    }
    for path, words in bad.items():
        with pytest.raises(errors.AdvisoriesInvalid) as caught:
            work.read_advisories(path)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_archive_that_swells_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from headstart.exposure.work import advisories

    monkeypatch.setattr(advisories, "UNPACKED_BYTES", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"[" + b"0," * 1000 + b"0]")
    bombs = (write("b.json.zst", zstandard.compress(b" " * 2000)), write("b.zip", packed.getvalue()))
    for path in bombs:
        with pytest.raises(errors.AdvisoriesInvalid, match="unpacks to more"):
            work.read_advisories(path)
