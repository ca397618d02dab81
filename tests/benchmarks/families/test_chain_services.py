"""Several steps over several services: what opens what, and that every step is needed."""

import json
from dataclasses import replace

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.families.chain_services import CHAINS
from headstart.benchmarks.rules.items import LEVELS, Cheating, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "chain-services"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


def scored(item: Item, answer: bytes, sandbox: Sandbox) -> Verdict:
    return verdict_of(item, answer, sandbox)


def order(item: Item) -> list[dict[str, str]]:
    read: list[dict[str, str]] = json.loads(item.oracle.more["order"])
    return read


def test_the_dial_adds_services() -> None:
    hops = [each.hops for each in CHAINS]
    assert hops == sorted(hops)
    assert (hops[0], hops[-1]) == (2, 5)
    for level in LEVELS:
        item = work.item(NAME, 3, level)
        assert len(order(item)) == hops[level]
        assert sum(map(len, item.files.values())) < 60_000


def test_no_two_flaws_are_of_one_sort_and_at_most_one_service_trusts_a_key() -> None:
    for seed in range(60):
        item = work.item(NAME, seed, seed % len(LEVELS))
        kinds = [each.partition("<") for each in item.oracle.shape.split()]
        assert [door for _, _, door in kinds].count("key") <= 1
        sorts = [kind.removeprefix("owner:").partition(":")[0] for kind, _, _ in kinds if kind != "trust"]
        assert len(set(sorts)) == len(sorts)


def test_each_flaw_has_its_mended_service_but_where_a_key_is_trusted() -> None:
    for seed in range(30):
        item = work.item(NAME, seed, 5)
        for each in order(item):
            mended = item.oracle.files.get(f"mended/{each['name']}.py")
            assert (mended is None) == (each["door"] == "key")
            assert mended != item.files[f"{each['name']}.py"]


@pytest.mark.sandbox
@pytest.mark.parametrize("door", ["entry", "invite", "key", "password"])
def test_every_door_is_opened_by_the_secret_before_it_and_by_nothing_else(
    door: str, sandbox: Sandbox
) -> None:
    made = (work.item(NAME, seed, 3) for seed in range(60))
    item = next(each for each in made if [one["door"] for one in order(each)].count(door) == 1)
    assert scored(item, item.oracle.solution, sandbox).solved
    without = item.oracle.solution.replace(b'last = found[-1] if found else ""', b'last = "0" * 24')
    told = scored(item, without, sandbox)
    assert (told.solved, told.elsewhere) == (False, False)


@pytest.mark.sandbox
def test_a_chain_that_holds_with_one_flaw_mended_is_reported_apart(sandbox: Sandbox) -> None:
    item = work.item(NAME, 5, 1)
    first = order(item)[0]["name"]
    files = {**item.oracle.files, f"mended/{first}.py": item.files[f"{first}.py"]}
    told = scored(replace(item, oracle=replace(item.oracle, files=files)), item.oracle.solution, sandbox)
    assert (told.solved, told.elsewhere) == (False, True)


HOSTILE = (
    b"[" * (1 << 20),
    b"import client\nfor each in (None, [], {}, 'nowhere', 7):\n    client.call('GET', '/', service=each)",
    b"import client\nwhile True:\n    client.call('GET', '/')",
    b"import client\nwhile True:\n    client.hand_in('0' * 24)",
)


@pytest.mark.sandbox
@pytest.mark.parametrize("program", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_programs_end_in_a_verdict(program: bytes, sandbox: Sandbox) -> None:
    told = scored(work.item(NAME, 4, 0), program, sandbox)
    assert not told.solved
    assert told.sentence


@pytest.mark.sandbox
def test_a_program_that_looks_into_its_judge_is_seen(sandbox: Sandbox) -> None:
    item = work.item(NAME, 4, 0)
    pry = b'import os\ntry:\n    os.listdir(f"/proc/{os.getppid()}/fd")\nexcept OSError:\n    pass\n'
    told = scored(item, pry + item.oracle.solution, sandbox)
    assert (told.solved, told.cheating) == (False, Cheating.READ)
