"""Mend C by search: fuzz for a crash, try mends near it, keep one that holds, fuzz again until nothing is left."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # in the sandbox its text stands before this one
    from headstart.agents.kit.mend_c_heuristic import candidates, frames, hand_in, is_silent, outputs

COVERED = ("-g", "-O0", "-w", "-no-pie", "-fsanitize=address", "-fsanitize-coverage=trace-pc,trace-cmp")
RUNS = (40_000, 100_000)  # of a turn, for the first crash
AGAIN = 12_000  # to see whether a mend holds
ROUNDS = 4
MOST = 16  # mends tried for one crash


def main(sheet: dict[str, str], turn: int, driver: str) -> None:
    """Mend what fuzzing shows, as long as there is something; hand in what is left."""
    Path("driver.c").write_text(driver)
    original = Path(sheet["source"]).read_text()
    tests = [str(path) for path in sorted(Path(sheet["seeds"]).glob("*"))]
    known = [sheet["trigger"]] if sheet.get("trigger") else []
    mended, log = original, Path(sheet["log"]).read_text() if sheet.get("log") else ""
    for number in range(ROUNDS):
        if number or not known:
            runs = RUNS[min(turn, 1)] if not known else AGAIN
            crash = fuzzed(sheet, mended, f"{turn}-{number}", runs, [*tests, *known])
            if crash is None:
                mended = mended if number or not log else untried(mended, tests, log)
                break
            known.append(crash)
        tests += near(original, known[-1])
        better = mend(original, mended, tests, known)
        if better is None:
            break
        mended = better
    if mended != original:
        hand_in(sheet, mended)
    else:
        sys.stdout.write("no mend holds yet\n")


def mend(original: str, source: str, tests: list[str], known: list[str]) -> str | None:
    """The first candidate that is silent on every known crash, and does what it did on all that never failed."""
    before = outputs(source, [*tests, *known], "before")
    failing = [ran for ran in before if not is_silent(ran)]
    if not failing:
        return None
    wanted = outputs(original, tests, "original")
    for number, candidate in enumerate(candidates(source, frames(failing[-1][2]))):
        if number >= MOST:
            break
        ran = outputs(candidate, [*tests, *known])
        if ran and ran[: len(tests)] == wanted and all(is_silent(each) for each in ran):
            return candidate
    return None


def untried(source: str, tests: list[str], log: str) -> str:
    """With a log alone: the likeliest mend that leaves the ordinary inputs as they are."""
    wanted = outputs(source, tests, "original")
    fitting = (each for each in candidates(source, frames(log)) if outputs(each, tests) == wanted)
    return next(fitting, source)


def near(source: str, crash: str) -> list[str]:
    """Inputs beside a crash that do not fail: what the program does on them is to stay."""
    data, made = Path(crash).read_bytes(), []
    for back in range(1, min(9, len(data))):
        for plus in (-1, 1):
            path = Path(f"near-{crash}-{back}-{plus}")
            path.write_bytes(
                data[:-back] + bytes([(data[-back] + plus) % 256]) + data[len(data) - back + 1 :]
            )
            made.append(str(path))
    return [path for path, ran in zip(made, outputs(source, made, "near"), strict=False) if is_silent(ran)][
        :8
    ]


def fuzzed(sheet: dict[str, str], source: str, name: str, runs: int, seeds: list[str]) -> str | None:
    """A crash that so many runs of the fuzzer find, or none."""
    Path("fuzzed.c").write_text(source)
    crash = Path(f"crash-{name}")
    for command in (
        ["cc", *COVERED, "-Dmain=main_of_target", "-c", "fuzzed.c", "-o", "fuzzed.o"],
        ["cc", "-O2", "-w", "-no-pie", f"-DENTRY={sheet['entry']}", "-c", "driver.c", "-o", "driver.o"],
        ["cc", "-no-pie", "-fsanitize=address", "fuzzed.o", "driver.o", "-o", "fuzzer"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["./fuzzer", "1", f"{runs}x", str(crash), *seeds], capture_output=True, check=False)
    return str(crash) if crash.is_file() else None
