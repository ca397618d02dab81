"""Reading the tokens off what passes: bounded, and never in its way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import Dialect
from headstart.access.rules.reading import MOST_BODY, MOST_LINE, AnswerReader

OPENAI, ANTHROPIC = Dialect.OPENAI, Dialect.ANTHROPIC


def read(dialect: Dialect, *said: Any, events: bool = True, size: int = 10**9) -> AnswerReader:
    """A reader that has read it, `size` bytes at a time."""
    lines = [
        each if isinstance(each, bytes) else b"data: " + json.dumps(each).encode() + b"\n\n" for each in said
    ]
    text = b"".join(lines) if events else json.dumps(said[0]).encode()
    reader = AnswerReader(dialect, events=events)
    for at in range(0, len(text), size):
        reader.feed(text[at : at + size])
    reader.close()
    return reader


CHUNKS = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hello"}}]},
    {
        "choices": [
            {"delta": {"tool_calls": [{"id": "call_1", "function": {"name": "look", "arguments": "{}"}}]}}
        ]
    },
    {"choices": [{"delta": {"reasoning_content": "hm"}}], "usage": None},
    {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5}},
    b"data: [DONE]\n\n",
]
EVENTS = [
    b"event: message_start\n",
    {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 3, "cache_read_input_tokens": 4,
        "cache_creation_input_tokens": 5, "output_tokens": 1}}},
    {"type": "content_block_start", "content_block": {"type": "tool_use", "id": "to_1", "name": "look", "input": {}}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 7, 10**9])
def test_openais_tokens_are_in_the_last_chunk(size: int) -> None:
    reader = read(OPENAI, *CHUNKS, size=size)
    assert (reader.tokens_in, reader.tokens_out) == (11, 5)
    assert reader.word_bytes == len("Hello" + "look{}" + "hm")
    assert reader.between_events


@pytest.mark.parametrize("size", [1, 2, 7, 10**9])
def test_anthropics_are_at_the_beginning_and_the_end(size: int) -> None:
    reader = read(ANTHROPIC, *EVENTS, size=size)
    assert (reader.tokens_in, reader.tokens_out) == (12, 9)
    assert reader.word_bytes == len("look" + "Hello" + "hm")


def test_a_document_says_both_at_its_end() -> None:
    whole = {"choices": [{"message": {"role": "assistant", "content": "Hello"}}], "usage": CHUNKS[3]["usage"]}  # type: ignore[index]
    reader = read(OPENAI, whole, events=False, size=10)
    assert (reader.tokens_in, reader.tokens_out, reader.word_bytes) == (11, 5, 5)
    message = {
        "content": [{"type": "text", "text": "Hello"}],
        "usage": {"input_tokens": 2, "output_tokens": 1},
    }
    reader = read(ANTHROPIC, message, events=False)
    assert (reader.tokens_in, reader.tokens_out, reader.word_bytes) == (2, 1, 5)


def test_what_the_endpoint_does_not_say_stays_unknown() -> None:
    reader = read(OPENAI, *CHUNKS[:3])
    assert (reader.tokens_in, reader.tokens_out) == (None, None)
    assert reader.likely_out > 0


def test_of_several_words_the_largest_counts() -> None:
    said = [{"choices": [], "usage": {"completion_tokens": each}} for each in (5, 40, 7)]
    assert read(OPENAI, *said).tokens_out == 40


def test_words_count_though_the_endpoint_says_there_were_fewer() -> None:
    said = [{"choices": [{"delta": {"content": "word " * 300}}], "usage": {"completion_tokens": 1}}]
    assert read(OPENAI, *said).likely_out == 500


@pytest.mark.parametrize("lie", [-1, 1.5, "7", None, True, [], {}, 10**30])
def test_a_count_that_is_none_is_not_taken(lie: Any) -> None:
    usage = {"prompt_tokens": lie, "completion_tokens": lie, "input_tokens": lie, "output_tokens": lie}
    for dialect in Dialect:
        reader = read(dialect, {"usage": usage, "message": {"usage": usage}})
        assert (reader.tokens_in, reader.tokens_out) == (None, None)


UNREAD = {
    "no JSON": b"data: {nonsense\n\n",
    "too deep": b"data: " + b"[" * 5000 + b"\n\n",
    "bytes that are no text": b'data: {"a": "\xff"}\n\n',
    "a line without end": b"data: " + b"x" * (2 * MOST_LINE) + b"\n\n",
    "no event": b"words words words\n\n",
    "no object": b"data: [1, 2]\n\n",
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cant_be_read_counts_by_its_bytes_and_what_follows_is_read(name: str) -> None:
    reader = read(OPENAI, UNREAD[name], *CHUNKS)
    assert reader.word_bytes >= len(UNREAD[name]) - 20
    assert (reader.tokens_in, reader.tokens_out) == (11, 5)


def test_a_document_that_is_too_large_is_not_held() -> None:
    reader = AnswerReader(OPENAI, events=False)
    for _ in range(64):
        reader.feed(b"x" * (MOST_BODY // 16))
        assert len(reader._held) <= MOST_BODY
    reader.close()
    assert reader.word_bytes == 4 * MOST_BODY


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "usage", "message", "content", "prompt_tokens"]), inner
        )
    ),
)


@given(st.lists(st.one_of(SHAPES, st.binary(max_size=30))), st.integers(1, 40), st.sampled_from(Dialect))
def test_nothing_that_passes_breaks_the_reader(said: list[Any], size: int, dialect: Dialect) -> None:
    assert read(dialect, *said, size=size).word_bytes >= 0


@pytest.mark.parametrize(
    ("passed", "between"),
    [
        (b"", True),
        (b"data: {}\n\n", True),
        (b"data: {}\r\n\r\n", True),
        (b"data: {}\n", False),
        (b"data", False),
    ],
)
def test_it_knows_whether_an_event_has_ended(passed: bytes, between: bool) -> None:
    reader = AnswerReader(OPENAI, events=True)
    for each in passed:
        reader.feed(bytes([each]))
    assert reader.between_events is between
