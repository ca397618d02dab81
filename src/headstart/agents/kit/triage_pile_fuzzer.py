"""Triage reports by running them: real is what AddressSanitizer stops, the same what one mend of a line stops."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # in the sandbox their text stands before this one
    from headstart.agents.kit.mend_c_heuristic import Frames, candidates, frames, is_silent, outputs
    from headstart.agents.kit.triage_pile_heuristic import hand_in

MENDS = 20  # tried in all


def main(sheet: dict[str, str], _turn: int) -> None:
    """Run every input, group by stack, then put groups together that the same changed line stops."""
    source = Path(sheet["source"]).read_text()
    tests = [str(path) for path in sorted(Path(sheet["seeds"]).glob("*"))]
    names = sorted(path.name for path in Path(sheet["reports"]).iterdir() if path.is_dir())
    files = {name: f"{sheet['reports']}/{name}/input" for name in names}
    stacks = {}
    for name, ran in zip(names, outputs(source, list(files.values())), strict=True):
        if "AddressSanitizer" in ran[2]:
            stacks[name] = frames(ran[2])
    groups = [[name for name in stacks if stacks[name] == stack] for stack in unlike(list(stacks.values()))]
    hand_in(sheet, merged(source, tests, files, groups, stacks))


def unlike(stacks: list["Frames"]) -> list["Frames"]:
    """Each stack once."""
    return [stack for number, stack in enumerate(stacks) if stack not in stacks[:number]]


def merged(
    source: str,
    tests: list[str],
    files: dict[str, str],
    groups: list[list[str]],
    stacks: dict[str, "Frames"],
) -> list[list[str]]:
    """The groups, those put together that one changed line stops while ordinary inputs are read as before."""
    wanted = outputs(source, tests)
    each = max(1, MENDS // max(1, len(groups)))
    kept = {number: number for number in range(len(groups))}
    for number, group in enumerate(groups):
        rivals = [files[other[0]] for other in groups]
        for _, mended in zip(range(each), candidates(source, stacks[group[0]]), strict=False):
            ran = outputs(mended, [*tests, *rivals])
            if not ran or ran[: len(tests)] != wanted:
                continue
            stopped = [at for at, one in enumerate(ran[len(tests) :]) if is_silent(one)]
            if number in stopped:
                join(kept, stopped)
    roots = sorted(set(kept.values()))
    return [[name for at, group in enumerate(groups) if kept[at] == root for name in group] for root in roots]


def join(kept: dict[int, int], together: list[int]) -> None:
    """Give groups that belong together, and all that were put to them before, the smallest of their numbers."""
    old = {kept[at] for at in together}
    for at, root in kept.items():
        if root in old:
            kept[at] = min(old)
