"""User ids of jobs: lent once, free of leftovers, and never taken from a hub that runs."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.sandbox.conftest import Run

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import uids
from headstart.sandbox.providers.uids import JOBS, Stock

OWN = (
    60580  # systemd's "unused" below the ids of jobs: a Stock with locks of its own must have ids of its own
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to start a process of another user")


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    return Stock(first=OWN, last=OWN + 3, locks=tmp_path / "locks")


def _sleeper(uid: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "60"], user=uid, group=uid, extra_groups=[])


def test_no_user_id_is_lent_twice(stock: Stock) -> None:
    with stock.lent() as one, stock.lent() as two, stock.lent() as three, stock.lent() as four:
        assert {one, two, three, four} == set(range(stock.first, stock.last + 1))
        with pytest.raises(Unfit, match="all 4 user ids"), stock.lent():
            pass
    with stock.lent():
        pass


@as_root
def test_what_runs_under_an_id_that_nobody_lends_is_killed(stock: Stock) -> None:
    orphan = _sleeper(stock.last)
    stock.reclaim()
    assert orphan.wait(timeout=10) == -9


@as_root
def test_a_job_of_a_running_hub_is_not_killed(stock: Stock) -> None:
    with stock.lent() as uid:
        working = _sleeper(uid)
        stock.reclaim()
        assert working.poll() is None
        working.kill()
        working.wait()


@as_root
def test_a_process_outside_the_range_is_let_be(stock: Stock) -> None:
    other = _sleeper(stock.last + 1)
    stock.reclaim()
    assert other.poll() is None
    other.kill()
    other.wait()


@as_root
def test_an_id_of_a_hub_that_died_is_lent_again_only_when_its_job_is_gone(tmp_path: Path) -> None:
    one = Stock(first=OWN, last=OWN, locks=tmp_path / "locks")
    hub = (
        "import os, signal, subprocess, sys\nfrom pathlib import Path\n"
        "from headstart.sandbox.providers.uids import Stock\n"
        "with Stock(first=int(sys.argv[1]), last=int(sys.argv[1]), locks=Path(sys.argv[2])).lent() as uid:\n"
        "    subprocess.Popen(['sleep', '60'], user=uid, group=uid, extra_groups=[])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", hub, str(OWN), str(one.locks)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert OWN in uids._owners().values()
    with one.lent() as uid:
        assert uid == OWN
        assert OWN not in _living_owners()


@as_root
def test_an_id_whose_leftovers_cannot_be_ended_is_passed_over(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stock.lent() as first:
        pass
    (stock.locks / str(stock.first)).write_text("lent\n")
    monkeypatch.setattr(uids, "_ended", lambda _: False)
    for _ in range(8):
        with stock.lent() as uid:
            assert uid != stock.first
    assert first in range(stock.first, stock.last + 1)


@as_root
def test_a_clean_end_leaves_no_mark(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(uids, "_ended", lambda uid: bool(looked.append(uid)) or True)
    for _ in range(9):
        with stock.lent():
            pass
    assert looked == []  # looking at every process is for after an accident, not for each run


@pytest.mark.sandbox
@as_root
def test_jobs_of_many_hubs_and_their_reclaiming_do_not_hurt_each_other(
    bubblewrap: Sandbox, tmp_path: Path
) -> None:
    hub = (
        "import sys\nfrom pathlib import Path\n"
        "from headstart.sandbox.providers import ground\n"
        "from headstart.sandbox.providers.bubblewrap import Bubblewrap\n"
        "from headstart.sandbox.rules.jobs import Job\n"
        "for turn in range(6):\n"
        "    base = ground.lay(Path(sys.argv[1]))\n"  # reclaims, as a hub does when it starts
        "    with base.scratch() as scratch:\n"
        "        work = scratch / 'work'; work.mkdir()\n"
        "        told = Bubblewrap(base).run(Job(argv=('sh', '-c', 'sleep 0.05 & echo on'), work=work))\n"
        "        print(told.ended, told.status, told.stdout.decode().strip())\n"
    )
    hubs = [
        subprocess.Popen(
            [sys.executable, "-c", hub, str(bubblewrap.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]  # fmt: skip
    told = [each.communicate(timeout=120) for each in hubs]
    assert [each for _, each in told if each] == []
    assert {line for out, _ in told for line in out.splitlines()} == {"exited 0 on"}


@pytest.mark.sandbox
@as_root
def test_a_stock_of_other_ids_hurts_no_job(bubblewrap: Sandbox, run: Run, stock: Stock) -> None:
    over = threading.Event()

    def reclaim() -> None:
        while not over.is_set():
            stock.reclaim()

    thread = threading.Thread(target=reclaim)
    thread.start()
    try:
        ended = [run(bubblewrap, "true").status for _ in range(10)]
    finally:
        over.set()
        thread.join()
    assert ended == [0] * 10
    assert not set(range(stock.first, stock.last + 1)) & set(range(JOBS.first, JOBS.last + 1))


def _living_owners() -> set[int]:
    found = set()
    for pid, owner in uids._owners().items():
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                found.add(owner)
        except OSError:
            continue
    return found
