"""A good report, to be spoiled one way at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = """format = 1
title = "Exponential time in a comment pattern"
summary = "What goes wrong."
package = "pkg:pypi/example@1.2.0"
weaknesses = ["CWE-1333"]
affected = "vers:pypi/>=1.0.0|<1.2.3"
boundary = "Text that a user of the service supplies"
preconditions = []

[finder]
organisation = "Example Lab"
contact = "security@example.org"
ai = "model-name/snapshot"
human_reviewed = true
policy = "90+14"

[proof]
run = ["python", "harness.py", "{input}"]
trigger = ["inputs/trigger.txt"]
control = ["inputs/benign.txt"]
expect = "hang"
seconds = 10
memory_mib = 512
"""

HARNESS = b"import sys\nimport example\nexample.parse(open(sys.argv[1]).read())\n"

Spoil = Callable[..., Path]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A folder that keeps every rule."""
    folder = tmp_path / "report"
    (folder / "inputs").mkdir(parents=True)
    (folder / "report.toml").write_text(GOOD)
    (folder / "harness.py").write_bytes(HARNESS)
    (folder / "inputs" / "trigger.txt").write_text("a" * 40)
    (folder / "inputs" / "benign.txt").write_text("a")
    return folder


@pytest.fixture
def spoilt(report: Path) -> Spoil:
    """The good report with one passage of report.toml replaced."""

    def spoil(old: str, new: str) -> Path:
        assert old in GOOD
        (report / "report.toml").write_text(GOOD.replace(old, new))
        return report

    return spoil
