"""Reports whose verdict is known beforehand: what is expected of them is read strictly."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.packages.rules.ranges import parse_vers
from headstart.proofs.rules.samples import sample
from headstart.proofs.work import examples

TRUE = '[one]\nrung = "contrasted"\nattribution = "target"\n'


def expected(tmp_path: Path, text: str) -> examples.Expectation:
    (tmp_path / "EXPECTED.toml").write_text(text)
    return examples.expected(tmp_path)["one"]


def test_a_report_is_true_where_it_is_to_be_believed(tmp_path: Path) -> None:
    assert expected(tmp_path, TRUE).is_true
    assert not expected(tmp_path, TRUE + 'why = "It is invented"\n').is_true
    assert not expected(tmp_path, TRUE.replace("contrasted", "refuted")).is_true


def test_a_field_that_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="advisroy"):
        expected(tmp_path, TRUE + 'advisroy = "vers:pypi/<1"\n')


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "EXPECTED-a.toml").write_text(TRUE)
    with pytest.raises(ValueError, match="one, which another file names too"):
        expected(tmp_path, TRUE)


def test_a_difference_is_explained_by_version_or_by_range(tmp_path: Path) -> None:
    found = expected(tmp_path, TRUE + '[one.differs]\n"1.5" = "a typo"\n"vers:pypi/<1" = "came later"\n')
    assert [found.explains(each) for each in ("0.9", "1.0", "1.5")] == ["came later", "", "a typo"]


def test_what_is_wrong_with_a_corpus_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "EXPECTED.toml").write_text(TRUE)
    assert list(examples.faults(tmp_path)) == [
        "one: there is no such report",
        "one: a true report names its CVE",
        "one: a true report names the advisory's range",
    ]


@given(count=st.integers(1, 400), fixed=st.integers(1, 399), most=st.integers(8, 40))
def test_a_sample_holds_both_sides_of_every_change(count: int, fixed: int, most: int) -> None:
    ordered = [f"1.{place}" for place in range(count)]
    taken = sample(ordered, parse_vers(f"vers:pypi/<1.{fixed}"), most=most)
    assert list(taken) == [each for each in ordered if each in taken]
    assert len(taken) == min(count, most)
    beside = {f"1.{place}" for place in (fixed - 1, fixed) if 0 < fixed < count}
    assert {ordered[0], ordered[-1], *beside} <= set(taken)


def test_a_sample_keeps_what_it_is_told_to_keep() -> None:
    ordered = [f"1.{place}" for place in range(300)]
    assert "1.77" in sample(ordered, parse_vers("vers:pypi/<1.200"), keep={"1.77"}, most=10)
