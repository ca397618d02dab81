"""Tools that jobs can read, unprivileged hubs, and what a run costs."""

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from headstart.sandbox.errors import JobInvalid, Unfit
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.providers import toolbox, versions
from headstart.sandbox.rules.jobs import Job, Mount
from headstart.sandbox.work import overhead, tools

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.sandbox
def test_every_tool_can_be_read_by_every_user(bubblewrap: Sandbox) -> None:
    found = tools(bubblewrap)
    assert all(toolbox.readable(Path(each)) for each in found.named.values())


def test_what_others_cannot_reach_is_not_readable(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("x")
    (closed / "file").chmod(0o644)
    assert not toolbox.readable(closed / "file")
    closed.chmod(0o755)
    assert toolbox.readable(closed / "file")


@pytest.mark.sandbox
def test_a_python_that_only_its_owner_can_read_is_copied_and_runs(bubblewrap: Sandbox, folder: Path) -> None:
    own = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    if toolbox.readable(own) or own.is_relative_to("/usr"):
        pytest.skip("this Python can be read by all as it is")
    copied = toolbox._copied_python(folder, own)
    assert toolbox.readable(copied)
    assert (copied.parent.parent / "lib" / f"python{bubblewrap.tools.python_version}" / "os.py").exists()
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        assert not toolbox._runs_for_others(copied)  # its library is where only its owner can read
    else:
        assert toolbox._runs_for_others(copied)


def test_a_machine_without_a_python_that_jobs_can_read_is_unfit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "readable", lambda _: False)
    monkeypatch.setattr(toolbox, "_runs_for_others", lambda _: False)
    with pytest.raises(Unfit, match="install python3"):
        toolbox.find(folder, others=True)


def test_a_file_that_only_its_owner_can_read_is_copied(folder: Path) -> None:
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    shutil.copyfile("/bin/true", closed / "node")
    copied = toolbox._copied_file(folder, closed / "node")
    assert toolbox.readable(copied)
    assert copied.stat().st_mode & stat.S_IXOTH


@pytest.mark.sandbox
def test_the_tools_say_which_versions_they_are(bubblewrap: Sandbox) -> None:
    found = bubblewrap.tools
    assert set(found.versions) == set(found.named)
    assert found.versions["python"].startswith(f"Python {found.python_version}.")
    assert all(any(letter.isdigit() for letter in line) for line in found.versions.values())


def test_a_version_is_asked_once_and_again_when_the_tool_changes(tmp_path: Path) -> None:
    asked, tool, mute = tmp_path / "asked", tmp_path / "tool", tmp_path / "mute"
    tool.write_text(f"#!/bin/sh\necho >> {asked}\necho tool 1.0\necho of nobody\n")
    mute.write_text("#!/bin/sh\necho no such option\nexit 2\n")
    for each in (tool, mute):
        each.chmod(0o755)
    tools = {"tool": str(tool), "mute": str(mute), "gone": str(tmp_path / "gone")}
    for _ in range(3):
        assert versions.told(tmp_path, tools) == {"tool": "tool 1.0"}
    assert asked.read_text() == "\n"
    tool.write_text(tool.read_text().replace("tool 1.0", "tool 1.10"))
    assert versions.told(tmp_path, tools) == {"tool": "tool 1.10"}


UNPRIVILEGED = """
import sys
import sysconfig
from pathlib import Path
from headstart.sandbox.providers import ground
from headstart.sandbox.providers.bubblewrap import Bubblewrap
from headstart.sandbox.providers.landlock import Landlock
from headstart.sandbox.rules.jobs import Job, Limits, Trust
base = ground.lay(Path(sys.argv[1]))
for sandbox in (Bubblewrap(base), Landlock(base)):
    with sandbox.scratch() as scratch:
        def run(script, **limits):
            work = scratch / str(len(list(scratch.iterdir())))
            work.mkdir()
            argv = ("python", "-I", "-S", "-c", script)
            return sandbox.run(Job(argv=argv, work=work, trust=Trust.SHIPPED, limits=Limits(**limits)))
        print(run("print(6 * 7)").stdout.decode().strip(), end=" ")
        print(run("while True: pass", cpu_seconds=0.3).ended, end=" ")
        print(run("x = bytearray(300 << 20)\\nimport time; time.sleep(3)", memory_bytes=64 << 20).ended, end=" ")
        forks = "import os\\nn = 0\\nfor _ in range(99):\\n    try:\\n        pid = os.fork()\\n" \\
            "    except OSError:\\n        break\\n    if pid == 0:\\n        import time; time.sleep(5)\\n" \\
            "        os._exit(0)\\n" \\
            "    n += 1\\nprint(n)"
        print(int(run(forks, processes=20).stdout) <= 21)
"""


@pytest.mark.sandbox
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are unprivileged already")
def test_an_unprivileged_hub_has_the_same_limits(bubblewrap: Sandbox, folder: Path) -> None:
    python = Path("/usr/bin/python3")
    libraries = Path(__import__("pyseccomp").__file__).parent
    if not (python.exists() and toolbox.readable(libraries) and toolbox.readable(ROOT / "src")):
        pytest.skip("no Python here that another user could run the hub with")
    home = folder / "unprivileged"
    home.mkdir()
    os.chown(home, 65534, 65534)
    told = subprocess.run(
        [str(python), "-c", UNPRIVILEGED, str(home / "sandbox")],
        capture_output=True, text=True, check=False, user=65534, group=65534, extra_groups=[], cwd="/", timeout=60,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{libraries}", "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert told.stdout.splitlines() == ["42 cpu-time memory True"] * 2, told.stderr


@pytest.mark.sandbox
def test_what_a_run_costs_is_measured_beside_a_bare_process(bubblewrap: Sandbox) -> None:
    figures = overhead(bubblewrap, runs=6)
    assert min(figures.sandbox_seconds, figures.bare_seconds, figures.bare_runs_a_second) > 0
    assert figures.runs == 6
    assert figures.overhead_seconds == figures.sandbox_seconds - figures.bare_seconds
    assert figures.sandbox_runs_a_second > 0


@pytest.mark.sandbox
def test_loading_the_sandbox_loads_nothing_heavy() -> None:
    script = (
        "import sys\nimport headstart.sandbox.work\n"
        "print(sorted({'django', 'inspect_ai', 'pyseccomp', 'asyncio', 'httpx'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_job_says_what_it_may_not_be(tmp_path: Path) -> None:
    for at in ("relative", "/", "/usr/lib/x", "/work/x", "/a/../b", "/proc", "/a/"):
        with pytest.raises(JobInvalid):
            Mount(source=tmp_path, at=at)
    for words in ({"argv": ()}, {"argv": ("a\0b",)}, {"argv": ("a",), "env": {"A=B": "c"}}):
        with pytest.raises(JobInvalid):
            Job(work=tmp_path, **words)  # type: ignore[arg-type]
    with pytest.raises(JobInvalid):
        Job(argv=("a",), work=Path("relative"))
