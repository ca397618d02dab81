"""Figures of the battery for `make truth`, and `--calibrate`: fit the scale that ships to the built-in agents.

python scripts/battery.py                    the figures alone
python scripts/battery.py --calibrate        attempt items of every family, fit, write rules/shipped_scale.py
"""

import os

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # a process on each core: threads would only wait for each other

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from figures import ROOT, Row, say
from rich.progress import track

sys.path.insert(0, str(ROOT))

from tests.benchmarks.attempts import attempt, verdict
from tests.simulators.models import Replayed, Run, Tally, adaptive, fixed, simulated

from headstart.benchmarks.rules.adaptive import most_items
from headstart.benchmarks.rules.calibration import Calibration, calibrate
from headstart.benchmarks.rules.fit import held_out
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import SCALE, Scale
from headstart.benchmarks.work import families, item, usable_families
from headstart.errors import Unable
from headstart.sandbox.work import choose

MODELS = 1002  # simulated; every third does not fit
FIXED = 200  # of those that fit, on the fixed bank
UNTIL_SE = 0.3
GOAL = 2.5
STRENGTHS = ("heuristic", "fuzzer")  # the null model solves nothing, and so says nothing of where items lie
ATTEMPTS = ROOT / "scripts" / "attempts.json"  # what they solved: agent -> family, level, solved, failed
REPLAYS, SPLITS = 20, 100
SHIPPED = ROOT / "src" / "headstart" / "benchmarks" / "rules" / "shipped_scale.py"


def _adaptive(number: int) -> Run:
    names = tuple(families())
    return adaptive(simulated(number, names, SCALE), names, UNTIL_SE, 4 * most_items(SCALE, names, UNTIL_SE))


def _fixed(number: int) -> Run:
    names = tuple(families())
    return fixed(
        simulated(number, names, SCALE, "fits"), names, UNTIL_SE, 4 * most_items(SCALE, names, UNTIL_SE)
    )


def rows() -> list[Row]:
    """Items to a standard error against a fixed bank, and how often intervals cover, on simulated models."""
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(_adaptive, range(MODELS), chunksize=20))
        bank = [
            each.items
            for each in pool.map(_fixed, [n for n in range(FIXED * 3 // 2) if n % 3 != 2], chunksize=5)
        ]
    fitting = [each for each in runs if each.kind == "fits"]
    return [*_items([each.items for each in fitting], bank), *_coverage(runs, fitting), *_agents()]


def _items(ours: Sequence[int], bank: Sequence[int]) -> list[Row]:
    here, whole, stopped = float(np.median(ours)), float(np.percentile(bank, 95)), float(np.median(bank))
    spread = f"{len(families())} families x {len(LEVELS)} levels alike, {SCALE.source.split(':')[0]}"
    return [
        Row(name=f"items to a standard error of {UNTIL_SE}, adaptive (median)", value=here,
            unit=f"items; abilities N(0, {SCALE.prior_deviation:g})", goal=f">= {GOAL}x fewer",
            peer=f"a fixed set long enough for 95 of 100 models: {whole:.0f} ({spread})", ratio=whole / here,
            holds=whole / here >= GOAL),
        Row(name="… against the same bank, stopped at that error too", value=here, unit="items", goal="fewer",
            peer=f"median {stopped:.0f}", ratio=stopped / here, holds=stopped > here),
    ]  # fmt: skip


def _coverage(runs: Sequence[Run], fitting: Sequence[Run]) -> list[Row]:
    others = [each for each in runs if each.kind != "fits"]
    by_kind = {
        kind: _covered([each for each in others if each.kind == kind]) for kind in {o.kind for o in others}
    }
    apart = ", ".join(
        f"{kind} {share:.2f}" for kind, share in sorted(by_kind.items(), key=lambda kept: kept[1])
    )
    whole = _covered(runs)
    return [
        Row(name="coverage of the 95% interval", value=whole, unit=f"of {len(runs)} simulated models",
            goal="0.93-0.97", peer="a third of them do not fit the assumptions", holds=0.93 <= whole <= 0.97),
        Row(name="… of those that fit", value=_covered(fitting), unit=f"of {len(fitting)}", goal="0.93-0.97",
            holds=0.93 <= _covered(fitting) <= 0.97),
        Row(name="… of those that do not", value=_covered(others), unit=f"of {len(others)}", goal=">= 0.90",
            peer=apart, holds=_covered(others) >= 0.9),
    ]  # fmt: skip


def _agents() -> list[Row]:
    """The same of the built-in agents, replayed from what they really solved."""
    held = json.loads(ATTEMPTS.read_text()) if ATTEMPTS.is_file() else {}
    names = tuple(sorted({family for rows in held.values() for family, *_ in rows}))
    tallies = {
        agent: {(family, level): (s, f) for family, level, s, f in rows} for agent, rows in held.items()
    }
    whole = {agent: tally for agent, tally in tallies.items() if len(tally) == len(names) * len(LEVELS)}
    if not whole:
        return [
            Row(
                name="… by the built-in agents",
                value=None,
                unit="",
                goal="fewer",
                peer="no attempts are kept",
            )
        ]
    most = 4 * most_items(SCALE, names, UNTIL_SE)
    told, ours, bank = [], 0.0, 0.0
    for agent, tally in whole.items():
        models = [[_replay(agent, tally, n) for n in range(REPLAYS)] for _ in range(2)]
        here = float(np.median([adaptive(each, names, UNTIL_SE, most).items for each in models[0]]))
        there = float(np.median([fixed(each, names, UNTIL_SE, most).items for each in models[1]]))
        told.append(f"{agent} {here:.0f} and {there:.0f}")
        ours, bank = ours + here, bank + there
    covers = float(np.mean([_split(tally, names, n) for tally in whole.values() for n in range(SPLITS)]))
    answers = sum(sum(map(sum, tally.values())) for tally in whole.values())
    return [
        Row(name=f"items to {UNTIL_SE}, the built-in agents replayed", value=ours, unit="items, medians added",
            goal="fewer", peer=f"the same bank, stopped at that error: {', '.join(told)}", ratio=bank / ours,
            holds=bank > ours),
        Row(name="halves of the families agree on the agents' ability (interval of the difference covers 0)",
            value=covers, unit=f"of {SPLITS * len(whole)} random halves", goal=">= 0.93",
            peer=f"{answers} real attempts, {len(names)} families", holds=covers >= 0.93),
    ]  # fmt: skip


def _replay(agent: str, tally: Tally, number: int) -> Replayed:
    rng = np.random.default_rng([number, len(agent)])
    return Replayed(kind=agent, tally=tally, scale=SCALE, rng=rng, able=float(number))


def _split(tally: Tally, names: Sequence[str], number: int) -> bool:
    """Whether ability in one random half of the families is held to be that in the other half."""
    half = set(np.random.default_rng(number).permutation(np.array(names))[: len(names) // 2].tolist())
    found = held_out(tally, half, SCALE)
    return found.p is None or found.p >= 1 - SCALE.coverage


def _covered(runs: Sequence[Run]) -> float:
    return float(np.mean([each.covers for each in runs]))


def _attempted(asked: tuple[str, int, int, str]) -> tuple[str, int, str, bool | None]:
    """One item by one agent, straight in a sandbox; None: the machinery broke."""
    name, level, seed, strength = asked
    with tempfile.TemporaryDirectory() as folder:
        sandbox = choose(Path(folder))
        made = item(name, seed, level)
        try:
            return name, level, strength, verdict(made, attempt(made, strength, sandbox), sandbox).solved
        except Unable:
            return name, level, strength, None


def measured(names: Sequence[str], items: int, seed: int) -> Calibration:
    """Attempt `items` items at each level of each family with each agent, and fit."""
    asked = [
        (name, level, seed + n, strength)
        for name in names for level in LEVELS for n in range(items) for strength in STRENGTHS
    ]  # fmt: skip
    tallies: dict[str, dict[tuple[str, int], tuple[int, int]]] = {each: {} for each in STRENGTHS}
    with ProcessPoolExecutor(2) as pool:
        done = pool.map(_attempted, asked)
        for name, level, strength, solved in track(done, total=len(asked), description="attempting"):
            if solved is not None:
                before = tallies[strength].get((name, level), (0, 0))
                tallies[strength][name, level] = (before[0] + solved, before[1] + (not solved))
    kept = {each: [[*cell, *held] for cell, held in sorted(tally.items())] for each, tally in tallies.items()}
    ATTEMPTS.write_text(json.dumps(kept, separators=(",", ":")).replace("],[", "],\n[") + "\n")
    source = f"fitted to reference/{', reference/'.join(STRENGTHS)}: {items} of each level, seeds from {seed}"
    return calibrate(list(tallies.values()), source)


def write(scale: Scale) -> None:
    """Write the scale that ships."""
    lines = [
        f'    "{name}": ({each.offset}, {each.step}, {each.error}),' for name, each in scale.families.items()
    ]
    body = "{\n" + "\n".join(lines) + "\n}" if lines else "{}"
    SHIPPED.write_text(
        '"""Where the families lie on the scale that ships: written by `scripts/battery.py --calibrate`."""\n\n'
        f'SOURCE = "{scale.source}"\n'
        f"FAMILY_DEVIATION, RESIDUAL_DEVIATION = {scale.family_deviation}, {scale.residual_deviation}\n"
        f"FAMILIES: dict[str, tuple[float, float, float]] = {body}\n"
        '"""Name -> offset of the middle level, step between levels, standard error of the offset; in logits."""\n'
    )


def main() -> None:
    """Print the figures, or fit the scale that ships."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calibrate", action="store_true", help="fit the scale that ships")
    asked.add_argument("--items", type=int, default=4, help="items a level, for --calibrate (4)")
    asked.add_argument("--seed", type=int, default=20_261_121, help="the first seed, for --calibrate")
    asked.add_argument("--families", nargs="+", help="these alone, for --calibrate (all)")
    asked.add_argument("--dry", action="store_true", help="fit and print, and write nothing that ships")
    given = asked.parse_args()
    if not given.calibrate:
        say(rows(), "Figures of the battery", ROOT / "var" / "battery.json")
        return
    with tempfile.TemporaryDirectory() as folder:
        names = usable_families(choose(Path(folder)), given.families)
    found = measured(names, given.items, given.seed)
    for name, each in found.families.items():
        print(
            f"{name:24} {each.offset:+.2f} ± {each.offset_error:.2f}  step {each.step:.2f} ± {each.step_error:.2f}"
        )
    print(
        f"families {found.scale.family_deviation:.2f}, items {found.scale.residual_deviation:.2f}",
        *found.notes,
        sep="\n",
    )
    if not given.dry:
        write(found.scale)
        print(f"written to {SHIPPED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
