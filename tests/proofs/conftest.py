"""Reports on the made-up targets, and one sandbox and store for all tests of this room."""

import shutil
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headstart.packages.work import Store
from headstart.proofs import work
from headstart.proofs.work import Verdict
from headstart.reports import work as reports
from headstart.reports.work import Folder
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

ROOT = Path(__file__).resolve().parents[2]
TARGETS = Path(__file__).parent / "targets"
SECONDS = 1

Report = Callable[..., Folder]
Prove = Callable[..., Verdict]

REPORT = """format = 1
title = "A planted flaw"
summary = "What goes wrong."
package = "pkg:generic/{package}@{version}"
weaknesses = ["CWE-1"]
boundary = "The input"
preconditions = []

[finder]
organisation = "Example Lab"
contact = "security@example.org"
human_reviewed = true

[proof]
run = {run}
trigger = ["inputs/trigger.txt"]
control = ["inputs/benign.txt"]
expect = "{expect}"
seconds = {seconds}
memory_mib = {memory}
{more}
"""


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The best sandbox of this machine."""
    return choose(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The made-up targets, and those that ship."""
    root = Path("/var/tmp") / f"headstart-test-store-{tmp_path_factory.getbasetemp().name}"
    root.mkdir(exist_ok=True)
    older = root / "made" / "older" / "1.0.0" / "older.py"
    older.parent.mkdir(parents=True, exist_ok=True)
    older.write_text('print "written for another Python"')
    yield Store(root / "store", local=(TARGETS, root / "made", ROOT / "examples" / "targets"))
    shutil.rmtree(root)


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A report folder of one's own making; `harness` is Python unless `language` says node."""
    made = iter(range(100))

    def make(
        expect: str,
        harness: str,
        *,
        trigger: str = "trigger",
        control: str = "control",
        language: str = "python",
        **more: object,
    ) -> Folder:
        folder = tmp_path / f"report-{next(made)}"
        (folder / "inputs").mkdir(parents=True)
        (folder / "inputs" / "trigger.txt").write_text(trigger)
        (folder / "inputs" / "benign.txt").write_text(control)
        script = "harness.js" if language == "node" else "harness.py"
        (folder / script).write_text(textwrap.dedent(harness))
        for name, content in dict(more.pop("files", {})).items():  # type: ignore[call-overload]
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        fields = {
            "package": "knotty" if language == "node" else "leaky",
            "version": "1.0.0",
            "run": f'["{language}", "{script}", "{{input}}"]',
            "seconds": SECONDS,
            "memory": 256,
            "more": "",
        } | more
        (folder / "report.toml").write_text(REPORT.format(expect=expect, **fields))
        return reports.read(folder)

    return make


@pytest.fixture
def prove(sandbox: Sandbox, store: Store) -> Prove:
    """Prove a report with few runs and no contrast, unless asked."""

    def run(folder: Folder, *, runs: int = 1, contrast: str = "none") -> Verdict:
        return work.prove(folder, store=store, sandbox=sandbox, runs=runs, contrast=contrast)  # type: ignore[arg-type]

    return run
