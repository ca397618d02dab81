"""What holds Inspect's process and its clients, each by itself."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessageUser
from tests.agents.runs import KEY
from tests.simulators.endpoint import Lies, endpoint

from headstart.agents.providers import inspect_http, inspect_samples, process
from headstart.agents.providers.process import Driver, DriverLost
from headstart.agents.rules.assignments import Prices, log_name, price_of
from headstart.agents.rules.notes import note_of


@pytest.fixture
def lies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lies]:
    """An endpoint, and clients in this process that are held to the rules."""
    for module in (httpx, httpx2):
        transport: Any = module.AsyncHTTPTransport
        monkeypatch.setattr(transport, "handle_async_request", transport.handle_async_request)
    monkeypatch.setattr(inspect_http, "MOST_BYTES", 1 << 20)
    inspect_http.bound()
    inspect_http.bound()  # once more is not twice
    with endpoint() as served:
        yield served


async def ask(module: ModuleType, lies: Lies, text: str, *, stream: bool) -> tuple[int, bytes]:
    asked = {"messages": [{"role": "user", "content": text}]}
    async with (
        module.AsyncClient(timeout=20, trust_env=False, follow_redirects=True) as client,
        client.stream("POST", f"{lies.base_url}/chat/completions", json=asked) as response,
    ):
        if not stream:
            return response.status_code, await response.aread()
        return response.status_code, b"".join([piece async for piece in response.aiter_bytes()])


@pytest.mark.enable_socket
@pytest.mark.parametrize("module", [httpx, httpx2])
def test_a_stream_without_end_ends_in_an_error(module: ModuleType, lies: Lies) -> None:
    with pytest.raises(module.RemoteProtocolError, match="larger than"):
        asyncio.run(ask(module, lies, "STREAM", stream=True))


@pytest.mark.enable_socket
@pytest.mark.parametrize("module", [httpx, httpx2])
def test_a_plain_reply_comes_through_and_halves_of_characters_do_not(module: ModuleType, lies: Lies) -> None:
    status, held = asyncio.run(ask(module, lies, "SUBMIT done", stream=False))
    assert status == 200
    assert b'{\\"answer\\": \\"done\\"}' in held
    message = json.loads(asyncio.run(ask(module, lies, "SURROGATES", stream=False))[1])["choices"][0][
        "message"
    ]
    assert message["content"] == "? \0 \x1b[2J"
    lies.elsewhere = f"{lies.base_url}/elsewhere"
    assert asyncio.run(ask(module, lies, "REDIRECT", stream=False))[0] == 400
    assert len(lies.asked) == 3


def test_no_tokenizer_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = pytest.importorskip("tiktoken.load")
    monkeypatch.setattr(loading, "read_file", loading.read_file)
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    inspect_http.without_tokenizers()
    with pytest.raises(OSError, match="TIKTOKEN_CACHE_DIR"):
        loading.read_file("https://models.example/o200k_base.tiktoken")


def test_a_process_that_takes_too_much_memory_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    driver._process = running = subprocess.Popen(["sleep", "600"], start_new_session=True, text=True)
    monkeypatch.setattr(process, "MOST_MEMORY_BYTES", 1 << 10)
    with pytest.raises(DriverLost, match="MiB and was killed"):
        driver.hear(0)
    assert running.returncode == -9


def test_the_last_words_of_a_process_are_redacted_and_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho 'no route with {KEY} to https://gpu.inside.example/v1' >&2\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setenv("ACME_API_KEY", KEY)
    driver = Driver()
    driver.begin({}, {"ACME_BASE_URL": "https://gpu.inside.example/v1"})
    folder = driver._folder
    assert folder is not None
    with pytest.raises(DriverLost) as lost:
        driver.hear(60)
    assert str(lost.value) == "the process of the run ended: no route with [redacted] to [redacted]"
    assert not Path(folder.name).exists()


def sample(*texts: str) -> EvalSample:
    return EvalSample(
        id="s", epoch=1, input="x", target="", messages=[ChatMessageUser(content=each) for each in texts]
    )


def test_a_log_that_is_too_large_is_cut_and_says_so() -> None:
    held = inspect_samples.serialised(sample("a" * 400_000, "b" * 5_000), (), most_bytes=100_000)
    assert len(held) <= 100_000
    read = EvalSample.model_validate_json(held)
    assert "characters more]" in read.messages[0].text
    assert read.messages[1].text == "b" * 5_000
    assert "this log was too large" in read.metadata["headstart_cut"]
    many = inspect_samples.serialised(sample(*["c" * 5_000] * 3_000), (), most_bytes=200_000)
    assert len(many) <= 200_000
    EvalSample.model_validate_json(many)


def test_a_log_of_half_characters_is_still_one() -> None:
    read = EvalSample.model_validate_json(inspect_samples.serialised(sample("\ud800 and more"), ()))
    assert read.messages[0].text == "? and more"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("find-flaw.1-3-ab.2", "find-flaw.1-3-ab.2.json"),
        ("../up", "..%2Fup.json"),
        ("a\0b\n", "a%00b%0A.json"),
    ],
)
def test_a_log_is_named_for_its_assignment(name: str, file: str) -> None:
    assert log_name(name) == file
    assert log_name("x" * 500) != log_name("x" * 501)
    assert len(log_name("/" * 500)) < 255


@pytest.mark.parametrize(
    ("message", "traceback", "note"),
    [
        ("PermissionError('x')", "", "PermissionError('x')"),
        ("", "", "it broke without a word"),
        ("RetryError(<Future at 0x1 state=finished raised Odd>)", "", "Odd"),
        ("Error code: 503", "", "the endpoint answered 503"),
        ("Error code: 400 - headstart: it sends elsewhere", "", "it sends elsewhere"),
    ],
)
def test_a_note_is_one_line(message: str, traceback: str, note: str) -> None:
    assert note_of(message, traceback) == note


def test_what_tokens_cost() -> None:
    assert price_of(Prices(input=3, output=15), 1_000_000, 2_000_000) == 33
    assert price_of(None, 5, 5) is None
