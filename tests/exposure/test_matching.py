"""Who is affected by what: the rule, and the fast way to the same answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.exposure import work
from headstart.exposure.rules.components import Component
from headstart.exposure.rules.hits import Interest, fix_for, judge, plain
from headstart.exposure.work.matching import Index
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected, Interval, Range, parse_vers


@dataclass(frozen=True)
class Shelf:
    name: str
    components: Sequence[Component]


def component(purl: str) -> Component:
    parsed = parse(purl)
    package = str(parsed.without_version)
    return Component(
        name=parsed.full_name, version=parsed.version, package=package, ecosystem=parsed.ecosystem
    )


def interest(vers: str | None, purl: str = "pkg:pypi/sqlparse") -> Interest:
    return Interest(id="ADV-1", purl=parse(purl), range=parse_vers(vers) if vers else None)


def test_an_interval_holds_its_beginning_and_not_its_fix() -> None:
    asked = interest("vers:pypi/>=0.4|<0.5.0")
    answers = {
        version: judge(asked, component(f"pkg:pypi/sqlparse@{version}"))
        for version in ("0.3.9", "0.4", "0.4.0", "0.4.4", "0.5.0", "0.5.0rc1")
    }
    no, yes = Affected.NO, Affected.YES
    assert list(answers.values()) == [no, yes, yes, yes, no, yes]


def test_the_last_affected_release_is_affected() -> None:
    asked = interest("vers:npm/<=1.2.3", "pkg:npm/ms")
    assert judge(asked, component("pkg:npm/ms@1.2.3")) is Affected.YES
    assert judge(asked, component("pkg:npm/ms@1.2.4-rc.1")) is Affected.NO


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (component("pkg:pypi/sqlparse"), interest("vers:pypi/<0.5.0")),  # no version
        (component("pkg:npm/sqlparse@!!"), interest("vers:npm/<0.5.0", "pkg:npm/sqlparse")),  # no order
        (component("pkg:pypi/sqlparse@0.4"), interest(None)),  # the advisory names no releases
        (Component(name="SQLparse", version="0.4"), interest("vers:pypi/<0.5.0")),  # no ecosystem
        (Component(name="sqlparse"), interest("vers:pypi/<0.5.0")),  # neither
        (component("pkg:cargo/time@0.1"), interest("vers:cargo/<0.2", "pkg:cargo/time")),  # no order yet
    ],
)
def test_what_is_not_known_is_a_hit_that_says_unknown(found: Component, asked: Interest) -> None:
    assert judge(asked, found) is Affected.UNKNOWN
    assert [each.affected for each in work.match([Shelf("s", [found])], [asked])] == [Affected.UNKNOWN]


@pytest.mark.parametrize(
    "found",
    [
        component("pkg:npm/sqlparse@0.4"),  # another ecosystem's package of that name
        component("pkg:pypi/sqlparse2@0.4"),
        Component(name="sqlparse", version="0.5.1"),  # whatever it is, this release is not affected
        Component(name="something"),
    ],
)
def test_what_is_known_to_be_something_else_is_no_hit(found: Component) -> None:
    asked = interest("vers:pypi/<0.5.0")
    assert judge(asked, found) is Affected.NO
    assert not list(work.match([Shelf("s", [found])], [asked]))


def test_a_scoped_name_is_known_by_its_whole_name_alone() -> None:
    asked = interest("vers:npm/<2", "pkg:npm/%40scope/name")
    assert judge(asked, Component(name="@scope/name", version="1.0.0")) is Affected.UNKNOWN
    assert judge(asked, Component(name="name", version="1.0.0")) is Affected.NO


def test_the_fix_to_take_is_the_next_one_after_the_release_that_runs() -> None:
    two_lines = parse_vers("vers:pypi/>=1.0|<1.2.5|>=2.0|<2.1")
    assert fix_for(two_lines, "1.1") == "1.2.5"
    assert fix_for(two_lines, "2.0.3") == "2.1"
    assert fix_for(two_lines, None) == "2.1"  # whatever runs, the newest fix mends it
    assert fix_for(parse_vers("vers:pypi/<=1.0"), "0.9") is None
    assert fix_for(None, "0.9") is None


def test_a_hit_names_inventory_component_and_fix() -> None:
    held = component("pkg:pypi/sqlparse@0.4.3")
    hits = list(work.match([Shelf("portal", [held]), Shelf("lab", [])], [interest("vers:pypi/<0.5.0")]))
    assert [(each.advisory, each.inventory, each.component.purl, each.fixed) for each in hits] == [
        ("ADV-1", "portal", "pkg:pypi/sqlparse@0.4.3", "0.5.0")
    ]


# Versions that tie in their first 16 bytes, that are equal in other spellings, and that nothing can order.
LONG = "1.2.3.4.5.6.7.8.9.10.11.12"
VERSIONS = st.one_of(
    st.sampled_from(
        ["0", "1", "1.0", "1.0.0", "1.0a1", "1.0rc2.dev3", "1.0.post1", "2.0+local", "2!0.1", "", "x y", "!!"]
    ),
    st.integers(0, 3).map(lambda n: f"{LONG}.{n}"),
    st.integers(0, 3).map(lambda n: f"1.0.0-{'a' * 20}.{n}"),
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: f"{pair[0]}.{pair[1]}"),
)
INTERVALS = st.builds(
    lambda introduced, end, last: Interval(
        introduced=introduced, fixed=None if last else end, last_affected=end if last else None
    ),
    st.one_of(st.none(), st.just("0"), VERSIONS),
    st.one_of(st.none(), VERSIONS),
    st.booleans(),
)
PACKAGES = {"PyPI": "pkg:pypi/a", "npm": "pkg:npm/a", "crates.io": "pkg:cargo/a", "generic": "pkg:generic/b"}


@st.composite
def interests(draw: st.DrawFn) -> list[Interest]:
    found = []
    for place in range(draw(st.integers(0, 5))):
        ecosystem = draw(st.sampled_from(sorted(PACKAGES)))
        affected = draw(
            st.one_of(
                st.none(),
                st.builds(
                    Range,
                    ecosystem=st.just(ecosystem),
                    intervals=st.lists(INTERVALS, max_size=3).map(tuple),
                    unknown=st.one_of(st.just(frozenset()), st.frozensets(VERSIONS, max_size=2)),
                ),
            )
        )
        found.append(Interest(id=f"ADV-{place}", purl=parse(PACKAGES[ecosystem]), range=affected))
    return found


@st.composite
def components(draw: st.DrawFn) -> Component:
    version = draw(st.one_of(st.none(), VERSIONS)) or None
    if draw(st.integers(0, 4)) == 0:
        return Component(name=draw(st.sampled_from(["a", "A", "b", "c"])), version=version)
    ecosystem = draw(st.sampled_from(sorted(PACKAGES)))
    package = PACKAGES[ecosystem]
    return Component(name=package[-1], version=version, package=package, ecosystem=ecosystem)


SHELVES = st.lists(st.lists(components(), max_size=8), max_size=3).map(
    lambda held: [Shelf(f"shelf {place}", each) for place, each in enumerate(held)]
)


@settings(max_examples=150, deadline=None)
@given(SHELVES, interests())
def test_the_fast_way_finds_what_the_plain_loop_finds(shelves: list[Shelf], asked: list[Interest]) -> None:
    fast = set(work.match(shelves, asked))
    slow = set(plain([(each.name, each.components) for each in shelves], asked))
    assert fast == slow


def test_an_index_is_used_again_for_the_next_inventory() -> None:
    index = Index([interest("vers:pypi/<0.5.0")])
    first = index.match([Shelf("one", [component("pkg:pypi/sqlparse@0.4")])])
    second = index.match([Shelf("two", [component("pkg:pypi/sqlparse@0.5")])])
    assert (len(first), len(second)) == (1, 0)
