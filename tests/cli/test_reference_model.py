import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from headstart import cli

pytestmark = pytest.mark.enable_socket


def test_it_serves_until_it_is_told_to_stop() -> None:
    argv = [sys.executable, "-m", "headstart.cli", "reference-model", "--strength", "null", "--json"]
    key = {"HEADSTART_REFERENCE_KEY": "a-key-of-one's-own"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env={**os.environ, **key}) as process:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "}\n")) + "}"
        said = json.loads(told)
        assert said["key"] == "a-key-of-one's-own"
        assert said["models"] == ["null", "heuristic", "fuzzer"]
        assert f"REFERENCE_BASE_URL={said['base_url']}" in said["example"]
        assert "openai-api/reference/null" in said["example"]
        asked = urllib.request.Request(
            f"{said['base_url']}/chat/completions",
            data=b'{"messages": [{"role": "user", "content": "hello"}]}',
            headers={"Authorization": f"Bearer {said['key']}"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert "nothing to hand in" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_weak_key_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["reference-model", "--key", "short"]) == 2
    assert "at least 16" in capsys.readouterr().err
