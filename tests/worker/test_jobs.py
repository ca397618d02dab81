"""What was handed over is run to its end, once, also after a crash."""

import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from headstart.ledger import queries as entries
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.worker import flow, loop, queries, services
from headstart.worker.loop import database_url
from headstart.worker.ports import Job


class Engine:
    """An engine that remembers: the port's other side, in memory."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def start(self, run: Any, gave_up: Any) -> None: ...

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
    services.run("cases.open_case", entry.index)
    failed = entries.entries(people.hub()).get(kind="job.failed")
    assert failed.details["why"] == "there is no vulnerability vul_gone here"
    assert not entries.entries(cast.operator).filter(kind="job.failed").exists()


def test_an_instance_without_a_hub_has_no_time_to_keep(db: None) -> None:
    assert services.keep_time() == 0


def test_what_goes_wrong_while_time_is_kept_is_logged_and_ends_no_worker(
    cast: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("gone")

    assert cast.hub
    monkeypatch.setattr(services.reviews, "expire_due", away)
    assert services.keep_time() == 0
    assert "could not be looked at: gone" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_worker_looks_at_the_reviews_ends_until_it_is_told_to_stop(
    cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = threading.Semaphore(0)
    monkeypatch.setattr(loop, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    monkeypatch.setattr(services, "hand_over", lambda _: 0)
    monkeypatch.setattr(services, "keep_time", looks.release)
    worker = loop.Worker(Engine(), tick_seconds=0.01)
    worker.start()
    assert all(looks.acquire(timeout=30) for _ in range(3))
    worker.stop()


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

    def run(verb, index):
        with (folder / "ran").open("a") as file:
            file.write(f"{index}\\n")
        if crash and index == 1:
            os.kill(os.getpid(), 9)
        if verb == "fails":
            raise ConnectionError("the database is away")

    def gave_up(verb, index, why):
        with (folder / "gave_up").open("a") as file:
            file.write(f"{verb} {index} {why}\\n")

    jobs = DbosJobs(f"sqlite:///{folder}/jobs.sqlite3", polling_seconds=0.05)
    jobs.start(run, gave_up)
    if crash:
        for index in range(3):
            jobs.hand_over(Job(key=f"verb:{index}", verb="verb", index=index, queue="order"))
    if sys.argv[2] == "fail":
        jobs.hand_over(Job(key="fails:7", verb="fails", index=7, queue="order"))
    while jobs.waiting():
        time.sleep(0.05)
    jobs.stop()
    """
)


def program(folder: Path, word: str) -> int:
    (folder / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(folder / "program.py"), str(folder), word]
    return subprocess.run(command, timeout=120, check=False).returncode


def test_after_kill_9_only_what_had_not_ended_runs_again(tmp_path: Path) -> None:
    assert program(tmp_path, "crash") == -9
    assert program(tmp_path, "go on") == 0
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "1", "2"]


def test_what_raises_is_tried_again_and_then_given_up_with_its_reason(tmp_path: Path) -> None:
    assert program(tmp_path, "fail") == 0
    assert (tmp_path / "ran").read_text().split() == ["7", "7", "7"]
    assert "the database is away" in (tmp_path / "gave_up").read_text()


def test_a_verb_stands_once_behind_each_kind() -> None:
    pairs = [(row.on, row.verb) for row in flow.FLOW]
    assert len(pairs) == len(set(pairs))


@pytest.mark.django_db
def test_a_job_of_a_row_that_is_gone_ends_quietly(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ledger.append(
        actor=cast.hub.organisation_id, kind="case.opened", subject="urn:headstart:case:cas_1"
    )
    monkeypatch.setattr(services, "close_old_connections", lambda: None)
    services.run("cases.of_an_older_release", entry.index)
    assert not entries.entries(cast.hub).filter(kind="job.failed").exists()


@pytest.mark.django_db
def test_a_fault_is_raised_for_the_engine_to_try_again(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ledger.append(
        actor=cast.hub.organisation_id,
        kind="vulnerability.opened",
        subject="urn:headstart:vulnerability:vul_1",
    )

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(services, "close_old_connections", lambda: None)
    monkeypatch.setattr(flow.cases, "open_case", fail)
    with pytest.raises(ConnectionError):
        services.run("cases.open_case", entry.index)
