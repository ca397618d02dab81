"""The picture of the releases: what is unknown looks like nothing else, what comes back is seen, words say the same."""

import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.web import strips
from headstart.web.strips import Opinion

STATES = st.sampled_from(["yes", "no", "unknown"])
SWEEPS = st.lists(STATES, min_size=1, max_size=40).map(
    lambda states: [(f"1.{at}", state) for at, state in enumerate(states)]
)


def cells(svg: str) -> list[str]:
    return re.findall(r'class="(yes|no|unknown)"', svg)


def test_every_release_has_its_cell_in_order() -> None:
    releases = [("1.0", "no"), ("1.1", "yes"), ("1.2", "unknown"), ("1.3", "no")]
    assert cells(strips.strip(releases)) == ["no", "yes", "unknown", "no"]
    assert strips.strip([]) == ""


def test_what_is_unknown_is_hatched_and_what_is_not_affected_is_not() -> None:
    svg = strips.strip([("1.0", "no"), ("1.1", "unknown")], name="here")
    rects = {each.get("class"): each.get("fill") for each in ElementTree.fromstring(svg).iter("rect")}
    assert rects["unknown"] == "url(#hatch-here)"
    assert rects["no"] is None
    assert 'id="hatch-here"' in svg


def test_what_comes_back_after_it_was_mended_is_named_in_the_picture_and_in_words() -> None:
    back = [("1.0", "yes"), ("1.1", "no"), ("1.2", "unknown"), ("1.3", "yes"), ("1.4", "no")]
    assert [each.again for each in strips.stretches(back)] == [False, False, False, True, False]
    assert "1.3 again</text>" in strips.strip(back)
    assert "1.3: affected again" in strips.told(back)


@pytest.mark.parametrize(
    "states", [["no", "yes"], ["yes", "unknown", "yes"], ["unknown", "no", "unknown", "yes"], ["no", "no"]]
)
def test_nothing_came_back_that_was_never_seen_to_go(states: list[str]) -> None:
    releases = [(str(at), state) for at, state in enumerate(states)]
    assert not any(each.again for each in strips.stretches(releases))


def test_an_advisory_stands_beside_it_and_a_difference_is_framed_only_where_both_know() -> None:
    releases = [("1.0", "yes"), ("1.1", "unknown"), ("1.2", "no"), ("1.3", "no")]
    svg = strips.strip(releases, [Opinion(name="CVE-2020-1", said=("no", "no", "yes", "unknown"))])
    assert "What CVE-2020-1 says" in svg
    assert svg.count('class="differs"') == 2
    assert cells(svg)[4:] == ["no", "no", "yes", "unknown"]


def test_hostile_versions_and_names_stay_text() -> None:
    nasty = "</title><script>alert(1)</script>\u202e\0"
    svg = strips.strip([(nasty, "yes"), ("2", "no")], [Opinion(name=nasty, said=("yes", "no"))])
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert max(len(each.text or "") for each in ElementTree.fromstring(svg).iter("text")) < 64


def test_thousands_of_releases_are_drawn_as_stretches() -> None:
    releases = [(str(at), "no" if at < 2000 else "yes") for at in range(3000)]
    assert cells(strips.strip(releases)) == ["no", "yes"]


@given(SWEEPS)
def test_the_cells_fill_the_whole_width_once(releases: list[tuple[str, str]]) -> None:
    root = ElementTree.fromstring(strips.strip(releases))
    rects = [each for each in root.iter("rect") if each.get("class") in strips.SAYS]
    right = 0.0
    for each in rects:
        assert abs(float(str(each.get("x"))[:-1]) - right) < 0.01
        right = float(str(each.get("x"))[:-1]) + float(str(each.get("width"))[:-1])
    assert abs(right - 100) < 0.05


@given(SWEEPS)
def test_the_words_and_the_counts_cover_every_release(releases: list[tuple[str, str]]) -> None:
    found = strips.stretches(releases)
    assert sum(each.count for each in found) == len(releases) == sum(strips.counts(releases).values())
    assert len(strips.told(releases)) <= strips.MOST_TOLD + 1
    for each in found:
        assert {state for _, state in releases[each.first : each.last + 1]} == {each.state}


@given(SWEEPS)
def test_names_on_a_phone_keep_apart(releases: list[tuple[str, str]]) -> None:
    root = ElementTree.fromstring(strips.strip(releases))
    names = [each for each in root.iter("text") if str(each.get("class")).startswith("name")]
    always = sorted(float(str(each.get("x"))[:-1]) for each in names if "wide" not in str(each.get("class")))
    assert all(after - before > 15 for before, after in itertools.pairwise(always))


def test_the_small_one_says_the_same_to_a_screen_reader() -> None:
    assert 'aria-label="2 releases in order: affected 1; not affected 0; unknown 1"' in strips.small(
        [("1", "yes"), ("2", "unknown")]
    )
    assert strips.small([]) == ""
