"""Headstart's sandbox as Inspect sees it."""

import asyncio
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
