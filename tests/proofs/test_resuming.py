"""Killed in the middle of a sweep, by the kernel, on the database that is tested: what was done is not run again."""

import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import ROOT

from headstart import clock
from headstart.findings import services as handing_in
from headstart.findings.models import Finding
from headstart.ledger import queries as ledger
from headstart.proofs import queries, services, work
from headstart.proofs.models import ReleaseRun, Sweep

pytestmark = pytest.mark.sandbox

REPORT = ROOT / "examples" / "reports-offline" / "minirec-repeat-overflow"
URL = os.environ.get("HEADSTART_TEST_DATABASE_URL", "")

PROGRAM = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from headstart.site.start import open_instance
    folder, word = Path(sys.argv[1]), sys.argv[2]
    open_instance(data=folder)
    from headstart.findings import services as handing_in
    from headstart.findings.models import Finding
    from headstart.people import queries as who
    from headstart.people import services as people
    from headstart.proofs import queries, services
    from headstart.proofs.work import sweeping
    if word == "first":
        hub = people.found_hub("Hub").as_viewer()
        finding = handing_in.hand_in(Path(sys.argv[3]), actor=hub)
        services.prove(finding.id, actor=hub)
    hub, finding = who.hub(), Finding.objects.get()
    real = sweeping._Runner._tried

    def tried(self, version):
        with (folder / "ran").open("a") as file:
            file.write(f"{word} {version}\\n")
        return real(self, version)

    sweeping._Runner._tried = tried
    if word == "first":
        written = services._Rows.write

        def write(self, row):
            written(self, row)
            if self._sweep.rows.count() == 2:
                os.kill(os.getpid(), 9)

        services._Rows.write = write
    services.sweep(finding.id, actor=hub)
    for row in queries.release_runs(hub, finding.id):
        print(row.position, row.version, row.affected, row.runs)
    """
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that is tested; empty means SQLite in the data folder."""
    if not URL:
        yield ""
        return
    import psycopg

    name = f"headstart_killed_{os.getpid()}"
    with psycopg.connect(URL, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        server.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        yield URL.rpartition("/")[0] + "/" + name
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@pytest.mark.usefixtures("db")  # so that it is run on each database
def test_after_kill_9_a_sweep_goes_on_from_where_it_was(tmp_path: Path, database: str) -> None:
    data = tmp_path / "data"
    (tmp_path / "program.py").write_text(PROGRAM)
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEADSTART_")}
    own |= {"DJANGO_SETTINGS_MODULE": "headstart.site.settings", "HEADSTART_DATABASE_URL": database}

    def start(word: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(tmp_path / "program.py"), str(data), word, str(REPORT)]
        return subprocess.run(command, env=own, capture_output=True, text=True, timeout=250, check=False)

    killed = start("first")
    assert killed.returncode == -9, killed.stderr
    assert killed.stdout == ""
    gone_on = start("second")
    assert gone_on.returncode == 0, gone_on.stderr
    assert gone_on.stdout.splitlines() == ["0 1.0.0 no 2", "1 1.1.0 yes 2", "2 1.2.0 yes 2", "3 1.2.1 no 2"]
    lines = Counter((data / "ran").read_text().splitlines())
    before = {line.split()[1] for line in lines if line.startswith("first")}
    again = Counter({line.split()[1]: times for line, times in lines.items() if line.startswith("second")})
    assert len(before) >= 2
    # every one of them is beside a change, so all are run twice; the two that were kept, once more and no oftener
    assert sum(again.values()) == 8 - 2
    assert sorted(again.values()) == [1, 1, 2, 2]


@pytest.fixture
def finding(cast: Any, data: Path) -> Finding:
    found = handing_in.hand_in(REPORT, actor=cast.finder)
    services.prove(found.id, actor=cast.hub)
    return found


@pytest.mark.django_db
def test_a_sweep_that_has_not_ended_is_not_shown_and_does_not_hide_the_one_before(
    cast: Any, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(BaseException):
        pass

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    with monkeypatch.context() as broken:
        broken.setattr(services._Rows, "close", stop)
        with pytest.raises(Stopped):
            services.sweep(finding.id, actor=cast.hub)
    assert ReleaseRun.objects.count() == 4
    assert not queries.release_runs(cast.hub, finding.id).exists()
    services.sweep(finding.id, actor=cast.hub)
    shown = [row.pk for row in queries.release_runs(cast.finder, finding.id)]
    assert len(shown) == 4
    with monkeypatch.context() as broken:
        broken.setattr(services._Rows, "close", stop)
        with pytest.raises(Stopped):
            services.sweep(finding.id, actor=cast.hub)
    assert Sweep.objects.count() == 2
    assert [row.pk for row in queries.release_runs(cast.finder, finding.id)] == shown
    services.sweep(finding.id, actor=cast.hub)
    assert Sweep.objects.get().finished_at is not None
    assert ReleaseRun.objects.count() == 4


@pytest.mark.django_db
def test_rows_of_another_report_or_sandbox_are_not_gone_on_from(
    cast: Any, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field, value in (("report_digest", "other"), ("sandbox", "weaker")):
        like = {"report_digest": finding.digest, "sandbox": "bubblewrap", field: value}
        stale = Sweep.objects.create(finding=finding, began_at=clock.now(), **like)
        row = {"installed": True, "ran": True, "runs": 2, "note": ""}
        for version in ("1.0.0", "1.1.0", "1.2.0", "1.2.1"):
            ReleaseRun.objects.create(sweep=stale, version=version, affected="yes", **row)
        assert str(services.sweep(finding.id, actor=cast.hub)["1.0.0"]) == "no"
        assert not Sweep.objects.filter(id=stale.id).exists()


@pytest.mark.django_db
def test_two_workers_that_end_the_same_sweep_write_it_down_once(
    cast: Any, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, ended = work.sweep, []

    def twice(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(work, "sweep", real)
        book = named["book"]
        monkeypatch.setattr(book, "known", dict, raising=False)  # it began before the other had written a row
        services.sweep(finding.id, actor=cast.hub)
        ended.extend(ReleaseRun.objects.order_by("pk").values("pk", "seconds"))
        return real(*given, **named)

    monkeypatch.setattr(work, "sweep", twice)
    services.sweep(finding.id, actor=cast.hub)
    assert Sweep.objects.count() == 1
    assert list(ReleaseRun.objects.order_by("pk").values("pk", "seconds")) == ended
    assert len(ended) == 4
    assert ledger.entries(cast.hub).filter(kind="releases.swept").count() == 1
