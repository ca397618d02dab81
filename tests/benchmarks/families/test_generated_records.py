"""Generated C programs that read records: what is said of their flaws without a run is what a run says."""

import pytest

from headstart.benchmarks.families.c_logs import log
from headstart.benchmarks.families.c_records import FLAWS, Plan, Records, records
from headstart.benchmarks.ports import Place
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.work import SandboxBench
from headstart.sandbox.rules import crashes
from headstart.sandbox.rules.jobs import Trust
from headstart.sandbox.work import choose, tools

KINDS = sorted(FLAWS)
FIVES = [KINDS[start::5] for start in range(5)]
BUILD = "cc -g -O0 -fsanitize=address{more} -fno-sanitize-recover=all {name}.c -o {name}"


def own(crash: crashes.Crash | None) -> tuple[str, list[tuple[str, int | None]]]:
    assert crash is not None
    frames = [(each.function, each.line) for each in crash.frames if (each.file or "").endswith("target.c")]
    return crash.kind, frames


def inputs(made: Records) -> dict[str, bytes]:
    held = {}
    for flaw, each in enumerate(made.flaws):
        for number, way in enumerate(each.bad):
            held[f"bad-{flaw}-{number}"] = made.file(*made.plain, *made.reach, *made.sent(flaw, way.steps))
        for number, steps in enumerate(each.good):
            held[f"good-{flaw}-{number}"] = made.file(*made.plain, *made.reach, *made.sent(flaw, steps))
    return held


def build(place: Place, name: str, more: str = "") -> None:
    built = place.run("sh", "-c", BUILD.format(name=name, more=more))
    assert built.status == 0, built.stderr


@pytest.mark.sandbox
@pytest.mark.parametrize("kinds", FIVES, ids=" ".join)
def test_flaws_fail_where_their_logs_say_and_their_mends_hold(
    kinds: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sandbox = choose(tmp_path_factory.mktemp("bench"))
    if tools(sandbox).cc is None:
        pytest.skip("no C compiler in the sandbox")
    draw = Draw("test", *kinds)
    made = records(draw, Plan(flaws=kinds, gates=("byte",), sealed=len(kinds) % 2 == 0))
    texts = {"target.c": made.text().encode(), "mended.c": made.text(range(len(kinds))).encode()}
    with SandboxBench(sandbox, Trust.SHIPPED).place({**texts, **inputs(made)}) as place:
        build(place, "target")
        build(place, "mended", ",undefined")
        for flaw, each in enumerate(made.flaws):
            for number, way in enumerate(each.bad):
                name = f"bad-{flaw}-{number}"
                written = log(draw, way.error, way.access, made.frames(flaw, way))
                ran = place.run("./target", name)
                assert own(crashes.parse(ran.stderr)) == own(crashes.parse(written.encode())), each
                assert way.access.encode() in ran.stderr
                ran = place.run("./mended", name)
                assert (ran.status, ran.stderr) == (0, b""), each
            for number in range(len(each.good)):
                one, other = (
                    place.run(f"./{name}", f"good-{flaw}-{number}") for name in ("target", "mended")
                )
                assert (one.status, one.stdout, one.stderr) == (0, other.stdout, b"")
                assert other.status == 0


def test_each_mend_changes_one_line_of_its_own() -> None:
    for seed in range(20):
        kinds = Draw("mends", seed).some(KINDS, 4)
        made = records(Draw("lines", seed), Plan(flaws=kinds))
        flawed = made.text().splitlines()
        changed = set()
        for flaw in range(4):
            mended = made.text([flaw]).splitlines()
            differ = {n for n, pair in enumerate(zip(flawed, mended, strict=True)) if pair[0] != pair[1]}
            assert len(differ) == 1
            changed |= differ
        assert len(changed) == 4
