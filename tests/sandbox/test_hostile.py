"""Jobs that mean harm: the hub and the machine are as they were, and the outcome is told."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.sandbox.conftest import Run

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import trees
from headstart.sandbox.rules.jobs import Ended, Limits
from headstart.sandbox.work import left

pytestmark = pytest.mark.sandbox


def _alive(token: str) -> list[str]:
    found = []
    for pid in (each.name for each in Path("/proc").iterdir() if each.name.isdigit()):
        try:
            if token.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def test_a_fork_bomb_is_bounded_and_gone_at_the_end(sandbox: Sandbox, run: Run) -> None:
    token = secrets.token_hex()
    script = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    outcome = run(
        sandbox, token, script=script, limits=Limits(processes=30, wall_seconds=0.6, cpu_seconds=20)
    )
    assert outcome.ended is Ended.WALL_TIME
    assert _alive(token) == []


def test_nothing_outlives_a_job(sandbox: Sandbox, run: Run) -> None:
    token = secrets.token_hex()
    script = (
        "import os, signal, time\n"
        "for number in (1, 2, 3, 15):\n    signal.signal(number, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    try:\n        os.setsid()\n    except OSError:\n        pass\n"
        "    os.fork()\n    time.sleep(60)\n"
    )
    started = time.monotonic()
    outcome = run(sandbox, token, script=script)
    assert (outcome.ended, outcome.status) == (Ended.EXITED, 0)
    assert time.monotonic() - started < 60  # what it forked sleeps longer
    assert _alive(token) == []


def test_killing_everything_it_can_kills_only_itself(bubblewrap: Sandbox, run: Run) -> None:
    script = (
        "import os\nfor pid in (-1, os.getppid(), 1):\n    try:\n        os.kill(pid, 9)\n"
        "    except OSError:\n        pass\nprint('on')"
    )
    outcome = run(bubblewrap, script=script)
    assert outcome.ended is Ended.EXITED
    assert outcome.stdout == b"on\n"


def test_writing_everywhere_writes_only_in_work(sandbox: Sandbox, run: Run, work: Path) -> None:
    token = secrets.token_hex(8)
    script = (
        "import os, sys\n"
        "for top in ('/', '/usr', '/etc', '/opt', '/var/tmp', '/home', '/root', '/dev', '/run', '/proc', '.'):\n"
        "    try:\n        open(os.path.join(top, sys.argv[1]), 'w').close()\n        print(top)\n"
        "    except OSError:\n        pass\n"
    )
    assert run(sandbox, token, script=script).stdout == b".\n"
    assert (work / token).exists()


def test_links_left_behind_are_not_followed(sandbox: Sandbox, run: Run, work: Path) -> None:
    script = (
        "import os\nos.symlink('/etc/passwd', 'a')\nos.symlink('/etc', 'b')\nos.mkfifo('c')\n"
        "os.mkdir('d')\nos.symlink('../a', 'd/e')\nopen('d/f', 'w').write('plain')\n"
    )
    run(sandbox, script=script)
    assert [left(work, each) for each in ("a", "b/passwd", "c", "d", "d/e", "nothing")] == [None] * 6
    assert left(work, "d/f") == b"plain"
    assert left(work, "d/f", most_bytes=2) == b"pl"
    for outside in ("../x", "/etc/passwd", ""):
        with pytest.raises(ValueError, match="not a path inside"):
            left(work, outside)


def test_a_second_run_in_the_same_folder_follows_no_link_of_the_first(
    sandbox: Sandbox, run: Run, work: Path
) -> None:
    victim = work.parent / "victim"
    victim.write_text("untouched")
    run(sandbox, str(victim), script="import os, sys; os.symlink(sys.argv[1], 'link')")
    before = victim.stat()
    assert run(sandbox, script="open('ours', 'w').close()").status == 0
    assert (victim.stat().st_uid, victim.stat().st_mode) == (before.st_uid, before.st_mode)


def test_deep_nesting_is_stopped_and_can_be_removed(bubblewrap: Sandbox, run: Run, work: Path) -> None:
    script = "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')"
    assert run(bubblewrap, script=script).ended is Ended.DISK
    trees.remove(work)
    assert not work.exists()


def test_closed_folders_can_be_removed(bubblewrap: Sandbox, run: Run, work: Path) -> None:
    run(bubblewrap, script="import os\nos.makedirs('a/b/c')\nos.chmod('a/b', 0)\nos.chmod('a', 0)")
    trees.remove(work)
    assert not work.exists()


def test_the_status_pipe_of_the_sandbox_is_not_the_jobs(bubblewrap: Sandbox, run: Run) -> None:
    script = (
        "import os\nfor fd in os.listdir('/proc/self/fd'):\n"
        "    try:\n        os.write(int(fd), b'{\"exit-code\": 0}\\n')\n    except OSError:\n        pass\n"
        "os._exit(3)\n"
    )
    assert run(bubblewrap, script=script).status == 3


def test_a_job_cannot_grow_its_standard_input(bubblewrap: Sandbox, run: Run) -> None:
    script = (
        "import os\ntry:\n    fd = os.open('/proc/self/fd/0', os.O_RDWR)\n    os.write(fd, b'x' * 99)\n"
        "    print('grown')\nexcept OSError:\n    print('sealed')\n"
    )
    assert run(bubblewrap, script=script, stdin=b"given").stdout == b"sealed\n"


@pytest.mark.parametrize("size", [20, 100_000])
def test_what_was_read_from_standard_input_is_gone(bubblewrap: Sandbox, run: Run, size: int) -> None:
    """A witness's key, a judge's nonce: init keeps standard input open, and anyone inside may open it anew."""
    script = (
        "import os, sys\nread = len(sys.stdin.buffer.read())\n"
        "again = [os.read(os.open(f'/proc/{pid}/fd/0', os.O_RDONLY), 99) for pid in (1, 'self')]\n"
        "print(read, again)\n"
    )
    found = run(bubblewrap, script=script, stdin=b"k" * size)
    assert found.stdout == f"{size} {[b'', b'']}\n".encode()


def test_a_job_has_no_network_but_its_own_loopback(bubblewrap: Sandbox, run: Run) -> None:
    script = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0)); socket.create_connection(server.getsockname())\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), timeout=2)\n"
        "except OSError as error:\n    print(error)\n"
        "for family in (socket.AF_NETLINK, socket.AF_PACKET, 38, 40):\n"
        "    try:\n        socket.socket(family, socket.SOCK_RAW)\n        print('opened', family)\n"
        "    except OSError:\n        pass\n"
    )
    assert run(bubblewrap, script=script).stdout == b"[Errno 101] Network is unreachable\n"


def test_the_weak_provider_gives_no_socket_at_all(landlock: Sandbox, run: Run) -> None:
    script = (
        "import socket\nfor family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):\n"
        "    try:\n        socket.socket(family)\n        print('opened')\n"
        "    except OSError:\n        print('refused')\n"
    )
    assert run(landlock, script=script).stdout == b"refused\n" * 3


def test_a_hub_that_dies_takes_its_jobs_with_it(bubblewrap: Sandbox, base: object, tmp_path: Path) -> None:
    token = secrets.token_hex()
    hub = (
        "import sys\nfrom pathlib import Path\n"
        "from headstart.sandbox.providers import ground\n"
        "from headstart.sandbox.providers.bubblewrap import Bubblewrap\n"
        "from headstart.sandbox.rules.jobs import Job\n"
        "base = ground.lay(Path(sys.argv[1]))\n"
        "with base.scratch() as scratch:\n"
        "    work = scratch / 'work'; work.mkdir()\n"
        "    argv = ('python', '-c', 'import time; time.sleep(60)', sys.argv[2])\n"
        "    Bubblewrap(base).run(Job(argv=argv, work=work))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", hub, str(bubblewrap.root), token])
    deadline = time.monotonic() + 10
    while len(_alive(token)) < 4 and time.monotonic() < deadline:
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.wait()
    while _alive(token) and time.monotonic() < deadline:
        os.sched_yield()
    assert _alive(token) == []
