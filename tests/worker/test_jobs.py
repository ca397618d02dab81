"""What was handed over is run to its end, once, also after a crash."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from headstart.ledger import queries as entries
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.worker import flow, queries, services
from headstart.worker.loop import database_url
from headstart.worker.ports import Job


class Engine:
    """An engine that remembers: the port's other side, in memory."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def start(self, run: Any) -> None: ...

    def hand_over(self, job: Job) -> None:
        self.jobs.setdefault(job.key, job)

    def waiting(self) -> int:
        return len(self.jobs)

    def stop(self) -> None: ...


@pytest.mark.django_db
def test_each_entry_calls_for_the_rows_of_its_kind_once(cast: Any) -> None:
    ledger.append(actor=cast.hub.organisation_id, kind="vulnerability.opened", subject="urn:headstart:x:1")
    engine = Engine()
    services.hand_over(engine)
    services.hand_over(engine)
    assert {each.split(":")[0] for each in engine.jobs} == {
        row.verb for row in flow.FLOW if row.on == "vulnerability.opened"
    }
    assert not queries.behind()


@pytest.mark.django_db
def test_a_crash_before_the_cursor_moved_repeats_keys_and_no_job(cast: Any) -> None:
    ledger.append(actor=cast.hub.organisation_id, kind="finding.handed_in", subject="urn:headstart:finding:1")
    engine = Engine()
    services.hand_over(engine)
    before = dict(engine.jobs)
    from headstart.worker.models import Cursor

    Cursor.objects.update(next_index=0)
    services.hand_over(engine)
    assert engine.jobs == before


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_written_down_and_ends_the_job(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ledger.append(
        actor=cast.hub.organisation_id,
        kind="vulnerability.opened",
        subject="urn:headstart:vulnerability:vul_gone",
    )
    monkeypatch.setattr(services, "close_old_connections", lambda: None)
    place = next(place for place, row in enumerate(flow.FLOW) if row.verb == "cases.open_case")
    services.run(place, entry.index)
    failed = entries.entries(people.hub()).get(kind="job.failed")
    assert failed.details["why"] == "there is no vulnerability vul_gone here"
    assert not entries.entries(cast.operator).filter(kind="job.failed").exists()


def test_jobs_have_a_file_of_their_own_on_sqlite_and_share_postgresql() -> None:
    assert database_url("", Path("/d a/ta")) == "sqlite:////d%20a/ta/jobs.sqlite3"
    assert database_url("postgres://u@h/n", Path("/data")) == "postgresql://u@h/n"


PROGRAM = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from headstart.worker.ports import Job
    from headstart.worker.providers.dbos import DbosJobs
    folder, crash = Path(sys.argv[1]), sys.argv[2] == "crash"

    def run(place, index):
        with (folder / "ran").open("a") as file:
            file.write(f"{index}\\n")
        if crash and index == 1:
            os.kill(os.getpid(), 9)

    jobs = DbosJobs(f"sqlite:///{folder}/jobs.sqlite3", polling_seconds=0.05)
    jobs.start(run)
    if crash:
        for index in range(3):
            jobs.hand_over(Job(key=f"verb:{index}", place=0, index=index, queue="order"))
    while jobs.waiting():
        time.sleep(0.05)
    jobs.stop()
    """
)


def test_after_kill_9_only_what_had_not_ended_runs_again(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)

    def run(word: str) -> int:
        command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path), word]
        return subprocess.run(command, timeout=120, check=False).returncode

    assert run("crash") == -9
    assert run("go on") == 0
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "1", "2"]
