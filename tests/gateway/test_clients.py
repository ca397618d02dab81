"""The real clients: the `openai` package, and one that speaks Anthropic's messages."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionToolParam
from tests.gateway.conftest import KEY, Gateway, eventually
from tests.simulators.upstream import WORDS

from headstart.access.rules import Dialect, Ending
from headstart.reviews.rules import Scope

pytestmark = pytest.mark.enable_socket
SAYS = "".join(WORDS)
LOOK: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}},
}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0, timeout=20) as client:
        yield client


def test_openais_client_reads_an_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="model-a", messages=[{"role": "user", "content": "say it"}])
    assert answer.choices[0].message.content == SAYS
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 11


def test_openais_client_reads_a_stream_with_its_usage(client: openai.OpenAI, gateway: Gateway) -> None:
    stream = client.chat.completions.create(
        model="model-a", messages=[], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == SAYS
    assert chunks[-1].usage is not None
    eventually(lambda: gateway.books.endings() == [Ending.DONE])
    ended = gateway.books.lines[0].ended
    assert ended is not None
    assert (ended.tokens_in, ended.tokens_out) == (11, 10)


def test_openais_client_calls_tools_in_a_document_and_in_a_stream(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="model-a", messages=[], tools=[LOOK])
    calls = answer.choices[0].message.tool_calls
    assert calls
    assert calls[0].type == "function"
    assert json.loads(calls[0].function.arguments) == {"at": "猫"}
    stream = client.chat.completions.create(model="model-a", messages=[], tools=[LOOK], stream=True)
    said = [call for each in stream if each.choices for call in each.choices[0].delta.tool_calls or []]
    assert json.loads("".join(call.function.arguments or "" for call in said if call.function)) == {
        "at": "猫"
    }


def test_openais_client_lists_the_models(client: openai.OpenAI) -> None:
    assert [each.id for each in client.models.list()] == ["model-a", "model-b"]


def test_openais_client_raises_its_own_errors(client: openai.OpenAI, gateway: Gateway) -> None:
    def ask(model: str = "model-a", **more: Any) -> Any:
        return client.chat.completions.create(model=model, messages=[], **more)

    with pytest.raises(openai.NotFoundError, match="does not reach that model"):
        ask("model-z")
    gateway.books.give(KEY, gateway.upstream.at("with-status-401"))
    with pytest.raises(openai.InternalServerError, match="refuses the key"):
        ask()
    gateway.books.give(KEY, gateway.upstream.at("talk"), scopes=frozenset({Scope.CHAT}))
    with pytest.raises(openai.PermissionDeniedError, match="not given for tools"):
        ask(tools=[LOOK])
    gateway.books.take_back(KEY)
    with pytest.raises(openai.PermissionDeniedError, match="no longer works"):
        ask()
    del gateway.books.passes[KEY]
    with pytest.raises(openai.AuthenticationError, match="not known here"):
        ask()


def test_openais_client_raises_where_a_stream_is_cut(client: openai.OpenAI, gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("endless"))
    stream = client.chat.completions.create(model="model-a", messages=[], stream=True)
    assert next(stream).choices[0].delta.content
    gateway.books.take_back(KEY)
    with pytest.raises(openai.APIError, match="was taken back"):
        list(stream)


def anthropic(gateway: Gateway, **more: Any) -> Iterator[tuple[str, Any]]:
    """What a client of Anthropic's messages reads: event by event; a document is one event."""
    told = {"x-api-key": KEY, "anthropic-version": "2023-06-01", "accept": "text/event-stream"}
    body = {
        "model": "model-a",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "say it"}],
        **more,
    }
    with (
        httpx.Client(base_url=gateway.url, headers=told, timeout=20, trust_env=False) as client,
        client.stream("POST", "/v1/messages", json=body) as answer,
    ):
        if "event-stream" not in answer.headers["content-type"]:
            yield str(answer.status_code), json.loads(answer.read())
            return
        kind = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def test_anthropics_messages_pass_as_a_document_and_as_a_stream(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("talk"), Dialect.ANTHROPIC)
    [(status, message)] = anthropic(gateway, tools=[{"name": "look", "input_schema": {"type": "object"}}])
    assert (status, message["content"][0]["text"]) == ("200", SAYS)
    assert message["content"][1]["input"] == {"at": "猫"}
    events = list(anthropic(gateway, stream=True))
    assert events[0][0] == "message_start"
    assert events[-1][0] == "message_stop"
    assert "".join(said["delta"]["text"] for kind, said in events if kind == "content_block_delta") == SAYS
    eventually(lambda: gateway.books.endings() == [Ending.DONE, Ending.DONE])
    for line in gateway.books.lines:
        assert line.ended is not None
        assert (line.ended.tokens_in, line.ended.tokens_out) == (11, 10)
        assert line.asked.most_tokens == 100


def test_anthropics_client_reads_why_a_stream_was_cut(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("hang-midway"), Dialect.ANTHROPIC)
    heard = anthropic(gateway, stream=True)
    assert next(heard)[0] == "message_start"
    gateway.books.take_back(KEY)
    kind, said = list(heard)[-1]
    assert (kind, said["error"]["code"]) == ("error", "revoked")


def test_anthropics_client_lists_the_models(gateway: Gateway) -> None:
    gateway.books.give(KEY, gateway.upstream.at("talk"), Dialect.ANTHROPIC)
    told = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    said = httpx.get(f"{gateway.url}/v1/models", headers=told, trust_env=False).json()
    assert [each["id"] for each in said["data"]] == ["model-a", "model-b"]
    assert (said["first_id"], said["last_id"], said["has_more"]) == ("model-a", "model-b", False)
