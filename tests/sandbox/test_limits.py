"""Every limit, past it: both providers, with control groups and without."""

import time
from pathlib import Path

import pytest
from tests.sandbox.conftest import Run

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import watch
from headstart.sandbox.rules.jobs import Ended, Limits

pytestmark = pytest.mark.sandbox
MIB = 1 << 20


def test_cpu_time(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="while True: pass", limits=Limits(cpu_seconds=0.3, wall_seconds=20))
    assert outcome.ended is Ended.CPU_TIME
    assert 0.3 <= outcome.cpu_seconds < 1.5


def test_cpu_time_of_all_processes_counts_together(sandbox: Sandbox, run: Run) -> None:
    script = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"
    outcome = run(sandbox, script=script, limits=Limits(cpu_seconds=0.4, wall_seconds=20))
    assert outcome.ended is Ended.CPU_TIME


def test_cpu_time_is_told_of_a_job_that_ends_by_itself(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="import time\nwhile time.process_time() < 0.3: pass")
    assert outcome.ended is Ended.EXITED
    assert 0.25 <= outcome.cpu_seconds < 1.5


def test_waiting_is_not_cpu_time(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="import time; time.sleep(30)", limits=Limits(wall_seconds=0.5))
    assert outcome.ended is Ended.WALL_TIME
    assert outcome.cpu_seconds < 0.4
    assert outcome.wall_seconds < 3


def test_memory(sandbox: Sandbox, run: Run) -> None:
    script = "import time; x = bytearray(200 << 20); time.sleep(2)"
    outcome = run(sandbox, script=script, limits=Limits(memory_bytes=64 * MIB, wall_seconds=20))
    assert outcome.ended is Ended.MEMORY
    assert outcome.peak_memory_bytes is not None
    assert outcome.peak_memory_bytes > 48 * MIB


def test_memory_of_all_processes_counts_together(sandbox: Sandbox, run: Run) -> None:
    script = "import os, time\nfor _ in range(2): os.fork()\nx = bytearray(40 << 20)\ntime.sleep(2)"
    outcome = run(sandbox, script=script, limits=Limits(memory_bytes=96 * MIB, wall_seconds=20))
    assert outcome.ended is Ended.MEMORY


def test_a_job_within_its_memory_is_left_alone(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="x = bytearray(30 << 20)", limits=Limits(memory_bytes=128 * MIB))
    assert (outcome.ended, outcome.status) == (Ended.EXITED, 0)


def test_an_address_space_far_past_the_memory_is_allowed(sandbox: Sandbox, run: Run) -> None:
    # sanitised programs reserve terabytes: RLIMIT_AS would end each of them at its start
    script = (
        "import mmap as m\nflags = m.MAP_PRIVATE | m.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE\n"
        "print(len(m.mmap(-1, 8 << 30, flags=flags)))"
    )
    assert run(sandbox, script=script).stdout.strip() == b"%d" % (8 << 30)


def test_processes(sandbox: Sandbox, run: Run) -> None:
    script = (
        "import os, time\nn = 0\nfor _ in range(200):\n    try:\n        pid = os.fork()\n"
        "    except OSError:\n        break\n    if pid == 0:\n        time.sleep(9); os._exit(0)\n    n += 1\nprint(n)"
    )
    outcome = run(sandbox, script=script, limits=Limits(processes=20, wall_seconds=20))
    assert 5 <= int(outcome.stdout) <= 21


@pytest.mark.parametrize("stream", [1, 2])
def test_output_is_kept_up_to_its_limit_and_the_job_stopped(sandbox: Sandbox, run: Run, stream: int) -> None:
    script = f"import os\nfor _ in range(1 << 14): os.write({stream}, b'x' * 65536)"  # a gigabyte
    outcome = run(sandbox, script=script, limits=Limits(output_bytes=100_000, wall_seconds=20))
    assert outcome.ended is Ended.OUTPUT
    assert outcome.truncated
    assert len(outcome.stdout) + len(outcome.stderr) == 100_000


def test_one_file(sandbox: Sandbox, run: Run, work: Path) -> None:
    script = "f = open('big', 'wb')\nf.truncate(1 << 20)\nf.seek(10 << 20)\nf.write(b'x')\nf.close()\nprint('wrote')"
    outcome = run(sandbox, script=script, limits=Limits(file_bytes=4 * MIB))
    assert b"wrote" not in outcome.stdout
    assert (work / "big").stat().st_size <= 4 * MIB


def test_the_work_folder_as_a_whole(sandbox: Sandbox, run: Run, work: Path) -> None:
    script = (
        "import time\nblock = bytes(range(256)) * 4096\n"
        "for n in range(500):\n    open(f'file{n}', 'wb').write(block)\n    time.sleep(0.01)\n"
    )
    outcome = run(sandbox, script=script, limits=Limits(work_bytes=8 * MIB, wall_seconds=20))
    assert outcome.ended is Ended.DISK
    assert len(list(work.iterdir())) < 400


def test_many_small_files(sandbox: Sandbox, run: Run) -> None:
    script = "import os\nfor n in range(1500): os.mkdir(f'd{n}')"
    assert run(sandbox, script=script, limits=Limits(work_files=300)).ended is Ended.DISK


def test_a_full_disk_stops_a_job_before_it_is_full(
    bubblewrap: Sandbox, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FREE_FLOOR_BYTES", 1 << 60)
    started = time.monotonic()
    assert run(bubblewrap, script="import time; time.sleep(9)").ended is Ended.DISK
    assert time.monotonic() - started < 5


def test_the_temporary_folder(bubblewrap: Sandbox, run: Run) -> None:
    script = "open('/tmp/x', 'wb').write(b'x' * (8 << 20))"
    outcome = run(bubblewrap, script=script, limits=Limits(tmp_bytes=4 * MIB))
    assert b"No space left on device" in outcome.stderr


def test_shared_memory_is_small(bubblewrap: Sandbox, run: Run) -> None:
    outcome = run(bubblewrap, script="open('/dev/shm/x', 'wb').write(b'x' * (64 << 20))")
    assert b"No space left on device" in outcome.stderr
