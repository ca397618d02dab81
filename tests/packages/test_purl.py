"""Package URLs, held against the purl specification's own tests."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.errors import PurlInvalid
from headstart.packages.rules.purl import Purl, parse

SHARED = Path(os.environ.get("HEADSTART_SHARED", Path(__file__).parents[2] / ".." / "shared"))
SUITE = SHARED / "data" / "purl_vers" / "purl"


def cases(name: str) -> list[dict[str, object]]:
    if not SUITE.is_dir():
        pytest.skip(f"{SUITE} is not here")
    tests = json.loads((SUITE / name).read_text())["tests"]
    return [each for each in tests if each["test_type"] in {"parse", "validate"}]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["types/pypi-test.json", "types/npm-test.json", "types/generic-test.json"])
def test_the_specifications_own_cases_read_and_write_as_it_says(name: str) -> None:
    for case in cases(name):
        if case["expected_failure"]:
            with pytest.raises(PurlInvalid):
                parse(str(case["input"]))
            continue
        found, expected = parse(str(case["input"])), case["expected_output"]
        if isinstance(expected, str):
            assert str(found) == expected
        else:
            assert isinstance(expected, dict)
            assert (found.type, found.namespace, found.name, found.version) == tuple(
                expected[each] for each in ("type", "namespace", "name", "version")
            )


@pytest.mark.shared
def test_what_the_specification_refuses_is_refused() -> None:
    refused = [each for each in cases("spec/specification-test.json") if each["expected_failure"]]
    assert refused
    for case in refused:
        with pytest.raises(PurlInvalid):
            parse(str(case["input"]))


def test_a_name_on_pypi_is_the_same_however_it_is_spelled() -> None:
    assert parse("pkg:PyPI/Zope.Interface@1.0") == parse("pkg:pypi/zope_interface@1.0")
    assert str(parse("pkg:pypi/Zope.Interface")) == "pkg:pypi/zope-interface"


def test_a_scoped_npm_package_keeps_its_scope() -> None:
    found = parse("pkg:npm/%40angular/animation@12.3.1")
    assert (found.full_name, found.ecosystem) == ("@angular/animation", "npm")
    assert str(found) == "pkg:npm/%40angular/animation@12.3.1"


def test_another_release_drops_what_was_said_of_the_first() -> None:
    found = parse("pkg:pypi/example@1.0?repository_url=elsewhere.example")
    assert found.at("2.0") == Purl(type="pypi", name="example", version="2.0")
    assert str(found.without_version) == "pkg:pypi/example"


@pytest.mark.parametrize(
    "text", ["", "pkg:", "pypi/x@1", "pkg:pypi/", "pkg:pypi/a\x00b@1", "pkg:pypi/" + "a" * 5000]
)
def test_what_is_no_purl_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PurlInvalid) as refused:
        parse(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


@given(st.text(max_size=60))
def test_any_text_is_a_purl_that_reads_back_or_is_refused(text: str) -> None:
    try:
        found = parse("pkg:" + text)
    except PurlInvalid:
        return
    assert parse(str(found)) == found
