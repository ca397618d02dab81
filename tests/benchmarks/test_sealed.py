"""Sealed before, opened after, and checked by anyone with the key: plan, run, one transcript."""

import hashlib
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.simulators.evaluations import run_of

from headstart.benchmarks import work
from headstart.benchmarks.errors import SealBroken, TranscriptMissing
from headstart.benchmarks.rules.ability import estimate, tallied
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Form
from headstart.benchmarks.work import Evaluation, RunFolder, sealed
from headstart.benchmarks.work.verifying import KINDS, verify_run
from headstart.ledger.rules.verified import Verified
from headstart.ledger.work import verify_file

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PLAN = work.plan(["find-parser-flaw"], work.Terms(form=Form.FIXED, items=6, claim="that it finds"), seed=3)


def checked(path: Path, key: Ed25519PrivateKey = KEY) -> Verified:
    return verify_file(path, [key.public_key()], KINDS)


def test_a_seal_hides_the_plan_and_holds_it(tmp_path: Path) -> None:
    published = sealed.seal(PLAN, tmp_path / "battery", KEY)
    assert PLAN.master not in published.read_text()
    assert "find-parser-flaw" not in json.dumps(checked(published).details)
    plan = tmp_path / "battery" / "plan.json"
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    assert (
        hashlib.sha256(plan.read_bytes()).hexdigest()
        == PLAN.commitment
        == checked(published).details["commitment"]
    )
    alone = tmp_path / "elsewhere.dsse.json"
    alone.write_bytes(published.read_bytes())
    assert checked(alone).holds
    assert not checked(alone, OTHER).holds


def test_a_plan_that_was_changed_after_it_was_sealed_does_not_verify_and_is_not_opened(
    tmp_path: Path,
) -> None:
    sealed.seal(PLAN, tmp_path, KEY)
    assert checked(tmp_path / "plan.json").holds
    (tmp_path / "plan.json").chmod(0o644)
    (tmp_path / "plan.json").write_bytes(work.plan_bytes(replace(PLAN, items=7)))
    assert not checked(tmp_path / "plan.json").holds
    assert not checked(tmp_path / "plan.dsse.json").holds
    with pytest.raises(SealBroken):
        sealed.open_plan(tmp_path, KEY)


def test_opening_shows_the_plan_to_everyone(tmp_path: Path) -> None:
    sealed.seal(PLAN, tmp_path, KEY)
    said = checked(sealed.open_plan(tmp_path, KEY))
    assert said.holds
    assert "fixed form of 6 items" in said.sentence
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o644
    with pytest.raises(SealBroken, match="no seal"):
        sealed.open_plan(tmp_path, OTHER)


def test_a_plan_is_never_written_over(tmp_path: Path) -> None:
    sealed.seal(PLAN, tmp_path, KEY)
    with pytest.raises(SealBroken, match="name another folder"):
        sealed.seal(PLAN, tmp_path, KEY)


@pytest.fixture
def run(tmp_path: Path) -> Evaluation:
    """A run that ended, signed; its logs are there."""
    made = run_of(tmp_path / "run", PLAN, logs=True)
    answers = ((each.family, each.level, each.solved) for each in made.items)
    ended = replace(made.header, root=made.folder.root().hex())
    made.folder.write(ended)
    done = replace(made, header=ended, ability=estimate(tallied(answers), Scale.of(PLAN.scale)))
    sealed.sign_result(done, KEY)
    return done


def test_a_run_that_is_as_it_was_verifies(run: Evaluation) -> None:
    found = verify_run(run.folder, [KEY.public_key()])
    assert found.holds, found.sentence
    assert found.details["items"] == 6
    assert not verify_run(run.folder, [OTHER.public_key()]).holds


def rewritten(change: Callable[[ItemScore], ItemScore]) -> Callable[[RunFolder], None]:
    def write(folder: RunFolder) -> None:
        scores = [change(each) if n == 2 else each for n, each in enumerate(folder.scores())]
        (folder.path / "journal.jsonl").unlink()
        for each in scores:
            folder.append(each)

    return write


def lose_a_log(folder: RunFolder) -> None:
    next((folder.path / "samples").iterdir()).unlink()


def change_a_log(folder: RunFolder) -> None:
    next((folder.path / "samples").iterdir()).write_text("nothing happened")


def change_the_plan(folder: RunFolder) -> None:
    (folder.path / "plan.json").write_bytes(work.plan_bytes(replace(PLAN, items=7)))


def pick_a_seed(folder: RunFolder) -> None:
    picked = work.item("find-parser-flaw", 12345, 0)
    rewritten(lambda each: replace(each, item=picked.id, seed="3039", level=0))(folder)


CHANGES: dict[str, tuple[Callable[[RunFolder], None], str]] = {
    "a log is lost": (lose_a_log, "is gone"),
    "a log was changed": (change_a_log, "is gone"),
    "another plan": (change_the_plan, "not the plan"),
    "a seed that somebody picked": (pick_a_seed, "does not derive"),
    "another item from the seed": (
        rewritten(lambda each: replace(each, digest="0" * 64)),
        "can't be made again",
    ),
    "another outcome": (
        rewritten(lambda each: replace(each, sentence="another")),
        "not the file that was signed",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_that_was_touched_does_not_verify(run: Evaluation, name: str) -> None:
    change, why = CHANGES[name]
    change(run.folder)
    found = verify_run(run.folder, [KEY.public_key()])
    assert not found.holds
    assert why in found.sentence


def test_one_transcript_is_disclosed_and_proved_without_the_rest(run: Evaluation, tmp_path: Path) -> None:
    score = run.items[3]
    log = sealed.disclose(run.folder, score.item, 1, tmp_path / "out", KEY)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == sorted(
        [log.name, f"{score.item}.dsse.json"]
    )
    found = checked(log)
    assert found.holds, found.sentence
    assert found.details["root"] == run.header.root
    others = {each.item for each in run.items} - {score.item}
    assert not any(each in path.read_text() for path in (tmp_path / "out").iterdir() for each in others)
    log.write_text("{}")
    assert not checked(log).holds


def test_a_transcript_of_another_line_does_not_verify(run: Evaluation, tmp_path: Path) -> None:
    from headstart.benchmarks.rules import statements
    from headstart.ledger.rules import dsse
    from headstart.ledger.rules.tree import inclusion_proof, leaf_hash

    lines = list(run.folder.lines())
    leaves = [leaf_hash(line) for line in lines]
    for index, line in ((1, lines[2]), (2, lines[1])):
        path = inclusion_proof(2, leaves)
        said = statements.transcript(run.items[2], line, index, 6, path, run.folder.root())
        file = tmp_path / "x.dsse.json"
        sealed._write(file, dsse.sign_statement(said, KEY))
        assert not checked(file).holds


@pytest.mark.parametrize("item", ["find-parser-flaw.1-3-0", "../../etc/passwd", ""])
def test_a_transcript_that_is_not_there_is_one_clear_line(run: Evaluation, tmp_path: Path, item: str) -> None:
    with pytest.raises(TranscriptMissing):
        sealed.disclose(run.folder, item, 1, tmp_path / "out", KEY)
