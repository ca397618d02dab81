"""Speed of the benchmarks: items made a second, what is added to bare Inspect AI, a report on very many samples."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from figures import Row

from headstart.agents import work as agents
from headstart.benchmarks import work
from headstart.benchmarks.rules.items import LEVELS, Item, Outcome
from headstart.benchmarks.rules.results import Framing, ItemScore
from headstart.benchmarks.rules.sealing import Form
from headstart.benchmarks.work import Header, RunFolder
from headstart.sandbox.ports import Sandbox

SAMPLES = 48
MANY, FEW = 100_000, 1_000
BARE = """
import base64, json, os, sys, time
from inspect_ai import Task, eval as run
from inspect_ai.agent import AgentSubmit, as_solver, react
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.tool import bash, python
from inspect_ai.util import SandboxEnvironmentSpec
from headstart.agents.providers.inspect_sandbox import Config

asked = json.load(sys.stdin)
config = Config(folder=asked["folder"], provider=asked["provider"], shipped=True)

def task(items):
    samples = [
        Sample(id=each["id"], input=each["prompt"], sandbox=SandboxEnvironmentSpec("headstart", config),
               files={k: "data:application/octet-stream;base64," + v for k, v in each["files"].items()})
        for each in items
    ]
    solver = as_solver(react(tools=[bash(timeout=30), python(timeout=30)], submit=AgentSubmit(keep_in_messages=True)))
    return Task(dataset=MemoryDataset(samples), solver=solver)

def timed(items):
    before = time.perf_counter()
    log = run(task(items), model=asked["model"], display="none", log_level="error", log_dir=asked["logs"],
              log_realtime=False, max_samples=4, max_sandboxes=4, ctl_server=False)[0]
    assert log.status == "success", log.error
    return time.perf_counter() - before

timed(asked["items"][:2])  # warm
print(json.dumps(timed(asked["items"])))
"""
REPORT = """
import re, sys, time
from pathlib import Path
from headstart.benchmarks.work import RunFolder
from headstart.benchmarks.work.reporting import report
before = time.perf_counter()
report(RunFolder(Path(sys.argv[1])))
most = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])  # what a parent used is not in it
print(time.perf_counter() - before, most / 1024)
"""


def rows(scratch: Path, sandbox: Sandbox) -> list[Row]:
    """All three."""
    return [*items_rows(), *overhead_rows(scratch, sandbox), *report_rows(scratch)]


def items_rows() -> list[Row]:
    """Items of all families and levels in turn, on one core."""
    names = sorted(work.families())
    cells = [(name, level) for level in LEVELS for name in names]
    for name in names:
        work.item(name, 1, 0)  # imports
    made, slowest = 0, ("", 0.0)
    spent: dict[str, float] = dict.fromkeys(names, 0.0)
    started = time.perf_counter()
    while time.perf_counter() - started < 5:
        name, level = cells[made % len(cells)]
        before = time.perf_counter()
        work.item(name, 10_000 + made, level)
        spent[name] += time.perf_counter() - before
        made += 1
    slowest = max(spent.items(), key=lambda each: each[1])
    rate = made / sum(spent.values())
    share = slowest[1] / sum(spent.values())
    said = f"{len(names)} families; {share:.0%} of the time in {slowest[0]}"
    return [
        Row(
            name="benchmark items made", value=rate, unit="a second", goal="100", peer=said, holds=rate >= 100
        )
    ]


def overhead_rows(scratch: Path, sandbox: Sandbox) -> list[Row]:
    """The same items, model, agent loop and sandbox: through Headstart, and by Inspect AI alone."""
    name = "find-parser-flaw"
    plan = work.plan([name], work.Terms(form=Form.FIXED, items=SAMPLES, framings=(Framing.PLAIN,)))
    few = replace(plan, items=2)
    bare = _bare(scratch, sandbox, [work.item(name, n, n % 7) for n in range(SAMPLES)])
    with agents.model("reference/null", folder=scratch / "warm") as handle:
        handle.driver.warm()
    work.evaluate("reference/null", sandbox=sandbox, folder=scratch / "few", plan=few)
    before = time.perf_counter()
    work.evaluate("reference/null", sandbox=sandbox, folder=scratch / "many", plan=plan)
    ours = time.perf_counter() - before
    added = 1000 * (ours - bare) / SAMPLES
    return [
        Row(name="benchmarks: added to bare Inspect AI", value=added, unit="ms a sample", goal="< 50",
            peer=f"bare: {1000 * bare / SAMPLES:.0f} ms", ratio=ours / bare, holds=added < 50)
    ]  # fmt: skip


def _bare(scratch: Path, sandbox: Sandbox, items: list[Item]) -> float:
    with agents.reference_model("null") as served:
        asked = {
            "model": f"openai-api/headstart-reference/{served.model}",
            "folder": str(scratch / "bare"),
            "provider": sandbox.name,
            "logs": str(scratch / "bare-logs"),
            "items": [
                {
                    "id": each.id,
                    "prompt": each.prompt,
                    "files": {path: base64.b64encode(held).decode() for path, held in each.files.items()},
                }
                for each in items
            ],
        }
        place = {
            **os.environ,
            "HEADSTART_REFERENCE_BASE_URL": served.base_url,
            "HEADSTART_REFERENCE_API_KEY": served.key,
            "XDG_DATA_HOME": str(scratch),
            "NO_PROXY": "127.0.0.1",
        }
        ran = subprocess.run(
            [sys.executable, "-c", BARE],
            input=json.dumps(asked),
            env=place,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(ran.stdout.strip().splitlines()[-1])


def report_rows(scratch: Path) -> list[Row]:
    """A report on 100,000 samples: how long, and how much more memory than on 1,000."""
    seconds, most = _reported(_made(scratch / "large", MANY))
    _, least = _reported(_made(scratch / "small", FEW))
    growth = most - least
    return [
        Row(name=f"a report on {MANY:,} samples", value=seconds, unit="s", goal="< 60", holds=seconds < 60),
        Row(name=f"its memory over that of {FEW:,}", value=growth, unit="MB", goal="< 20 (flat)",
            peer=f"{most:.0f} MB in all", ratio=most / least, holds=growth < 20),
    ]  # fmt: skip


def _reported(folder: Path) -> tuple[float, float]:
    ran = subprocess.run(
        [sys.executable, "-c", REPORT, str(folder)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = ran.stdout.split()
    return float(seconds), float(megabytes)


def _made(path: Path, count: int) -> Path:
    """A run of so many samples that nobody ran."""
    names = sorted(work.families())
    terms = work.Terms(form=Form.FIXED, items=count)
    plan, folder, at = work.plan(names, terms, seed=1), RunFolder(path), datetime(2026, 11, 1, tzinfo=UTC)
    header = Header(
        model="nobody", commitment=plan.commitment, started=at, ended=at + timedelta(days=1), state="done"
    )
    folder.begin(header, plan)
    sides = {name: work.family(name).side for name in names}
    with (path / "journal.jsonl").open("wb") as journal:
        for n, (name, level) in enumerate(plan.fixed()):
            draw = int.from_bytes(hashlib.sha256(b"%d" % n).digest()[:4], "big")
            score = ItemScore(
                item=f"{name}.1-{level}-{n:x}",
                family=name,
                version=1,
                side=sides[name],
                seed=f"{n:x}",
                level=level,
                digest="0" * 64,
                order=n,
                outcome=Outcome.SOLVED if draw % 7 > level else Outcome.FAILED,
                sentence="as running said",
                started=at,
                ended=at,
                anchor=n % 5 == 0,
                input_tokens=draw % 100_000,
                output_tokens=draw % 1000,
                seconds=draw % 100,
                sample="0" * 64,
            )
            journal.write(msgspec.json.encode(score) + b"\n")
    return path
