"""Measure right and wrong: `make truth`. The examples and the corpus of tests/corpus, true reports and bogus ones.

Prints what each reached beside what is expected of it, on which releases running differs from the public advisory, and
how long it took; then the figures of the goals. Writes both to var/truth.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import battery
from figures import ROOT, Row, say
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from headstart.errors import HeadstartError
from headstart.packages.work import is_online
from headstart.proofs.work import Setting, place
from headstart.proofs.work import examples as known
from headstart.reports.work import read

EXAMPLES = ROOT / "examples"
CORPUS = ROOT / "tests" / "corpus"
MOST = 24  # releases of a package that are run, where it has more


@dataclass(frozen=True, kw_only=True)
class Line:
    """One report: what became of it, and its range beside the advisory's."""

    row: known.Row
    beside: known.Beside | None = None
    no_range: str = ""  # why there is none, where it was asked for

    @property
    def is_right(self) -> bool:
        """A true one as expected, or not to be run here; a bogus one not believed, or flagged for a person."""
        if self.row.expected.is_true:
            return self.row.holds or not self.row.could_run
        return self.row.verdict.rung not in known.BELIEVED or bool(self.row.flags)

    @property
    def range_text(self) -> str:
        """On how many releases the two differ, which, and of how many; what did not run is said too."""
        if self.beside is None:
            return self.no_range
        found, differ = self.beside, self.beside.differ
        text = f"{len(differ)} of {found.answered} differ"
        if differ:
            names = [version + ("" if why else " (unexplained)") for version, _, why in differ]
            text += ": " + ", ".join(names[:3]) + (f" … {names[-1]}" if len(names) > 3 else "")
        left = [f"{found.looked_at - found.answered} did not run"] * (found.looked_at > found.answered)
        left += [f"of {found.releases} releases {found.looked_at} were tried"] * (
            found.releases > found.looked_at
        )
        return text + (f" ({'; '.join(left)})" if left else "")


def chosen(only: Sequence[str], *, online: bool) -> list[tuple[Path, known.Expectation]]:
    """The reports to run: all, or those whose names begin with one of `only`; offline those that need no registry."""
    found = []
    for root in (EXAMPLES, CORPUS):
        wanted = known.expected(root)
        for name, path in known.folders(root).items():
            is_asked = not only or name.startswith(tuple(only))
            is_offline = path.parent.name == "reports-offline" or wanted[name].offline
            if is_asked and (online or is_offline):
                found.append((path, wanted[name]))
    return found


def lines(
    todo: Sequence[tuple[Path, known.Expectation]], setting: Setting, *, ranges: bool
) -> Iterator[Line]:
    """Prove each, and hold its range beside the advisory's."""
    for path, wanted in todo:
        folder = read(path)
        row = known.prove_one(folder, wanted, setting)
        if not ranges or not row.could_run or wanted.advisory is None:
            yield Line(row=row)
            continue
        try:
            yield Line(row=row, beside=known.range_beside(folder, wanted, setting, most=MOST))
        except HeadstartError as error:
            yield Line(row=row, no_range=str(error))


def table(found: Sequence[Line]) -> Table:
    """All of it, for a person."""
    made = Table(title="Right or wrong", title_justify="left", box=None, pad_edge=False)
    for name in ("report", "kind", "reached", "expected", "flags", "beside the advisory", "seconds"):
        made.add_column(
            name, justify="right" if name == "seconds" else "left", overflow="fold", no_wrap=name == "report"
        )
    for line in found:
        row, verdict = line.row, line.row.verdict
        reached, wanted = (f"{each.rung}, {each.attribution}" for each in (verdict, row.expected))
        colour = "green" if row.holds else "yellow" if line.is_right else "red"
        seconds = row.seconds + (line.beside.seconds if line.beside else 0)
        made.add_row(
            row.name, row.kind, f"[{colour}]{reached}[/{colour}]", wanted if not row.holds else "as expected",
            ", ".join(sorted(row.flags)), line.range_text, f"{seconds:.0f}",
        )  # fmt: skip
    return made


def figures(found: Sequence[Line]) -> list[Row]:
    """The rows of the goals."""
    true = [line for line in found if line.row.expected.is_true]
    ran = [line for line in true if line.row.could_run]
    believed = [line for line in ran if line.row.verdict.rung in known.BELIEVED]
    refuted = [line for line in ran if line not in believed]
    bogus = [line for line in found if not line.row.expected.is_true]
    wrong = [line for line in bogus if not line.is_right]
    beside = [line.beside for line in found if line.beside]
    differ = sum(len(each.differ) for each in beside)
    unexplained = sum(len(each.unexplained) for each in beside)
    share = len(believed) / len(ran) if ran else None
    return [
        Row(name="true reports reach controlled or higher", value=share, goal=">= 0.95",
            unit=f"of {len(ran)} that ran; {len(true) - len(ran)} unrunnable",
            peer="refuted: " + (", ".join(line.row.name for line in refuted) or "none"),
            holds=None if share is None else share >= 0.95),
        Row(name="true reports come out as expected", value=float(sum(line.row.holds for line in ran)),
            unit=f"of {len(ran)}", goal=f"{len(ran)}", holds=all(line.row.holds for line in ran)),
        Row(name="bogus reports believed and not flagged", value=float(len(wrong)), unit=f"of {len(bogus)}", goal="0",
            peer=", ".join(line.row.name for line in wrong), holds=not wrong),
        Row(name="range: disagreements explained by evidence", value=float(differ - unexplained),
            unit=f"of {differ} on {sum(each.answered for each in beside)} releases of {len(beside)} packages",
            goal="all", holds=None if not beside else not unexplained),
    ]  # fmt: skip


def as_data(line: Line) -> dict[str, object]:
    """One report for machines."""
    row, found = line.row, line.beside
    return {
        "name": row.name,
        "kind": row.kind,
        "rung": row.verdict.rung,
        "attribution": row.verdict.attribution,
        "expected": [row.expected.rung, row.expected.attribution],
        "holds": row.holds,
        "sentence": row.verdict.sentence,
        "step": row.verdict.step,
        "flags": sorted(row.flags),
        "seconds": row.seconds,
        "range": found and {
            "releases": found.releases,
            "looked_at": found.looked_at,
            "answered": found.answered,
            "differ": [{"version": version, "ours": str(ours), "why": why} for version, ours, why in found.differ],
            "seconds": found.seconds,
        },
    }  # fmt: skip


def main() -> None:
    """Measure, print, write; status 1 where something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="+", default=[], metavar="NAME", help="reports whose names begin so")
    asked.add_argument("--no-ranges", action="store_true", help="leave the releases out")
    asked.add_argument("--runs", type=int, default=3, help="runs of each input (3)")
    given = asked.parse_args()
    data, online = ROOT / "var", is_online()
    if not online:
        sys.stdout.write(
            "The package registries can't be reached: only what needs none is run, and no ranges.\n"
        )
    todo = chosen(given.only, online=online)
    if not todo:
        asked.error("no report that can be run here has a name that begins so: " + " ".join(given.only))
    setting = replace(place(data), runs=given.runs)
    found: list[Line] = []
    columns = (TextColumn("{task.description:40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("proving", total=len(todo))
        for line in lines(todo, setting, ranges=online and not given.no_ranges):
            found.append(line)
            bar.update(task, advance=1, description=line.row.name)
            if not bar.console.is_terminal:
                row, left = line.row, len(todo) - len(found)
                bar.console.print(f"{row.name}: {row.verdict.rung}, {row.verdict.attribution}; {left} to go")
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table(found))
    for line in found:
        if line.row.verdict.step is not None:
            console.print(f"{line.row.name} could not be run here: {line.row.verdict.step}", markup=False)
    rows = [*figures(found), *([] if given.only else battery.rows())]
    path = data / "truth.json"
    say(rows, "Figures", path)
    both = {"figures": json.loads(path.read_text()), "reports": [as_data(line) for line in found]}
    path.write_text(json.dumps(both, indent=2, ensure_ascii=False) + "\n")
    sys.exit(any(row.holds is False for row in rows) or not all(line.is_right for line in found))


if __name__ == "__main__":
    main()
