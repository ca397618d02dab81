"""What the CSAF document says, and that other people's validators agree."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.advisories.conftest import JULY, Write

from headstart.advisories.errors import DocumentInvalid
from headstart.advisories.rules import content as saying
from headstart.advisories.rules.content import AdvisoryContent
from headstart.advisories.rules.csaf import csaf
from headstart.advisories.work import validate, weaknesses
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, parse_vers

NAME = "HS-2026-0001.csaf.json"


def status(content: AdvisoryContent) -> dict[str, Any]:
    return dict(csaf(content)["vulnerabilities"][0]["product_status"])


def test_each_release_that_was_run_stands_where_its_run_put_it(write: Write) -> None:
    purl = "pkg:pypi/markdown2@"
    assert status(write()) == {
        "known_affected": ["vers:pypi/>=1.0|<2.0", purl + "1.0", purl + "1.2"],
        "first_fixed": [purl + "2.0"],
        "fixed": [purl + "2.0", purl + "2.1"],
        "known_not_affected": [purl + "0.9"],
        "under_investigation": [purl + "1.1"],
    }


def test_a_release_that_could_not_run_is_told_what_to_do_and_is_not_called_affected(write: Write) -> None:
    found = csaf(write())["vulnerabilities"][0]
    assert "pkg:pypi/markdown2@1.1" not in found["product_status"]["known_affected"]
    assert "pkg:pypi/markdown2@1.1" in found["remediations"][0]["product_ids"]


def test_what_is_not_known_is_absent(write: Write) -> None:
    bare = csaf(write(weaknesses=(), credits=(), fixed=None, affected=None))
    found = bare["vulnerabilities"][0]
    assert found.keys().isdisjoint({"cve", "cwe", "scores", "acknowledgments", "discovery_date", "threats"})
    assert "references" not in bare["document"]
    assert [each["category"] for each in found["remediations"]] == ["none_available"]


def test_there_is_never_a_score(write: Write) -> None:
    assert "cvss" not in json.dumps(csaf(write())).lower()


def test_a_draft_says_that_it_is_one(write: Write) -> None:
    draft = csaf(write(revisions=(saying.Revision(number=0, at=JULY, summary="Draft"),)))
    validate(NAME, draft)
    assert draft["document"]["tracking"]["status"] == "draft"
    assert "release_date" not in draft["vulnerabilities"][0]


def test_between_tiers_marking_status_and_history_move_on(
    write: Write, for_everyone: AdvisoryContent
) -> None:
    first, second = (csaf(each)["document"] for each in (write(), for_everyone))
    assert [each["distribution"]["tlp"]["label"] for each in (first, second)] == ["AMBER", "WHITE"]
    assert [each["tracking"]["status"] for each in (first, second)] == ["interim", "final"]
    assert [each["tracking"]["version"] for each in (first, second)] == ["1", "2"]
    assert second["tracking"]["revision_history"][:1] == first["tracking"]["revision_history"]


def test_a_weakness_that_the_catalogue_does_not_name_is_left_out() -> None:
    assert [each.id for each in weaknesses(["CWE-79", "CWE-999999", "CWE-79"])] == ["CWE-79"]


def test_a_document_that_breaks_a_mandatory_test_is_refused_in_one_line(write: Write) -> None:
    broken = csaf(write())
    broken["vulnerabilities"][0]["product_status"]["fixed"].append("pkg:pypi/markdown2@1.0")
    with pytest.raises(DocumentInvalid, match=r"6\.1\.6") as caught:
        validate(NAME, broken)
    assert "\n" not in str(caught.value)


def test_a_document_without_any_known_release_is_refused(write: Write) -> None:
    with pytest.raises(DocumentInvalid):
        validate(NAME, csaf(write(tested=(), affected=None, fixed=None)))


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(st.sampled_from(list(Affected)), min_size=1, max_size=12),
    fixed=st.none() | st.integers(0, 15),
    title=st.text(min_size=1, max_size=80).filter(str.strip),
    ids=st.lists(st.sampled_from(["CWE-79", "CWE-22", "CWE-1333", "CWE-0"]), max_size=3),
)
def test_whatever_ran_the_document_is_valid(
    runs: list[Affected], fixed: int | None, title: str, ids: list[str]
) -> None:
    content = AdvisoryContent(
        tracking_id="HS-2026-0007",
        vulnerability_id="vul_1",
        title=title,
        summary=title,
        package=parse("pkg:npm/%40scope/name"),
        tlp=saying.Tlp.AMBER,
        publisher=saying.Publisher(name="Hub", namespace="https://hub.example.org", contact="a@example.org"),
        revisions=(saying.Revision(number=1, at=JULY, summary="Released"),),
        affected=parse_vers("vers:npm/>=0.0.0|<99.0.0"),
        fixed=None if fixed is None else f"{fixed}.0.1",
        tested=tuple(saying.Tested(version=f"{n}.0.0", affected=each) for n, each in enumerate(runs)),
        weaknesses=weaknesses(ids),
    )
    validate("HS-2026-0007.csaf.json", csaf(content))


def variants(write: Write, for_everyone: AdvisoryContent) -> list[dict[str, Any]]:
    return [
        csaf(each, engine_version="0.1")
        for each in (
            write(),
            for_everyone,
            write(revisions=(saying.Revision(number=0, at=JULY, summary="Draft"),)),
            write(cve="CVE-2026-12345", fixed=None, weaknesses=()),
            write(
                package=parse("pkg:npm/%40a/b"),
                affected=parse_vers("vers:npm/>=1.0.0|<=2.0.0|>=3.0.0|<4.0.0"),
                references=(saying.Reference(url="https://example.org/1", summary="more"),),
                discovered=JULY,
                workarounds=("Refuse comments longer than a line.",),
            ),
        )
    ]


@pytest.mark.shared
def test_the_committees_schema_agrees(write: Write, for_everyone: AdvisoryContent, shared: Path) -> None:
    schemas = shared / "data" / "schemas"
    of_first = {
        f"https://www.first.org/cvss/cvss-v{version}.json": json.loads(
            (schemas / f"first_cvss-v{version}.json").read_bytes()
        )
        for version in ("2.0", "3.0", "3.1")
    }
    schema = json.loads((schemas / "csaf_2.0.json").read_bytes())
    validator = jsonschema_rs.validator_for(
        schema, validate_formats=True, registry=jsonschema_rs.Registry([*of_first.items()])
    )
    for document in variants(write, for_everyone):
        validator.validate(document)


SECVISOGRAM = """
import fs from 'node:fs'
import validate from '@secvisogram/csaf-validator-lib/validateStrict.js'
import * as basic from '@secvisogram/csaf-validator-lib/basic.js'
for (const file of process.argv.slice(2)) {
  const report = await validate(Object.values(basic), JSON.parse(fs.readFileSync(file)))
  console.log(JSON.stringify(report.tests.filter((each) => !each.isValid)))
}
"""


@pytest.mark.network
def test_secvisograms_validator_agrees(write: Write, for_everyone: AdvisoryContent, tmp_path: Path) -> None:
    npm = ["npm", "install", "--silent", "--ignore-scripts", "@secvisogram/csaf-validator-lib@2.0.10"]
    (tmp_path / "package.json").write_text("{}")
    subprocess.run(npm, cwd=tmp_path, check=True, capture_output=True, timeout=240)
    (tmp_path / "validate.mjs").write_text(SECVISOGRAM)
    files = []
    for place, document in enumerate(variants(write, for_everyone)):
        files.append(f"{place}.json")
        (tmp_path / files[-1]).write_text(json.dumps(document))
    done = subprocess.run(
        ["node", "validate.mjs", *files],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["[]"] * len(files)
