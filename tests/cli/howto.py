"""Follow a how-to word for word: type what its console blocks say into one shell, and look for what they show.

A command that ends in `&` goes on in the background, as in a terminal: what is shown below it is waited for, and the
whole page's processes are ended with the page.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0  # seconds for one command; a machine that is busy fools nobody
PORTS = ("HEADSTART_PORT", "HEADSTART_GATEWAY_PORT", "HEADSTART_REFERENCE_PORT")
OURS = re.compile(
    r"HEADSTART_(?!SANDBOX)|DJANGO_SETTINGS_MODULE|PYTHONDONTWRITE"
)  # this process's, not the reader's


def steps(page: str, below: str = "") -> list[tuple[str, list[str]]]:
    """The commands of a page of docs/howto, each with the lines shown below it; a line that ends in \\ goes on.

    `below` is the heading of a section that stands alone: its commands only; without it all but such sections.
    """
    text = (ROOT / "docs" / "howto" / page).read_text()
    text = _section(text, below) if below else _besides(text)
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [
        (command, shown.splitlines())
        for block in blocks
        for command, shown in re.findall(r"^\$ ((?:.*\\\n)*.*?)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


ALONE = ("## In a review: through the hub's gateway",)  # sections with a practice of their own


def _section(text: str, heading: str) -> str:
    """What stands below a heading, down to the next of its level."""
    return re.split(r"^## ", text.partition(f"{heading}\n")[2], flags=re.MULTILINE)[0]


def _besides(text: str) -> str:
    for heading in ALONE:
        text = text.replace(_section(text, heading), "") if heading in text else text
    return text


class Terminal:
    """One shell in a folder, to which commands are typed; ended with all that it started."""

    def __init__(self, folder: Path, place: Mapping[str, str]) -> None:
        self._folder = folder
        self._said = folder / ".said"
        self._said.mkdir()
        self._count = 0
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder, env=dict(place), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip

    def type(self, command: str, shown: list[str]) -> None:
        """Run a command, and see that it ends well and says what is shown; in the background: that it says so."""
        self._count += 1
        out, ended = self._said / f"{self._count}.out", self._said / f"{self._count}.status"
        assert self._shell.stdin is not None
        self._shell.stdin.write(
            f"{{ {command}\n}} >{out} 2>&1 </dev/null; echo $? >{ended}.new; mv {ended}.new {ended}\n"
        )
        self._shell.stdin.flush()
        self._wait(ended.exists, command, out)
        assert ended.read_text().strip() == "0", (command, out.read_text())
        for line in shown:
            if command.rstrip().endswith("&"):
                self._wait(lambda line=line: line in out.read_text(), (command, line), out)  # type: ignore[misc]
            assert line in out.read_text(), (command, line, out.read_text())

    def _wait(self, come: object, what: object, out: Path) -> None:
        assert callable(come)
        last = time.monotonic() + PATIENCE
        while not come():
            assert time.monotonic() < last, ("waited in vain", what, out.read_text() if out.exists() else "")
            assert self._shell.poll() is None, ("the shell has ended", what, out.read_text())
            time.sleep(0.02)

    def end(self) -> None:
        """End the shell and everything that it started."""
        for each in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._shell.pid, each)
            except ProcessLookupError:
                break
            last = time.monotonic() + 5
            while time.monotonic() < last and self._runs():
                time.sleep(0.02)
        if self._shell.stdin is not None:
            self._shell.stdin.close()
        self._shell.wait()

    def _runs(self) -> bool:
        self._shell.poll()
        try:
            os.killpg(self._shell.pid, 0)
        except ProcessLookupError:
            return False
        return True


@contextmanager
def terminal(folder: Path) -> Iterator[Terminal]:
    """A terminal in a folder that holds the examples, with `headstart` on its path and ports of its own."""
    (folder / "examples").symlink_to(ROOT / "examples")
    program = folder / "bin" / "headstart"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m headstart.cli "$@"\n')
    program.chmod(0o755)
    mine = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    ports = dict(zip(PORTS, map(str, _free_ports(len(PORTS))), strict=True))
    place = {
        **mine,
        **ports,
        "HEADSTART_HUB": f"http://127.0.0.1:{ports['HEADSTART_PORT']}",
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONPYCACHEPREFIX": str(folder / ".pyc"),
        "COLUMNS": "200",
    }
    opened = Terminal(folder, place)
    try:
        yield opened
    finally:
        opened.end()


def _free_ports(count: int) -> list[int]:
    """Ports where nothing listens now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def follow(page: str, folder: Path, below: str = "") -> int:
    """Type each command of a page, or of one section that stands alone; how many there were."""
    found = steps(page, below)
    with terminal(folder) as opened:
        for command, shown in found:
            opened.type(command, shown)
    return len(found)
