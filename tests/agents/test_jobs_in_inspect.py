"""Any environment of Inspect as a sandbox: held by running ours through it, and Docker refused where none is."""

import gzip
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from headstart.agents.providers import containers, inspect_jobs, parcels
from headstart.agents.providers.inspect_jobs import InspectSandbox, Kind
from headstart.agents.providers.inspect_sandbox import Config, HeadstartSandbox
from headstart.sandbox.errors import JobInvalid, Unfit
from headstart.sandbox.rules.jobs import Ended, Job, Limits, Mount, Outcome
from headstart.sandbox.work import choose, doctor, left

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket]
HOLDS = ("environment: Headstart's own, as Inspect sees it",)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inspect")


@pytest.fixture(scope="module")
def sandbox(place: Path) -> InspectSandbox:
    config = Config(folder=str(place), provider="bubblewrap", memory_bytes=1 << 30)
    kind = Kind(
        name="inspect", environment=HeadstartSandbox, config=config, holds=HOLDS, count_processes=True
    )
    return InspectSandbox(kind, place / "adapter")


@pytest.fixture
def work(sandbox: InspectSandbox) -> Iterator[Path]:
    with sandbox.scratch() as scratch:
        (scratch / "work").mkdir()
        yield scratch / "work"


Run = Callable[..., Outcome]


@pytest.fixture
def run(sandbox: InspectSandbox, work: Path) -> Run:
    def do(*words: str, script: str | None = None, **kwargs: object) -> Outcome:
        argv = ("python", "-I", "-S", "-c", script, *words) if script is not None else words
        return sandbox.run(Job(argv=argv, work=work, **kwargs))  # type: ignore[arg-type]

    return do


def test_a_job_is_told_by_its_status_output_and_what_it_used(run: Run) -> None:
    script = (
        "import sys; sys.stdout.buffer.write(b'\\xff\\x00out'); print('err', file=sys.stderr); sys.exit(7)"
    )
    outcome = run(script=script)
    assert (outcome.ended, outcome.status, outcome.signal) == (Ended.EXITED, 7, None)
    assert (outcome.stdout, outcome.stderr, outcome.truncated) == (b"\xff\x00out", b"err\n", False)
    assert outcome.cpu_seconds > 0
    assert outcome.peak_memory_bytes


def test_the_work_folder_goes_in_and_comes_out(run: Run, work: Path, sandbox: InspectSandbox) -> None:
    (work / "deep").mkdir()
    (work / "deep" / "given").write_bytes(b"given")
    (work / "gone").write_text("x")
    (work / "tool").write_text("#!/bin/sh\necho ran\n")
    (work / "tool").chmod(0o755)
    script = (
        "import os, subprocess\nprint(os.getcwd(), open('deep/given').read(), flush=True)\n"
        "subprocess.run(['./tool'])\nos.remove('gone')\nos.mkdir('new')\nopen('new/left', 'w').write('left')\n"
        "os.symlink('new', 'link')\n"
    )
    outcome = run(script=script)
    assert outcome.stdout.decode().split() == [sandbox.path_of_work(work), "given", "ran"]
    assert left(work, "new/left") == b"left"
    assert not (work / "gone").exists()
    assert (work / "link").readlink() == Path("new")
    assert os.access(work / "tool", os.X_OK)


def test_a_mount_is_a_copy_where_the_sandbox_says(run: Run, sandbox: InspectSandbox, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("mounted")
    mount = Mount(source=tmp_path, at="/target")
    script = "import sys; p = sys.argv[1] + '/data.txt'; print(open(p).read()); open(p, 'w').write('changed')"
    assert run(sandbox.path_of(mount), script=script, mounts=(mount,)).stdout == b"mounted\n"
    assert (tmp_path / "data.txt").read_text() == "mounted"
    with pytest.raises(JobInvalid, match="not there"):
        run("true", mounts=(Mount(source=tmp_path / "absent", at="/target"),))


def test_each_run_is_fresh(run: Run) -> None:
    script = "import os; t = os.environ['TMPDIR']; print(os.listdir(t)); open(t + '/x', 'w').write('x')"
    assert run(script=script).stdout == b"[]\n"
    assert run(script=script).stdout == b"[]\n"


def test_standard_input_environment_and_tools_are_the_jobs_own(
    run: Run, sandbox: InspectSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSTART_SECRET_KEY", "the hub's")
    script = "import os, sys; print(len(sys.stdin.buffer.read()), os.environ['MINE'], sorted(os.environ))"
    told = run(script=script, stdin=bytes(range(256)) * 999, env={"MINE": "own"}).stdout
    assert told.startswith(b"255744 own ")
    assert b"SECRET" not in told
    version = run("python", "--version").stdout.decode()
    assert version.strip() == sandbox.tools.versions["python"]
    assert version.split()[1].startswith(sandbox.tools.python_version)


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        ("while True: pass", Limits(cpu_seconds=0.4, wall_seconds=20), Ended.CPU_TIME),
        ("import time; time.sleep(30)", Limits(wall_seconds=0.4), Ended.WALL_TIME),
        ("x = bytearray(300 << 20)\nimport time; time.sleep(9)", Limits(memory_bytes=96 << 20), Ended.MEMORY),
        ("import os\nwhile True: os.write(1, b'x' * 65536)", Limits(output_bytes=99_999), Ended.OUTPUT),
        (
            "import time\nb = bytes(1 << 20)\nfor n in range(60): open(f'f{n}', 'wb').write(b)\ntime.sleep(9)",
            Limits(work_bytes=8 << 20), Ended.DISK,
        ),
    ],
)  # fmt: skip
def test_every_limit_past_it(run: Run, script: str, limits: Limits, ended: Ended) -> None:
    outcome = run(script=script, limits=limits)
    assert outcome.ended is ended, outcome.stderr
    assert len(outcome.stdout) <= limits.output_bytes
    assert (outcome.status, outcome.signal) == (None, None)


def test_a_program_that_is_stopped_may_say_where_it_was(run: Run) -> None:
    script = (
        "import os, signal\ndef say(*_):\n    os.write(2, b'was here')\n    os._exit(1)\n"
        "signal.signal(signal.SIGABRT, say)\nwhile True: pass"
    )
    limits = Limits(cpu_seconds=0.3, wall_seconds=20)
    silent, told = (
        run(script=script, limits=limits),
        run(script=script, limits=replace(limits, last_words=True)),
    )
    assert (silent.ended, silent.stderr) == (Ended.CPU_TIME, b"")
    assert (told.ended, told.stderr) == (Ended.CPU_TIME, b"was here")


def test_one_file_and_the_number_of_processes_are_bounded(run: Run, work: Path) -> None:
    script = (
        "import os, time\nn = 0\nfor _ in range(200):\n    try:\n        pid = os.fork()\n    except OSError:\n"
        "        break\n    if pid == 0:\n        time.sleep(9); os._exit(0)\n    n += 1\nprint(n, flush=True)\n"
        "f = open('big', 'wb')\nf.truncate(1 << 20)\nf.seek(10 << 20)\nf.write(b'x')\nf.close()\nprint('wrote')"
    )
    outcome = run(script=script, limits=Limits(processes=20, file_bytes=4 << 20))
    assert 5 <= int(outcome.stdout.split()[0]) <= 21
    assert b"wrote" not in outcome.stdout
    assert (work / "big").stat().st_size <= 4 << 20


def test_a_signal_and_a_program_that_is_not_there_are_told(run: Run) -> None:
    aborted = run(script="import os; os.abort()")
    assert (aborted.ended, aborted.signal) == (Ended.SIGNALLED, 6)
    absent = run("no-such-program")
    assert (absent.status, absent.stderr) == (127, b"no-such-program: No such file or directory\n")


def test_a_job_that_kills_what_watches_it_is_not_believed(run: Run) -> None:
    outcome = run(script='import os; print(\'{"code": 0, "packed": true}\', flush=True); os.kill(-1, 9)')
    assert (outcome.ended, outcome.signal, outcome.stdout) == (Ended.SIGNALLED, 9, b"")


def test_a_job_cannot_write_the_report_on_itself(run: Run) -> None:
    script = (
        "import os\nabove = f'/proc/{os.getppid()}'\n"
        "for path in (above + '/fd/1', above + '/mem'):\n"
        "    try:\n        os.write(os.open(path, os.O_WRONLY), b'{\"code\": 0}')\n        print('wrote', path)\n"
        "    except OSError:\n        pass\n"
        "try:\n    print(os.listdir(above + '/fd'))\nexcept OSError:\n    print('closed')\nraise SystemExit(3)"
    )
    outcome = run(script=script)
    assert (outcome.status, outcome.stdout) == (3, b"closed\n")


def test_no_way_out_works_and_no_limit_can_be_passed(sandbox: InspectSandbox, place: Path) -> None:
    tries = (*doctor.reaches(sandbox, place), *doctor.limits(sandbox))
    # on a busy machine the environment, itself a sandbox of ours, ends a job that writes faster than it is looked at
    ended_outside = "a job can fill the disk: signalled"
    assert [each.sentence for each in tries if each.held is not True and each.sentence != ended_outside] == []


def test_what_is_applied_says_what_is_only_watched(run: Run) -> None:
    applied = run("true").applied
    assert (applied.provider, applied.weaker) == ("inspect", False)
    assert HOLDS[0] in applied.by
    assert "memory: watchdog that samples, inside" in applied.by
    assert "mounts: copies, thrown away afterwards" in applied.by


def test_many_threads_run_at_once(sandbox: InspectSandbox) -> None:
    told: list[bytes] = []
    with sandbox.scratch() as scratch:

        def one(number: int) -> None:
            work = scratch / str(number)
            work.mkdir()
            told.append(sandbox.run(Job(argv=("sh", "-c", f"echo {number}"), work=work)).stdout.strip())

        threads = [threading.Thread(target=one, args=(number,)) for number in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sorted(told) == [b"0", b"1", b"2", b"3", b"4"]


def _packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for entry, content in members:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def test_what_comes_out_writes_nowhere_but_in_the_work_folder(tmp_path: Path) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    work.mkdir()
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (work / "old").symlink_to(outside)
    data = _packed(
        (_entry("../up"), b"x"), (_entry(str(outside / "absolute")), b"x"), (_entry("a/../../up"), b"x"),
        (_entry("link", tarfile.SYMTYPE, str(outside)), b""), (_entry("link/through"), b"x"),
        (_entry("hard", tarfile.LNKTYPE, str(outside / "kept")), b""), (_entry("pipe", tarfile.FIFOTYPE), b""),
        (_entry("device", tarfile.CHRTYPE), b""), (_entry("/".join("d" * 200)), b"x"), (_entry("n" * 300), b"x"),
        (_entry("good/file"), b"good"), (_entry("good"), b"a file where a folder is"),
    )  # fmt: skip
    parcels.unpack(data, work, Limits())
    assert [each.name for each in outside.iterdir()] == ["kept"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["outside", "work"]
    assert sorted(each.name for each in work.iterdir()) == ["good", "link"]
    assert (work / "good" / "file").read_bytes() == b"good"
    assert (work / "link" / "through").read_bytes() == b"x"  # a folder of its own, not the link
    assert not (work / "link").is_symlink()


def test_what_comes_out_is_bounded(tmp_path: Path) -> None:
    bomb = _packed(
        (_entry("a"), b"\0" * (9 << 20)),
        (_entry("b"), b"small"),
        *((_entry(f"n{n}"), b"") for n in range(50)),
    )
    parcels.unpack(bomb, tmp_path, Limits(work_bytes=8 << 20, work_files=20))
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").read_bytes() == b"small"
    assert len(list(tmp_path.iterdir())) <= 20
    zeros = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(bytes(1 << 20))))
    assert len(io.BufferedReader(parcels._Bounded(zeros, 5000)).read()) == 5000
    endless = gzip.compress(_entry("huge").tobuf()[:124] + b"77777777777\0" + b"\0" * (40 << 20))
    for torn in (bomb[:200], b"not packed", endless):
        with pytest.raises(ValueError, match=r"\w"):
            parcels.unpack(torn, tmp_path, Limits(work_bytes=1 << 20, work_files=20))


def test_without_an_engine_docker_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.setenv("HEADSTART_SANDBOX", "docker")
    with pytest.raises(Unfit, match="docker: Docker sandbox environments require") as refused:
        choose(tmp_path)
    assert "\n" not in str(refused.value)


def test_without_its_package_kubernetes_is_refused_and_the_package_named(tmp_path: Path) -> None:
    if pytest.importorskip("importlib.util").find_spec("k8s_sandbox"):
        pytest.skip("inspect-k8s-sandbox is installed here")
    with pytest.raises(Unfit, match="Inspect has no k8s here; install inspect-k8s-sandbox"):
        choose(tmp_path, prefer="k8s")


def test_docker_gets_an_image_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    made: list[Kind] = []
    monkeypatch.setattr(containers, "InspectSandbox", lambda kind, _: made.append(kind))
    monkeypatch.setenv("HEADSTART_SANDBOX_IMAGE", "registry.example/ours:1")
    containers.docker(tmp_path)
    (service,) = json.loads(Path(made[0].config).read_text())["services"].values()
    assert service["image"] == "registry.example/ours:1"
    assert (service["network_mode"], service["cap_drop"], service["user"]) == ("none", ["ALL"], "1000:1000")
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"volumes", "privileged", "ports", "devices", "pid", "ipc"}.isdisjoint(service)
    assert any("registry.example/ours:1" in each for each in made[0].holds)


@pytest.mark.parametrize(
    "answer", ["/w\nyes\n", "/w\nyes\npython3\t/usr/bin/python3\tPython 3.9.2\n", "/w\nno\npython3\tx\t?\n"]
)
def test_an_image_without_a_python_that_is_new_enough_is_refused(answer: str) -> None:
    with pytest.raises(Unfit, match=r"has no Python 3\.11 or newer"):
        inspect_jobs._place("docker", answer)
