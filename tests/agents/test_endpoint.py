import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from headstart.agents.errors import ModelUnknown
from headstart.agents.providers.endpoint import Endpoint
from headstart.agents.rules.sheet import Sheet
from headstart.agents.work import reference_model

SHEET = Sheet(goal="crash", language="c", source="target.c", entry="handle", run="./target {input}")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("bash", "submit")]
REQUEST = {"model": "fuzzer", "messages": [{"role": "user", "content": SHEET.text()}], "tools": TOOLS}

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with reference_model("fuzzer") as served:
        yield served


def post(endpoint: Endpoint, body: bytes, key: str | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {key or endpoint.key}"}
    request = urllib.request.Request(f"{endpoint.base_url}/chat/completions", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: bytes = response.read()
    return answer


def ask(endpoint: Endpoint, **more: Any) -> bytes:
    return post(endpoint, json.dumps({**REQUEST, **more}).encode())


def test_a_completion_calls_a_tool_and_counts_what_it_cost(endpoint: Endpoint) -> None:
    answer = json.loads(ask(endpoint))
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    call = choice["message"]["tool_calls"][0]["function"]
    assert call["name"] == "bash"
    assert "target.c" in json.loads(call["arguments"])["command"]
    assert answer["usage"]["total_tokens"] > answer["usage"]["prompt_tokens"] > 0


def test_a_stream_says_the_same_in_pieces(endpoint: Endpoint) -> None:
    events = [
        line.removeprefix("data: ") for line in ask(endpoint, stream=True).decode().split("\n\n") if line
    ]
    assert events[-1] == "[DONE]"
    first, reason, usage = (json.loads(each) for each in events[:-1])
    assert first["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "bash"
    assert reason["choices"][0]["finish_reason"] == "tool_calls"
    assert usage["usage"]["completion_tokens"] > 0


def test_the_request_may_name_a_weaker_model(endpoint: Endpoint) -> None:
    message = json.loads(ask(endpoint, model="null"))["choices"][0]["message"]
    assert message["tool_calls"][0]["function"]["name"] == "submit"


def test_another_key_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        post(endpoint, json.dumps(REQUEST).encode(), key="guessed")
    caught.value.close()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": 3}', b'{"messages": [4]}', b"\xff"])
def test_garbage_is_refused_and_the_endpoint_goes_on(endpoint: Endpoint, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        post(endpoint, body)
    caught.value.close()
    assert ask(endpoint)


def test_a_strength_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(ModelUnknown, match="reference/strong"), reference_model("strong"):
        pass
