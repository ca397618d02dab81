"""What must hold for every family."""

import hashlib
import re
from dataclasses import replace

import pytest

from headstart.benchmarks import work
from headstart.benchmarks.errors import FamilyUnknown
from headstart.benchmarks.rules.items import LEVELS, Item
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose, tools

FAMILIES = sorted(work.families())
every_family = pytest.mark.parametrize("name", FAMILIES)


def digest(item: Item) -> str:
    """Over everything of an item: what the agent gets, and the oracle."""
    files = {**item.files, **{f"oracle/{name}": held for name, held in item.oracle.files.items()}}
    text = [item.id, item.prompt, item.oracle.solution.hex(), str(item.oracle.site)]
    text += [f"{name} {hashlib.sha256(held).hexdigest()}" for name, held in sorted(files.items())]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


@every_family
def test_the_same_seed_gives_the_same_item(name: str) -> None:
    assert digest(work.item(name, 7, 3)) == digest(work.item(name, 7, 3))


@pytest.mark.parametrize(
    ("name", "expected"), [("find-memory-flaw", "113397311fa6020d"), ("find-parser-flaw", "fca1dff873c11d13")]
)
def test_items_are_the_same_to_the_byte_on_any_machine(name: str, expected: str) -> None:
    """A change of a generator that changes one byte needs a new version of the family, and new digests here."""
    every = "".join(digest(work.item(name, 2**60 + level, level)) for level in LEVELS)
    assert hashlib.sha256(every.encode()).hexdigest()[:16] == expected


def shape(source: bytes) -> str:
    """A program without its names, numbers and words: what is left tells templates apart."""
    text = source.decode()
    text = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "S", text)
    text = re.sub(r"0x[0-9a-f]+|\d+", "0", text)
    return re.sub(r"\b[a-z]+_[a-z]+\b", "name", text)


@every_family
def test_hundreds_of_seeds_give_items_that_differ_by_more_than_names(name: str) -> None:
    made = [work.item(name, seed, 2) for seed in range(300)]
    sources = [next(held for path, held in each.files.items() if path.startswith("target.")) for each in made]
    assert len(set(sources)) == 300
    assert len({shape(source) for source in sources}) > 290
    assert len({each.oracle.more["kind"] for each in made}) >= 6


@every_family
def test_the_answer_is_not_in_the_items_files(name: str) -> None:
    for level in LEVELS:
        item = work.item(name, 11, level)
        given = [*item.files.values(), item.prompt.encode()]
        solution = item.oracle.solution.strip()
        assert not any(solution in held for held in given)
        assert not any(held in given for held in item.oracle.files.values())
        assert b"SITE" not in b"".join(given)
        assert b"??" not in b"".join(given)


@every_family
def test_flawed_and_mended_differ_in_one_line(name: str) -> None:
    for seed in range(50):
        item = work.item(name, seed, seed % len(LEVELS))
        flawed = next(held for path, held in item.files.items() if path.startswith("target."))
        (mended,) = item.oracle.files.values()
        pairs = zip(flawed.splitlines(), mended.splitlines(), strict=True)
        assert sum(one != other for one, other in pairs) == 1


def test_a_family_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(FamilyUnknown, match="find-memory-flaw"):
        work.item("juggle", 1, 1)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


@pytest.mark.sandbox
@pytest.mark.parametrize("level", LEVELS)
@every_family
def test_the_reference_solution_solves_an_item_and_an_ordinary_input_does_not(
    name: str, level: int, sandbox: Sandbox
) -> None:
    family = work.family(name)
    if family.needs_compiler and tools(sandbox).cc is None:
        pytest.skip("no C compiler in the sandbox")
    bench = work.SandboxBench(sandbox, Trust.SHIPPED)
    item = family.item(1000 + level, level)
    solved = family.score(item, item.oracle.solution, bench)
    assert solved.solved, solved.sentence
    ordinary = family.score(item, item.files["seeds/0"], bench)
    assert not ordinary.solved
    assert not ordinary.elsewhere
    assert not family.score(item, b"", bench).solved


@pytest.mark.sandbox
@pytest.mark.parametrize("change", ["another line", "a mended copy that is not mended"])
@every_family
def test_a_failure_that_is_not_the_planted_flaw_is_reported_apart(
    name: str, change: str, sandbox: Sandbox
) -> None:
    family = work.family(name)
    if family.needs_compiler and tools(sandbox).cc is None:
        pytest.skip("no C compiler in the sandbox")
    item = family.item(5, 2)
    oracle = item.oracle
    if change == "another line":
        oracle = replace(oracle, site=oracle.site + 1)
    else:
        (flawed,) = [held for path, held in item.files.items() if path.startswith("target.")]
        oracle = replace(oracle, files=dict.fromkeys(oracle.files, flawed))
    verdict = family.score(
        replace(item, oracle=oracle), oracle.solution, work.SandboxBench(sandbox, Trust.SHIPPED)
    )
    assert not verdict.solved
    assert verdict.elsewhere
