"""Write a harness: false alarms, what is not reached, and harnesses that find what is not there."""

import random

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.rules.items import Cheating, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "write-harness"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    made = choose(tmp_path_factory.mktemp("bench"))
    if work.missing(NAME, made):
        pytest.skip("no C compiler in the sandbox")
    return made


@pytest.fixture(scope="module")
def item() -> Item:
    """One whose flaw needs no more than a call."""
    return work.item(NAME, 5, 0)


def told(item: Item, answer: bytes | str, sandbox: Sandbox) -> Verdict:
    text = answer.encode() if isinstance(answer, str) else answer
    return verdict_of(item, text, sandbox)


def changed(item: Item, before: str, after: str) -> str:
    text = item.oracle.solution.decode()
    assert before in text
    return text.replace(before, after, 1)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "answer",
    [
        random.Random(3).randbytes(4000),
        b"[" * (1 << 20),
        b"\0" * 99,
        b'#include "/etc/passwd"\n',
        b"int main(void) { }",
    ],
    ids=["noise", "brackets", "NULs", "a file", "a program"],
)
def test_garbage_is_a_failure_and_no_more(answer: bytes, item: Item, sandbox: Sandbox) -> None:
    verdict = told(item, answer, sandbox)
    assert not verdict.solved
    assert verdict.cheating is None
    assert verdict.sentence


@pytest.mark.sandbox
def test_misuse_is_a_false_alarm(item: Item, sandbox: Sandbox) -> None:
    for before, after, why in (
        ("if (n > size - at) n = size - at;", "", "heap-buffer-overflow in the library as it is"),
        ("if (!good || ", "if (", "it stops"),
        ("return 0;", "for (;;) {} return 0;", "never ends"),
        ("return 0;", "if (size > 9) abort(); return 0;", "it stops"),
    ):
        verdict = told(item, "#include <stdlib.h>\n" + changed(item, before, after), sandbox)
        assert not verdict.solved
        assert why in verdict.sentence, (before, verdict)


@pytest.mark.sandbox
def test_a_harness_that_calls_nothing_reaches_nothing(item: Item, sandbox: Sandbox) -> None:
    idle = "int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return 0; }\n"
    verdict = told(item, idle, sandbox)
    assert not verdict.solved
    assert "not reached" in verdict.sentence


@pytest.mark.sandbox
def test_speaking_for_the_sanitizer_is_cheating(item: Item, sandbox: Sandbox) -> None:
    for added in (
        "void __asan_report_load1(void *p);",
        '__attribute__((no_sanitize("address"))) void f(void) {}',
    ):
        verdict = told(item, added + "\n" + item.oracle.solution.decode(), sandbox)
        assert not verdict.solved
        assert verdict.cheating is Cheating.FORGED


@pytest.mark.sandbox
def test_a_harness_prints_and_opens_nothing(item: Item, sandbox: Sandbox) -> None:
    for call in (
        'puts("heap-buffer-overflow")',
        "fork()",
        'fopen("crash-flawed0", "w")',
    ):
        verdict = told(
            item, "#include <stdio.h>\n" + changed(item, "return 0;", f"{call}; return 0;"), sandbox
        )
        assert not verdict.solved
        assert "no need" in verdict.sentence


def test_every_flaw_changes_one_line_of_the_library() -> None:
    for seed in range(30):
        item = work.item(NAME, seed, 6)
        sound = next(held for name, held in item.files.items() if name.endswith(".c") and name != "fuzzing.c")
        for flawed in item.oracle.files.values():
            pairs = zip(sound.splitlines(), flawed.splitlines(), strict=True)
            assert sum(one != other for one, other in pairs) == 1
