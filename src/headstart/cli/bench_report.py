"""`headstart bench report` and `compare`: what runs say, for people, for machines, and as a page of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from headstart.cli.output import as_json, dump, people

RUN = click.Path(path_type=Path)
Report = Mapping[str, Any]


@click.command(
    epilog="Example: headstart bench report var/runs/mine --against var/runs/fuzzer --html report.html"
)
@click.argument("runs", nargs=-1, required=True, type=RUN)
@click.option("--against", multiple=True, type=RUN,
              help="A run to hold beside it: a baseline, a model of before. May be given more than once.")  # fmt: skip
@click.option("--html", type=RUN, help="Write the report as one HTML file that needs nothing else (one RUN).")
@as_json
def report(*, runs: tuple[Path, ...], against: tuple[Path, ...], html: Path | None, json_: bool) -> int:
    """Say what a run of `bench run` found: ability with its interval, what it rests on, what it does not show.

    Several RUNs are each reported with the others beside them. With --json it is one report
    (docs/schemas/evaluation-1.schema.json), or a list of them.
    """
    from headstart.benchmarks.work.folder import RunFolder
    from headstart.benchmarks.work.reporting import report as reported

    if html is not None and len(runs) > 1:
        raise click.UsageError("--html writes the report of one run: name one RUN, the others by --against")
    found = []
    for at, run in enumerate(runs):
        beside = [RunFolder(each) for each in (*against, *runs[:at], *runs[at + 1 :])]
        found.append(reported(RunFolder(run), against=beside))
    if html is not None:
        from headstart.web.evaluations import standalone

        html.write_text(standalone(found[0]), encoding="utf-8")
    if json_:
        dump(found[0] if len(found) == 1 else found)
        return 0
    for each in found:
        _tell(each)
    if html is not None:
        people.print(f"written: {html}", markup=False)
    return 0


@click.command(epilog="Example: headstart bench compare var/runs/mine var/runs/before")
@click.argument("first", type=RUN)
@click.argument("second", type=RUN)
@as_json
def compare(*, first: Path, second: Path, json_: bool) -> int:
    """Say how far two runs lie apart: the paired difference in ability, FIRST minus SECOND.

    Items that both were given are compared with one another; the rest by their difficulty.
    """
    from headstart.benchmarks.work.folder import RunFolder
    from headstart.benchmarks.work.reporting import compare as compared

    found = compared(RunFolder(first), RunFolder(second))
    if json_:
        dump(found)
        return 0
    people.print(_clean(found["sentence"]), style="bold", markup=False)
    for line in (found["paired"], *found["also"]):
        people.print(_clean(line), markup=False)
    return 0


def _tell(found: Report) -> None:
    """A report for people, on a terminal."""
    headline = found["headline"]
    people.print(_clean(headline["sentence"]), style="bold", markup=False)
    for line in (
        headline["interval"],
        *headline["standing"],
        *(each["sentence"] for each in found["others"]),
    ):
        people.print(_clean(line), markup=False)
    if found["families"]:
        people.print(_families(found["families"]))
    people.print("What it does not show:", style="bold")
    for line in found["limits"]:
        people.print(f"  - {_clean(line)}", markup=False)
    people.print(f"commitment {found['plan']['commitment']}", style="dim")
    people.print(f"logs       {found['log_root'] or 'none yet'}", style="dim")


def _families(rows: Sequence[Report]) -> Table:
    """What came of each family's items."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("family", "side", "ability, interval", "solved", "apart"):
        table.add_column(name, no_wrap=True)
    for each in rows:
        counts, ability = each["counts"], each["ability"]
        table.add_row(
            Text(_clean(each["name"])),
            each["side"],
            f"{ability['mean']:+.2f}  {ability['low']:+.2f} to {ability['high']:+.2f}"
            if ability
            else "not known",
            f"{counts['solved']} of {counts['counted']}",
            _apart(counts),
        )
    return table


def _apart(counts: Mapping[str, int]) -> str:
    """What did not count, or counts as failed for its cheating."""
    kinds = (("refused", "refused"), ("infrastructure", "broke"), ("cheated", "cheated"))
    parts = [f"{counts[key]} {words}" for key, words in kinds if counts[key]]
    return ", ".join(parts)


def _clean(words: str) -> str:
    """Without what a terminal would act on."""
    return "".join(each if each.isprintable() else " " for each in words)
