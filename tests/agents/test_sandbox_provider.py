"""Headstart's sandbox as Inspect sees it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from headstart.agents.providers.inspect_sandbox import Config, HeadstartSandbox, UserUnsupported

T = TypeVar("T")
pytestmark = pytest.mark.sandbox


@asynccontextmanager
async def sample(folder: Path) -> AsyncIterator[HeadstartSandbox]:
    made = await HeadstartSandbox.sample_init("t", Config(folder=str(folder), wall_seconds=5), {})
    (sandbox,) = made.values()
    assert isinstance(sandbox, HeadstartSandbox)
    try:
        yield sandbox
    finally:
        await HeadstartSandbox.sample_cleanup("t", None, made, False)
        assert not sandbox._work.exists()


def within(folder: Path, do: Callable[[HeadstartSandbox], Awaitable[T]]) -> T:
    async def go() -> T:
        async with sample(folder) as sandbox:
            return await do(sandbox)

    return asyncio.run(go())


def test_files_last_from_one_call_to_the_next(tmp_path: Path) -> None:
    async def go(sandbox: HeadstartSandbox) -> None:
        await sandbox.write_file("deep/er/note", b"\x00one")
        ran = await sandbox.exec(["bash", "--login", "-c", "cat deep/er/note; python -V; echo two > left"])
        assert ran.success
        assert ran.stdout.startswith("\x00one")
        assert await sandbox.read_file("left") == "two\n"
        assert await sandbox.read_file("deep/er/note", text=False) == b"\x00one"

    within(tmp_path, go)


def test_the_errors_are_those_that_inspect_knows(tmp_path: Path) -> None:
    async def go(sandbox: HeadstartSandbox) -> None:
        with pytest.raises(UserUnsupported):
            await sandbox.exec(["id"], user="root")
        with pytest.raises(FileNotFoundError):
            await sandbox.read_file("nothing")
        with pytest.raises(IsADirectoryError):
            await sandbox.read_file(".")
        with pytest.raises(TimeoutError):
            await sandbox.exec(["sleep", "30"], timeout=1)
        assert (await sandbox.exec(["sh", "-c", "exit 7"])).returncode == 7
        for word, says in (("echo \0", "NUL"), ("echo " + "a" * (128 << 10), "too long")):
            ran = await sandbox.exec(["sh", "-c", word])
            assert (ran.returncode, says in ran.stderr) == (126, True)

    within(tmp_path, go)


def test_a_link_that_an_agent_leaves_leads_nowhere_outside(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the host's own")

    async def go(sandbox: HeadstartSandbox) -> None:
        await sandbox.exec(["ln", "-s", str(secret), "answer"])
        with pytest.raises((FileNotFoundError, PermissionError)):
            await sandbox.read_file("answer")
        with pytest.raises(PermissionError):
            await sandbox.write_file("answer", "changed")

    within(tmp_path, go)
    assert secret.read_text() == "the host's own"


@pytest.mark.enable_socket
def test_a_task_of_inspect_runs_in_it_by_name(tmp_path: Path) -> None:
    script = (
        "import json, sys\nfrom inspect_ai import Task, eval, task\n"
        "from inspect_ai.dataset import Sample\nfrom inspect_ai.scorer import Score, scorer\n"
        "from inspect_ai.solver import solver\nfrom inspect_ai.util import sandbox\n"
        "@solver\ndef work():\n"
        "    async def solve(state, generate):\n"
        "        box, told = sandbox(), {}\n"
        "        await box.write_file('made/here', 'written')\n"
        "        ran = await box.exec(['cat', 'made/here', 'given.txt'])\n"
        "        told['exec'] = ran.stdout\n"
        "        told['read'] = await box.read_file('made/here')\n"
        "        try:\n            await box.exec(['sleep', '30'], timeout=1, timeout_retry=False)\n"
        "        except TimeoutError:\n            told['timeout'] = True\n"
        "        out = await box.exec(['python', '-c', 'x = bytearray(1 << 30)'])\n"
        "        told['memory'] = out.stderr\n"
        "        out = await box.exec(['python', '-c', 'import urllib.request as u; u.urlopen(\"http://192.0.2.1\")'])\n"
        "        told['network'] = out.success\n"
        "        state.metadata['told'] = told\n        return state\n    return solve\n"
        "config = ('headstart', json.loads(sys.argv[2]))\n"
        "from headstart.agents.providers.inspect_sandbox import Config\n"
        "from inspect_ai.util import SandboxEnvironmentSpec\n"
        "made = Task(dataset=[Sample(input='x', files={'given.txt': ' and given'})], solver=work(),\n"
        "            sandbox=SandboxEnvironmentSpec('headstart', Config(**config[1])))\n"
        "log = eval(made, model='mockllm/model', display='none', log_dir=sys.argv[1], log_level='error')[0]\n"
        "assert log.status == 'success', log.error\n"
        "print(json.dumps(log.samples[0].metadata['told']))\n"
    )
    config = json.dumps({"folder": str(tmp_path), "wall_seconds": 10, "memory_bytes": 256 << 20})
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    argv = [sys.executable, "-c", script, str(tmp_path / "logs"), config]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert (told["exec"], told["read"], told["timeout"]) == ("written and given", "written", True)
    assert "[stopped by the sandbox: memory]" in told["memory"]
    assert told["network"] is False
