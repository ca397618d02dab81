"""Making an input smaller, the rules alone: what is left still holds, is never larger, and nothing single can go."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.formats import format_of, outline
from headstart.proofs.rules.minimising import Batch, Reduced, Spent, Stopped, reduce
from headstart.proofs.rules.outlines import Format
from headstart.proofs.rules.spans import characters, fields

Holds = Callable[[bytes], bool]


class Asked:
    """A predicate with a memory: what was asked, and how often."""

    def __init__(self, holds: Holds, most: int = 100_000) -> None:
        self.holds, self.most = holds, most
        self.tried: list[bytes] = []

    def __call__(self, batch: Batch) -> int | None:
        for at, each in enumerate(batch):
            if len(self.tried) >= self.most:
                raise Spent
            self.tried.append(each)
            if self.holds(each):
                return at
        return None


def smaller(data: bytes, holds: Holds, most: int = 100_000) -> Reduced:
    return reduce(data, Asked(holds, most))


def has(*words: bytes) -> Holds:
    """Holds where each word is there as often as it is named: monotone in what is dropped."""
    return lambda data: all(data.count(word) >= words.count(word) for word in words)


TEXTS = {
    Format.JSON: b'{"keep": [1, {"deep": "needle in hay", "other": null}], "gone": {"a": [true, 2.5e3]}}',
    Format.MARKUP: b'<page><p class="x" id="y">hay</p><div><b>some <i>needle</i></b> hay</div><br></page>',
    Format.HTTP: b"POST /a HTTP/1.1\r\nHost: example.org\r\nX-One: needle\r\nX-Two: hay\r\n\r\nthe body",
    Format.CSV: b'name,state\nnorth,"a, needle"\nsouth,hay\n',
    Format.SETTINGS: b"title = 'hay'\n[server]\nport = 80\nname = 'needle'\n[other]\na = 1\n",
    Format.YAML: b"pumps:\n  - name: needle\n    state: on\n  - name: south\nother: 1\n",
    Format.TEXT: b"Some words (and a needle) in\nlines (that are hay)\nof text.\n",
    Format.BYTES: b"\x00\x01hay needle\xff\xfe" * 3,
}


@pytest.mark.parametrize(("kind", "data"), TEXTS.items())
def test_a_format_is_told_by_its_content(kind: Format, data: bytes) -> None:
    assert format_of(data) is kind


@pytest.mark.parametrize(("kind", "data"), TEXTS.items())
def test_what_is_left_is_what_matters_in_every_format(kind: Format, data: bytes) -> None:
    found = smaller(data, has(b"needle"))
    assert b"needle" in found.data
    assert found.stopped is Stopped.ONE_MINIMAL
    assert len(found.data) <= len(b"P / HTTP/1.1\r\nneedle\r\n")
    assert format_of(found.data) is kind or kind is not Format.JSON


def valid(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), values, max_size=4) | st.lists(values, max_size=4), st.booleans())
def test_every_candidate_of_a_json_text_is_json_and_no_larger(value: object, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    asked = Asked(lambda each: len(each) > 6, most=300)
    assert format_of(data) is Format.JSON
    reduce(data, asked)
    for each in asked.tried[1:]:
        assert len(each) <= len(data)
        assert valid(each) or not each, each


@given(values)
def test_the_units_of_a_json_text_are_values_and_members(value: object) -> None:
    data = json.dumps([value, {"a": value}]).encode()
    found = outline(data)
    for at, unit in enumerate(found.units):
        text = found.text(at)
        assert valid(text if unit.value else b"{" + text + b"}")


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sound = True

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.sound = self.sound and bool(self.open) and self.open.pop() == tag


def balanced(data: bytes) -> bool:
    parser = _Balance()
    parser.feed(data.decode())
    return parser.sound and not parser.open


elements = st.recursive(
    st.sampled_from(["hay", "a b", "1 &amp; 2", ""]),
    lambda inner: st.builds(
        lambda name, more, parts: f"<{name}{more}>{''.join(parts)}</{name}>",
        st.sampled_from(["p", "div", "i"]),
        st.sampled_from(["", ' id="x"', " class='a b' checked"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(elements)
def test_every_candidate_of_a_balanced_page_is_balanced(page: str) -> None:
    data = f"<html>{page}</html>".encode()
    asked = Asked(lambda each: len(each) > 12, most=300)
    reduce(data, asked)
    assert balanced(data)
    assert all(balanced(each) for each in asked.tried)


@given(st.binary(max_size=60), st.data())
def test_what_is_left_holds_is_never_larger_and_is_one_minimal_for_what_is_monotone(
    data: bytes, draw: st.DataObject
) -> None:
    spans = [data[start:end] for start, end in characters(format_of(data), data)]
    wanted = draw.draw(st.lists(st.sampled_from(spans), max_size=3)) if spans else []
    holds = has(*wanted)
    if not holds(data):
        return
    found = smaller(data, holds)
    assert holds(found.data)
    assert len(found.data) <= len(data)
    assert found.stopped is Stopped.ONE_MINIMAL
    kind = format_of(data)
    for start, end in characters(kind, found.data):
        assert not holds(found.data[:start] + found.data[end:])


@given(st.text(max_size=60), st.integers(0, 2**32))
def test_any_predicate_at_all_comes_to_an_end_and_to_something_that_held(text: str, seed: int) -> None:
    data = text.encode()

    def lies(each: bytes) -> bool:
        return hash((each, seed)) % 3 == 0

    found = smaller(data, lies, most=2000)
    assert found.data == data or lies(found.data)
    assert all(len(after) <= len(before) for before, after in pairwise(found.trail))
    assert found.trail[0] == data
    assert found.trail[-1] == found.data


def test_a_predicate_that_changes_its_mind_leaves_a_trail_to_go_back_on() -> None:
    turn = iter(range(10**6))
    found = smaller(b"a needle in the hay", lambda each: b"needle" in each or next(turn) % 5 == 4, most=3000)
    assert found.data == found.trail[-1]
    assert any(b"needle" in each for each in found.trail)


def test_the_budget_ends_it_with_the_smallest_so_far() -> None:
    data = bytes(range(1, 255)) * 4
    found = smaller(data, has(b"\x40\x41", b"\x80"), most=12)
    assert found.stopped is Stopped.BUDGET
    assert len(found.data) < len(data)
    assert has(b"\x40\x41", b"\x80")(found.data)


def test_the_same_is_asked_in_the_same_order_each_time() -> None:
    first, again = Asked(has(b"needle")), Asked(has(b"needle"))
    for data in TEXTS.values():
        assert reduce(data, first) == reduce(data, again)
    assert first.tried == again.tried


def test_a_long_repetition_costs_a_few_tries() -> None:
    asked = Asked(lambda data: data.count("\N{ZERO WIDTH JOINER}".encode()) >= 700)
    found = reduce(("x" + "\N{ZERO WIDTH JOINER}" * 5000).encode(), asked)
    assert len(found.data) == 700 * 3
    assert len(set(asked.tried)) < 60


def test_a_deep_nest_loses_the_layers_that_do_not_matter() -> None:
    deep = b'{"a":[' * 3000 + b"1" + b"]}" * 3000
    assert format_of(deep) is Format.JSON
    asked = Asked(lambda data: valid_depth(data) >= 40)
    found = reduce(deep, asked)
    assert valid_depth(found.data) == 40
    assert found.stopped is Stopped.ONE_MINIMAL
    assert len(found.data) <= 40 * 4


def valid_depth(data: bytes) -> int:
    """How deep a JSON text is, or 0 where it is none."""
    found = outline(data) if format_of(data) is Format.JSON else None
    if found is None:
        return 0
    return len([unit for unit in found.chain() if found.data[unit.start : unit.start + 1] in (b"[", b"{")])


def test_numbers_become_as_small_as_they_can_be() -> None:
    found = smaller(b"size = 123456\nother = 99\n", lambda data: big(data) >= 1000)
    assert found.data == b"1000"


def big(data: bytes) -> int:
    return max((int(each) for each in re.findall(rb"\d+", data)), default=0)


def test_what_a_whole_pass_came_to_is_undone_where_it_does_not_settle() -> None:
    def settle(data: bytes) -> bool:
        return b"needle" in data

    found = reduce(b"a needle in hay", Asked(lambda data: b"n" in data), settle)
    assert b"needle" in found.data
    assert all(b"needle" in each for each in found.trail)


@pytest.mark.parametrize(
    "data",
    [b"<!--" * 200_000, b"<a '" * 200_000, b"[" * 900_000, b'"' * 900_000, b"{" * 10 + b'"a":' * 200_000,
     b"<a " + b"b" * 900_000, b"a, b" * 200_000, b"((" * 400_000, b"<![CDATA[" * 100_000, b"a" * 900_000],
)  # fmt: skip
def test_a_hostile_input_is_read_in_time(data: bytes) -> None:
    kind = format_of(data)
    assert len(outline(data, kind).units) <= 20_000
    fields(kind, data)
    characters(kind, data)


def test_the_fields_are_what_a_sender_fills_in() -> None:
    def filled(kind: Format) -> list[bytes]:
        return [TEXTS[kind][start:end] for start, end in fields(kind, TEXTS[kind])]

    assert filled(Format.JSON) == [b"1", b'"needle in hay"', b"null", b"true", b"2.5e3"]
    assert filled(Format.CSV) == [b"name", b"state", b"north", b'"a, needle"', b"south", b"hay"]
    assert filled(Format.SETTINGS) == [b"'hay'", b"80", b"'needle'", b"1"]
    assert filled(Format.HTTP)[:3] == [b"example.org", b"needle", b"hay"]
    assert filled(Format.YAML) == [b"name: needle", b"on", b"name: south", b"1"] or b"needle" in filled(
        Format.YAML
    )
    assert b"needle" in filled(Format.MARKUP)


def test_where_a_pass_went_too_far_it_steps_back_to_what_holds() -> None:
    """Tries are hints; a whole pass is not lost because its last hint was a little too short."""
    held: list[int] = []

    def settle(data: bytes) -> bool:
        held.append(len(data))
        return len(data) >= 8

    found = reduce(
        b"a" * 60, lambda batch: next((n for n, each in enumerate(batch) if len(each) >= 5), None), settle
    )
    assert 8 <= len(found.data) < 60
    assert min(held) < 8
