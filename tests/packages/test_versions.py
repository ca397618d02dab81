"""The order of versions: against the ecosystems' own vectors, `packaging`, `univers`, and as bytes."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from univers.versions import SemverVersion

from headstart.packages.rules.versions import KEYS, LONGEST, key, number, order

SHARED = Path(os.environ.get("HEADSTART_SHARED", Path(__file__).parents[2] / ".." / "shared"))
VECTORS = SHARED / "data" / "versions" / "osv-scalibr"

numbers = st.integers(min_value=0, max_value=10**30)
release = st.lists(numbers, min_size=1, max_size=5).map(lambda each: ".".join(map(str, each)))
small = st.integers(min_value=0, max_value=12).map(str)
pre = st.tuples(st.sampled_from(["a", "b", "rc", "alpha", ".beta-", "c", "_pre_", "-preview."]), small).map(
    "".join
)
local = st.lists(st.one_of(small, st.sampled_from(["a", "ab", "a1", "b"])), min_size=1, max_size=3).map(
    ".".join
)


@st.composite
def pep440(draw: st.DrawFn) -> str:
    return "".join(
        (
            draw(st.sampled_from(["", "v", "0!", "1!"])),
            draw(st.lists(small, min_size=1, max_size=4).map(".".join)),
            draw(st.one_of(st.just(""), pre)),
            draw(st.one_of(st.just(""), small.map(lambda n: f".post{n}"), small.map(lambda n: f"-{n}"))),
            draw(st.one_of(st.just(""), small.map(lambda n: f".dev{n}"))),
            draw(st.one_of(st.just(""), local.map(lambda each: f"+{each}"))),
        )
    )


identifier = st.one_of(small, st.text("abzAZ09-", min_size=1, max_size=3).map(lambda each: f"x{each}"))


@st.composite
def semver(draw: st.DrawFn) -> str:
    core = ".".join(draw(st.tuples(small, small, small)))
    tail = draw(st.lists(identifier, max_size=3))
    return core + ("-" + ".".join(tail) if tail else "")


def sign(left: object, right: object) -> str:
    return "<" if left < right else ">" if left > right else "="  # type: ignore[operator]


def vectors(name: str) -> Iterator[tuple[str, str, str]]:
    packed = VECTORS / f"{name}.txt.zst"
    if not packed.is_file():
        pytest.skip(f"{packed} is not here")
    with packed.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        for line in io.TextIOWrapper(stream, "utf-8"):
            if line.strip() and not line.startswith(("//", "#")):
                left, between, right = line.split()
                yield left, between, right


@pytest.mark.shared
@pytest.mark.parametrize(
    ("ecosystem", "name", "least"),
    [
        ("PyPI", "pypi-versions", 20),
        ("PyPI", "pypi-versions-generated", 9000),
        ("npm", "semver-versions", 60),
    ],
)
def test_every_line_of_the_ecosystems_own_vectors_holds(ecosystem: str, name: str, least: int) -> None:
    lines = list(vectors(name))
    wrong = [each for each in lines if sign(key(ecosystem, each[0]), key(ecosystem, each[2])) != each[1]]
    assert wrong == []
    assert len(lines) >= least


@given(pep440(), pep440())
def test_pypi_versions_sort_as_packaging_sorts_them(one: str, other: str) -> None:
    assert sign(key("PyPI", one), key("PyPI", other)) == sign(Version(one), Version(other))


@given(semver(), semver())
def test_npm_versions_sort_as_univers_sorts_them(one: str, other: str) -> None:
    assert sign(key("npm", one), key("npm", other)) == sign(SemverVersion(one), SemverVersion(other))


def test_the_chain_of_the_semver_specification_stands_in_its_order() -> None:
    chain = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
    ]
    chain += ["1.0.0-rc.1", "1.0.0"]
    assert order("npm", reversed(chain)) == chain


def test_the_chain_of_pep_440_stands_in_its_order() -> None:
    chain = [
        "1.dev0",
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
    ]
    chain += ["1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5"]
    chain += ["1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1"]
    assert order("PyPI", reversed(chain)) == chain


def test_build_metadata_and_zeros_at_the_end_make_no_difference() -> None:
    assert key("npm", "1.2.3+one") == key("npm", "v1.2.3+two")
    assert key("PyPI", "1") == key("PyPI", "1.0.0")


@given(numbers, numbers)
def test_numbers_sort_as_their_bytes_do(one: int, other: int) -> None:
    assert sign(number(one), number(other)) == sign(one, other)
    assert one == other or not number(one).startswith(number(other))


@given(pep440(), pep440())
def test_nothing_sorts_between_a_version_and_what_comes_just_after_it(one: str, other: str) -> None:
    here, there = key("PyPI", one), key("PyPI", other)
    assert here is not None
    assert there is not None
    assert there <= here or there >= here + b"\x00"


@given(st.sampled_from(sorted(KEYS)), st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_a_key_or_none_and_never_an_error(ecosystem: str, one: str, other: str) -> None:
    found = order(ecosystem, [one, other])
    assert sorted(found) == sorted([one, other])
    assert found == order(ecosystem, [other, one])


def test_a_text_that_is_far_too_long_can_not_be_ordered() -> None:
    assert key("PyPI", "1." * LONGEST + "0") is None
    assert key("npm", "9" * (LONGEST + 1)) is None


def test_an_ecosystem_without_an_order_here_says_none() -> None:
    assert key("Debian", "1.0") is None
    assert order("Debian", ["2", "10"]) == ["10", "2"]


def test_a_version_that_pep_440_does_not_take_is_older_than_all_that_it_takes() -> None:
    assert order("PyPI", ["0.0.1", "9.9p1", "9.10p1"]) == ["9.9p1", "9.10p1", "0.0.1"]
