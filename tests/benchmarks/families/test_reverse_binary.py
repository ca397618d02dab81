"""Reverse a binary: machine code and model agree, programs differ in their instructions, answers are judged."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.agents.kit.x86_emulator import Machine
from headstart.benchmarks import work
from headstart.benchmarks.families.binary_program import Binary, binary
from headstart.benchmarks.families.reverse_binary import JUDGE
from headstart.benchmarks.families.x86 import R12, RAX, RBP, RSP, Assembler, At
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import LEVELS
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose

NAME = "reverse-binary"
every_level = pytest.mark.parametrize("level", LEVELS)


def made(seed: int, level: int) -> Binary:
    return binary(Draw(NAME, 1, seed, level), level)


def model(found: Binary) -> dict[str, Callable[..., Any]]:
    scope: dict[str, Any] = {"__name__": "model"}
    exec(found.check.model, scope)
    return scope


def given(found: Binary, name: str, serial: str) -> bytes:
    return f"{serial}\n".encode() if found.check.key else f"{name}\n{serial}\n".encode()


def tries(found: Binary, seed: int) -> list[tuple[bytes, bool]]:
    """Inputs, and what the model says of each: right ones, ones that are off by little, and rubbish."""
    draw, judged = Draw("tries", seed), []
    says = model(found)
    for name in ("a", "ember", "a name with room and much more th4n that"):
        right = says["serial"](name)
        at = draw.below(len(right))
        off = (
            right[:at] + draw.choice(sorted(set(found.check.digits.alphabet) - {right[at]})) + right[at + 1 :]
        )
        cases = [right, off, off.swapcase(), right[:-1], right + right[0], "", "?" * len(right), right + " "]
        judged += [(given(found, name, each), says["accepts"](name, each)) for each in cases]
        assert says["accepts"](name, right)
    return judged


@every_level
def test_machine_code_and_model_accept_the_same(level: int) -> None:
    """By the emulator, which the generator knows nothing of."""
    for seed in range(2 if level > 4 else 8):
        found = made(seed, level)
        for line, accepted in tries(found, seed):
            ran = Machine(found.elf, line).run(2_000_000)
            assert (ran.status, ran.said == f"{found.said}\n".encode()) == (int(not accepted), accepted), line


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return choose(tmp_path_factory.mktemp("bench"))


@pytest.mark.sandbox
@every_level
def test_a_processor_accepts_what_the_model_accepts(level: int, sandbox: Sandbox) -> None:
    if work.missing(NAME, sandbox):
        pytest.skip("this is no x86-64")
    for seed in range(100, 103):
        found = made(seed, level)
        lines, wanted = zip(*tries(found, seed), strict=True)
        files = {"target": found.elf, "judge.py": JUDGE.encode()}
        with work.SandboxBench(sandbox, Trust.SHIPPED).place(files) as place:
            said = place.run("python", "judge.py", stdin=json.dumps([each.hex() for each in lines]).encode())
        assert json.loads(said.stdout) == [int(not accepted) for accepted in wanted]


@pytest.mark.parametrize("level", [0, 3, 6])
def test_hundreds_of_programs_differ_in_their_instructions(level: int) -> None:
    listings = Counter(made(seed, level).listing for seed in range(300))
    assert len(listings) > 290
    kinds = Counter(made(seed, level).shape.rpartition(" ")[0] for seed in range(300))
    assert len(kinds) > 100


def test_the_assembler_writes_what_the_manual_says() -> None:
    asm = Assembler()
    asm.two("add", RAX, R12, wide=True)
    asm.number("cmp", RBP, 200)
    asm.load(RAX, At(R12, 8))
    asm.load_byte(RAX, At(RBP, 0, R12))
    asm.store(At(RSP, 300), RAX, wide=True)
    asm.label("here")
    asm.jump("here", "ne")
    wanted = "4c01e0" "81fdc8000000" "418b442408" "420fb6442500" "488984242c010000" "0f85faffffff"  # fmt: skip
    assert asm.finish().hex() == wanted
    assert asm.listing == ["add", "cmp", "mov", "movzx", "mov", "jne"]


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "answer",
    [
        bytes(range(256)) * 40,
        b"[" * (1 << 20),
        b"while True:\n    print('A' * 1000)\n",
        b"while True:\n    pass\n",
        b"import os\nwhile True:\n    os.fork()\n",
        b"import sys\nfor line in sys.stdin:\n    sys.stdout.buffer.write(bytes(8) + b'\\n')\n",
        b"print('[0, 0, 0, 0, 0, 0, 0, 0]\\n' * 8)\n",
        b"print('status 0\\naccepted\\n' * 8)\n",
    ],
    ids=["bytes", "brackets", "flood", "endless", "forks", "NULs", "a judge's words", "the program's words"],
)
def test_hostile_answers_are_refused_in_a_sentence(answer: bytes, sandbox: Sandbox) -> None:
    if work.missing(NAME, sandbox):
        pytest.skip("this is no x86-64")
    item = work.item(NAME, 3, 3)
    told = verdict_of(item, answer, sandbox)
    assert not told.solved
    assert told.sentence


@pytest.mark.sandbox
def test_a_serial_for_one_name_is_not_enough(sandbox: Sandbox) -> None:
    if work.missing(NAME, sandbox):
        pytest.skip("this is no x86-64")
    item = work.item(NAME, 3, 2)
    scope: dict[str, Any] = {"__name__": "model"}
    exec(item.oracle.solution, scope)
    one = f"import sys\nfor _ in sys.stdin:\n    print({scope['serial']('ember')!r})\n".encode()
    told = verdict_of(item, one, sandbox)
    assert told.sentence == "the program accepts 0 of 8 serials"
