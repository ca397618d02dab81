"""Held against real documents: every one is read, or refused for a reason that is its own."""

import io
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from headstart.exposure.errors import InventoryInvalid
from headstart.exposure.rules import documents
from headstart.exposure.rules.components import Cast
from headstart.packages.errors import PurlInvalid
from headstart.packages.rules import purl as purls

pytestmark = pytest.mark.shared

ARCHIVES = ("bom_shelter_containers_full_spdx", "bom_shelter_in_the_wild", "sboms_mixed")
REFUSED = {
    # code: how many of the 652 documents, and what they are
    "inventory-format-unsupported": 167,  # XML and tag-value documents
    "inventory-breaks-format": 4,  # syft's own bad SPDX examples, packages without a name
    "not-an-inventory": 3,  # a schema, a list of files, another scanner's output
    "inventory-not-json": 2,  # a document with a second one behind it, a table
}


def real(shared: Path) -> Iterator[tuple[str, bytes]]:
    for archive in ARCHIVES:
        packed = (shared / "data" / "sboms" / f"{archive}.tar.zst").read_bytes()
        data = zstandard.ZstdDecompressor().stream_reader(packed).read()
        with tarfile.open(fileobj=io.BytesIO(data)) as files:
            for member in files:
                held = files.extractfile(member)
                if held is not None:
                    yield member.name, held.read()


def test_every_real_document_is_read_or_refused_with_its_reason(shared: Path) -> None:
    refused: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    listed = unknown = 0
    lines: list[str] = []
    cast = Cast()
    for name, data in real(shared):
        try:
            found = documents.parse(data, name=name, cast=cast)
        except InventoryInvalid as error:
            refused[error.code] += 1
            lines.append(str(error).removeprefix(name))
            continue
        formats[found.format.rpartition(" ")[0] or "SPDX"] += 1
        listed += found.listed
        unknown += sum(each.package is None for each in found.components)
    print(f"{formats.total()} read ({dict(formats)}), {listed} components, {unknown} of unknown ecosystem")
    assert refused == REFUSED
    assert all(line.startswith(" ") and "\n" not in line for line in lines)
    assert formats == {"SPDX": 259, "CycloneDX": 217}
    assert listed > 70_000
    assert unknown < listed / 20


def test_the_short_way_to_a_component_agrees_with_parsing_its_whole_purl(shared: Path) -> None:
    cast = Cast()
    seen = 0
    for _, data in real(shared):
        try:
            found = documents._decode(data, "x")
        except InventoryInvalid:
            continue
        entries = [*(found.components or []), *(found.packages or [])]
        for text in {getattr(each, "purl", None) for each in entries} - {None}:
            made = cast.component(text, "name", None)
            try:
                whole = purls.parse(text)
            except PurlInvalid:
                assert made.package is None, text
                continue
            assert (made.package, made.version) == (str(whole.without_version), whole.version), text
            seen += 1
    assert seen > 10_000
