"""What must hold for every family. What is one family's own is tested in families/."""

import base64
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.benchmarks.attempts import attempt, verdict

from headstart.agents.providers.endpoint import kit
from headstart.agents.rules.reference import Strength
from headstart.agents.rules.sheet import facts
from headstart.benchmarks import work
from headstart.benchmarks.errors import FamilyUnknown
from headstart.benchmarks.rules.items import LEVELS, Item, digest
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

FAMILIES = sorted(work.families())
DIGESTS = Path(__file__).parent / "digests"
every_family = pytest.mark.parametrize("name", FAMILIES)
PINNED = """
import hashlib, sys
from headstart.benchmarks import work
from headstart.benchmarks.rules.items import LEVELS, digest
every = "".join(digest(work.item(sys.argv[1], 2**60 + level, level)) for level in LEVELS)
print(hashlib.sha256(every.encode()).hexdigest())
"""


@every_family
@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_items_are_the_same_to_the_byte_on_any_machine(name: str, hash_seed: str) -> None:
    """A change of a generator that changes one byte needs a new version of the family, and a new file in digests/."""
    said = subprocess.run(
        [sys.executable, "-c", PINNED, name],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert said == (DIGESTS / f"{name}.txt").read_text().strip()


def skeleton(item: Item) -> str:
    """An item without its names, numbers and words: what is left tells templates apart."""
    texts = [
        (path, held.decode() if _is_text(held) else _of_bytes(held))
        for path, held in sorted(item.files.items())
    ]
    return "\n".join(f"{re.sub(r'[0-9]+', '0', path)}\n{_bare(text)}" for path, text in texts)


def _of_bytes(held: bytes) -> str:
    """Of a program in machine code: its size and its zero bytes, tallied. Its family's test knows its instructions."""
    return "+" * len(held) + "-" * held.count(0) if held.startswith(b"\x7fELF") else str(held.count(0))


def _is_text(held: bytes) -> bool:
    try:
        return "\0" not in held.decode()
    except UnicodeDecodeError:
        return False


def _bare(text: str) -> str:
    text = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "S", text)
    text = re.sub(r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b|\d+", "0", text)
    return re.sub(r"\b[a-z]+_[a-z_]+\b", "name", text)


@every_family
@pytest.mark.parametrize("level", [0, 3, 6])
def test_hundreds_of_seeds_give_items_that_differ_by_more_than_names(name: str, level: int) -> None:
    made = [work.item(name, seed, level) for seed in range(300)]
    assert len({digest(each) for each in made}) == 300
    skeletons = Counter(skeleton(each) for each in made)
    assert len(skeletons) > 270, skeletons.most_common(3)
    shapes = Counter(each.oracle.shape for each in made)
    assert len(shapes) >= 24
    assert shapes.most_common(1)[0][1] <= 45


@every_family
def test_the_answer_is_not_in_the_items_files(name: str) -> None:
    for level in LEVELS:
        for seed in (11, 12, 13):
            item = work.item(name, seed, level)
            given = [*item.files.values(), item.prompt.encode()]
            solution = item.oracle.solution.strip()
            ways = (solution, solution[::-1], solution.hex().encode(), base64.b64encode(solution))
            assert not any(way in held for held in given for way in ways)
            assert not any(held in given for held in item.oracle.files.values())
            assert b"SITE" not in b"".join(given)
            assert b"??" not in b"".join(given)


@every_family
def test_every_strength_has_a_way_to_try(name: str) -> None:
    """None of the programs that reference models bring holds an oracle: they get the sheet and the item's files."""
    sheet = facts(work.item(name, 1, 1).prompt)
    assert sheet["answer"] == "answer"
    task, language = sheet.get("task", ""), sheet["language"]
    for strength in (Strength.HEURISTIC, Strength.FUZZER):
        own = f"{task.replace('-', '_')}_{strength}.py"
        assert own in kit() or (not task and language in ("c", "python"))


@every_family
def test_its_page_says_enough(name: str) -> None:
    family = work.family(name)
    assert family.summary.endswith(".")
    assert len(family.about.split("\n\n")) >= 3
    assert all(len(line) <= 120 for line in family.about.splitlines())


def test_a_family_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(FamilyUnknown, match="find-memory-flaw"):
        work.item("juggle", 1, 1)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


@pytest.mark.sandbox
@pytest.mark.parametrize("level", LEVELS)
@every_family
def test_the_reference_solution_solves_an_item_and_nothing_does_not(
    name: str, level: int, sandbox: Sandbox
) -> None:
    if work.missing(name, sandbox):
        pytest.skip("this machine lacks what the family needs")
    item = work.item(name, 1000 + level, level)
    solved = verdict(item, item.oracle.solution, sandbox)
    assert solved.solved, solved.sentence
    assert solved.cheating is None
    for nothing in (attempt(item, "null", sandbox), b"", b"\0" * 64, b"{}", b"answer\n"):
        told = verdict(item, nothing, sandbox)
        assert not told.solved
        assert told.sentence


@pytest.mark.sandbox
@every_family
def test_what_was_handed_out_is_no_answer(name: str, sandbox: Sandbox) -> None:
    if work.missing(name, sandbox):
        pytest.skip("this machine lacks what the family needs")
    item = work.item(name, 77, 2)
    for held in list(item.files.values())[:6]:
        assert not verdict(item, held, sandbox).solved


@pytest.mark.sandbox
@every_family
def test_the_dial_makes_items_harder_for_agents_of_different_strength(name: str, sandbox: Sandbox) -> None:
    """Really attempted: the fuzzer solves easy ones, and hard ones less; the heuristic never does better than it."""
    if work.missing(name, sandbox):
        pytest.skip("this machine lacks what the family needs")
    solved = {
        (strength, level): sum(
            verdict(item, attempt(item, strength, sandbox), sandbox).solved
            for item in (work.item(name, seed, level) for seed in (501, 502))
        )
        for strength in ("heuristic", "fuzzer")
        for level in (0, 6)
    }
    assert solved["fuzzer", 0] > solved["fuzzer", 6]
    assert solved["heuristic", 6] == 0
    assert solved["heuristic", 0] <= solved["fuzzer", 0]
