"""What the how-tos say is what happens, word for word."""

import shutil
from pathlib import Path

import pytest
from tests.cli.howto import follow

from headstart.benchmarks.work import RunFolder
from headstart.benchmarks.work.reporting import report

pytestmark = [
    pytest.mark.sandbox, pytest.mark.enable_socket,
    pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler here"),
]  # fmt: skip


def test_a_maintainers_afternoon(tmp_path: Path) -> None:
    assert follow("proving.md", tmp_path) == 8


@pytest.mark.timeout(900)
def test_an_evaluators_days(tmp_path: Path) -> None:
    """Seal, run three reference models (one is killed and goes on), read, report, compare, open, verify, disclose."""
    assert follow("evaluators.md", tmp_path) == 15
    assert (tmp_path / "report.html").stat().st_size > 50_000
    abilities = [
        report(RunFolder(tmp_path / "runs" / name))["ability"]["mean"]
        for name in ("null", "heuristic", "model-7")
    ]
    assert abilities == sorted(abilities)
    assert len(set(abilities)) == 3
