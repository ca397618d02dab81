"""Reading what a request asks for: in one way, or not at all."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import Dialect
from headstart.access.rules.asking import MOST_KEYS, READ, Wish, read_wish

OPENAI, ANTHROPIC = Dialect.OPENAI, Dialect.ANTHROPIC


def wish(dialect: Dialect = OPENAI, **body: object) -> Wish:
    return read_wish(json.dumps({"model": "m", **body}).encode(), dialect)


def test_a_plain_request_names_its_model_and_asks_for_nothing_else() -> None:
    assert wish() == Wish(model="m", streams=False, most_tokens=None, tools=False)


@pytest.mark.parametrize(
    ("dialect", "body", "most"),
    [
        (OPENAI, {"max_tokens": 7}, 7),
        (OPENAI, {"max_completion_tokens": 5, "max_tokens": 7}, 5),
        (OPENAI, {"max_tokens": 7, "n": 3}, 21),
        (OPENAI, {"max_tokens": "many"}, None),
        (OPENAI, {"max_tokens": -1}, None),
        (OPENAI, {"max_tokens": True}, None),
        (ANTHROPIC, {"max_tokens": 9}, 9),
        (ANTHROPIC, {"max_completion_tokens": 9}, None),
    ],
)
def test_the_cap_is_read_as_the_dialect_writes_it(
    dialect: Dialect, body: dict[str, object], most: int | None
) -> None:
    assert wish(dialect, **body).most_tokens == most


@pytest.mark.parametrize("name", ["tools", "functions", "mcp_servers", "web_search_options"])
def test_whatever_brings_tools_is_seen(name: str) -> None:
    assert wish(**{name: [{"name": "look"}]}).tools
    assert not wish(**{name: []}).tools
    assert not wish(**{name: None}).tools


def test_only_true_streams() -> None:
    assert wish(stream=True).streams
    assert not wish(stream="true").streams


BAD = {
    "nothing": b"",
    "no JSON": b"model",
    "a list": b'["model"]',
    "no model": b'{"stream": true}',
    "a model that is none": b'{"model": 5}',
    "an empty model": b'{"model": ""}',
    "a long model": b'{"model": "' + b"m" * 201 + b'"}',
    "more after it": b'{"model": "m"} {"model": "n"}',
    "bytes that are no text": b'{"model": "m", "\xff\xfe": 1}',
    "too deep": b'{"model": "m", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two models": b'{"model": "m", "model": "n"}',
    "twice the same": b'{"model": "m", "model": "m"}',
    "two models, one a beginning of the other": b'{"n": 1, "model": "m", "n": 12}',
    "two models, written in two ways": b'{"model": "m", "mod\\u0065l": "n"}',
    "two models with others between": b'{"model": "m", "messages": [{"model": "x"}], "model": "n"}',
    "a model in capitals": b'{"model": "m", "Model": "n"}',
    "a cap in other letters": b'{"model": "m", "max_to\xe2\x84\xaaens": 5}',  # the Kelvin sign folds to a k
    "further models": b'{"model": "m", "models": ["n"]}',
    "fallbacks": b'{"model": "m", "fallbacks": ["n"]}',
    "members without end": json.dumps({"model": "m", **{str(n): n for n in range(MOST_KEYS)}}).encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_be_read_in_two_ways_or_none_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]{10,120}$") as refused:
        read_wish(BAD[name], OPENAI)
    assert "model" in str(refused.value) or "body" in str(refused.value) or "member" in str(refused.value)


def test_the_same_name_deeper_down_is_no_second_member() -> None:
    body = b' {\n"messages" : [ {"model": "x", "messages": {}} ] ,"a":{}, "model":"m" , "n":null}\n'
    assert read_wish(body, OPENAI).model == "m"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.dictionaries(st.text().filter(lambda name: name.casefold() not in READ), JSON),
    st.booleans(),
)
def test_any_object_with_a_model_is_read(members: dict[str, object], ascii_only: bool) -> None:
    body = json.dumps({**members, "model": "m"}, ensure_ascii=ascii_only, indent=1 if ascii_only else None)
    assert read_wish(body.encode(), OPENAI).model == "m"


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ValueError):
        assert read_wish(body, ANTHROPIC).model
