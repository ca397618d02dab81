"""What a job is given, and how its end is told: both providers, with control groups and without."""

import threading
from pathlib import Path

import pytest
from tests.sandbox.conftest import Run

from headstart.sandbox.errors import JobInvalid, NotShipped
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Mount, Trust
from headstart.sandbox.work import left

pytestmark = pytest.mark.sandbox


def test_a_job_is_told_by_its_status_and_output(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (outcome.ended, outcome.status, outcome.signal) == (Ended.EXITED, 7, None)
    assert (outcome.stdout, outcome.stderr, outcome.truncated) == (b"out\n", b"err\n", False)
    assert outcome.applied.weaker == sandbox.weaker
    assert outcome.applied.provider == sandbox.name


def test_a_fatal_signal_is_told(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, script="import os; os.abort()")
    assert (outcome.ended, outcome.status, outcome.signal) == (Ended.SIGNALLED, None, 6)


def test_a_program_that_is_not_there_is_status_127(sandbox: Sandbox, run: Run) -> None:
    outcome = run(sandbox, "no-such-program")
    assert (outcome.ended, outcome.status) == (Ended.EXITED, 127)
    assert b"no-such-program: No such file" in outcome.stderr


def test_standard_input_is_what_was_given(sandbox: Sandbox, run: Run) -> None:
    data = bytes(range(256)) * 4096
    script = "import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    import hashlib

    assert run(sandbox, script=script, stdin=data).stdout.strip().decode() == hashlib.sha256(data).hexdigest()


def test_a_job_starts_in_its_work_folder_and_leaves_files_there(
    sandbox: Sandbox, run: Run, work: Path
) -> None:
    (work / "given.txt").write_text("given")
    script = (
        "import os; print(os.getcwd()); print(open('given.txt').read()); open('left.txt', 'w').write('left')"
    )
    outcome = run(sandbox, script=script)
    assert outcome.stdout.decode().split() == [sandbox.path_of_work(work), "given"]
    assert left(work, "left.txt") == b"left"


def test_a_mount_is_where_the_sandbox_says_and_read_only(sandbox: Sandbox, run: Run, folder: Path) -> None:
    source = folder / "target"
    source.mkdir(exist_ok=True)
    (source / "data.txt").write_text("mounted")
    mount = Mount(source=source, at="/target")
    script = (
        "import sys\nprint(open(sys.argv[1] + '/data.txt').read())\n"
        "try:\n    open(sys.argv[1] + '/new', 'w')\nexcept OSError:\n    print('read-only')\n"
    )
    outcome = run(sandbox, sandbox.path_of(mount), script=script, mounts=(mount,))
    assert outcome.stdout.decode().split() == ["mounted", "read-only"]


def test_the_environment_is_the_jobs_own(sandbox: Sandbox, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_SECRET_KEY", "the hub's")
    outcome = run(sandbox, script="import os; print(sorted(os.environ.items()))", env={"MINE": "1"})
    assert b"the hub's" not in outcome.stdout
    assert b"('MINE', '1')" in outcome.stdout


def test_a_loader_variable_of_the_job_reaches_no_program_of_ours(
    sandbox: Sandbox, run: Run, work: Path
) -> None:
    outcome = run(sandbox, script="print(6)", env={"LD_PRELOAD": "/work/evil.so", "PYTHONSTARTUP": "/work/x"})
    assert outcome.stdout == b"6\n"
    # the loader of the job, and of the shell that times it; not of chroot, prlimit and bwrap before them
    assert 1 <= outcome.stderr.count(b"evil.so") <= 2


def test_the_temporary_folder_is_private_and_fresh(sandbox: Sandbox, run: Run) -> None:
    script = "import os; t = os.environ['TMPDIR']; print(os.listdir(t)); open(t + '/x', 'w').write('x')"
    assert run(sandbox, script=script).stdout == b"[]\n"
    assert run(sandbox, script=script).stdout == b"[]\n"


def test_two_jobs_at_once_have_two_user_ids(sandbox: Sandbox, base: object) -> None:
    if not sandbox.ground.others:  # type: ignore[attr-defined]
        pytest.skip("jobs have user ids of their own where the hub is root")
    script = "import time; open('mine', 'w').close(); time.sleep(0.4)"
    owners = []
    with sandbox.scratch() as scratch:
        works = [scratch / str(number) for number in range(3)]

        def one(work: Path) -> None:
            work.mkdir()
            sandbox.run(Job(argv=("python", "-I", "-S", "-c", script), work=work, trust=Trust.SHIPPED))
            owners.append((work / "mine").stat().st_uid)

        threads = [threading.Thread(target=one, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(owners)) == 3
    assert 0 not in owners


def test_tools_are_on_the_path(sandbox: Sandbox, run: Run) -> None:
    assert (
        run(sandbox, "python", "--version")
        .stdout.decode()
        .split()[1]
        .startswith(sandbox.tools.python_version)
    )
    if sandbox.tools.node:
        script = "console.log(require('os').tmpdir(), 6 * 7)"
        assert run(sandbox, "node", "-e", script).stdout.split()[1] == b"42"


def test_a_sanitised_c_program_is_built_and_run(sandbox: Sandbox, run: Run, work: Path) -> None:
    if not sandbox.tools.cc:
        pytest.skip("no C compiler")
    (work / "t.c").write_text(
        "#include <stdlib.h>\nint main() { char *p = malloc(9); p[9] = 1; return 0; }\n"
    )
    outcome = run(
        sandbox,
        "sh",
        "-c",
        "cc -w -g -fsanitize=address t.c -o t && ./t",
        limits=Limits(memory_bytes=1 << 30),
    )
    assert b"heap-buffer-overflow" in outcome.stderr
    assert outcome.status == 1


def test_a_sanitised_cpp_program_is_built_by_make_and_by_cmake(
    bubblewrap: Sandbox, run: Run, work: Path
) -> None:
    tools = bubblewrap.tools
    if not (tools.cxx and tools.make and tools.cmake):
        pytest.skip("no C++ compiler, make or cmake")
    (work / "t.cc").write_text(
        "#include <vector>\nint main(int n, char **) { std::vector<int> v(n); return v[n]; }\n"
    )
    (work / "Makefile").write_text("made: t.cc\n\tc++ -g -fsanitize=address t.cc -o made\n")
    (work / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(t CXX)\nadd_compile_options(-fsanitize=address)\n"
        "add_link_options(-fsanitize=address)\nadd_executable(configured t.cc)\n"
    )
    build = "make && (cmake -S . -B out && cmake --build out) >&2 && (./made; ./out/configured)"
    outcome = run(
        bubblewrap, "sh", "-c", build, limits=Limits(memory_bytes=1 << 30, cpu_seconds=30, wall_seconds=60)
    )
    assert outcome.stderr.count(b"ERROR: AddressSanitizer: heap-buffer-overflow") == 2, outcome.stderr


def test_the_weak_provider_refuses_what_is_not_shipped(landlock: Sandbox, work: Path) -> None:
    with pytest.raises(NotShipped):
        landlock.run(Job(argv=("python", "-c", "pass"), work=work))


def test_the_strong_provider_runs_anything(bubblewrap: Sandbox, work: Path) -> None:
    assert bubblewrap.run(Job(argv=("true",), work=work)).status == 0


def test_a_work_folder_that_is_a_link_is_refused(sandbox: Sandbox, work: Path) -> None:
    link = work.parent / "link"
    link.symlink_to("/etc")
    with pytest.raises(JobInvalid):
        sandbox.run(Job(argv=("true",), work=link, trust=Trust.SHIPPED))
    assert Path("/etc").stat().st_uid == 0


def test_a_file_with_a_second_name_outside_keeps_its_owner(sandbox: Sandbox, run: Run, work: Path) -> None:
    stored = work.parent / "stored"
    stored.write_text("in a store")
    (work / "linked").hardlink_to(stored)
    run(sandbox, "true")
    assert stored.stat().st_uid == work.parent.stat().st_uid
