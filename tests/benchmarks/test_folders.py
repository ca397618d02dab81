"""A run on disk outlives a kill, and what is not one is one clear line."""

from pathlib import Path

import pytest
from tests.simulators.evaluations import run_of

from headstart.benchmarks import work
from headstart.benchmarks.errors import RunUnreadable, SealBroken
from headstart.benchmarks.rules.sealing import Form, Plan
from headstart.benchmarks.work import RunFolder

PLAN = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=6), seed=3)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return run_of(tmp_path / "run", PLAN).folder


def test_what_is_written_reads_back(run: RunFolder) -> None:
    scores = list(run.scores())
    assert [each.order for each in scores] == list(range(6))
    assert run.plan() == PLAN
    assert run.header().commitment == PLAN.commitment
    assert list(RunFolder(run.path).scores()) == scores


def test_the_plans_file_has_the_commitment_as_its_digest(run: RunFolder) -> None:
    import hashlib

    assert hashlib.sha256((run.path / "plan.json").read_bytes()).hexdigest() == PLAN.commitment


def test_a_torn_last_line_is_left_out_and_cut_off(run: RunFolder) -> None:
    journal = run.path / "journal.jsonl"
    whole = journal.read_bytes()
    root = run.root()
    for cut in (1, 20, 200):
        journal.write_bytes(whole + whole[:cut])
        assert len(list(run.scores())) == 6
        assert run.root() == root
    run.mend()
    assert journal.read_bytes() == whole
    run.append(next(run.scores()))
    assert len(list(run.scores())) == 7


def test_a_line_that_was_changed_changes_the_root(run: RunFolder) -> None:
    journal, root = run.path / "journal.jsonl", run.root()
    journal.write_bytes(journal.read_bytes().replace(b'"failed"', b'"solved"', 1))
    assert run.root() != root


@pytest.mark.parametrize(
    "held", [b"{}\n", b"[\n", b"\xff\n", b"[" * 5000 + b"\n", b'{"item": 1}\n', b"x" * (2 << 20)]
)
def test_a_journal_of_something_else_is_one_clear_line(run: RunFolder, held: bytes) -> None:
    (run.path / "journal.jsonl").write_bytes(held + b"\n")
    with pytest.raises(RunUnreadable, match="line 1") as refused:
        list(run.scores())
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("name", ["run.json", "plan.json"])
@pytest.mark.parametrize("held", [b"", b"{", b"[]", b"\xff", b'{"format": 2}', b"[" * 100_000])
def test_a_folder_of_something_else_is_one_clear_line(run: RunFolder, name: str, held: bytes) -> None:
    (run.path / name).write_bytes(held)
    with pytest.raises(RunUnreadable) as refused:
        run.header() if name == "run.json" else run.plan()
    assert "\n" not in str(refused.value)


def test_there_is_nothing_where_there_is_no_run(tmp_path: Path) -> None:
    nothing = RunFolder(tmp_path)
    assert not nothing.exists
    assert list(nothing.scores()) == list(nothing.readings()) == []
    assert nothing.sample("x") is None
    assert nothing.sample("../../etc/passwd") is None
    with pytest.raises(RunUnreadable, match="bench run"):
        nothing.header()


def test_a_folder_belongs_to_one_plan(run: RunFolder) -> None:
    other: Plan = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=6), seed=4)
    with pytest.raises(SealBroken):
        run.begin(run.header(), other)
