"""A worker is killed in the middle of a run, for real; another takes it up, and repeats nothing that was finished."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

PROGRAM = textwrap.dedent(
    """
    import json, sys
    from pathlib import Path
    from headstart.site.start import open_instance
    open_instance(data=Path(sys.argv[1]))
    from headstart.benchmarks import queries, services, work
    from headstart.benchmarks.rules.runs import Wish
    from headstart.benchmarks.rules.sealing import Form
    from headstart.ledger import queries as ledger
    from headstart.ledger.work import hub_key
    from headstart.people import services as people
    hub = people.found_hub("Hub").as_viewer()
    if sys.argv[2] == "ask":
        plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=3, in_flight=1, framings=("plain",)))
        own = queries.own(hub.organisation_id)
        run = services.ask_run(
            services.seal(plan, actor=hub, subject=own), Wish(model="reference/heuristic"), actor=hub, subject=own
        )
        print(run.id)
    else:
        run = queries.run(hub, sys.argv[3])
        items = run.evaluation.items.all() if run.evaluation else []
        entries = ledger.entries(hub).filter(kind="evaluation.sample").count()
        whole = ledger.verify(hub_key(Path(sys.argv[1])).public_key())
        print(json.dumps({"state": run.state, "said": run.said, "standing": run.standing, "entries": entries,
                          "items": [each.item for each in items], "recorded": queries.evaluations(hub).count(),
                          "report": bool(run.evaluation and run.evaluation.report), "whole": whole}))
    """
)


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("HEADSTART_", "DJANGO_"))}


def program(folder: Path, *arguments: str) -> str:
    path = folder / "program.py"
    path.write_text(PROGRAM)
    command = [sys.executable, str(path), str(folder / "data"), *arguments]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def worker(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "headstart.cli", "worker", "--slot", "1", "--until-idle", "--json"]
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--data", str(folder / "data")],
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def lines(journal: Path) -> list[bytes]:
    return journal.read_bytes().splitlines(keepends=True) if journal.exists() else []


@pytest.mark.sandbox
def test_after_kill_9_a_run_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    run_id = program(tmp_path, "ask")
    journal = tmp_path / "data" / "evaluations" / run_id / "journal.jsonl"
    first = worker(tmp_path)
    while not lines(journal):
        assert first.poll() is None, (tmp_path / "worker.log").read_text()
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = lines(journal)
    assert 1 <= len(before) < 3
    assert worker(tmp_path).wait(timeout=200) == 0, (tmp_path / "worker.log").read_text()
    after = lines(journal)
    assert after[: len(before)] == before
    items = [json.loads(each)["item"] for each in after]
    assert len(items) == len(set(items)) == 3
    told: dict[str, Any] = json.loads(program(tmp_path, "tell", run_id))
    assert (told["state"], told["recorded"], told["report"]) == ("done", 1, True)
    assert told["items"] == items
    assert told["entries"] == 3
    assert told["standing"]["done"] == 3
    assert {each["item"] for each in told["standing"]["recent"]} <= set(items)
