"""Variations of a trigger: the same each time, never the trigger or the control, and the flaw tried elsewhere."""

import json
import re
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from headstart.proofs.rules.variations import LARGEST, MOST, variations

texts = st.binary(max_size=120) | st.text(max_size=60).map(str.encode)


@given(texts, texts, st.text(max_size=6), st.booleans())
def test_variations_are_the_same_each_time_none_twice_and_never_the_trigger_or_the_control(
    trigger: bytes, control: bytes, seed: str, bounded: bool
) -> None:
    made = list(variations(trigger, control, seed, bounded=bounded))
    assert made == list(variations(trigger, control, seed, bounded=bounded))
    assert len(made) <= MOST
    assert len({each.data for each in made}) == len(made)
    assert not {trigger, control, b""} & {each.data for each in made}
    assert all(len(each.data) <= (len(trigger) if bounded else LARGEST) for each in made)


def test_another_seed_gives_others() -> None:
    one, other = (list(variations(b"a trigger of some length", b"x", seed)) for seed in ("one", "other"))
    assert {each.data for each in one} != {each.data for each in other}


def made_of(trigger: bytes, control: bytes, most: int = MOST) -> dict[bytes, str]:
    return {each.data: each.how for each in islice(variations(trigger, control, "seed"), most)}


def test_a_flaw_in_one_field_is_tried_in_every_field_of_the_control() -> None:
    trigger, control = (
        {"name": "{{evil}}", "city": "Oslo"},
        {"name": "Ada", "city": "Oslo", "street": "Storgata"},
    )
    made = made_of(json.dumps(trigger).encode(), json.dumps(control).encode())
    for field in ("city", "street"):
        assert json.dumps(control | {field: "{{evil}}"}).encode() in made
    assert json.dumps({"name": "{{evil}}", "city": "{{evil}}"}).encode() in made


def test_the_same_in_a_table_in_headers_and_in_settings() -> None:
    assert b"name,state\nnorth,on\nsouth,$(x)\n" in made_of(
        b"name,state\nnorth,$(x)\n", b"name,state\nnorth,on\nsouth,off\n"
    )
    assert b"GET / HTTP/1.1\r\nA: evil\r\nB: 2\r\n\r\n" in made_of(
        b"GET / HTTP/1.1\r\nB: evil\r\n\r\n", b"GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n"
    )
    assert b"a = evil\nb = 2\n" in made_of(b"b = evil\n", b"a = 1\nb = 2\n")


def test_a_first_handful_has_something_of_every_family() -> None:
    made = made_of(b'{"a": [1, 22], "path": "../../x"}', b'{"a": [1], "path": "y"}', most=8)
    said = " ".join(made.values())
    for word in ("the flaw's field", "nested", "byte order mark", "for"):
        assert word in said, word


def test_what_the_harness_fills_in_stays_whole_in_other_spellings() -> None:
    made = made_of(b"{forbidden}/Up.txt", b"Up.txt")
    assert b"{forbidden}/UP.TXT" in made
    assert b"{forbidden}\\Up.txt" in made
    assert b"{forbidden}%2FUp%2Etxt" in made


def test_numbers_go_to_the_edges_and_what_is_nested_goes_deeper() -> None:
    made = made_of(b"[[1000]]", b"[]")
    for number in (999, 1001, 2**31, 2**64):
        assert b"[[%d]]" % number in made
    assert b"[" * 10 + b"1000" + b"]" * 10 in made


def test_bounded_variations_ask_for_no_more_than_the_trigger_did() -> None:
    assert all(
        int(number) <= 500
        for each in variations(b"grow 500 times", b"x", "seed", bounded=True)
        for number in re.findall(rb"\d+", each.data)
    )
