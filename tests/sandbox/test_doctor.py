"""The doctor's tries are real: they hold in a sandbox, and get out where there is none."""

import dataclasses
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import ground
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.rules.examination import REMEDIES, Try, family_of, remedy
from headstart.sandbox.rules.jobs import Applied, Ended, Job, Mount, Outcome
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


def test_an_examination_finds_this_machine_fit_and_is_remembered(bubblewrap: Sandbox, folder: Path) -> None:
    found = examine(folder)
    assert (found.provider, found.fit, found.why) == ("bubblewrap", True, None)
    assert memory.recall(bubblewrap) == found.tries
    started = time.monotonic()
    assert choose(folder).name == "bubblewrap"
    assert time.monotonic() - started < 5


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
