"""A sample's log is read as a conversation, whatever is in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.benchmarks.work.transcripts import transcript

LOG = {
    "messages": [
        {"role": "user", "content": "find it"},
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "reasoning": "let me see"}, {"type": "text", "text": "so"}],
            "tool_calls": [{"id": "1", "function": "bash", "arguments": {"command": "ls", "n": [1]}}],
        },
        {
            "role": "tool",
            "function": "bash",
            "content": "attachment://ab",
            "error": {"type": "x", "message": "broke"},
        },
        {"role": "user", "content": [{"type": "image", "image": "data:…"}]},
    ],
    "attachments": {"ab": "a long text"},
    "events": [{"what": ["ever"]}],
    "metadata": {"headstart_cut": "this log was too large"},
}


def test_messages_calls_and_what_came_back() -> None:
    found = transcript(json.dumps(LOG).encode())
    asked, said, answered, picture = found.messages
    assert (asked.number, asked.role, asked.text) == (0, "user", "find it")
    assert said.text == "let me see\nso"
    assert (said.calls[0].tool, said.calls[0].arguments) == ("bash", (("command", "ls"), ("n", "[1]")))
    assert (answered.tool, answered.text, answered.error) == ("bash", "a long text", "broke")
    assert picture.text == "[image that is not shown]"
    assert found.note == "this log was too large"


@pytest.mark.parametrize(
    "held", [b"", b"[]", b'{"messages": 1}', b"[" * 100_000, b'{"messages": [{"content": "\\ud800', b"\xff"]
)
def test_a_log_that_can_t_be_read_says_so(held: bytes) -> None:
    found = transcript(held)
    assert not found.messages
    assert found.note.startswith("this log can't be read")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "tool_calls", "function", "arguments", "error", "type", "text"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)


@given(st.lists(JSON, max_size=4))
def test_whatever_the_messages_are_there_is_one_for_each(messages: list[Any]) -> None:
    found = transcript(json.dumps({"messages": messages}).encode())
    assert [each.number for each in found.messages] == list(range(len(messages)))
