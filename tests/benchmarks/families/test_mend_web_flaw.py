"""Mend a flaw in a web service: what counts, and what a hostile service gets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.families.web_service import DIALS, service
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Cheating, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "mend-web-flaw"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


def scored(item: Item, answer: bytes, sandbox: Sandbox) -> Verdict:
    return verdict_of(item, answer, sandbox)


def test_what_is_known_of_the_flaw_grows_less() -> None:
    given = [work.item(NAME, 9, level) for level in range(7)]
    assert ["exploit.py" in each.files for each in given] == [True, True, *[False] * 5]
    complaints = [service(Draw(NAME, 1, 9, level), DIALS[level]).complaint for level in range(7)]
    told = [complaint in each.prompt for each, complaint in zip(given, complaints, strict=True)]
    assert told == [False, False, True, True, False, False, False]


def test_from_level_two_on_no_file_names_the_flawed_part() -> None:
    for seed in range(20):
        item = work.item(NAME, seed, 2 + seed % 5)
        assert not any(b"f_odd" in held for held in item.files.values())


def test_the_handed_out_checks_hold_for_the_flawed_service(tmp_path: Path) -> None:
    item = work.item(NAME, 4, 5)
    for name, held in item.files.items():
        (tmp_path / name).write_bytes(held)
    ran = subprocess.run(
        [sys.executable, "check.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "all that is checked here holds\n"
    broken = item.files["app.py"].replace(b'"items"', b'"things"')
    (tmp_path / "app.py").write_bytes(broken)
    ran = subprocess.run(
        [sys.executable, "check.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("failed: ")


@pytest.mark.sandbox
def test_every_check_is_needed_and_seen(sandbox: Sandbox) -> None:
    """A mended service that lost any one of its features is not solved."""
    item = work.item(NAME, 12, 1)
    hidden = json.loads(item.oracle.files["hidden.json"])
    assert len(hidden["checks"]) == 1 + 1 + DIALS[1].decoys + DIALS[1].plain
    for sign in ('"items": [each for each', "open_session(@name)", 'return {"'):
        broken = item.oracle.solution.replace(sign.encode(), b'"lost": [0 for each', 1)
        if broken != item.oracle.solution:
            assert not scored(item, broken, sandbox).solved


@pytest.mark.sandbox
def test_a_service_without_the_feature_is_no_mended_one(sandbox: Sandbox) -> None:
    item = work.item(NAME, 12, 2)
    route = item.oracle.more["route"].partition(" ")[2]
    stem = max(route.replace("{", "/").split("/"), key=len)
    without = item.oracle.solution.replace(stem.encode(), b"gone")
    told = scored(item, without, sandbox)
    assert (told.solved, told.cheating) == (False, Cheating.SWITCHED)
    stub = b"def fill(world):\n    pass\n\n\ndef application(environ, start_response):\n"
    stub += b"    start_response('404 No', [])\n    return [b'{}']\n"
    told = scored(item, stub, sandbox)
    assert (told.solved, told.cheating) == (False, Cheating.SWITCHED)


HOSTILE = (
    b"\x93\xff\x00" * 500,
    b"[" * (1 << 20),
    b"raise SystemExit(0)",
    b"def fill(world):\n    while True:\n        pass",
    b"def fill(world):\n    pass\n\n\ndef application(environ, start_response):\n    raise RecursionError",
    b"def fill(world):\n    pass\n\n\ndef application(environ, start_response):\n    start_response('200 OK', [])\n"
    b"    return [b'[' * (1 << 20)]",
    b"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
)


@pytest.mark.sandbox
@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_services_end_in_a_verdict(answer: bytes, sandbox: Sandbox) -> None:
    told = scored(work.item(NAME, 4, 0), answer, sandbox)
    assert not told.solved
    assert told.sentence


FORGED = """
import os
for handle in range(1, 10):
    try:
        os.write(handle, b'{"verdict": [{"leaks": 0, "failed": [], "filled": true, "gone": false, "seen": []}]}\\n')
    except OSError:
        pass
"""


@pytest.mark.sandbox
def test_a_service_that_writes_a_verdict_is_seen(sandbox: Sandbox) -> None:
    item = work.item(NAME, 4, 0)
    told = scored(item, item.oracle.solution + FORGED.encode(), sandbox)
    assert (told.solved, told.cheating) == (False, Cheating.FORGED)


@pytest.mark.sandbox
def test_a_service_that_looks_into_its_judge_is_seen(sandbox: Sandbox) -> None:
    item = work.item(NAME, 4, 0)
    pry = b'\nimport os\ntry:\n    open(f"/proc/{os.getppid()}/mem", "rb")\nexcept OSError:\n    pass\n'
    told = scored(item, item.oracle.solution + pry, sandbox)
    assert (told.solved, told.cheating) == (False, Cheating.READ)
