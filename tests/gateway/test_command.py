"""`headstart gateway` on a real instance: real records, the real client, a key that ends."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
from tests.gateway.conftest import eventually
from tests.simulators.instance import environment, gateway_command, instance
from tests.simulators.reached import SECRET
from tests.simulators.upstream import WORDS, Upstream

from headstart import cli
from headstart.access.work.limits import Limits
from headstart.gateway.serving import read_limits
from headstart.site.configuration import SettingInvalid

pytestmark = pytest.mark.enable_socket
WORD = "the-person's-own-word"


@dataclass
class Running:
    """A gateway as a process, and what it printed."""

    address: str
    process: "subprocess.Popen[str]"
    printed: Path

    def client(self, key: str) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.address}/v1", api_key=key, max_retries=0, timeout=60)


@contextmanager
def gateway(data: Path, printed: Path) -> Iterator[Running]:
    port, argv = gateway_command(data)
    with (
        printed.open("w") as errors,
        subprocess.Popen(
            argv, env=environment(data), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["openai"] == f"http://127.0.0.1:{port}/v1"
        eventually(lambda: _listens(port), 60)
        try:
            yield Running(said["anthropic"], process, printed)
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def holds(folder: Path, word: str) -> list[Path]:
    """The files in which a word stands."""
    return [each for each in folder.rglob("*") if each.is_file() and word.encode() in each.read_bytes()]


def test_a_person_reaches_the_model_by_the_real_books_and_no_longer_than_their_key_lasts(
    upstream: Upstream, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with instance(data) as ask:
        given = ask("prepare", upstream.at("talk"))
        with gateway(data, tmp_path / "printed") as running, running.client(given["key"]) as client:
            messages: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": WORD}]
            whole = client.chat.completions.create(model="model-a", messages=messages)
            assert whole.choices[0].message.content == "".join(WORDS)
            assert upstream.seen[0].key == SECRET
            list(client.chat.completions.create(model="model-b", messages=messages, stream=True))
            eventually(lambda: ask("used", given["review_id"])["endings"] == {"done": 2}, 30)
            upstream.pause, upstream.chunks = 0.02, 100_000
            stream = client.chat.completions.create(model="model-a", messages=messages, stream=True)
            next(stream)
            revoked = ask("revoke", given["key_id"])
            with pytest.raises(openai.APIError, match="was taken back"):
                list(stream)
            assert time.monotonic() - revoked < 10  # scripts/gateway_speed.py measures how soon
            eventually(upstream.seen[-1].over.is_set)
            with pytest.raises(openai.PermissionDeniedError):
                client.chat.completions.create(model="model-a", messages=messages)
            used = ask("used", given["review_id"])
            eventually(lambda: ask("used", given["review_id"])["endings"] == {"done": 2, "revoked": 1}, 30)
            used = ask("used", given["review_id"])
        assert used["ledger"].count("gateway.requested") == used["ledger"].count("gateway.ended") == 3
        assert used["tokens_in"] >= 11
    for word in (WORD, given["key"], SECRET):
        assert holds(tmp_path, word) == []


def test_withdrawing_ends_open_streams_and_a_gateway_that_stops_writes_down_the_rest(
    upstream: Upstream, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    upstream.pause = 0.02
    with instance(data) as ask:
        given = ask("prepare", upstream.at("endless"))
        with gateway(data, tmp_path / "printed") as running, running.client(given["key"]) as client:
            stream = client.chat.completions.create(model="model-a", messages=[], stream=True)
            next(stream)
            running.process.send_signal(signal.SIGTERM)
            with pytest.raises(openai.APIError, match="stops here"):
                list(stream)
            assert running.process.wait(30) == 0
        assert ask("used", given["review_id"])["endings"] == {"gateway": 1}
        with gateway(data, tmp_path / "printed") as running, running.client(given["key"]) as client:
            stream = client.chat.completions.create(model="model-a", messages=[], stream=True)
            next(stream)
            assert ask("withdraw", given["review_id"]) == "closed"
            with pytest.raises(openai.APIError, match="this access"):
                list(stream)
            eventually(lambda: ask("used", given["review_id"])["endings"].get("gateway") == 1, 30)
            eventually(lambda: "under way" not in ask("used", given["review_id"])["endings"], 30)
        assert (tmp_path / "printed").read_text() == ""


def test_a_port_that_is_taken_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert cli.run(["gateway", "--port", str(taken.getsockname()[1])]) == 3
    assert "name a free one with --port" in capsys.readouterr().err


def test_how_long_it_waits_is_read_from_the_environment() -> None:
    assert read_limits({}) == Limits()
    assert read_limits({"HEADSTART_GATEWAY_IDLE_SECONDS": "12.5"}).idle_seconds == 12.5
    for wrong in ("soon", "0", "-1", "nan", "100000"):
        with pytest.raises(SettingInvalid, match="HEADSTART_GATEWAY_WHOLE_SECONDS is"):
            read_limits({"HEADSTART_GATEWAY_WHOLE_SECONDS": wrong})
