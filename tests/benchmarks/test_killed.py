"""kill -9 in the middle of a run, for real; then the same command again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headstart.benchmarks.work import RunFolder
from headstart.benchmarks.work.verifying import verify_run
from headstart.ledger.work import load_public

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "headstart.cli", "bench", "run", "--model", "reference/heuristic", "--out", "run",
        "--families", "find-parser-flaw", "--form", "fixed", "--items", "10", "--in-flight", "2",
    ]  # fmt: skip
    place = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    journal = tmp_path / "run" / "journal.jsonl"
    first = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until = time.monotonic() + 120
    while (not journal.is_file() or journal.read_bytes().count(b"\n") < 3) and time.monotonic() < until:
        assert first.poll() is None, first.stderr and first.stderr.read()
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    before = journal.read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    assert 3 <= whole.count(b"\n") < 10
    done = subprocess.run(command, cwd=tmp_path, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "going on with the run in run" in done.stderr
    assert journal.read_bytes().startswith(whole)
    scores = list(RunFolder(tmp_path / "run").scores())
    assert len({each.item for each in scores}) == len(scores) == 10
    found = verify_run(RunFolder(tmp_path / "run"), [load_public(tmp_path / "var" / "keys" / "hub.pub.pem")])
    assert found.holds, found.sentence
