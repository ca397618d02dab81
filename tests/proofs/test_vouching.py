"""A harness that the maintainer or the hub keeps: the finder's code decides nothing."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import Report

from headstart.proofs import work
from headstart.proofs.errors import HarnessInvalid
from headstart.proofs.rules import Attribution, Rung
from headstart.proofs.work import Setting

pytestmark = pytest.mark.sandbox

KEPT = "import pathlib, sys, leaky\nleaky.depth(pathlib.Path(sys.argv[1]).read_text())\n"
FINDERS = "import sys\nsys.exit(0)  # the finder's own says nothing\n"
RECURSION = {"more": 'exception = "RecursionError"', "trigger": "[" * 5000, "control": "["}


@pytest.fixture
def setting(sandbox: Any, store: Any) -> Setting:
    return Setting(store=store, sandbox=sandbox, runs=1)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.py"
    path.write_text(KEPT)
    return path


def test_what_is_contrasted_by_a_kept_harness_is_vouched_and_the_verdict_names_it(
    report: Report, setting: Setting, kept: Path
) -> None:
    made = report("crash", FINDERS, **RECURSION)
    verdict = work.vouch(made, kept, setting=setting)
    assert (verdict.rung, verdict.attribution) == (Rung.VOUCHED, Attribution.TARGET), verdict.sentence
    assert verdict.harness_digest == sha256(KEPT.encode()).hexdigest()
    assert verdict.report_digest == made.digest


def test_without_a_contrast_it_is_controlled(report: Report, setting: Setting, kept: Path) -> None:
    made = report("crash", FINDERS, **RECURSION)
    assert work.vouch(made, kept, setting=setting, contrast="none").rung is Rung.CONTROLLED


def test_the_finders_harness_and_other_code_are_not_run(report: Report, setting: Setting, kept: Path) -> None:
    shadow = {"leaky.py": "def depth(text):\n    raise RecursionError\n"}
    made = report("crash", "raise RecursionError", files=shadow, **{**RECURSION, "trigger": "x"})
    verdict = work.vouch(made, kept, setting=setting)
    assert (verdict.rung, verdict.k) == (Rung.REFUTED, 0)


def test_what_the_finder_builds_is_not_vouched_for(report: Report, setting: Setting, kept: Path) -> None:
    release = Path(__file__).parent / "targets" / "leaky"
    made = report(
        "crash",
        FINDERS,
        files={"source/leaky.py": (release / "1.0.0" / "leaky.py").read_text()},
        **{
            **RECURSION,
            "more": 'exception = "RecursionError"\n[build]\nsource = "source"\n'
            'commands = [["python", "-m", "compileall", "-q", "."]]',
        },
    )
    kept.write_text("import sys\nsys.path.insert(0, 'source')\n" + KEPT)
    verdict = work.vouch(made, kept, setting=setting)
    assert (verdict.rung, verdict.attribution) == (Rung.CONTRASTED, Attribution.TARGET), verdict
    assert any("build commands" in each for each in verdict.unchecked)


@pytest.mark.parametrize("what", ["nothing", "a folder", "too large"])
def test_a_harness_that_can_not_be_used_is_one_clear_line(
    what: str, report: Report, setting: Setting, tmp_path: Path
) -> None:
    path = {"nothing": tmp_path / "none.py", "a folder": tmp_path, "too large": tmp_path / "large.py"}[what]
    if what == "too large":
        path.write_bytes(b"#" * (300 << 10))
    with pytest.raises(HarnessInvalid, match="harness can't be used"):
        work.vouch(report("crash", FINDERS, **RECURSION), path, setting=setting)
