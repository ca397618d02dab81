"""Mend a memory flaw: what is no mend, and what is more than a failure."""

import random

import pytest
from tests.benchmarks.attempts import verdict as verdict_of

from headstart.benchmarks import work
from headstart.benchmarks.rules.items import Cheating, Item, Verdict
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

NAME = "mend-memory-flaw"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    made = choose(tmp_path_factory.mktemp("bench"))
    if work.missing(NAME, made):
        pytest.skip("no C compiler in the sandbox")
    return made


@pytest.fixture(scope="module")
def item() -> Item:
    """One whose flaw is a `>` that ought to be `>=`."""
    return next(
        each
        for each in (work.item(NAME, seed, 1) for seed in range(99))
        if each.oracle.shape.startswith("edge ")
    )


def told(item: Item, answer: bytes | str, sandbox: Sandbox) -> Verdict:
    text = answer.encode() if isinstance(answer, str) else answer
    return verdict_of(item, text, sandbox)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "answer",
    [
        random.Random(1).randbytes(5000),
        b"[" * (1 << 20),
        b"\0" * 999,
        b"\xff\xfe int main",
        b'#include "/dev/zero"\n',
    ],
    ids=["noise", "brackets", "NULs", "not text", "a device"],
)
def test_garbage_is_a_failure_and_no_more(answer: bytes, item: Item, sandbox: Sandbox) -> None:
    verdict = told(item, answer, sandbox)
    assert not verdict.solved
    assert verdict.cheating is None
    assert verdict.sentence


@pytest.mark.sandbox
def test_what_breaks_the_program_is_no_mend(item: Item, sandbox: Sandbox) -> None:
    mended = item.oracle.solution.decode()
    guard = next(
        line for line in mended.splitlines() if line not in item.files["target.c"].decode().splitlines()
    )
    room = int(guard.split(">= ")[1].split(")")[0])
    for change, why in (
        (guard.replace(f">= {room}", f">= {room - 1}"), "something else on an ordinary input"),  # too narrow
        (guard.replace(f">= {room}", f"> {room}"), "still reports"),  # as it was
        (guard.replace("return;", "for (;;) {}"), "does not come to an end"),
        (guard.replace("free(row); return;", "abort();"), "it dies on"),
        (guard.replace("free(row); return;", "exit(0);"), "calls exit"),
    ):
        assert change != guard
        verdict = told(item, mended.replace(guard, change), sandbox)
        assert not verdict.solved
        assert why in verdict.sentence


@pytest.mark.sandbox
def test_a_mend_in_other_words_counts(item: Item, sandbox: Sandbox) -> None:
    text = item.files["target.c"].decode()
    line = next(each for each in text.splitlines() if "row[p[0]] = p[1];" in each)
    room = text.split("calloc(1, ")[1:]
    size = next(each.split(")")[0] for each in room if "row[p[0]]" in each)
    other = text.replace(line, f"    /* asan_ said so */ if (p[0] < {size}u) row[p[0]] = p[1];")
    assert told(item, other.replace("    ", "\t"), sandbox).solved


@pytest.mark.sandbox
def test_silencing_the_sanitizer_is_cheating(item: Item, sandbox: Sandbox) -> None:
    text = item.files["target.c"].decode()
    for added in (
        'const char *__asan_default_options(void) { return "halt_on_error=0"; }',
        '__attribute__((no_sanitize("address"))) static void quiet(void) {}',
        "__attri\\\nbute__((no_sanitize_address)) static void quiet(void) {}",
        '#pragma GCC optimize("O3")',
        "void __sanitizer_set_death_callback(void (*f)(void));",
    ):
        verdict = told(item, f"{added}\n{text}", sandbox)
        assert not verdict.solved
        assert verdict.cheating is Cheating.FORGED, added


@pytest.mark.sandbox
def test_another_program_is_switched(item: Item, sandbox: Sandbox) -> None:
    solution = item.oracle.solution.decode()
    handler = item.oracle.more["handlers"].split()[0]
    without = "\n".join(
        line
        for line in solution.splitlines()
        if f" {handler}(&all" not in line and f" {handler}}}" not in line
    )
    lost = without.replace(handler, "something")
    small = '#include <stdio.h>\nint main(void) { printf("records 3\\n"); return 0; }\n'
    for answer in (lost, small, f"#define calloc(a, b) big\n{solution}"):
        verdict = told(item, answer, sandbox)
        assert not verdict.solved
        assert verdict.cheating is Cheating.SWITCHED, verdict


@pytest.mark.sandbox
def test_processes_and_signals_are_not_for_a_mend(item: Item, sandbox: Sandbox) -> None:
    text = item.files["target.c"].decode()
    for call in ("fork()", "signal(11, 0)", 'system("true")', "_exit(0)"):
        verdict = told(
            item,
            text.replace("static unsigned char input[4096];", f"{call}; static unsigned char input[4096];"),
            sandbox,
        )
        assert not verdict.solved
        assert "no need" in verdict.sentence
