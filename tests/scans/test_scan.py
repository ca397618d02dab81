"""A model finds a flaw by running, and the hub sees it for itself."""

from pathlib import Path

import pytest

from headstart.packages.work import Store
from headstart.reports import work as reports
from headstart.reports.rules import Expect, lint
from headstart.sandbox.work import choose
from headstart.scans import work
from headstart.scans.work import ScanTarget

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def target(*, offline: bool) -> ScanTarget:
    targets = work.read_targets(EXAMPLES / "scan-targets.toml")
    return next(each for each in targets if each.offline is offline)


def look(chosen: ScanTarget, model: str, folder: Path) -> tuple[reports.Folder, ...]:
    sandbox = choose(folder)
    store = Store(sandbox.root / "store", (EXAMPLES / "targets",))
    return work.scan(chosen, model_spec=model, store=store, sandbox=sandbox, into=folder / "scans")


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_the_reference_model_finds_the_planted_flaw_and_its_report_is_clean(tmp_path: Path) -> None:
    chosen = target(offline=True)
    (folder,) = look(chosen, "reference/fuzzer", tmp_path)
    report = folder.report
    assert report.purl == chosen.purl
    assert (report.proof.expect, report.proof.exception) == (Expect.CRASH, "IndexError")
    assert report.finder.ai == "reference/fuzzer"
    assert not report.finder.human_reviewed
    trigger = (folder.path / "inputs/trigger.txt").read_bytes()
    assert trigger
    assert trigger.decode() not in chosen.seeds
    files = {name: (folder.path / name).read_bytes() for name in folder.files}
    assert lint(report, files) == ()


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_a_model_that_hands_in_nothing_makes_no_report(tmp_path: Path) -> None:
    assert look(target(offline=True), "reference/null", tmp_path) == ()


@pytest.mark.sandbox
@pytest.mark.network
def test_the_reference_model_finds_a_public_flaw_in_a_real_release(tmp_path: Path) -> None:
    chosen = target(offline=False)
    (folder,) = look(chosen, "reference/fuzzer", tmp_path)
    assert folder.report.proof.expect is Expect.HANG
    assert len((folder.path / "inputs/trigger.txt").read_text()) <= chosen.max_length
