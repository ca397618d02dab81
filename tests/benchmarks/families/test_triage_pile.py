"""Triage a pile: what is true of a report was settled by running, and only what is exactly right counts."""

import json
import random

import pytest

from headstart.benchmarks import work
from headstart.benchmarks.rules.items import LEVELS, Item, Verdict
from headstart.benchmarks.work import SandboxBench
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose

NAME = "triage-pile"


class Nothing:
    """A bench that runs nothing: triage needs none."""

    def place(self, *_: object, **__: object) -> object:
        raise AssertionError


def told(item: Item, answer: object) -> Verdict:
    held = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return work.family(NAME).score(item, held, Nothing())  # type: ignore[arg-type]


@pytest.mark.sandbox
@pytest.mark.parametrize("level", LEVELS)
def test_a_mend_of_each_flaw_stops_its_reports_and_no_others(
    level: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sandbox = choose(tmp_path_factory.mktemp("bench"))
    if work.missing(NAME, sandbox):
        pytest.skip("no C compiler in the sandbox")
    item = work.item(NAME, 40 + level, level)
    truth = item.oracle.more
    each = "\n".join(
        f"./target reports/{name}/input >out 2>&1; echo {name} $(grep -c ERROR: out)" for name in truth
    )
    with SandboxBench(sandbox, Trust.SHIPPED).place({**item.files, **item.oracle.files}) as place:
        for source in ("target.c", *item.oracle.files):
            mended = source.removeprefix("mended-").removesuffix(".c")
            build = f"cc -g -O0 -fsanitize=address {source} -o target || exit 1"
            ran = place.run("sh", "-c", f"{build}\n{each}\n./target tests/0 && ./target tests/1")
            assert ran.status == 0, ran.stderr
            said = dict(line.split() for line in ran.stdout.decode().splitlines()[: len(truth)])
            assert said == {name: str(int(root not in {"bogus", mended})) for name, root in truth.items()}, (
                source
            )


@pytest.fixture(scope="module")
def item() -> Item:
    return work.item(NAME, 5, 3)


def test_only_what_is_exactly_right_counts(item: Item) -> None:
    right = json.loads(item.oracle.solution)
    assert told(
        item, {"real": right["real"][::-1], "groups": [each[::-1] for each in right["groups"][::-1]]}
    ).solved
    bogus = next(name for name, root in item.oracle.more.items() if root == "bogus")
    first, second, *others = right["groups"]
    for wrong, why in (
        ({"real": [*right["real"], bogus], "groups": [*right["groups"], [bogus]]}, "1 of 10 reports"),
        ({**right, "groups": [first + second, *others]}, "pairs grouped wrongly"),
        ({**right, "groups": [[each] for each in right["real"]]}, "pairs grouped wrongly"),
        ({**right, "groups": right["groups"][1:]}, "exactly one group"),
        ({**right, "groups": [*right["groups"], first]}, "exactly one group"),
    ):
        verdict = told(item, wrong)
        assert not verdict.solved
        assert why in verdict.sentence


@pytest.mark.parametrize(
    "answer",
    [
        random.Random(2).randbytes(3000),
        b"[" * (1 << 20),
        b'{"a":' * 200_000,
        b"\0" * 100,
        b"9" * (1 << 20),
        b'{"real": 1e999, "groups": [[1]]}',
        b'{"real": [["01"]], "groups": [["01"]]}',
        b'{"real": ["01"], "groups": {"01": "01"}}',
        b'{"real": [], "groups": [' + b"[]," * 9999 + b"[]]}",
        b"null",
    ],
    ids=lambda answer: repr(answer[:12]),
)
def test_garbage_is_a_failure_and_no_more(answer: bytes, item: Item) -> None:
    verdict = told(item, answer)
    assert not verdict.solved
    assert verdict.cheating is None
    assert verdict.sentence


def test_piles_hold_duplicates_that_look_different_and_roots_that_look_alike() -> None:
    for seed in range(30):
        item = work.item(NAME, seed, 6)
        roots = [root for root in item.oracle.more.values() if root != "bogus"]
        assert len(set(roots)) == 5
        assert len(roots) == 12
        assert sum(kind in item.oracle.shape.split()[0] for kind in ("slot", "spread", "stored")) == 2
