"""The doctor's tries are real: they hold in a sandbox, and get out where there is none."""

import dataclasses
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.sandbox.conftest import Run

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.rules.examination import REMEDIES, Try, family_of, remedy
from headstart.sandbox.rules.jobs import Applied, Ended, Job, Limits, Mount, Outcome
from headstart.sandbox.rules.tools import Tools
from headstart.sandbox.work import choice, choose, doctor, examination, examine, memory

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket]


@dataclasses.dataclass
class NoSandbox:
    """Runs a job as a plain process: what a sandbox that does not hold looks like."""

    ground: ground.Ground
    name: str = "none"
    weaker: bool = False

    @property
    def root(self) -> Path:
        return self.ground.root

    @property
    def tools(self) -> Tools:
        return self.ground.tools

    def path_of(self, mount: Mount) -> str:
        return str(mount.source)

    def path_of_work(self, work: Path) -> str:
        return str(work)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        with self.ground.scratch() as folder:
            yield folder

    def run(self, job: Job) -> Outcome:
        started = time.monotonic()
        argv = [self.tools.python, *job.argv[1:]]
        done = subprocess.run(argv, cwd=job.work, capture_output=True, env={}, timeout=20, check=False)
        return Outcome(
            ended=Ended.EXITED, status=done.returncode, signal=None, stdout=done.stdout, stderr=done.stderr,
            cpu_seconds=0, wall_seconds=time.monotonic() - started, peak_memory_bytes=None, truncated=False,
            applied=Applied(provider="none", weaker=False, by=()),
        )  # fmt: skip


def test_no_way_out_works(sandbox: Sandbox, folder: Path) -> None:
    if "sampled" in str(sandbox):
        return
    tries = doctor.reaches(sandbox, folder)
    assert [each.sentence for each in tries if each.held is not True] == []
    assert len(tries) == len(doctor._REACHES)


def test_no_limit_can_be_passed(sandbox: Sandbox) -> None:
    tries = doctor.limits(sandbox)
    assert [each.sentence for each in tries if each.held is not True] == []


def test_every_try_gets_out_where_there_is_no_sandbox(base: ground.Ground, folder: Path) -> None:
    if not base.others:
        pytest.skip("as root alone every way is open to a plain process")
    tries = {each.name: each for each in doctor.reaches(NoSandbox(base), folder)}
    machine = {"devices", "kernel_calls", "network"}  # not every machine has these at all
    assert {name for name, each in tries.items() if each.held is not False} <= machine
    assert "core_pattern" in tries["kernel_settings"].sentence


def test_what_is_not_known_is_said(base: ground.Ground, folder: Path) -> None:
    class Mute(NoSandbox):
        def run(self, job: Job) -> Outcome:
            done = super().run(dataclasses.replace(job, argv=("python", "-c", "raise SystemExit('mute')")))
            return dataclasses.replace(done, stdout=b"")

    tries = doctor.reaches(Mute(base), folder)
    assert {each.held for each in tries} == {None}
    assert "Not known: mute" in tries[0].sentence


def test_a_machine_on_which_a_way_out_works_runs_nothing_untrusted(
    folder: Path, base: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = (Try(name="network", sentence="a job can reach the network: 192.0.2.1", held=False),)
    monkeypatch.setattr(memory, "recall", lambda _: out)
    with pytest.raises(Unfit, match="a job can reach the network"):
        choose(folder, prefer="bubblewrap")
    weak = choose(folder)
    assert weak.weaker
    assert any("a job can reach the network" in each for each in weak.applied().by)  # type: ignore[attr-defined]


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that is not below /tmp, where a job has a folder of its own."""
    place = Path(tempfile.mkdtemp(prefix="hs-tests-", dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize(
    ("weakness", "name"),
    [(("--share-net",), "network"), (("--ro-bind", "HOME", "HOME"), "files_of_others")],
)
def test_a_sandbox_that_was_weakened_is_found_out_and_refused(
    weakness: tuple[str, ...], name: str, home: Path, bubblewrap: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:

    class Weakened(Bubblewrap):
        def __init__(self, ground: ground.Ground) -> None:
            super().__init__(ground)
            self._view = (*self._view, *(str(home) if each == "HOME" else each for each in weakness))

    for module in (choice, examination):
        monkeypatch.setattr(module, "Bubblewrap", Weakened)
    monkeypatch.setattr(doctor, "limits", lambda _: ())
    with pytest.raises(Unfit, match=f"in bubblewrap a job can {doctor._REACHES[name]}"):
        choose(home, prefer="bubblewrap")
    found = examine(home)
    assert not found.fit
    assert {each.name: each.held for each in found.tries}[name] is False
    assert doctor._REACHES[name] in (found.why or "")
    assert choose(home).weaker  # nothing untrusted runs here any more


def test_limits_that_do_not_hold_are_found_out(bubblewrap: Sandbox, base: ground.Ground) -> None:
    lenient = Limits(
        processes=400, memory_bytes=1 << 30, file_bytes=1 << 30, output_bytes=4 << 20, cpu_seconds=60, wall_seconds=2
    )  # fmt: skip

    class Lenient(Bubblewrap):
        def run(self, job: Job) -> Outcome:
            return super().run(dataclasses.replace(job, limits=lenient))

    attempts = (doctor._fork_bomb, doctor._memory, doctor._one_file, doctor._output, doctor._cpu)
    tries = [doctor._tried(Lenient(base), each) for each in attempts]
    assert [each.held for each in tries] == [False] * 5


def test_every_run_records_what_each_limit_came_from(sandbox: Sandbox, run: Run) -> None:
    applied = run(sandbox, "true").applied
    told = dict(each.split(": ", 1) for each in applied.by if ": " in each)
    everywhere = {"user", "system calls", "network", "memory", "processes", "cpu", "wall", "output", "files"}
    assert everywhere <= set(told)
    assert told["system calls"] == "seccomp allow-list"
    if not sandbox.weaker:
        assert told["namespaces"] == "user, mount, pid, network, ipc, uts, cgroup"
    kept = sandbox._base  # type: ignore[attr-defined]
    assert told["memory"] == (f"cgroup v{kept.version}" if kept else "watchdog that samples")
    assert told["cpu"].endswith(", rlimit")


def test_an_examination_finds_this_machine_fit_and_is_remembered(
    bubblewrap: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examine(folder)
    assert (found.provider, found.fit, found.why) == ("bubblewrap", True, None)
    assert memory.recall(bubblewrap) == found.tries
    monkeypatch.setattr(doctor, "reaches", None)  # nothing is tried again
    assert choose(folder).name == "bubblewrap"


def test_an_examination_names_what_is_missing_and_what_to_type(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(examination, "_best", lambda _: (None, "bwrap is not installed"))
    monkeypatch.setattr(examination, "_os_release", lambda: 'ID=ubuntu\nID_LIKE="debian"\n')
    found = examine(folder)
    assert (found.fit, found.provider) == (False, None)
    lacks = {each.what: each for each in found.missing}
    assert lacks["bubblewrap"].remedy == "sudo apt-get install -y bubblewrap"
    assert "untrusted jobs are refused" in lacks["bubblewrap"].consequence
    assert {"a C++ compiler", "make and cmake"} <= set(lacks)
    assert {"a C compiler with AddressSanitizer", "Node.js", "chroot and prlimit"} <= set(lacks)


@pytest.mark.parametrize(
    ("os_release", "platform", "family"),
    [
        ("ID=debian\n", "linux", "debian"),
        ("ID=linuxmint\nID_LIKE='ubuntu debian'\n", "linux", "debian"),
        ("ID=rocky\nID_LIKE='rhel centos fedora'\n", "linux", "fedora"),
        ("ID=arch\n", "linux", "arch"),
        ("ID=nixos\n", "linux", "other"),
        ("", "darwin", "macos"),
    ],
)
def test_the_family_of_a_system_is_read_from_its_own_words(
    os_release: str, platform: str, family: str
) -> None:
    assert family_of(os_release, platform) == family


def test_every_family_has_a_remedy_for_everything() -> None:
    wanted = set(REMEDIES["debian"])
    assert all(set(each) == wanted for each in REMEDIES.values())
    assert remedy("bubblewrap", "other") == "install bubblewrap with this system's package manager"


def test_a_provider_that_nobody_knows_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_SANDBOX", "hope")
    with pytest.raises(Unfit, match="'hope'"):
        choose(folder)


def test_the_doctor_examines_the_sandbox_that_is_named(
    folder: Path, bubblewrap: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSTART_SANDBOX", "landlock")
    found = examine(folder)
    assert (found.provider, found.fit, found.why) == (
        "landlock", False, "landlock runs only what ships with Headstart",
    )  # fmt: skip
    monkeypatch.setenv("HEADSTART_SANDBOX", "hope")
    with pytest.raises(Unfit, match="'hope', which is none of bubblewrap, docker, k8s, landlock"):
        examine(folder)


def test_a_sandbox_that_another_package_brings_is_taken_if_it_holds(
    folder: Path, base: ground.Ground, bubblewrap: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(choice.BROUGHT, "another", f"{__name__}:_brought")
    monkeypatch.setattr(
        choice, "import_module", lambda _: SimpleNamespace(_brought=lambda _: Bubblewrap(base))
    )
    assert choose(folder, prefer="another").name == "bubblewrap"
    monkeypatch.setattr(
        choice, "import_module", lambda _: SimpleNamespace(_brought=lambda _: NoSandbox(base))
    )
    if base.others:
        with pytest.raises(Unfit, match="in none a job can"):
            choose(folder, prefer="another")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("bubblewrap could not start the job: bwrap: No permissions to create new namespace", True),
        ("/usr/bin/bwrap has rights of its own, which must go: sudo chmod ug-s /usr/bin/bwrap", False),
    ],
)
def test_user_namespaces_are_missing_only_where_bubblewrap_could_make_none(
    why: str, told: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "_best", lambda _: (None, why))
    found = examine(folder)
    assert found.why == why
    assert ("user namespaces" in {each.what for each in found.missing}) is told


def test_the_environment_names_the_provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_SANDBOX", "landlock")
    assert choose(folder).name == "landlock"


def test_without_bubblewrap_it_is_the_weak_one_and_it_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: ground.Ground) -> Bubblewrap:
        raise Unfit("bwrap is not installed")

    monkeypatch.setattr(choice, "Bubblewrap", absent)
    monkeypatch.setattr(absent, "name", "bubblewrap", raising=False)
    chosen = choose(folder)
    assert chosen.name == "landlock"
    assert "not bubblewrap: bwrap is not installed" in chosen.applied().by  # type: ignore[attr-defined]


def test_a_folder_that_others_cannot_enter_is_not_where_jobs_run(tmp_path: Path, base: ground.Ground) -> None:
    if not base.others:
        pytest.skip("jobs run under this user's own id")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert choice.root_for(closed) == Path("/var/tmp/headstart-0")
