"""Reading CycloneDX and SPDX documents, and refusing what is neither in one clear line."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headstart.errors import Invalid
from headstart.exposure import errors, work
from headstart.exposure.rules import documents
from headstart.exposure.rules.components import Cast, Component

Write = Callable[[str, Any], Path]


def cyclonedx(*components: dict[str, Any], version: str = "1.6", **more: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": components, **more}


def spdx(*packages: dict[str, Any], version: str = "SPDX-2.3") -> dict[str, Any]:
    return {"spdxVersion": version, "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "packages": packages}


def parse(document: Any) -> documents.Inventory:
    return documents.parse(json.dumps(document).encode())


def purls(document: Any) -> list[str | None]:
    return [each.purl for each in parse(document).components]


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_every_json_version_of_cyclonedx_is_read(version: str) -> None:
    found = parse(cyclonedx({"name": "a", "purl": "pkg:pypi/A_b@1.0"}, version=version))
    assert found.format == f"CycloneDX {version}"
    assert found.components == (
        Component(name="a-b", version="1.0", package="pkg:pypi/a-b", ecosystem="PyPI"),
    )


@pytest.mark.parametrize("version", ["SPDX-2.2", "SPDX-2.3"])
def test_spdx_packages_are_named_by_their_purl(version: str) -> None:
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
    package = {
        "name": "whatever",
        "versionInfo": "9",
        "externalRefs": [{**reference, "referenceLocator": "pkg:npm/%40s/b@2.0.0?x=y#z"}],
    }
    assert parse(spdx(package, version=version)).components == (
        Component(name="@s/b", version="2.0.0", package="pkg:npm/%40s/b", ecosystem="npm"),
    )


def test_older_spdx_references_are_as_good_as_a_purl() -> None:
    packages = [
        {"name": "a", "externalRefs": [{"referenceType": kind, "referenceLocator": locator}]}
        for kind, locator in [
            ("npm", "http-server@0.3.0"),
            ("http://spdx.org/rdf/references/maven-central", "org.apache.tomcat:tomcat:9.0.0"),
            ("nuget", "Microsoft.AspNet.MVC/5.0.0"),
            ("cpe23Type", "cpe:2.3:a:x:a:1:*:*:*:*:*:*:*"),
        ]
    ]
    assert purls(spdx(*packages)) == [
        "pkg:npm/http-server@0.3.0",
        "pkg:maven/org.apache.tomcat/tomcat@9.0.0",
        "pkg:nuget/Microsoft.AspNet.MVC@5.0.0",
        None,
    ]


def test_nested_components_and_the_asset_itself_are_components() -> None:
    inner = {"name": "c", "purl": "pkg:npm/c@3"}
    middle = {"name": "b", "purl": "pkg:npm/b@2", "components": [inner]}
    document = cyclonedx(middle, metadata={"component": {"name": "app", "purl": "pkg:npm/app@1"}})
    assert purls(document) == ["pkg:npm/app@1", "pkg:npm/b@2", "pkg:npm/c@3"]


def test_what_a_document_does_not_say_stays_unknown() -> None:
    found = parse(cyclonedx({"name": "curl"}, {"name": "x", "version": "1", "group": "org"})).components
    assert found == (Component(name="curl"), Component(name="org/x", version="1"))
    assert [each.purl for each in found] == [None, None]


def test_no_assertion_is_not_a_version() -> None:
    assert parse(spdx({"name": "a", "versionInfo": "NOASSERTION"})).components[0].version is None


def test_a_version_outside_the_purl_counts_where_the_purl_has_none() -> None:
    found = parse(cyclonedx({"name": "a", "version": "1.5", "purl": "pkg:pypi/a"})).components
    assert found[0].version == "1.5"


def test_a_purl_that_stands_only_in_the_reference_is_found() -> None:
    assert purls(cyclonedx({"name": "a", "bom-ref": "pkg:pypi/a@1"})) == ["pkg:pypi/a@1"]


def test_a_broken_purl_leaves_name_and_version() -> None:
    found = parse(cyclonedx({"name": "a", "version": "1", "purl": "pkg:"})).components
    assert found == (Component(name="a", version="1"),)


def test_a_repeated_component_counts_once_and_is_shared_by_readings() -> None:
    entry = {"name": "a", "purl": "pkg:pypi/a@1"}
    cast = Cast()
    data = json.dumps(cyclonedx(entry, entry)).encode()
    one, two = documents.parse(data, cast=cast), documents.parse(data, cast=cast)
    assert (one.listed, len(one.components)) == (2, 1)
    assert one.components[0] is two.components[0]


def test_a_byte_order_mark_is_passed_over() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(spdx({"name": "a"})).encode()
    assert documents.parse(data).listed == 1


def test_nul_does_not_reach_the_records() -> None:
    name = parse(cyclonedx({"name": "a\0b"})).components[0].name
    assert "\0" not in name


GOOD = json.dumps(cyclonedx({"name": "Grün", "purl": "pkg:pypi/a@1"}), ensure_ascii=False)
BAD: dict[str, tuple[bytes, type[Invalid], str]] = {
    "empty": (b"", errors.NotJson, "is empty"),
    "utf-16": (GOOD.encode("utf-16"), errors.WrongEncoding, "is UTF-16"),
    "latin-1": (GOOD.encode("latin-1"), errors.WrongEncoding, "is not UTF-8 at byte"),
    "truncated": (GOOD.encode()[:-20], errors.NotJson, "is cut off"),
    "trailing": (GOOD.encode() + b"}", errors.NotJson, "is not JSON at byte"),
    "not json": (b"hello", errors.NotJson, "is not JSON"),
    "gzip": (b"\x1f\x8b\x08rest", errors.NotJson, "compressed"),
    "xml": (b"  <?xml version='1.0'?><bom/>", errors.UnsupportedFormat, "is XML"),
    "tag-value": (b"SPDXVersion: SPDX-2.3\n", errors.UnsupportedFormat, "tag-value"),
    "list": (b"[1, 2]", errors.NotAnInventory, "neither a CycloneDX nor an SPDX"),
    "another thing": (b'{"metadata": 1}', errors.NotAnInventory, "neither a CycloneDX nor an SPDX"),
    "cyclonedx 1.1": (json.dumps(cyclonedx(version="1.1")).encode(), errors.UnsupportedFormat, "1.1"),
    "cyclonedx 2.0": (json.dumps(cyclonedx(version="2.0")).encode(), errors.UnsupportedFormat, "2.0"),
    "spdx 2.1": (json.dumps(spdx(version="SPDX-2.1")).encode(), errors.UnsupportedFormat, "SPDX-2.1"),
    "spdx 3": (
        b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}',
        errors.UnsupportedFormat,
        "SPDX 3",
    ),
    "wrong type": (json.dumps(cyclonedx({"name": 1})).encode(), errors.BreaksFormat, "$.components[0].name"),
    "no name": (json.dumps(spdx({"versionInfo": "1"})).encode(), errors.BreaksFormat, "`name`"),
    "deep json": (b'{"bomFormat":"CycloneDX","x":' + b"[" * 500_000, errors.TooLarge, "too deep"),
    "deep, typed": (
        b'{"bomFormat":"CycloneDX","components":' + b'[{"name":"a","components":' * 100_000,
        errors.TooLarge,
        "too deep",
    ),
    "a long text": (json.dumps(cyclonedx({"name": "a" * 2000})).encode(), errors.TooLarge, "1024 bytes"),
    "large": (b" " * (documents.DOCUMENT_BYTES + 1), errors.TooLarge, "64 MiB"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_read_is_refused_in_one_clear_line(name: str, write: Write) -> None:
    data, error, words = BAD[name]
    path = write("inventory.json", data)
    with pytest.raises(error) as caught:
        work.read(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert words in line
    assert "\n" not in line
    assert len(line) < 400


def test_components_nested_deeper_than_the_bound_are_refused() -> None:
    entry: dict[str, Any] = {"name": "leaf"}
    for _ in range(documents.cyclonedx.DEPTH):
        entry = {"name": "box", "components": [entry]}
    with pytest.raises(errors.TooLarge, match="nests components"):
        parse(cyclonedx(entry))


def test_more_components_than_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "COMPONENTS", 2)
    with pytest.raises(errors.TooLarge, match="more than 2 components"):
        parse(cyclonedx({"name": "a"}, {"name": "b"}, {"name": "c"}))


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(errors.TooLarge, match="larger than 64 MiB"):
        work.read(path)


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "absent.json"):
        with pytest.raises(errors.FileUnreadable):
            work.read(path)
